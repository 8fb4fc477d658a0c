# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The surface of the bone in a mask, or in a scan by a threshold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fea.errors import InputError, out_of_range
from fea.scan.ct import ENDINGS, Scan
from fea.scan.surface import Surface

_CLOSING_MM = 3.0
_SMOOTHING_VOXELS = 0.8
_MOST_LABELS = 20
_LEAST_VOXELS = 1000
_HU = (-200.0, 2000.0)
"""Range of a threshold. It, the closing and the smoothing are working values."""


def is_scan(file: Path) -> bool:
    """Whether a file is an image of voxels, by its ending, or a folder of them."""
    return file.is_dir() or file.name.lower().endswith(ENDINGS)


def segmented(scan: Scan, threshold_hu: float | None, name: str) -> Surface:
    """Surface of the largest piece of a mask, or of a scan above a threshold, in mm.

    Gaps in its wall of up to 3 mm are closed, and what a slice across the bone encloses is filled. The steps of the
    voxels are smoothed with a Gaussian of 0.8 voxels.

    Parameters
    ----------
    scan : Scan
        A mask, 0 beside the bone, or a scan.
    threshold_hu : float or None
        Least value of bone; None for a mask.
    name : str
        Name of the file, for messages.

    Raises
    ------
    fea.errors.InputError
        A scan without a threshold, a threshold outside −200 to 2000 HU, or nothing above it.
    """
    import pyvista as pv
    import SimpleITK as sitk  # noqa: N813 - so it is called in its own documents
    from scipy.ndimage import gaussian_filter

    values = scan.hu.transpose(2, 1, 0)
    if threshold_hu is None:
        labels = np.unique(values[::3, ::3, ::3])
        if len(labels) > _MOST_LABELS or (labels < 0.0).any() or (labels % 1.0).any():
            raise InputError(
                f"{name!r} is a scan, not a mask; give the threshold that parts bone from what is beside it."
            )
        threshold_hu = 0.5
    elif not _HU[0] <= threshold_hu <= _HU[1]:
        raise out_of_range("threshold in HU", threshold_hu, f"{_HU[0]:g} to {_HU[1]:g}")
    image = sitk.GetImageFromArray((values > threshold_hu).astype(np.uint8))
    pieces = sitk.RelabelComponent(sitk.ConnectedComponent(image), sortByObjectSize=True)
    bone = pieces == 1
    if int(sitk.GetArrayViewFromImage(bone).sum()) < _LEAST_VOXELS:
        raise InputError(f"{name!r} has no piece of {_LEAST_VOXELS} voxels or more above {threshold_hu:g}.")
    radius = [max(1, round(_CLOSING_MM / 2.0 / step)) for step in scan.spacing_mm]
    margin = [r + 2 for r in radius]
    bone = sitk.ConstantPad(bone, margin, margin, 0)
    closed = _filled(sitk.GetArrayFromImage(sitk.BinaryMorphologicalClosing(bone, radius)) > 0)
    array = gaussian_filter(closed.astype(np.float32), _SMOOTHING_VOXELS)
    grid = pv.ImageData(dimensions=array.shape[::-1])
    grid.point_data["bone"] = array.ravel()
    found = grid.contour([0.5], scalars="bone", method="flying_edges").triangulate().clean()
    index = np.asarray(found.points, dtype=np.float64) - margin
    to_mm = np.linalg.inv(scan.to_index)
    points = index @ to_mm[:3, :3].T + to_mm[:3, 3]
    return Surface(points, np.asarray(found.regular_faces, dtype=np.int64))


def _filled(bone: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Bone with what its slices across the longest extent enclose: a canal is open where a thin end lets it out."""
    from scipy.ndimage import binary_fill_holes

    used = np.argwhere(bone)
    along = int(np.argmax(np.ptp(used, axis=0)))
    slices = [binary_fill_holes(part) for part in np.moveaxis(bone, along, 0)]
    return np.asarray(binary_fill_holes(np.moveaxis(np.array(slices), 0, along)))
