"""Path lengths of water and bone through the body, summed over slabs of its depth.

A radiograph needs line integrals only. The healthy spine box is summed once into slabs about 10 mm thick and shipped
(``data/xray_slabs.npz``); a slab is thin enough that all of it is magnified alike. The trunk around it is summed once
per process and build. A lesion adds the sums of the voxels that it changes, nothing else.

Two base materials, water and cortical bone, stand for all tissues (Alvarez and Macovski, Phys Med Biol 1976). The spine
box takes the place of the trunk's voxels with weights that fall to 0 at its sides, so there is no seam.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from modalities.simulate.constants import by_label, constants, tissue
from modalities.simulate.image import Array
from modalities.simulate.painting import NORMAL, Box, Painted, others
from modalities.simulate.phantom import DATA, DISTANCE_STEP_MM, IS_BONE, SPINE, TRUNK, Grid, Phantom, textures

C = constants("ct")  # what bone is made of is the same to every beam
Axis = Literal[1, 2]  # along y (a frontal picture) or x (a lateral one)
AXES: tuple[Axis, Axis] = (1, 2)
Bytes = npt.NDArray[np.uint8]
Steps = npt.NDArray[np.int8]
Places = npt.NDArray[np.integer[Any]]

FILE = DATA / "xray_slabs.npz"
WHOLE: Box = (slice(0, SPINE.nz), slice(0, SPINE.ny), slice(0, SPINE.nx))
SPINE_PLANES, TRUNK_PLANES = 14, 16  # in one slab: 9.8 and 20 mm
PLANES_AT_ONCE = 9  # of the trunk: few enough to stay in the processor's cache
FADE_MM = 10.0  # from the sides of the spine box over which it takes the place of the trunk
STEPS_SMOOTHED = (1 / 6, 4 / 6, 1 / 6)  # of the trunk's voxels: a cubic B-spline
STORED_STEP_MM = (0.05, 0.04)  # of all matter and of bone in one slab; the grain of a picture is 20 times as large
REACH_STEPS = int(np.ceil(0.5 * SPINE.step / DISTANCE_STEP_MM))  # a voxel that far from the bone surface holds none


@dataclass(frozen=True, slots=True, eq=False)
class Slabs:
    """Path lengths in mm along one axis of a grid: ``paths[slab, row, material, column]``, water and then bone.

    ``depth_mm`` is the middle of each slab along the axis, ``corner`` the row and column of the grid at which the
    paths begin; around them they are 0.
    """

    grid: Grid
    axis: Axis
    depth_mm: Array
    paths: Array
    corner: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Matter:
    """Voxels of the spine grid as they are stored.

    ``distance`` is in steps of ``DISTANCE_STEP_MM`` to the bone surface, ``shell`` (the thickness of the cortex) in
    0.01 mm; ``mineral`` (``NORMAL`` is healthy) and ``fillings`` (shares of marrow, 0 to 255) are those of a lesion.
    """

    labels: Bytes
    distance: Steps
    shell: Bytes
    mineral: Bytes | None = None
    fillings: Mapping[str, Bytes] = field(default_factory=dict)

    def at(self, where: Places) -> Matter:
        """Return some voxels by their flat places."""
        return Matter(
            np.take(self.labels, where),
            np.take(self.distance, where),
            np.take(self.shell, where),
            None if self.mineral is None else np.take(self.mineral, where),
            {name: np.take(share, where) for name, share in self.fillings.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """Single voxels of the spine grid inside a box (indices z, y, x) and shares of water and bone in each.

    The shares are already weighted as the spine box is.
    """

    z: Places
    y: Places
    x: Places
    water: Array
    bone: Array
    box: Box


def fade(grid: Grid, axis: Axis) -> Array:
    """Return along y or x of a grid how much the spine box counts: 1 inside, smoothly 0 at its sides."""
    low = SPINE.origin[axis]
    high = low + SPINE.step * (SPINE.shape[axis] - 1)
    at = grid.axes()[axis]
    share = np.clip(np.minimum(at - low, high - at) / FADE_MM, 0, 1)
    weight: Array = (share * share * (3 - 2 * share)).astype(np.float32)
    return weight


@cache
def _by_label() -> dict[str, Array]:
    """Return by label: HU outside and inside the bone surface, mineral outside and inside it, shell in 0.01 mm."""
    hounsfield, mineral = by_label("hounsfield"), by_label("mineral_fraction")
    shell = np.where(IS_BONE, by_label("cortex_mm"), 0)
    return {
        "soft": np.where(IS_BONE, tissue("muscle", "hounsfield"), hounsfield).astype(np.float32),
        "marrow": np.where(IS_BONE, hounsfield, tissue("marrow_body", "hounsfield")).astype(np.float32),
        "calcium": np.where(IS_BONE, 0, mineral).astype(np.float32),
        "spongy": np.where(IS_BONE, mineral, 0).astype(np.float32),
        "shell": np.round(100 * shell).astype(np.uint8),
    }


def shell_around(labels: Bytes) -> Bytes:
    """Return the thickness of the cortex of the thickest bone in each 3 x 3 x 3 voxels (in 0.01 mm)."""
    return highest_around(np.take(_by_label()["shell"], labels))


def highest_around(values: Bytes) -> Bytes:
    """Return the highest value in each 3 x 3 x 3 voxels (five times faster than a rank filter)."""
    out = values
    for axis in range(3):
        before: list[slice] = [slice(None)] * 3
        after = before.copy()
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        old, low, high = out, tuple(before), tuple(after)
        out = old.copy()
        np.maximum(out[low], old[high], out=out[low])
        np.maximum(out[high], old[low], out=out[high])
    return out


def materials(voxels: Matter, trab: Array, low: Array) -> tuple[Array, Array]:
    """Return the shares of water and of cortical bone in voxels; ``trab`` and ``low`` are textures with mean 0.

    The bone is that of CT (``ct.py``), on voxels that are not refined.
    """
    kinds, labels = _by_label(), voxels.labels
    away = voxels.distance * np.float32(DISTANCE_STEP_MM / SPINE.step)
    thick = voxels.shell * (1 + 0.25 * low) * np.float32(0.01 / SPINE.step)
    inside, deep = np.clip(0.5 - away, 0, 1), np.clip(0.5 - away - thick, 0, 1)
    depth = np.minimum(away, 0) * np.float32(SPINE.step / C["mineral_near_shell_mm"])
    struts = 1 + C["struts_contrast"] * trab + C["patches_contrast"] * low
    spongy = kinds["spongy"][labels] * (C["mineral_deep"] + C["mineral_near_shell"] * np.exp(depth))
    spongy *= np.maximum(struts, C["least_struts"])
    compact: Array | float = C["shell_mineral"]
    if voxels.mineral is not None:
        mineral = voxels.mineral * np.float32(1 / NORMAL)
        gained = tissue("marrow_body", "mineral_fraction") * (1 + C["dense_contrast"] * trab)
        lost = np.minimum(mineral, 1)
        spongy, compact = spongy * lost + (mineral - lost) * gained, compact * lost
    marrow = kinds["marrow"][labels] + C["marrow_patches_hu"] * low
    for name, share in voxels.fillings.items():
        marrow += (tissue(name, "hounsfield") - marrow) * (share * np.float32(1 / 255))
    bone = (inside - deep) * compact + deep * np.clip(spongy, 0, C["densest_mineral"])
    calcium = kinds["calcium"][labels] * (1 - inside)
    water = (1 - inside - calcium) * (1 + kinds["soft"][labels] / 1000) + (inside - bone) * (1 + marrow / 1000)
    return water.astype(np.float32, copy=False), (bone + calcium).astype(np.float32, copy=False)


def _texture_at(name: str, z: Places, y: Places, x: Places) -> Array:
    """Return a texture of the healthy spine at voxels of the spine grid."""
    tile = textures()[name]
    depth, height, width = tile.shape
    rows = np.arange(SPINE.nz, dtype=np.int32) % depth * (height * width)
    columns = np.arange(SPINE.ny, dtype=np.int32) % height * width
    return tile.ravel()[rows[z] + columns[y] + (np.arange(SPINE.nx, dtype=np.int32) % width)[x]]


def spine_volume(labels: Bytes, distance: Steps) -> tuple[Array, Array]:
    """Return water and bone of all voxels of the healthy spine box (z, y, x), not weighted."""
    shell = shell_around(labels)
    water, bone = np.empty(labels.shape, np.float32), np.empty(labels.shape, np.float32)
    y, x = (a.ravel() for a in np.indices(labels.shape[1:], dtype=np.int32))
    for plane in range(len(labels)):
        z = np.full(y.shape, plane, np.int32)
        trab, low = _texture_at("trab", z, y, x), _texture_at("low", z, y, x)
        voxels = Matter(labels[plane].ravel(), distance[plane].ravel(), shell[plane].ravel())
        water[plane], bone[plane] = (part.reshape(labels.shape[1:]) for part in materials(voxels, trab, low))
    return water, bone


def sum_slabs(grid: Grid, axis: Axis, volumes: tuple[Array, Array], planes: int) -> Slabs:
    """Sum two volumes (z, y, x) of a grid along an axis into slabs of so many planes."""
    paths = np.stack([_sum(volume, axis, planes) for volume in volumes], axis=2) * np.float32(grid.step)
    return Slabs(grid, axis, _slab_depths(grid, axis, planes), paths)


def _sum(volume: Array, axis: Axis, planes: int) -> Array:
    """Return sums over so many planes: (slabs, rows, columns)."""
    starts = range(0, volume.shape[axis], planes)
    if axis == 1:
        return np.stack([volume[:, first : first + planes].sum(1) for first in starts])
    return np.moveaxis(np.add.reduceat(volume, starts, axis=2), 2, 0)


def _slab_depths(grid: Grid, axis: Axis, planes: int) -> Array:
    """Return the middles of slabs of so many planes."""
    starts = np.arange(0, grid.shape[axis], planes)
    middles = (starts + np.append(starts[1:], grid.shape[axis]) - 1) / 2
    return (grid.origin[axis] + grid.step * middles).astype(np.float32)


def sum_spine(labels: Bytes, distance: Steps) -> dict[Axis, Slabs]:
    """Return the slabs of a healthy spine box along both axes, weighted toward its sides."""
    weight = fade(SPINE, 1)[:, None] * fade(SPINE, 2)
    water, bone = (part * weight for part in spine_volume(labels, distance))
    return {axis: sum_slabs(SPINE, axis, (water, bone), SPINE_PLANES) for axis in AXES}


def make_slabs(labels: Bytes, distance: Steps, file: Path = FILE) -> None:
    """Sum a healthy spine box (labels and steps to the bone surface) and store the slabs; takes about 3 s.

    Stored are all matter and bone in steps of ``STORED_STEP_MM``, as differences along rows (they pack better).
    """
    stored = {}
    for axis, slabs in sum_spine(labels, distance).items():
        water, bone = slabs.paths[:, :, 0], slabs.paths[:, :, 1]
        for name, values, step in zip(("matter", "bone"), (water + bone, bone), STORED_STEP_MM, strict=True):
            codes = np.round(values / step).astype(np.uint8)
            stored[f"{name}{axis}"] = np.diff(codes, axis=2, prepend=np.uint8(0))
    np.savez_compressed(file, allow_pickle=False, **stored)


@cache
def spine_slabs(axis: Axis) -> Slabs:
    """Return the shipped slabs of the healthy spine box."""
    with np.load(FILE) as stored:
        parts = [
            np.add.accumulate(stored[f"{name}{axis}"], axis=2, dtype=np.uint8) * np.float32(step)
            for name, step in zip(("matter", "bone"), STORED_STEP_MM, strict=True)
        ]
    paths = np.stack([parts[0] - parts[1], parts[1]], axis=2)
    paths.setflags(write=False)
    return Slabs(SPINE, axis, _slab_depths(SPINE, axis, SPINE_PLANES), paths)


@lru_cache(maxsize=6)
def trunk_slabs(phantom: Phantom, axis: Axis) -> Slabs:
    """Return the slabs of the trunk around the spine box; with those of the box they are one body."""
    mineral = by_label("mineral_fraction")
    water = ((1 - mineral) * (1 + by_label("hounsfield") / 1000)).astype(np.float32)
    found = []
    for first in range(0, TRUNK.nz, PLANES_AT_ONCE):
        labels = phantom.trunk[first : first + PLANES_AT_ONCE]
        found.append(_around_spine((np.take(water, labels), np.take(mineral, labels)), axis))
    paths = _smoothed(np.concatenate(found, axis=1), 1)
    return Slabs(TRUNK, axis, _slab_depths(TRUNK, axis, TRUNK_PLANES), paths)


def _around_spine(volumes: tuple[Array, Array], axis: Axis) -> Array:
    """Return sums of a few planes of the trunk less what the spine box takes the place of: ``Slabs.paths``."""
    along, beside = fade(TRUNK, axis), fade(TRUNK, 2 if axis == 1 else 1)
    held = slice(np.flatnonzero(beside)[0], np.flatnonzero(beside)[-1] + 1)  # the columns of the spine box
    if axis == 1:
        inner = volumes[0][:, :, held] * along[:, None], volumes[1][:, :, held] * along[:, None]
    else:
        inner = volumes[0][:, held] * along, volumes[1][:, held] * along
    paths = _smoothed(sum_slabs(TRUNK, axis, volumes, TRUNK_PLANES).paths, 3)
    paths[..., held] -= _smoothed(sum_slabs(TRUNK, axis, inner, TRUNK_PLANES).paths, 3) * beside[held]
    return paths


def _smoothed(paths: Array, side: int) -> Array:
    """Smooth the steps of the trunk's voxels along rows (side 1) or columns (3)."""
    return ndimage.correlate1d(paths, STEPS_SMOOTHED, axis=side, mode="nearest")


