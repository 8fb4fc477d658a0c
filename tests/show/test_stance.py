# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from fea.case.description import Gauge
from fea.errors import InputError
from fea.show import draw_strain_history
from fea.strain import GaugeHistory, Hotspot, HotspotHistory

TIME_S = np.array([0.0, 0.05, 0.15, 0.2])


@pytest.fixture
def gauge():
    place = {"evidence": "working value", "source": "test", "level": 0.5, "direction_deg": -50.0, "length_mm": 10.0}
    high, low = np.array([0.0, 400.0, 800.0, 0.0]), np.array([0.0, -900.0, -200.0, 0.0])
    made = Gauge.model_validate(place)
    return GaugeHistory("medial_midshaft", made, 100.0, TIME_S, high, low, high - low, high, high / 50.0, np.zeros(4))


@pytest.fixture
def hotspot():
    spot = Hotspot(1, "posterior surface, mid-shaft", 0.41, "posterior", "compression", -3000.0, 90.0, (0.0, 0.0, 0.0))
    return HotspotHistory(spot, TIME_S, np.array([0.0, 300.0, 900.0, 0.0]), np.array([0.0, -1000.0, -3100.0, 0.0]))


@pytest.fixture
def figures(monkeypatch):
    """Every figure that is saved, for a look at what it holds."""
    saved = []
    save = Figure.savefig

    def keep(figure, *args, **options):
        saved.append(figure)
        return save(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return saved


def lines(axes):
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines if len(line.get_xdata()) == 4]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_gauges_show_tension_and_compression_over_percent_of_contact(gauge, hotspot, figures, tmp_path):
    draw_strain_history([gauge], [hotspot], tmp_path / "stance.png", "tibia")
    upper, lower = figures[0].axes
    percent = [0.0, 25.0, 75.0, 100.0]
    assert lines(upper) == [(percent, gauge.tension_ue.tolist()), (percent, gauge.compression_ue.tolist())]
    assert lines(lower) == [(percent, hotspot.compression_ue.tolist())]
    assert upper.get_ylabel() == "strain / µε"
    assert lower.get_xlabel() == "stance / % of contact"
    assert (tmp_path / "stance.png").read_bytes()[:4] == b"\x89PNG"


def test_a_staple_has_one_line_because_it_reads_in_one_direction(gauge, figures, tmp_path):
    one = np.array([0.0, 400.0, -800.0, 0.0])
    own = gauge.gauge.model_copy(update={"kind": "staple"})
    staple = replace(gauge, gauge=own, tension_ue=one, compression_ue=one, shear_ue=np.zeros(4))
    draw_strain_history([staple], [], tmp_path / "stance.png", "metatarsal2")
    draw_strain_history([gauge, staple], [], tmp_path / "both.png", "metatarsal2")
    (alone,), (both,) = (figure.axes for figure in figures)
    assert lines(alone) == [([0.0, 25.0, 75.0, 100.0], one.tolist())]
    assert alone.get_title(loc="left") == "gauges: strain along the staple"
    assert len(lines(both)) == 3
    assert both.get_title(loc="left") == "gauges: tension solid, compression dashed, a staple's one strain solid"


def test_the_legend_names_sites_peaks_rates_and_moments(gauge, hotspot, figures, tmp_path):
    draw_strain_history([gauge], [hotspot], tmp_path / "stance.png", "tibia")
    upper, lower = figures[0].axes
    # From −900 up to −200 in 0.1 s is less than the first 900 in 0.05 s.
    assert legend(upper) == ["medial midshaft, 50 %\n+800 / −900 µε, up to 18,000 µε/s"]
    assert legend(lower) == ["1  posterior surface, mid-shaft, 41 %\ncompression −3100 µε at 75 % of contact"]


def test_a_second_scale_tells_the_time_in_seconds(gauge, figures, tmp_path):
    draw_strain_history([gauge], [], tmp_path / "stance.png", "tibia")
    (axes,) = figures[0].axes
    (above,) = axes.child_axes
    assert above.get_xlabel() == "time / s"
    assert above.get_xlim() == pytest.approx((0.0, 0.2))


def test_a_lone_frame_is_drawn_as_a_dot(gauge, figures, tmp_path):
    one = np.array([300.0])
    still = replace(gauge, time_s=np.zeros(1), tension_ue=one, compression_ue=-one, shear_ue=2.0 * one)
    draw_strain_history([replace(still, axial_ue=one, axial_mpa=one)], [], tmp_path / "stance.png", "tibia")
    (axes,) = figures[0].axes
    assert axes.lines[0].get_marker() == "o"
    assert legend(axes) == ["medial midshaft, 50 %\n+300 / −300 µε"]
    assert not axes.child_axes


def test_what_cannot_be_drawn_is_refused(gauge, hotspot, tmp_path):
    file = tmp_path / "stance.png"
    with pytest.raises(InputError, match="neither gauge nor hotspot"):
        draw_strain_history([], [], file, "tibia")
    with pytest.raises(InputError, match="one history for all"):
        draw_strain_history([gauge], [replace(hotspot, time_s=TIME_S + 1.0)], file, "tibia")
    with pytest.raises(InputError, match="NaN or infinity"):
        draw_strain_history([replace(gauge, tension_ue=gauge.tension_ue * np.nan)], [], file, "tibia")
    assert not file.exists()
