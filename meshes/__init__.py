# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The bones: one TOML file per bone, every number with its unit and its source."""
