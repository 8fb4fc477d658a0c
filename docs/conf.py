# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""How the documentation is built: ``make docs`` runs the lessons and writes HTML to docs/_build/html."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

import fea

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "bonefea"
author = "bonefea contributors"
project_copyright = author
version = release = fea.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx.ext.viewcode",
    "cyclopts.ext.sphinx",
    "records",  # docs/_ext: keys of files, evidence levels, rooms
]
exclude_patterns = ["_build", "_ext", "conf.py"]

# ---------------------------------------------------------------- pages

myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3

# ---------------------------------------------------------------- tutorials

# Always run, because what they show depends on the program; one that fails fails the build.
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 600
nb_merge_streams = True

# ---------------------------------------------------------------- Python reference

autodoc_default_options = {"members": True, "imported-members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types, shapes and units
numpydoc_show_class_members = False  # autodoc lists them

# ---------------------------------------------------------------- look

html_theme = "furo"
html_title = "bonefea"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"


def setup(app: Sphinx) -> None:
    """Let browsers draw the equations themselves, so that a page needs neither a script nor a network."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(tex2mathml(node.astext()))
    raise SkipNode


def _display(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode
