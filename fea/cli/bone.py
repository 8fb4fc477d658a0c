# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""`bonefea bone import`: a segmented surface into the file of a bone, with an account and a picture of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from cyclopts import App, Parameter

from fea.cli.options import JsonOption
from fea.cli.places import Overwrite, check_file_to_write
from fea.errors import InputError
from fea.scan import Side, Unit

if TYPE_CHECKING:
    from fea.bone import BoneMesh
    from fea.case import BoneDescription
    from fea.scan import ImportedBone

bone = App(name="bone", help="Bring in a bone of your own.", help_format="markdown")


@bone.command(name="import")
def import_bone(
    surface: Path,
    *,
    like: Annotated[str, Parameter(help="Bone of the library that it is one of.")] = "tibia",
    unit: Annotated[Unit | None, Parameter(help="Unit of the coordinates; found by the size by default.")] = None,
    side: Annotated[Side | None, Parameter(help="Side of the body; found by the shape by default.")] = None,
    landmarks: Annotated[
        Path | None, Parameter(help="Landmarks that give the frame: TOML, or .mrk.json or .fcsv of 3D Slicer.")
    ] = None,
    inner: Annotated[Path | None, Parameter(help="Inner surface of the cortex, in the same unit and frame.")] = None,
    ct: Annotated[
        Path | None, Parameter(help="CT scan for wall and density: NIfTI, MHA, NRRD, or a folder of DICOM files.")
    ] = None,
    calibration: Annotated[Path | None, Parameter(help="Calibration of the CT scan, TOML.")] = None,
    threshold: Annotated[
        float | None, Parameter(help="Least value of bone in HU, where SURFACE is the scan itself.")
    ] = None,
    regions: Annotated[
        Path | None, Parameter(help="Regions that stand instead of those carried over from the library's bone, TOML.")
    ] = None,
    name: Annotated[str | None, Parameter(help="Name of the bone; that of the file by default.")] = None,
    out: Annotated[Path | None, Parameter(help="Bone file to write; NAME.toml by default.")] = None,
    overwrite: Overwrite = False,
    as_json: JsonOption = False,
) -> None:
    """Measure a segmented bone and write it as a bone file, beside it a picture with its axes and regions.

    Parameters
    ----------
    surface
        A file of the outer surface: STL, PLY, OBJ, VTP, VTK, OFF, VRML, or a volume mesh; or a mask; or a CT scan.
    """
    import tomli_w

    from fea.bone import mesh_bone
    from fea.case import BoneDescription, checked
    from fea.files import written_file
    from fea.scan import import_bone as measure
    from fea.show import draw_imported

    found = measure(
        surface, like=like, unit=unit, side=side, landmarks=landmarks, inner=inner, ct=ct, calibration=calibration,
        threshold_hu=threshold, regions=regions, name=name,
    )  # fmt: skip
    target = out or Path(f"{found.table['name']}.toml")
    if target.suffix.lower() != ".toml":
        raise InputError(f"the bone file is called {str(target)!r}; its name must end in .toml.")
    picture = target.with_suffix(".png")
    scanned = [target.with_name(f"{target.stem}-density.png")] if "field" in found.table["density"] else []
    for file in (target, picture, *scanned):
        check_file_to_write(file, (str(surface), landmarks, inner, ct, calibration, regions), overwrite=overwrite)
    description = checked(BoneDescription, found.table, f"bone {found.table['name']!r}")
    mesh = mesh_bone(description)
    table = description.model_dump(mode="json", by_alias=True, exclude_none=True)
    with written_file(target) as partial:
        partial.write_text(tomli_w.dumps(table), encoding="utf-8")
    with written_file(picture) as partial:
        away = draw_imported(found, mesh, partial)
    account = _account(found, description, away) | {"cells": len(mesh.cells), "min_quality": float(mesh.quality.min())}
    if description.density.field is not None:
        account["tissue"] = _scanned(description, mesh, target.with_name(f"{target.stem}-density.png"), like)
    print(json.dumps(account, indent=2) if as_json else _told(account, target, picture))


