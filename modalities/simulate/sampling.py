"""Cut the painted spine into slices: partial volume, thickness, any pixel size.

The spine box is refined in the plane first; its bone surface is a distance field, so a thin shell keeps its
thickness on any pixel. The trunk around it is coarser.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from modalities.simulate.constants import by_label
from modalities.simulate.image import Array, Frame
from modalities.simulate.painting import Painted, others
from modalities.simulate.phantom import IS_BONE, SPINE, TRUNK, L, texture
from modalities.simulate.sharing import kept

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One plane of voxels of the spine box, refined: what the maps of a machine are made from.

    ``step_mm`` is the refined pixel, ``refine`` how many of them one voxel holds. Textures have mean 0.
    """

    labels: Labels
    bone_mm: Array
    trab: Array
    low: Array
    fine: Array
    mineral: Array | None
    fillings: dict[str, Array]
    step_mm: float
    refine: int

    @property
    def is_bone(self) -> npt.NDArray[np.bool_]:
        """Return where the label is bone."""
        found: npt.NDArray[np.bool_] = IS_BONE[self.labels]
        return found

    def bone_share(self) -> Array:
        """Return the share of each pixel inside the bone surface (0 to 1)."""
        return np.clip(0.5 - self.bone_mm / self.step_mm, 0, 1)

    def inner_share(self, shell: float = 1.0, uneven: float = 0.25) -> Array:
        """Return the share of each pixel inside the cortex, whose thickness is scaled by ``shell``."""
        thick = np.where(self.is_bone, by_label("cortex_mm")[self.labels], 0)
        thick = ndimage.maximum_filter(thick, 2 * self.refine + 1) * shell
        return np.clip(0.5 - (self.bone_mm + thick * (1 + uneven * self.low)) / self.step_mm, 0, 1)

    @property
    def disc(self) -> npt.NDArray[np.bool_]:
        """Return where the label is disc."""
        return (self.labels == L["annulus"]) | (self.labels == L["nucleus"])

    def soft(self, values: Array, blur: float = 0.8, disc_blur: float = 2.2) -> Array:
        """Smooth a map of the soft tissues without letting bone or disc run into them (blur in voxels)."""
        out = masked_blur(values, ~self.is_bone, blur * self.refine)
        disc = self.disc
        return np.where(disc, masked_blur(values, disc, disc_blur * self.refine), out) if disc.any() else out


def masked_blur(values: Array, mask: npt.NDArray[np.bool_], sigma: float) -> Array:
    """Smooth values inside a mask only: G(v m) / G(m)."""
    kept = mask.astype(np.float32)
    weight = ndimage.gaussian_filter(kept, sigma, truncate=3)
    out: Array = ndimage.gaussian_filter(values * kept, sigma, truncate=3) / np.maximum(weight, 1e-3)
    return out


def sections(
    painted: Painted, axis: int, position_mm: float, thickness_mm: float, refine: int
) -> list[tuple[float, Section]]:
    """Return the planes of voxels inside a slice with their weights (sum 1)."""
    start, count = SPINE.origin[axis], SPINE.shape[axis]
    low = (position_mm - thickness_mm / 2 - start) / SPINE.step
    high = (position_mm + thickness_mm / 2 - start) / SPINE.step
    planes = np.arange(int(np.floor(low)), int(np.ceil(high)) + 1)
    weights = np.clip(np.minimum(planes + 0.5, high) - np.maximum(planes - 0.5, low), 0, 1)
    inside = (weights > 1e-3) & (planes >= 0) & (planes < count)
    if not inside.any():
        nearest = int(np.clip(round((position_mm - start) / SPINE.step), 0, count - 1))
        return [(1.0, section(painted, axis, nearest, refine))]
    planes, weights = planes[inside], weights[inside] / weights[inside].sum()
    return [(float(w), section(painted, axis, int(k), refine)) for k, w in zip(planes, weights, strict=True)]


