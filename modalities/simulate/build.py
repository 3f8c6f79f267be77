"""Make the data files of the phantom anew: ``python -m modalities.simulate.build`` (about half a minute).

They are the spine, the trunk in each body build, and the slabs that the X-ray machine sums from the spine. The same
code makes the same arrays. (``whole_body_shapes`` makes the file of the whole body.)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from modalities.simulate.phantom import DATA, SPINE
from modalities.simulate.scene import BUILDS
from modalities.simulate.soft_spine import spine_grid
from modalities.simulate.trunk import soft_tissue, trunk_grid
from modalities.simulate.xray_slabs import make_slabs


def differences(array: npt.NDArray[np.uint8], axis: int) -> npt.NDArray[np.uint8]:
    """Return an array as differences along an axis (modulo 256): they repeat more, so they pack smaller."""
    return np.diff(array, axis=axis, prepend=np.uint8(0))


def build(folder: Path = DATA) -> None:
    """Write ``spine.npz``, one ``trunk_<build>.npz`` for each body build, and ``xray_slabs.npz``."""
    labels, distance = spine_grid(soft_tissue(SPINE, "average"))
    packed = differences(differences(distance.view(np.uint8), 0), 1)
    np.savez_compressed(folder / "spine.npz", labels=differences(labels, 0), distance=packed)
    make_slabs(labels, distance, folder / "xray_slabs.npz")
    for name in BUILDS:
        np.savez_compressed(folder / f"trunk_{name}.npz", labels=differences(trunk_grid(name), 0))


if __name__ == "__main__":
    build()