def bone_voxels(phantom: Phantom) -> Voxels:
    """Return the healthy voxels with bone and what they hold beyond soft tissue (muscle in the place of bone)."""
    where = np.flatnonzero(phantom.distance < REACH_STEPS).astype(np.int32)
    voxels = Matter(phantom.labels, phantom.distance, shell_around(phantom.labels)).at(where)
    z, y, x = _indices(where, WHOLE)
    water, bone = materials(voxels, _texture_at("trab", z, y, x), _texture_at("low", z, y, x))
    soft_water, soft_bone = (table[voxels.labels] for table in _soft())
    return _weighted(z, y, x, water - soft_water, bone - soft_bone, WHOLE)


@lru_cache(maxsize=2)
def change(painted: Painted) -> Voxels | None:
    """Return the voxels that a scene changes and what it adds to each, or None for a healthy one."""
    if painted.patch is None:
        return None
    box, new, old, where = _differing(painted)
    z, y, x = _indices(where, box)
    now, before = new.at(where), old.at(where)
    water, bone = (table[now.labels] - table[before.labels] for table in _soft())
    near = np.flatnonzero(np.minimum(now.distance, before.distance) < REACH_STEPS)
    at = z[near], y[near], x[near]
    trab, low = _texture_at("trab", *at), _texture_at("low", *at)
    with_bone, had_bone = materials(now.at(near), trab, low), materials(before.at(near), trab, low)
    water[near], bone[near] = with_bone[0] - had_bone[0], with_bone[1] - had_bone[1]
    return _weighted(z, y, x, water, bone, box)


