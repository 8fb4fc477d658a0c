# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Folders of runs, plans, comparisons and studies: one model of each that both writes and reads it."""

from fea.folders.comparison import ComparisonFolder, read_comparison, write_comparison
from fea.folders.figures import RunFigures, run_figures
from fea.folders.manifest import CONVERGENCE, MANIFEST, FolderKind, Manifest, kind_of, read_manifest
from fea.folders.plan import PlanFigures, PlanFolder, plan_figures, read_plan_folder, write_plan
from fea.folders.run import ExtraPicture, RunFolder, read_question, read_run, write_run
from fea.folders.sides import read_side
from fea.folders.study import Outcome, load, run_study

__all__ = [
    "CONVERGENCE",
    "MANIFEST",
    "ComparisonFolder",
    "ExtraPicture",
    "FolderKind",
    "Manifest",
    "Outcome",
    "PlanFigures",
    "PlanFolder",
    "RunFigures",
    "RunFolder",
    "kind_of",
    "load",
    "plan_figures",
    "read_comparison",
    "read_manifest",
    "read_plan_folder",
    "read_question",
    "read_run",
    "read_side",
    "run_figures",
    "run_study",
    "write_comparison",
    "write_plan",
    "write_run",
]
