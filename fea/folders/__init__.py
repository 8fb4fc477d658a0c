# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Folders of runs, plans, comparisons and studies: one model of each that both writes and reads it."""

from fea.folders.comparison import (
    ComparisonFolder,
    comparison_figures,
    read_comparison,
    write_comparison,
)
from fea.folders.exchange import unit_strain_table, write_gauge_storage, write_unit_strains
from fea.folders.figures import RunFigures, hotspot_row, run_figures
from fea.folders.manifest import (
    CONVERGENCE,
    MANIFEST,
    FolderKind,
    Manifest,
    Stored,
    files_of,
    kind_of,
    owned_by,
    read_manifest,
    read_stored,
)
from fea.folders.plan import (
    PlanCase,
    PlanFigures,
    PlanFolder,
    RiskFigures,
    fill_bones,
    fill_plan,
    plan_figures,
    read_plan_folder,
    weekly,
    write_bones,
    write_plan,
)
from fea.folders.rows import CsvCell, number_or_text, read_rows
from fea.folders.run import ExtraPicture, RunFolder, begun_run, read_question, read_run, write_run
from fea.folders.series import SERIES_FRAMES, write_series
from fea.folders.sides import read_side, read_sides, side_of
from fea.folders.study import Outcome, StudyManifest, load, read_study_table, run_study

__all__ = [
    "CONVERGENCE",
    "MANIFEST",
    "SERIES_FRAMES",
    "ComparisonFolder",
    "CsvCell",
    "ExtraPicture",
    "FolderKind",
    "Manifest",
    "Outcome",
    "PlanCase",
    "PlanFigures",
    "PlanFolder",
    "RiskFigures",
    "RunFigures",
    "RunFolder",
    "Stored",
    "StudyManifest",
    "begun_run",
    "comparison_figures",
    "files_of",
    "fill_bones",
    "fill_plan",
    "hotspot_row",
    "kind_of",
    "load",
    "number_or_text",
    "owned_by",
    "plan_figures",
    "read_comparison",
    "read_manifest",
    "read_plan_folder",
    "read_question",
    "read_rows",
    "read_run",
    "read_side",
    "read_sides",
    "read_stored",
    "read_study_table",
    "run_figures",
    "run_study",
    "side_of",
    "unit_strain_table",
    "weekly",
    "write_bones",
    "write_comparison",
    "write_gauge_storage",
    "write_plan",
    "write_run",
    "write_series",
    "write_unit_strains",
]
