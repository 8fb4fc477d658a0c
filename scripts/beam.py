# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Set the beam formula beside the strain of the running tibia, and tell where its bending moments come from.

Writes beam.csv: at levels of the peak frame the section, the parts of its moments, and strain by beam and by model.
Usage: python scripts/beam.py [FOLDER] [SIZE_MM]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.bone import TISSUES, cut
from fea.bone.measure import CrossSection
from fea.case import Options, resolved
from fea.evaluate import Result, solved_bone
from fea.files import write_rows
from fea.loading import Load, PathLoad, UnitLoad, surface_load, unit_section_loads
from fea.strain import MICROSTRAIN

Floats = npt.NDArray[np.float64]

LEVELS = np.arange(0.10, 0.901, 0.05)
WORST = 0.05
"""Part of the cortical area, the most compressed by the beam formula, over which strain is averaged."""
THRESHOLD_UE = 4000.0
PARTS: dict[str, Callable[[Load], bool]] = {
    "axial force of the ankle": lambda load: load == UnitLoad("plafond", False, 1),
    "shear of the ankle": lambda load: isinstance(load, UnitLoad) and not load.moment and load.axis != 1,
    "moment of the ankle": lambda load: isinstance(load, UnitLoad) and load.moment,
    "soleus": lambda load: load == PathLoad("soleus"),
    "other muscles": lambda load: isinstance(load, PathLoad) and load != PathLoad("soleus"),
}


@dataclass(frozen=True)
class Beam:
    """A section as a beam: E times area in N, centroid (x, z) in mm, E times second moments (2, 2) in N·mm²."""

    stiffness: float
    center: Floats
    bending: Floats

    @classmethod
    def of(cls, section: CrossSection, modulus: Floats) -> Beam:
        """Beam of a section whose cells have a modulus in MPa."""
        weight = np.repeat(modulus[section.cell][:, None], 3, axis=1)
        place = section.points[..., [0, 2]]
        stiffness = float(section.integral(weight))
        center = section.integral(weight[..., None] * place) / stiffness
        out = place - center
        return cls(stiffness, center, section.integral(weight[..., None, None] * out[..., :, None] * out[..., None, :]))

    def strain(self, points: Floats, axial: float, moment: Floats) -> Floats:
        """Axial strain at points (…, 2) for a compression in N and moments about x and z through the centroid, N·mm."""
        # The distal part presses the proximal one with −σ: M_x = ∫ σ z, M_z = −∫ σ x.
        curvature = np.linalg.solve(self.bending, np.array([-moment[1], moment[0]]))
        return np.asarray(-axial / self.stiffness + (points - self.center) @ curvature)


def parts_of(result: Result, center: Floats) -> dict[str, Floats]:
    """Force and moment (6,) about a point that each part of the load sends through the section there, peak frame."""
    history, fibula = result.history, PathLoad("fibula")
    sizes = history.coefficients[result.peak_frame]
    loads = unit_section_loads([surface_load(result.mesh, load) for load in (*history.loads, fibula)], center[None])
    distal = [not isinstance(load, UnitLoad) or load.region == "plafond" for load in history.loads]
    table = {
        name: sizes[chosen] @ loads[:-1, 0][chosen]
        for name, belongs in PARTS.items()
        for chosen in [[k for k, load in enumerate(history.loads) if distal[k] and belongs(load)]]
    }
    return {**table, "fibula": result.fibula_n[result.peak_frame] * loads[-1, 0]}


def row_of(result: Result, level: float) -> dict[str, str]:
    """Section, moments by part, and strain by beam and by model at a level."""
    mesh, y = result.mesh, level * result.bone.anatomy.length
    whole, cortex = cut(mesh, y), cut(mesh, y).within(mesh.tissue == TISSUES.index("cortical"))
    beam = Beam.of(whole, result.bone.elasticity.modulus)
    parts = parts_of(result, np.array([beam.center[0], y, beam.center[1]]))
    total = sum(parts.values(), start=np.zeros(6))
    by_beam = MICROSTRAIN * beam.strain(cortex.points[..., [0, 2]], total[1], total[[3, 5]]).mean(axis=1)
    corners = result.field.corner[cortex.cell][..., 1, 1]
    by_model = MICROSTRAIN * np.einsum("tqv,tv->t", cortex.weights, corners) / 3.0
    order = np.argsort(by_beam)
    worst = order[np.cumsum(cortex.area[order]) <= WORST * cortex.area.sum()]
    place = np.average(cortex.points.mean(axis=1)[worst], axis=0, weights=cortex.area[worst])
    direction = float(result.bone.anatomy.direction(place[None])[0]) % 360.0 - 180.0
    modulus = float(np.average(result.bone.elasticity.modulus[cortex.cell], weights=cortex.area))
    return {
        "level / %": f"{100.0 * level:.0f}",
        "cortical area / mm2": f"{cortex.area.sum():.0f}",
        "modulus / MPa": f"{modulus:.0f}",
        "centre anterior / mm": f"{beam.center[0]:.1f}",
        "centre lateral / mm": f"{beam.center[1]:.1f}",
        "second moment, sagittal / mm4": f"{beam.bending[0, 0] / modulus:.0f}",
        "second moment, frontal / mm4": f"{beam.bending[1, 1] / modulus:.0f}",
        "product of inertia / mm4": f"{beam.bending[0, 1] / modulus:.0f}",
        "axial force / N": f"{total[1]:.0f}",
        "sagittal moment / N m": f"{-total[5] / 1000.0:.1f}",
        **{f"sagittal, {name} / N m": f"{-part[5] / 1000.0:.1f}" for name, part in parts.items()},
        "frontal moment / N m": f"{total[3] / 1000.0:.1f}",
        **{f"frontal, {name} / N m": f"{part[3] / 1000.0:.1f}" for name, part in parts.items()},
        "most compressed, from behind / deg": f"{direction:.0f}",
        "compression by axial force / ue": f"{-MICROSTRAIN * total[1] / beam.stiffness:.0f}",
        "compression by beam / ue": f"{np.average(by_beam[worst], weights=cortex.area[worst]):.0f}",
        "compression by model / ue": f"{np.average(by_model[worst], weights=cortex.area[worst]):.0f}",
        "area above 4000 ue by beam / mm2": f"{cortex.area[np.abs(by_beam) > THRESHOLD_UE].sum():.1f}",
        "area above 4000 ue by model / mm2": f"{cortex.area[np.abs(by_model) > THRESHOLD_UE].sum():.1f}",
    }


def main(folder: Path, size_mm: float) -> None:
    """Solve the tibia once and write a row for each level."""
    case = resolved("tibia", "running", Options(size_mm=size_mm))
    result = Result(case, solved_bone(case))
    rows = [row_of(result, float(level)) for level in LEVELS]
    write_rows(folder / "beam.csv", rows, list(rows[0]))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/tables"),
        float(sys.argv[2]) if len(sys.argv) > 2 else 6.0,
    )