@kept(14)
def section(painted: Painted, axis: int, plane: int, refine: int) -> Section:
    """Return one refined plane of the spine box; the last ones are kept, several pictures share them."""
    box = [slice(None)] * 3
    box[axis] = slice(plane, plane + 1)
    whole = (box[0], box[1], box[2])
    block = painted.block(whole)
    rows, columns = (
        np.arange(n * refine, dtype=np.float32) / refine - 0.5 + 0.5 / refine
        for i, n in enumerate(SPINE.shape)
        if i != axis
    )

    def fine(values: Array) -> Array:
        return resample(np.squeeze(values, axis), rows, columns)

    seed = painted.scene.seed
    return Section(
        labels=nearest(np.squeeze(block.labels, axis), rows, columns),
        bone_mm=fine(block.bone_mm),
        trab=fine(texture("trab", whole)),
        low=fine(texture("low", whole)),
        fine=fine(texture("fine", whole, seed)),
        mineral=None if block.mineral is None else fine(block.mineral),
        fillings={name: fine(share) for name, share in block.fillings.items()},
        step_mm=SPINE.step / refine,
        refine=refine,
    )


def nearest(plane: Labels, rows: Array, columns: Array) -> Labels:
    """Take the nearest pixels of a plane at index positions (edges repeat)."""
    row = np.clip(np.round(rows).astype(int), 0, plane.shape[0] - 1)
    column = np.clip(np.round(columns).astype(int), 0, plane.shape[1] - 1)
    return plane[np.ix_(row, column)]


def resample(plane: Array, rows: Array, columns: Array) -> Array:
    """Take a plane at index positions, linear in both directions (edges repeat)."""

    def along(values: Array, at: Array, axis: int) -> Array:
        inside = np.clip(at, 0, values.shape[axis] - 1 - 1e-4)
        first = inside.astype(np.int32)
        part = (inside - first).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        low = np.take(values, first, axis)
        low += (np.take(values, first + 1, axis) - low) * part
        return low

    return along(along(plane.astype(np.float32, copy=False), rows, 0), columns, 1)


SpineMaps = Callable[[Section], Sequence[Array]]
TrunkMaps = Callable[[Labels], Sequence[Array]]
FADE = 20  # refined pixels over which the spine box fades into the trunk


def maps(
    painted: Painted, frame: Frame, thickness_mm: float, spine: SpineMaps, trunk: TrunkMaps, refine: int = 2
) -> list[Array]:
    """Return maps of a slice (averaged over its thickness) on the pixels of a frame.

    ``spine`` turns a section of the spine box into maps, ``trunk`` a plane of trunk labels into the same maps.
    """
    axis = frame.axis
    out = _trunk_maps(painted, frame, trunk)
    inner = None
    for weight, part in sections(painted, axis, frame.position_mm, thickness_mm, refine):
        found = [weight * values for values in spine(part)]
        inner = found if inner is None else [a + b for a, b in zip(inner, found, strict=True)]
    assert inner is not None
    start = [v for i, v in enumerate(SPINE.origin) if i != axis]
    count = [n * refine for i, n in enumerate(SPINE.shape) if i != axis]
    at = [
        (values - first) / SPINE.step * refine + (refine - 1) / 2
        for values, first in zip((frame.rows, frame.columns), start, strict=True)
    ]
    fades = []
    for index, n, other in zip(at, count, others(axis), strict=True):
        inside = (index >= 0) & (index <= n - 1)
        soft = np.clip(np.minimum(index, n - 1 - index) / FADE, 0, 1)
        fades.append((inside if other == 0 else soft * inside).astype(np.float32))  # top and bottom are cut, not faded
    weight_map = fades[0][:, None] * fades[1][None, :]
    return [
        around + (resample(values, at[0], at[1]) - around) * weight_map
        for values, around in zip(inner, out, strict=True)
    ]


def _trunk_maps(painted: Painted, frame: Frame, trunk: TrunkMaps) -> list[Array]:
    axis = frame.axis
    plane = round((frame.position_mm - TRUNK.origin[axis]) / TRUNK.step)
    labels = np.take(painted.trunk, int(np.clip(plane, 0, TRUNK.shape[axis] - 1)), axis=axis)
    first, second = others(axis)
    rows = (frame.rows - TRUNK.origin[first]) / TRUNK.step
    columns = (frame.columns - TRUNK.origin[second]) / TRUNK.step
    return [resample(values, rows, columns) for values in trunk(labels)]
