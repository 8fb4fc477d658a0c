# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Measured ground force: tables, force plates and insoles → the loads that the leg model makes of them."""

from fea.loading.measured.loads import MeasuredLoads, contacts_in, import_ground

__all__ = ["MeasuredLoads", "contacts_in", "import_ground"]