def _scanned(description: BoneDescription, mesh: BoneMesh, picture: Path, like: str) -> dict[str, Any]:
    """Figures of the tissue of a scanned bone beside what the library's has; writes the picture of its density."""
    from fea.case import healthy, read_bone
    from fea.files import written_file
    from fea.show import draw_density
    from fea.tissue import composition, converted, tissue_figures

    made, figures = composition(description, mesh, healthy()), tissue_figures(description, mesh, healthy())
    shaft = (mesh.tissue == 0) & (np.abs(mesh.centroids[:, 1] / description.length_mm - 0.5) < 0.25)
    usual = read_bone(like).density
    expected = converted(np.array([float(usual.cortical_g_per_cm3.value(0.5))]), usual.measure, "apparent")
    account = {
        "cortical_apparent_g_per_cm3": float(np.average(made.density[shaft], weights=mesh.volumes[shaft])),
        "expected_apparent_g_per_cm3": float(expected[0]),
        "cortical_modulus_mpa": figures["cortical"].mean_modulus_mpa,
        "outside_law_fraction": {name: row.outside_law_fraction for name, row in figures.items() if name != "marrow"},
        "picture": str(picture),
    }
    caption = [
        f"cortex of the shaft {account['cortical_apparent_g_per_cm3']:.2f} g/cm³ (library: {expected[0]:.2f}), "
        f"modulus of the cortex {figures['cortical'].mean_modulus_mpa / 1000.0:.1f} GPa",
    ]
    with written_file(picture) as partial:
        draw_density(
            mesh, made.density, partial, title=f"{description.title}: density from CT", caption=caption,
            length_mm=description.length_mm, side="right", histogram=True,
        )  # fmt: skip
    return account


def fit(
    surface: Path,
    *,
    like: Annotated[str, Parameter(help="Bone of the library that it is one of.")] = "tibia",
    out: Annotated[Path | None, Parameter(help="Bone file to write; NAME-fitted.toml by default.")] = None,
    overwrite: Overwrite = False,
    as_json: JsonOption = False,
) -> None:
    """Find the parametric bone nearest to a segmented one; write it, and a picture of the distances.

    The bone file holds the scale and the modes of variation of the library's bone, and nothing of the surface.

    Parameters
    ----------
    surface
        A file of the outer surface, as for `bonefea bone import`.
    """
    import tomli_w

    from fea.bone import mesh_bone
    from fea.case import bone_table, read_bone
    from fea.files import changed, written_file
    from fea.scan import Template, fitted
    from fea.scan import import_bone as measure
    from fea.show import draw_imported

    found = measure(surface, like=like)
    nearest = fitted(found.outlines, found.frame.length, Template(bone_table(like)))
    target = out or Path(f"{found.table['name']}-fitted.toml")
    if target.suffix.lower() != ".toml":
        raise InputError(f"the bone file is called {str(target)!r}; its name must end in .toml.")
    for file in (target, target.with_suffix(".png")):
        check_file_to_write(file, (str(surface),), overwrite=overwrite)
    mesh = mesh_bone(read_bone(like, nearest.changes))
    table = bone_table(like)
    for path, value in nearest.changes.items():
        changed(table, path, value)
    with written_file(target) as partial:
        partial.write_text(tomli_w.dumps(table), encoding="utf-8")
    with written_file(target.with_suffix(".png")) as partial:
        away = draw_imported(found, mesh, partial)
    rms = float(np.sqrt(np.mean(np.square(away))))
    if as_json:
        print(json.dumps({"changes": nearest.changes, "distance_rms_mm": rms}, indent=2))
        return
    print(" ".join(f"--set {path}={value:g}" for path, value in nearest.changes.items()))
    print(f"distance of the surface: rms {rms:.2f}, p95 {np.quantile(np.abs(away), 0.95):.2f} mm")
    print(f"{target}: the bone; {target.with_suffix('.png')}: the distances")


