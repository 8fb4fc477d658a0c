# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Program that reads a ``.c3d`` with ezc3d and writes force plates and markers to its output as ``.npz``.

It runs in a process of its own: on a damaged file the library may end its process or fill the memory.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress

import numpy as np

MOST_MEMORY_BYTES = 6 * 2**30


def main(file: str) -> None:
    """Read one file; a mistake stands in the error output, with exit code 2."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    import ezc3d

    try:
        held = ezc3d.c3d(file, extract_forceplat_data=True)
        points = held["parameters"]["POINT"]
        found: dict[str, np.ndarray] = {
            "plate_rate": np.array(held["header"]["analogs"]["frame_rate"], dtype=np.float64),
            "marker_rate": np.array(held["header"]["points"]["frame_rate"], dtype=np.float64),
            "labels": np.array([str(label).strip() for label in points["LABELS"]["value"]], dtype=str),
            "units": np.array([str(unit) for unit in points.get("UNITS", {}).get("value", [])], dtype=str),
            "points": np.asarray(held["data"]["points"], dtype=np.float64)[:3],
        }
        for number, plate in enumerate(held["data"]["platform"]):
            for name in ("force", "center_of_pressure", "Tz"):
                found[f"{name} {number}"] = np.asarray(plate[name], dtype=np.float64)
            found[f"units {number}"] = np.array([plate["unit_position"], plate["unit_moment"]], dtype=str)
    except Exception as error:
        sys.stderr.write(" ".join(str(error).split())[:300])
        sys.exit(2)
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **found)
    sys.stdout.buffer.write(stream.getvalue())


if __name__ == "__main__":
    main(sys.argv[1])