def _differing(painted: Painted) -> tuple[Box, Matter, Matter, Places]:
    """Return the box that a scene changes, what it holds now and before, and the flat places that differ."""
    patch, phantom = painted.patch, painted.phantom
    assert patch is not None
    differs = (patch.labels != phantom.labels[patch.box]) | (patch.distance != phantom.distance[patch.box])
    differs |= patch.mineral != NORMAL
    for share in patch.fillings.values():
        differs |= share > 0
    planes = np.flatnonzero(differs.any(axis=(1, 2)))
    first, last = (max(planes[0] - 1, 0), planes[-1] + 2) if len(planes) else (0, 1)
    part, bottom = slice(first, last), patch.box[0].start
    box = slice(bottom + first, min(bottom + last, patch.box[0].stop)), patch.box[1], patch.box[2]
    labels, fillings = patch.labels[part], {name: share[part] for name, share in patch.fillings.items()}
    new = Matter(labels, patch.distance[part], shell_around(labels), patch.mineral[part], fillings)
    labels = np.ascontiguousarray(phantom.labels[box])
    old = Matter(labels, np.ascontiguousarray(phantom.distance[box]), shell_around(labels))
    where = np.flatnonzero(differs[part] | (new.shell != old.shell))
    return box, new, old, where.astype(np.int32)


