# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The page: controls on the left, the picture on the right, hotspots and the probe under it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from fea.view.controls import DESIGN_SLIDERS, PLACES, SLIDERS
from fea.view.design import QUANTITIES

STYLE = """
.legend { height: 14px; border: 1px solid #999; }
.figures { font-variant-numeric: tabular-nums; }
.slider { display: block; margin-top: 8px; font-size: 0.875rem; }
.slider input { display: block; width: 100%; accent-color: #1867c0; }
"""


def build(viewer: Any, title: str, sides: Sequence[str]) -> Any:
    """Build the page of a viewer and return the widget that shows its pictures.

    Markup and labels are a template, which the browser compiles. Nothing that a file says may stand in it: such
    texts go through the state, and the template names their entries.

    Parameters
    ----------
    viewer : fea.view.viewer.Viewer
        Whose methods the controls call.
    title : str
        Of the page.
    sides : sequence of str
        Names of the sides that face x, z, −x, −z of the bone frame.
    """
    from trame.ui.vuetify3 import VAppLayout
    from trame.widgets import client, html
    from trame.widgets import vuetify3 as v
    from trame_pyvista import PyVistaRemoteView

    server = viewer.server
    server.state.update({"trame__title": title, "title": title, "sides": list(sides)})
    with VAppLayout(server) as layout:
        client.Style(STYLE)
        drawer = v.VNavigationDrawer(width=360, permanent=True, tag="section", aria_label="Controls")
        with drawer, html.Div(classes="pa-3"):
            html.H1("{{ title }}", classes="text-subtitle-1 font-weight-bold mb-2")
            _field(v, html)
            _time(v, html, viewer)
            for place in PLACES:
                _design(v, html, place)
            v.VSwitch(v_model="compare", label="Second design beside it", **_QUIET)
            _scene(v, html, viewer)
        column = "height: 100%; display: flex; flex-direction: column"
        with v.VMain(style="height: 100vh"), html.Div(style=column):
            with html.Div(style="flex: 1; min-height: 0", role="img", aria_label=("spoken", "")):
                view = PyVistaRemoteView(
                    viewer.picture.plotter,
                    trame_server=server,
                    interactive_ratio=1,
                    still_ratio=1,
                    still_quality=_QUALITY,
                )
            _findings(v, html, viewer)
        layout.root.theme = "light"
    server.add_protocol_to_configure(_send_at_once)
    return view


def _send_at_once(protocol: Any) -> None:
    """Send a picture as soon as it is encoded; trame looks for it after half a second."""
    for part in protocol.getLinkProtocols():
        if hasattr(part, "render_stale_image"):
            part.delta_stale_time_before_render = _ENCODING_S
            part.render_stale_image = functools.partial(_look_again, part)


def _look_again(part: Any, view: str, times: int = 0) -> None:
    """Look for a picture that is being encoded; on a busy machine that takes its time, and no picture may be lost."""
    part.stale_handler_count[view] -= 1
    if part.last_stale_time[view] != 0 and times * _ENCODING_S < _PATIENCE_S:
        part.push_render(view, False, times + 1)


_QUALITY = 88
_ENCODING_S, _PATIENCE_S = 0.01, 60.0
_QUIET: dict[str, Any] = {"density": "compact", "hide_details": True, "color": "primary"}


def _slider(html: Any, label: str, name: str, unit: str, ends: tuple[Any, Any, Any] | None = None, **more: Any) -> None:
    """Add a slider with its value beside its name; the browser's own, which arrow keys move and screen readers know."""
    low, high, step = ends or astuple(SLIDERS.get(name) or DESIGN_SLIDERS[name.partition("_")[2]])
    with html.Label(classes="slider", **more):
        html.Span(f"{label}: <b class='figures'>{{{{ {name} }}}} {unit}</b>")
        html.Input(type="range", v_model_number=name, min=low, max=high, step=step)


def _field(v: Any, html: Any) -> None:
    v.VSelect(v_model="quantity", items=("quantities", list(QUANTITIES)), label="Field", variant="outlined", **_QUIET)
    html.Div(classes="legend mt-2", style=("legend_style", ""), role="img", aria_label=("legend_text", ""))
    with html.Div(classes="d-flex justify-space-between text-caption figures"):
        html.Span("{{ legend_low }}")
        html.Span("{{ legend_unit }}")
        html.Span("{{ legend_high }}")
    _slider(html, "Contacts of one leg a day", "contacts", "", v_show="quantity === 'days to failure'")
    v.VSwitch(v_model="hold", label="Keep these colour limits", **_QUIET)