def _account(found: ImportedBone, description: BoneDescription, away: Any) -> dict[str, Any]:
    """What was done and found, by names with units."""
    origin = description.origin
    assert origin is not None
    return {
        "name": description.name,
        "side": origin.side,
        "misfit_by_side": {side: round(off, 4) for side, off in found.frame.misfit.items()},
        "unit": origin.unit,
        "unit_by_size": found.clean.unit_by_size,
        "triangles": len(found.clean.outer.triangles),
        "repairs": list(origin.repairs),
        "volume_before_mm3": origin.volume_before_mm3,
        "volume_mm3": origin.volume_mm3,
        "frame": origin.frame,
        "length_mm": description.length_mm,
        "torsion_deg": found.torsion_deg,
        "wall": (
            "from the inner surface"
            if found.clean.inner is not None
            else "in proportion to the library's"
            if origin.scan is None
            else "from the scan"
        ),
        "scan_remarks": [] if origin.scan is None else list(origin.scan.remarks),
        "density_measure": description.density.measure,
        "cortical_density_g_per_cm3": float(np.mean(description.density.cortical_g_per_cm3.value([0.3, 0.5, 0.66]))),
        "distance_rms_mm": float(np.sqrt(np.mean(np.square(away)))),
        "distance_p95_mm": float(np.quantile(np.abs(away), 0.95)),
        "distance_max_mm": float(np.abs(away).max()),
    }


def _told(account: dict[str, Any], target: Path, picture: Path) -> str:
    a = account
    fits = ", ".join(f"{100 * off:.1f} % as a {side} bone" for side, off in a["misfit_by_side"].items())
    lines = [
        f"{a['name']}: {a['triangles']} triangles in {a['unit']} ({'by the size' if a['unit_by_size'] else 'given'})",
        f"side: {a['side']}" + (f" (outlines differ from the library's by {fits})" if fits else " (as given)"),
        f"frame: from {a['frame']}; length {a['length_mm']:.1f} mm"
        + ("" if a["torsion_deg"] is None else f", torsion {a['torsion_deg']:.1f}°"),
        *(f"repaired: {repair}" for repair in a["repairs"]),
        f"volume: {a['volume_before_mm3']:.0f} mm³ before repair, {a['volume_mm3']:.0f} mm³ after",
        f"cortical wall: {a['wall']}; density of the shaft's cortex {a['cortical_density_g_per_cm3']:.2f} g/cm³ "
        f"({a['density_measure']})",
        *(f"scan: {remark}" for remark in a["scan_remarks"]),
        *_told_tissue(a.get("tissue")),
        f"distance of the surface from the bone as described: rms {a['distance_rms_mm']:.2f}, "
        f"p95 {a['distance_p95_mm']:.2f}, largest {a['distance_max_mm']:.2f} mm",
        f"mesh: {a['cells']} tetrahedra, least quality {a['min_quality']:.2f}",
        f"{target}: the bone; {picture}: its axes, regions and distances - look at it before you trust it",
    ]
    return "\n".join(lines)


def _told_tissue(tissue: dict[str, Any] | None) -> list[str]:
    if tissue is None:
        return []
    shares = ", ".join(f"{100.0 * share:.1f} % of the {name}" for name, share in tissue["outside_law_fraction"].items())
    return [
        f"scan: cortex of the shaft {tissue['cortical_apparent_g_per_cm3']:.2f} g/cm³ apparent "
        f"(library: {tissue['expected_apparent_g_per_cm3']:.2f}), mean modulus of the cortex "
        f"{tissue['cortical_modulus_mpa'] / 1000.0:.1f} GPa; cells outside the range of their law: {shares}",
        f"{tissue['picture']}: density on the cut bone, and how often it occurs",
    ]
