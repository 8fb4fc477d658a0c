# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""``python -m fea`` is the command ``bonefea``."""

from fea.cli import main

main()