def _weighted(z: Places, y: Places, x: Places, water: Array, bone: Array, box: Box) -> Voxels:
    weight = fade(SPINE, 1)[y] * fade(SPINE, 2)[x]
    return Voxels(z, y, x, water * weight, bone * weight, box)


@cache
def _soft() -> tuple[Array, Array]:
    """Return by label water and bone of a voxel outside the bone surface."""
    calcium = _by_label()["calcium"]
    return (1 - calcium) * (1 + _by_label()["soft"] / 1000), calcium


def _indices(where: Places, box: Box) -> tuple[Places, Places, Places]:
    """Return places in the spine grid of flat places in a box."""
    height, width = box[1].stop - box[1].start, box[2].stop - box[2].start
    row, x = np.divmod(where, np.int32(width))
    z, y = np.divmod(row, np.int32(height))
    return z + np.int32(box[0].start), y + np.int32(box[1].start), x + np.int32(box[2].start)


def change_slabs(painted: Painted, axis: Axis) -> Slabs | None:
    """Return what a scene adds to the slabs of the healthy spine box, or None for a healthy one."""
    changed = change(painted)
    return None if changed is None else sum_voxels(changed, axis)[0]


def sum_voxels(voxels: Voxels, axis: Axis, kinds: Bytes | None = None, count: int = 1) -> list[Slabs]:
    """Sum single voxels of the spine grid into slabs, apart for each of so many kinds (0, 1, ...; one per voxel)."""
    row_axis, column_axis = others(axis)
    indices, box = (voxels.z, voxels.y, voxels.x), voxels.box
    first, last = box[axis].start // SPINE_PLANES, (box[axis].stop - 1) // SPINE_PLANES
    rows, columns = (box[i].stop - box[i].start for i in (row_axis, column_axis))
    shape = count, last - first + 1, rows, columns
    place = indices[axis] // np.int32(SPINE_PLANES) - np.int32(first)
    if kinds is not None:
        place = place + kinds * np.int32(shape[1])
    place = place * np.int32(rows) + indices[row_axis] - np.int32(box[row_axis].start)
    place = place * np.int32(columns) + indices[column_axis] - np.int32(box[column_axis].start)
    size = int(np.prod(shape))
    sums = [np.bincount(place, values, size).reshape(shape) for values in (voxels.water, voxels.bone)]
    paths = np.stack(sums, axis=3).astype(np.float32) * np.float32(SPINE.step)
    depth = _slab_depths(SPINE, axis, SPINE_PLANES)[first : last + 1]
    corner = box[row_axis].start, box[column_axis].start
    return [Slabs(SPINE, axis, depth, part, corner) for part in paths]
