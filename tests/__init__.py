# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The tests; a package, so that ``python -m tests.robustness.faults`` means these and no other installed ``tests``."""