def _time(v: Any, html: Any, viewer: Any) -> None:
    with html.Div(v_show="a_frames > 1 || b_frames > 1"):
        _slider(html, "Time in contact", "percent", "%", v_show="!whole")
        with html.Div(classes="d-flex align-center"):
            v.VBtn(
                "{{ playing ? 'Pause' : 'Play' }}", size="small", click=viewer.play, disabled=("whole",), classes="mr-3"
            )
            v.VSwitch(v_model="whole", label="Largest over the contact", **_QUIET)


def _design(v: Any, html: Any, place: str) -> None:
    """Add the controls of one design."""
    p = f"{place}_"
    shown = {} if place == "a" else {"v_show": "compare"}
    with v.VCard(variant="outlined", classes="mt-3 pa-2", **shown):
        html.Div(f"{{{{ {p}title }}}}", classes="text-body-2 font-weight-bold mb-3")
        v.VSelect(v_model=f"{p}activity", items=(f"{p}activities", []), label="Activity", variant="outlined", **_QUIET)
        _slider(html, "Body mass", f"{p}mass", "kg")
        _slider(html, "Pack", f"{p}pack", "kg", v_show=f"{p}stance")
        low, high, step = ((f"{p}demand_{end}", 0) for end in ("low", "high", "step"))
        name, unit = (f"{{{{ {p}demand_{part} }}}}" for part in ("name", "unit"))
        _slider(html, name, f"{p}demand", unit, (low, high, step), v_show=f"{p}demand_name")
        _slider(html, "Bone density, T-score", f"{p}t_score", "")
        with html.Div(v_show=f"{p}prepared && !{p}solving", classes="text-caption", role="status"):
            html.Span(f"{{{{ {p}tissue || 'Every T-score is shown at once.' }}}}")
        with html.Div(v_show=f"{p}solving", classes="text-caption", role="status"):
            html.Span(f"{{{{ {p}solving }}}}")
            v.VProgressLinear(indeterminate=True, height=3)
        v.VAlert(f"{{{{ {p}mistake }}}}", v_show=f"{p}mistake", type="warning", density="compact", classes="mt-2")


def _scene(v: Any, html: Any, viewer: Any) -> None:
    with html.Div(classes="mt-3", role="group", aria_label="Side that faces you"):
        v.VBtn(
            "{{ side }}",
            v_for="(side, number) in sides",
            key="number",
            click=(viewer.face, "[number]"),
            size="x-small",
            variant="tonal",
            classes="mr-1",
        )
    _slider(html, "Deformation, times", "scale", "")
    v.VSelect(v_model="cut", items=("cuts", []), label="Cut", variant="outlined", classes="mt-3", **_QUIET)
    _slider(html, "Place of the cut", "cut_percent", "%", v_show="cut !== 'none'")


def _findings(v: Any, html: Any, viewer: Any) -> None:
    """Add hotspots, which can be clicked, and the text of the probe."""
    with html.Div(classes="pa-2 d-flex", style="height: 168px; overflow-y: auto; gap: 24px", aria_live="polite"):
        for place in PLACES:
            p = f"{place}_"
            shown = {} if place == "a" else {"v_show": "compare"}
            with html.Div(style="flex: 1", **shown):
                html.Div(f"{{{{ {p}summary }}}}", classes="text-body-2")
                v.VProgressLinear(indeterminate=True, v_show=f"{p}busy", height=3, aria_label="Looking for hotspots")
                v.VBtn(
                    "{{ spot.text }}",
                    v_for=f"spot in {p}hotspots",
                    key="spot.rank",
                    click=(viewer.fly, f"['{place}', spot.rank]"),
                    variant="text",
                    size="small",
                    classes="text-none d-block",
                )
        with html.Div(style="flex: 1"):
            html.Div("Probe", classes="text-body-2 font-weight-bold")
            html.Div("{{ probe || 'Click on the bone.' }}", classes="text-body-2", style="white-space: pre-line")
