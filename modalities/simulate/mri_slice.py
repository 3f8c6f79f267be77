"""What lies in an MR slice: signals of water and of fat on the voxels of the spine grid, and of the trunk around.

Pools are mixed by volume share with their sign, never by averaging relaxation times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame, Mask
from modalities.simulate.painting import FILLINGS, Painted, others
from modalities.simulate.phantom import IS_BONE, SPINE, TRUNK, L, load_phantom, texture
from modalities.simulate.relaxation import Scan, label_signals
from modalities.simulate.sampling import Section, resample
from modalities.simulate.scene import Build
from modalities.simulate.sharing import kept

C = constants("mri")
Value = TypeVar("Value", bound=np.generic)
ZOOM = 2  # pixels of a picture in one voxel
PIXEL_MM = SPINE.step / ZOOM
MARGIN = 8  # voxels around a frame: ringing from the far side of the field ends there
FADE = 4  # voxels over which the spine box fades into the trunk
SOFT_BLUR, DISC_BLUR, TRUNK_BLUR = 0.8, 2.2, 0.6  # voxels
IS_DISC: Mask = np.isin(np.arange(64), [L["annulus"], L["nucleus"]])


@dataclass(frozen=True, slots=True)
class Plate:
    """The voxels that a picture is made from, on the spine grid and beyond it.

    ``first`` and ``count`` are voxels along the rows' and the columns' axis, always upward in the body.
    """

    axis: Literal[0, 1, 2]
    position_mm: float
    first: tuple[int, int]
    count: tuple[int, int]

    @property
    def coordinates(self) -> tuple[Array, Array]:
        """Return the coordinates of the voxels along the rows' and the columns' axis (mm)."""
        rows, columns = (
            (SPINE.origin[axis] + SPINE.step * np.arange(first, first + count)).astype(np.float32)
            for axis, first, count in zip(others(self.axis), self.first, self.count, strict=True)
        )
        return rows, columns


def plate_of(frame: Frame) -> tuple[Plate, tuple[slice, slice]]:
    """Return the voxels for a frame with a margin, and which pixels of their picture are the frame's."""
    first, count, parts = [], [], []
    for axis, values in zip(others(frame.axis), (frame.rows, frame.columns), strict=True):
        ends = [round((float(v) - SPINE.origin[axis]) / PIXEL_MM) for v in (values[0], values[-1])]
        low, high = min(ends), max(ends)
        start = low // ZOOM - MARGIN
        first.append(start)
        count.append(fft.next_fast_len(high // ZOOM + MARGIN + 2 - start))
        a, b = low - start * ZOOM, high - start * ZOOM
        parts.append(slice(a, b + 1) if ends[1] >= ends[0] else slice(b, a - 1, -1))
    return Plate(frame.axis, frame.position_mm, (first[0], first[1]), (count[0], count[1])), (parts[0], parts[1])


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """What all sequences need of the spine box in a slice: shares of each voxel, averaged over the thickness.

    ``labels`` (planes x rows x columns) and their ``weights`` give the soft tissues; ``outside`` is the share
    outside bone, ``marrow`` that of healthy marrow's space, ``uneven`` that space times how much fattier it is than
    the mean, ``fillings`` the space of what has taken the marrow's place; ``fade`` blends the box into the trunk.
    """

    part: tuple[slice, slice]
    labels: npt.NDArray[np.uint8]
    weights: Array
    outside: Array
    soft_weight: Array
    disc_share: Array
    disc_weight: Array
    texture: Array
    marrow: Array
    uneven: Array
    fillings: Mapping[str, Array]
    fade: Array

    def mean(self, table: Array) -> Array:
        """Return a property of the labels, averaged over the thickness."""
        return np.tensordot(self.weights, table[self.labels], 1)

    def soft(self, table: Array) -> Array:
        """Return a signal of the soft tissues, smoothed without letting bone or disc run into them."""
        out = _smooth(self.mean(table * ~IS_BONE)) / self.soft_weight
        if self.disc_share.any():
            disc = _smooth(self.mean(table * IS_DISC), DISC_BLUR) / self.disc_weight
            out += (disc - out) * self.disc_share
        return out * self.texture

    def signals(self, scan: Scan, marrow_fat: float) -> tuple[Array, Array]:
        """Return the signals of water and of fat."""
        water_of, fat_of = label_signals(scan, marrow_fat)
        pure = scan.pools("marrow_water").water, scan.pools("marrow_fat").fat
        water = self.outside * self.soft(water_of) + (self.marrow * (1 - marrow_fat) - self.uneven) * pure[0]
        fat = self.outside * self.soft(fat_of) + (self.marrow * marrow_fat + self.uneven) * pure[1]
        for name, space in self.fillings.items():
            own = scan.pools(name)
            water += space * own.water
            if own.fat:
                fat += space * own.fat
        return water, fat


def _smooth(values: Array, sigma: float = SOFT_BLUR) -> Array:
    return ndimage.gaussian_filter(values, sigma, truncate=3)


@kept(4)
def slab(painted: Painted, plate: Plate) -> Slab | None:
    """Return the spine box's part of a slice; None where the slice misses the box. The last ones are kept."""
    axis = plate.axis
    box, part = [slice(0)] * 3, []
    for other, first, count in zip(others(axis), plate.first, plate.count, strict=True):
        low, high = max(first, 0), min(first + count, SPINE.shape[other])
        box[other] = slice(low, high)
        part.append(slice(low - first, high - first))
    box[axis], weights = _planes(SPINE.origin[axis], SPINE.step, SPINE.shape[axis], plate.position_mm)
    if any(one.start >= one.stop for one in box):
        return None
    return _slab(_voxels(painted, (box[0], box[1], box[2]), axis), weights, (part[0], part[1]), _fade(box, axis))


def _planes(start: float, step: float, count: int, position_mm: float) -> tuple[slice, Array]:
    """Return the planes of a grid that a slice takes in, and their weights (sum 1)."""
    low, high = ((position_mm + side * C["slice_mm"] / 2 - start) / step for side in (-1, 1))
    planes = np.arange(int(np.floor(low)), int(np.ceil(high)) + 1)
    weights = np.clip(np.minimum(planes + 0.5, high) - np.maximum(planes - 0.5, low), 0, 1)
    inside = (weights > 1e-3) & (planes >= 0) & (planes < count)
    if not inside.any():
        return slice(0, 0), weights[:0]
    kept = weights[inside] / weights[inside].sum()
    return slice(int(planes[inside][0]), int(planes[inside][-1]) + 1), kept.astype(np.float32)


def _fade(box: list[slice], axis: int) -> Array:
    """Return the weight of the spine box against the trunk: it fades at its sides and is cut at top and bottom."""
    edges = []
    for other in others(axis):
        index, count = np.arange(box[other].start, box[other].stop), SPINE.shape[other]
        soft = np.clip(np.minimum(index, count - 1 - index) / FADE, 0, 1)
        edges.append((np.ones_like(soft) if other == 0 else soft).astype(np.float32))
    return edges[0][:, None] * edges[1][None, :]


def _voxels(painted: Painted, box: tuple[slice, slice, slice], axis: int) -> Section:
    """Return a box of the spine grid as a section that has thickness (the first axis)."""
    block = painted.block(box)

    def turned(values: npt.NDArray[Value]) -> npt.NDArray[Value]:
        return np.ascontiguousarray(np.moveaxis(values, axis, 0))

    return Section(
        labels=turned(block.labels),
        bone_mm=turned(block.bone_mm),
        trab=turned(texture("trab", box)),
        low=turned(texture("low", box)),
        fine=turned(texture("fine", box, painted.scene.seed)),
        mineral=None if block.mineral is None else turned(block.mineral),
        fillings={name: turned(share) for name, share in block.fillings.items()},
        step_mm=SPINE.step,
        refine=1,
    )


def _slab(voxels: Section, weights: Array, part: tuple[slice, slice], fade: Array) -> Slab:
    def mean(values: Array) -> Array:
        return np.tensordot(weights, values, 1)

    soft = mean((~IS_BONE).astype(np.float32)[voxels.labels])
    disc = mean(IS_DISC.astype(np.float32)[voxels.labels])
    muscle = mean((np.arange(64) == L["muscle"]).astype(np.float32)[voxels.labels])
    fine, low = mean(voxels.fine), mean(voxels.low)
    inside = voxels.bone_share()
    space = _space(voxels)
    healthy, taken = space, {}
    for name in FILLINGS:
        if name in voxels.fillings:
            share = space * voxels.fillings[name]
            healthy = healthy - share
            taken[name] = mean(share * (1 + C["filling_grain"] * (voxels.fine + voxels.low)))
    return Slab(
        part=part,
        labels=voxels.labels,
        weights=weights,
        outside=1 - mean(inside),
        soft_weight=np.maximum(_smooth(soft), 1e-3),
        disc_share=disc / np.maximum(soft, 1e-3),
        disc_weight=np.maximum(_smooth(disc, DISC_BLUR), 1e-3),
        texture=1 + C["tissue_grain"] * fine + muscle * (C["muscle_grain"] * fine + C["muscle_patches"] * low),
        marrow=mean(healthy),
        uneven=mean(healthy * _fatter(voxels)),
        fillings=taken,
        fade=fade,
    )


def _space(voxels: Section) -> Array:
    """Return the share of each voxel that marrow, or what took its place, fills with signal."""
    solid = C["trabecular_share"] * (1 + C["trabecular_contrast"] * voxels.trab)
    inner = voxels.inner_share()
    if voxels.mineral is None:
        return inner * (1 - solid)
    gained = np.maximum(voxels.mineral - 1, 0)
    solid = solid * np.minimum(voxels.mineral, 1) + C["trabecular_share"] * gained
    return inner * (1 - np.minimum(solid, C["densest_share"])) * np.exp(-C["mineral_darkens"] * gained)


def _fatter(voxels: Section) -> Array:
    """Return how much larger the fat share of marrow is than its mean."""
    behind = C["fat_more_behind"] * (voxels.labels != L["marrow_body"])
    shell = C["fat_more_at_shell"] * np.exp(np.minimum(voxels.bone_mm, 0) / C["shell_depth_mm"])
    patches = C["fat_patches"] * voxels.low + C["fat_grain"] * voxels.fine
    return np.clip(patches + behind + shell, -C["fat_most_uneven"], C["fat_most_uneven"])


@lru_cache(maxsize=12)
def _trunk(build: Build, plate: Plate, scan: Scan, marrow_fat: float) -> tuple[Array, Array]:
    """Return the signals of water and of fat of the trunk around the spine box."""
    axis = plate.axis
    planes, weights = _planes(TRUNK.origin[axis], TRUNK.step, TRUNK.shape[axis], plate.position_mm)
    labels = np.moveaxis(load_phantom(build).trunk[(slice(None),) * axis + (planes,)], axis, 0)
    at = [
        (values - TRUNK.origin[other]) / TRUNK.step
        for values, other in zip(plate.coordinates, others(axis), strict=True)
    ]
    water, fat = (
        resample(_smooth(np.tensordot(weights, table[labels], 1), TRUNK_BLUR), at[0], at[1])
        for table in label_signals(scan, marrow_fat)
    )
    return water, fat


def signals(painted: Painted, plate: Plate, scan: Scan, marrow_fat: float) -> tuple[Array, Array]:
    """Return the signals of water and of fat of a slice, with their signs (rows x columns, upward in the body)."""
    found = [values.copy() for values in _trunk(painted.phantom.build, plate, scan, marrow_fat)]
    spine = slab(painted, plate)
    if spine is not None:
        for around, own in zip(found, spine.signals(scan, marrow_fat), strict=True):
            around[spine.part] += (own - around[spine.part]) * spine.fade
    return found[0], found[1]


@lru_cache(maxsize=8)
def sensitivity(plate: Plate) -> Array:
    """Return how strongly each voxel is received: a coil under the back, the belly saturated in sagittal slices."""
    rows, columns = plate.coordinates
    z, y = (rows[:, None], columns[None, :]) if plate.axis == 2 else (np.float32(plate.position_mm), rows[:, None])
    near = np.exp((y - C["coil_y_mm"]) / C["coil_depth_mm"]) * np.exp(-((z / C["coil_length_mm"]) ** 2))
    received = C["coil_far"] + C["coil_near"] * near
    if plate.axis == 2:
        behind = (y - C["saturated_from_y_mm"] - C["saturated_tilt"] * z) / C["saturated_edge_mm"]
        received = received * (C["saturated_left"] + (1 - C["saturated_left"]) / (1 + np.exp(-behind)))
    return np.broadcast_to(received, plate.count).astype(np.float32)
