# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Faults and hostile input: harnesses for long runs, and tests that run a small part of each.

From the root of the checkout, with how many and a seed::

    .venv/bin/python -m tests.robustness.faults 80 1     # kills runs, plans and studies
    .venv/bin/python -m tests.robustness.fuzz 100000 1   # damages the files that bonefea reads
    .venv/bin/python -m tests.robustness.commands 2000 1 # gives it random command lines
"""
