# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""strain."""
