# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""A CT scan and its calibration, read from files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, MissingDependency
from fea.files import parsed, sha256_of

Floats = npt.NDArray[np.float64]

ENDINGS = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd")
"""Files of a scan; a folder is read as a DICOM series."""
MEASURES = ("HA", "K2HPO4", "ash", "apparent")
_VALID_G_PER_CM3 = {"HA": (0.0, 1.3), "K2HPO4": (0.0, 1.3), "ash": (0.03, 1.2), "apparent": (0.05, 2.0)}
"""Range of a law of the modulus that states none, by its measure; working values."""

_AIR_HU, AIR_WITHIN_HU = -1000.0, 100.0
_MOST_THREADS = 1


@dataclass(frozen=True)
class Calibration:
    """Density = intercept + slope · HU, in g/cm³ of a measure.

    Attributes
    ----------
    measure : str
        One of :data:`MEASURES`.
    intercept, slope : float
        In g/cm³ and g/cm³ for 1 HU.
    air_hu : float or None
        What air reads in the scan, for the check of its values; None for a scan without air.
    law : dict or None
        A law of the modulus of the bone, as its file has it.
    """

    measure: str
    intercept: float
    slope: float
    air_hu: float | None
    law: Mapping[str, Any] | None = None

    def density(self, hu: Floats) -> Floats:
        """Density in g/cm³ of values in HU."""
        return np.asarray(self.intercept + self.slope * hu)


@dataclass(frozen=True, eq=False)
class Scan:
    """A CT scan: ``hu`` (nx, ny, nz), and the index of a place in mm, ``to_index`` (4, 4), in LPS axes."""

    hu: npt.NDArray[np.float32]
    to_index: Floats
    spacing_mm: tuple[float, float, float]
    sha256: str

    def at(self, points: Floats) -> Floats:
        """HU at points (…, 3) in mm, LPS, linear between voxels; NaN outside the scan."""
        from scipy.ndimage import map_coordinates

        index = points.reshape(-1, 3) @ self.to_index[:3, :3].T + self.to_index[:3, 3]
        found = map_coordinates(self.hu, index.T, order=1, mode="constant", cval=np.nan, output=np.float64)
        return np.asarray(found.reshape(points.shape[:-1]))


def read_scan(place: Path) -> Scan:
    """Scan of a NIfTI, MetaImage or NRRD file, or of a folder with one DICOM series.

    Raises
    ------
    fea.errors.InputError
        Unknown ending, or what cannot be read.
    fea.errors.MissingDependency
        SimpleITK is not installed.
    """
    try:
        import SimpleITK as sitk  # noqa: N813 - so it is called in its own documents
    except ImportError:
        raise MissingDependency("a CT scan needs SimpleITK: pip install 'bonefea[ct]'.") from None
    files = _series(sitk, place) if place.is_dir() else [place]
    if not place.is_dir() and not place.name.lower().endswith(ENDINGS):
        raise InputError(
            f"{str(place)!r} is no scan; one is read from {', '.join(ENDINGS)} or a folder of DICOM files."
        )
    if not all(file.is_file() for file in files):
        raise InputError(f"there is no scan {str(place)!r}.")
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(_MOST_THREADS)
    try:
        image = sitk.ReadImage([str(file) for file in files] if place.is_dir() else str(place), sitk.sitkFloat32)
    except RuntimeError as error:
        said = " ".join(str(error).split())[-200:]
        raise InputError(f"{str(place)!r} cannot be read as a scan: {said}.") from None
    if image.GetDimension() != 3 or min(image.GetSize()) < 2:
        raise InputError(f"{str(place)!r} has {image.GetSize()} voxels; a scan has three directions.")
    to_mm = np.eye(4)
    spacing = np.array(image.GetSpacing())
    to_mm[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * spacing
    to_mm[:3, 3] = image.GetOrigin()
    hu = np.ascontiguousarray(sitk.GetArrayFromImage(image).transpose(2, 1, 0))
    digest = hashlib.sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()
    return Scan(hu, np.linalg.inv(to_mm), (float(spacing[0]), float(spacing[1]), float(spacing[2])), digest)


def _series(sitk: Any, folder: Path) -> list[Path]:
    known = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if len(known) != 1:
        raise InputError(f"the folder {str(folder)!r} holds {len(known)} DICOM series; allowed: one.")
    return [Path(file) for file in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), known[0])]


def read_calibration(file: Path) -> Calibration:
    """Calibration of a TOML file.

    It has ``measure``, and either ``points``, pairs of HU and density in g/cm³ as the rods of a phantom give them, or
    ``intercept_g_per_cm3`` and ``slope_g_per_cm3_per_hu``. ``ash = [a, b]`` makes it the ash density a + b ρ.
    ``modulus``, up to three tables, is a law E = constant + coefficient ρ^exponent, instead of those of the tissue.

    Raises
    ------
    fea.errors.InputError
        A key is missing or unknown, or a value outside its range.
    """
    table = parsed(file, str(file))
    known = {
        *("measure", "points", "intercept_g_per_cm3", "slope_g_per_cm3_per_hu", "ash", "air_hu", "source"),
        *("modulus", "modulus_measure", "valid_g_per_cm3"),
    }
    if odd := sorted(set(table) - known):
        raise InputError(f"the calibration {str(file)!r} has the key {odd[0]!r}; known: {', '.join(sorted(known))}.")
    measure = table.get("measure")
    if measure not in MEASURES:
        raise InputError(f"measure of the calibration is {measure!r}; allowed: {', '.join(MEASURES)}.")
    try:
        if "points" in table:
            pairs = np.array(table["points"], dtype=np.float64).reshape(-1, 2)
            slope, intercept = np.polyfit(pairs[:, 0], pairs[:, 1], 1)
        else:
            intercept, slope = float(table["intercept_g_per_cm3"]), float(table["slope_g_per_cm3_per_hu"])
        if "ash" in table:
            a, b = (float(value) for value in table["ash"])
            measure, intercept, slope = "ash", a + b * intercept, b * slope
        air = table.get("air_hu", _AIR_HU)
        air = None if air == "none" else float(air)
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError):
        raise InputError(
            f"the calibration {str(file)!r} needs points, two or more pairs of HU and g/cm³, or intercept_g_per_cm3 "
            "and slope_g_per_cm3_per_hu."
        ) from None
    if not 1e-4 <= slope <= 1e-2:
        raise InputError(f"slope of the calibration is {slope:g} g/cm³ for 1 HU; allowed: 0.0001 to 0.01.")
    return Calibration(str(measure), float(intercept), float(slope), air, _law(table, str(measure), file))


def _law(table: Mapping[str, Any], measure: str, file: Path) -> dict[str, Any] | None:
    """Law of the modulus that a calibration states, as the file of a bone has it."""
    if "modulus" not in table:
        if odd := {"modulus_measure", "valid_g_per_cm3"} & set(table):
            raise InputError(f"the calibration {str(file)!r} has {min(odd)} but no modulus.")
        return None
    return {
        "evidence": "D",
        "source": str(table.get("source", f"calibration {file.name}")),
        "measure": table.get("modulus_measure", measure),
        "valid_g_per_cm3": table.get("valid_g_per_cm3", list(_VALID_G_PER_CM3[measure])),
        "pieces": table["modulus"],
    }
