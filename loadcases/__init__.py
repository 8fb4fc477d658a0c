# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The loads: one TOML file per activity, every number with its unit and its source."""
