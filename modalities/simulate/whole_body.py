"""The coarse body around the spine, for the pictures that show the whole body: bone scan and PET.

Each voxel (4 mm) holds at most two tissues; a table of uptake by tissue makes it a map of any tracer. The shapes are
made by ``whole_body_shapes.py`` and shipped as ``data/body.npz``. There is one body; of the build only the tissue
that weakens gamma rays on their way out differs (``extra_tissue_mm``), not the outline.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array
from modalities.simulate.painting import paint
from modalities.simulate.phantom import DATA, TRUNK, L, load_phantom
from modalities.simulate.scene import Build, Scene
from modalities.simulate.uptake import Tracer, Voxels, overlap, read, spread
from modalities.simulate.whole_body_shapes import BODY, SHARE_STEPS, TISSUES

EVERYWHERE = (slice(None),) * 3
FADE_Z_MM, FADE_X_MM = 11.0, 14.0  # over which the spine fades into the body's own vertebrae and ribs
NEAR_MIDLINE_MM = 60.0  # within which the thickness of a build is measured
HALF_WIDTH_MM = 40.0  # of the spine that is taken from its phantom: bodies, arches and transverse processes


@cache
def load_body() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the stored arrays: first and second tissue of each voxel, and the share of the first."""
    with np.load(DATA / "body.npz") as stored:
        arrays = stored["first"], stored["second"], stored["share"]
    for array in arrays:
        array.setflags(write=False)
    return arrays


def by_tissue(known: Mapping[str, float], suffix: str = "_suv") -> Array:
    """Return a table that tissue numbers can index: ``known["body_liver_suv"]`` is the value of the liver."""
    return np.array([known[f"body_{name}{suffix}"] for name in TISSUES], np.float32)


def body_map(table: Array) -> Array:
    """Return a map (z, y, x on ``BODY``) of a property of the tissues."""
    first, second, share = load_body()
    weight = (np.arange(SHARE_STEPS + 1, dtype=np.float32) / (2 * SHARE_STEPS) + 0.5)[share]
    other = table[second]
    return other + (table[first] - other) * weight


def with_spine(volume: Array, tracer: Tracer) -> Array:
    """Put the healthy spine phantom into a map in place of the coarse vertebrae (changes it) and return it."""
    voxels = read(paint(Scene()), EVERYWHERE, 2)
    low = [axis[0] - voxels.step_mm for axis in (voxels.z, voxels.y, voxels.x)]
    box = BODY.box(tuple(low), tuple(axis[-1] + voxels.step_mm for axis in (voxels.z, voxels.y, voxels.x)))
    axes = [axis[part] for axis, part in zip(BODY.axes(), box, strict=True)]
    weights = _weights(voxels, axes)
    fine = spread(tracer(voxels, ()), weights)
    filled = [weight.sum(1) for weight in weights]
    fine /= np.maximum(filled[0][:, None, None] * filled[1][None, :, None] * filled[2][None, None, :], 1e-3)
    share = _fade(axes, voxels)
    volume[box] += (fine - volume[box]) * share
    return volume


def _weights(voxels: Voxels, axes: list[Array]) -> tuple[Array, Array, Array]:
    z, y, x = (
        overlap(coarse, BODY.step, fine, voxels.step_mm)
        for coarse, fine in zip(axes, (voxels.z, voxels.y, voxels.x), strict=True)
    )
    return z, y, x


def _fade(axes: list[Array], voxels: Voxels) -> Array:
    z, y, x = axes
    up = np.clip(np.minimum(z - voxels.z[0], voxels.z[-1] - z) / FADE_Z_MM, 0, 1)
    deep = ((y > voxels.y[0]) & (y < voxels.y[-1])).astype(np.float32)
    side = np.clip((HALF_WIDTH_MM - np.abs(x)) / FADE_X_MM, 0, 1)
    return (up[:, None, None] * deep[None, :, None] * side[None, None, :]).astype(np.float32)


@cache
def extra_tissue_mm(build: Build) -> tuple[float, float]:
    """Return how much more tissue than in the average build lies in front of and behind the spine at T12 (mm)."""
    front, behind = zip(_thickness_mm(build), _thickness_mm("average"), strict=True)
    return front[0] - front[1], behind[0] - behind[1]


def _thickness_mm(build: Build) -> tuple[float, float]:
    labels = load_phantom(build).trunk
    z, y, x = TRUNK.axes()
    middle = labels[np.argmin(np.abs(z))][:, np.abs(x) < NEAR_MIDLINE_MM] != L["air"]
    columns = middle.shape[1] / TRUNK.step
    return float(middle[y < 0].sum() / columns), float(middle[y >= 0].sum() / columns)
