"""A vertebral body that has lost height: wedge, biconcave or crushed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from modalities.simulate.brushes import part_of, put_back, straight, within
from modalities.simulate.canal import press
from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import NORMAL, Box, Patch
from modalities.simulate.phantom import DISTANCE_STEP_MM, IS_BONE, LEVELS, SPINE, L, texture
from modalities.simulate.scene import Collapse, Lesion

C = constants("lesions")
BULGES_FROM_MM = 20.0  # of the body's depth that is stretched where its back wall bulges
SAC = np.isin(np.arange(64), [L["csf"], L["cord_white"], L["cord_gray"], L["root"]])
VEIN_HALF_MM, VEIN_DEEP_MM = 5.0, 9.0  # half the width and the depth of the cleft of a vein in the back wall
DISC_MM = 6.0  # of tissue above the body that stretches where the end plate sinks deeper than what stands on it


def collapse_body(patch: Patch, vertebra: str, shape: Collapse, seed: int, benign: bool = False) -> None:
    """Shorten a body column by column and bring down what stands above it (the patch is the whole grid)."""
    level = LEVELS[vertebra]
    low, high = level.z - level.height_back / 2 + 1.5, level.z + level.height_back / 2 - 1.5
    loss, sinks = (share * (high - low) for share in _loss(shape, vertebra, benign))
    moves = np.flatnonzero(sinks[0, :, 0] > 0)
    above = SPINE.box((low, 0, 0), (1e3, 0, 0))[0]
    rows = slice(int(moves[0]), int(moves[-1]) + 1)
    body = SPINE.box((low, level.y - level.depth * 0.65, -level.width * 0.6), (1e3, level.back_wall, level.width * 0.6))
    inside = part_of(patch, body)
    _sink(patch, (above, rows, slice(0, SPINE.nx)), low, high, sinks[:, rows], sinks[:, rows])
    if loss.shape != sinks.shape:
        _sink(inside, body, low, high, loss[:, body[1], body[2]], sinks[:, body[1]])
        put_back(patch, inside)
    if not benign:
        _break(patch, low, seed)


def _sink(patch: Patch, part: Box, low: float, high: float, loss: Array, sinks: Array) -> None:
    """Resample columns: what lies from ``low`` to ``high`` (mm) loses height, what stands above sinks."""
    height = SPINE.axes()[0][part[0], None, None]
    top, above = high - loss, high + DISC_MM - sinks
    squeezed = low + (height - low) * (high - low) / np.maximum(top - low, 1.0)
    disc = high + (height - top) * DISC_MM / np.maximum(above - top, 1.0)
    source = np.where(
        height < low, height, np.where(height < top, squeezed, np.where(height < above, disc, height + sinks))
    )
    index = np.clip((source - SPINE.z0) / SPINE.step - part[0].start, 0, len(height) - 1.001)
    first = index.astype(np.int32)
    share = index - first
    here = within(patch, part)
    labels = patch.labels[here]
    labels[:] = _rows(labels, np.where(share > 0.5, first + 1, first))
    distance = patch.distance[here]
    sixteenths = np.round(share * 16).astype(np.int16)
    below, beyond = (_rows(distance, rows).astype(np.int16) for rows in (first, first + 1))
    distance[:] = (below * (16 - sixteenths) + beyond * sixteenths + 8) >> 4
    _sink_fillings(patch, here, np.where(share > 0.5, first + 1, first))


def _sink_fillings(patch: Patch, here: Box, rows: npt.NDArray[np.int32]) -> None:
    """Move mineral, fillings and truth, but only in the columns where there is something to move."""
    changed = (patch.mineral[here] != NORMAL).any(0) | patch.truth[here].any(0)
    for share in patch.fillings.values():
        changed |= share[here].any(0)
    if not changed.any():
        return
    y, x = (np.flatnonzero(changed.any(axis)) for axis in (1, 0))
    part = (slice(None), slice(int(y[0]), int(y[-1]) + 1), slice(int(x[0]), int(x[-1]) + 1))
    moved = rows[part] if rows.shape[2] > 1 else rows[:, part[1]]
    for array in (patch.mineral, patch.truth, *patch.fillings.values()):
        view = array[here][part]
        view[:] = _rows(view, moved)


def _rows(array: npt.NDArray[Any], rows: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    """Take voxels at other heights: one height for each (z, y), or for each voxel."""
    if rows.shape[2] == 1:
        return array[rows[:, :, 0], np.arange(array.shape[1])[None, :]]
    return np.take_along_axis(array, rows, axis=0)


def _loss(shape: Collapse, vertebra: str, benign: bool) -> tuple[Array, Array]:
    """Return the shares of height that each column of the body loses, and by which what stands above it sinks."""
    level = LEVELS[vertebra]
    _, y, x = SPINE.mesh()
    half = level.depth / 2
    forward = (level.y + half - y) / (2 * half)  # 0 at the back wall, 1 at the front
    inside = np.clip(forward, 0, 1)
    beyond = np.clip(1 - (np.abs(forward - 0.5) - 0.5) / 0.6, 0, 1)
    factor = C["benign_loss_factor"] if benign else 1.0
    if shape == "biconcave":
        middle = np.exp(-(((forward - 0.5) / 0.42) ** 4) - (x / (level.width * 0.40)) ** 4)
        settled = factor * C["biconcave_sinks"] * beyond
        return np.maximum(factor * C["biconcave_loss"] * middle, settled), settled
    back, front = (C["wedge_loss_back"], C["wedge_loss_front"]) if shape == "wedge" else (C["crush_loss"],) * 2
    back, front = factor * back * (not benign or shape == "crush"), factor * front  # a benign wedge keeps its back wall
    behind = back * np.clip(1 + forward / 0.9, 0, 1)
    loss = np.where(forward < 0, behind, back + (front - back) * inside)
    loss = np.where(forward > 1, loss * beyond, loss)
    return loss, loss


def _break(patch: Patch, low: float, seed: int) -> None:
    """Draw the irregular break and the impacted bone of a body that tumor has eaten."""
    near = SPINE.box((low - 3, -40, -40), (low + 20, 40, 40))  # the patch is the whole grid
    z, y, _ = SPINE.mesh(near)
    patches, grain = texture("low", near, seed), texture("fine", near, seed)
    labels, mineral = patch.labels[near], patch.mineral[near]
    bone = (patch.distance[near] < 0) & (labels == L["marrow_body"])
    above = z - low
    crack = bone & (np.abs(above - 4.5 - 0.12 * (y + 4) + 2.4 * patches) < 0.8)
    mineral[crack] = (mineral[crack] * 0.3).astype(np.uint8)
    packed = bone & (np.abs(above - 8.0 - 2.0 * patches) < 1.2 + grain) & (patches + 0.6 * grain > -0.4)
    denser = mineral[packed] * C["mineral_factor_impacted"] + NORMAL * 0.4
    mineral[packed] = np.clip(denser, 0, 255).astype(np.uint8)


def bulge_back_wall(patch: Patch, lesion: Lesion, soft: bool) -> None:
    """Push the back wall of a collapsed body into the canal, with a layer of soft tumor before it if there is one."""
    level = LEVELS[lesion.vertebra]
    lost = _loss(lesion.collapse, lesion.vertebra, benign=False)[1]
    at_wall = SPINE.box((0, level.back_wall, 0), (0, level.back_wall, 0))[1].start
    height = (level.height_back - 3) * (1 - float(lost[0, at_wall, 0]))
    foot = level.z - level.height_back / 2 + 1.5
    share = C["collapse_share_of_canal"] if soft else C["collapse_bulge_mm"] / level.canal_depth
    press(patch, level, foot + height / 2, 0.0, share, height / 2 + 3, "tumor_soft" if soft else "ligament")
    from_y = level.back_wall - BULGES_FROM_MM
    box = SPINE.box((foot - 2, from_y, -level.width / 2), (foot + height + 2, level.back_wall + 6, level.width / 2))
    z, y, x = SPINE.mesh(box)
    back, left = straight(z, y, x)
    middle = np.abs(z - foot - height / 2) < max(height / 2 - 3, 2)
    cleft = (np.abs(left) < VEIN_HALF_MM) & (np.abs(back - level.back_wall + VEIN_DEEP_MM / 2) < VEIN_DEEP_MM / 2 + 1)
    _close_vein(patch, box, cleft & middle)
    rise = np.clip(1 - ((z - foot - height / 2) / (height / 2 + 1)) ** 2, 0, 1)
    deep = C["collapse_bulge_mm"] * rise * np.exp(-((left / (level.canal_width * 0.42)) ** 4))
    stretched = np.clip((back - from_y) / BULGES_FROM_MM, 0, 1)
    _push_back(patch, box, deep * stretched, back < level.back_wall + deep + 2)


def _close_vein(patch: Patch, box: Box, where: Mask) -> None:
    """Fill the cleft of the vein in the back wall: the wall as beside it, the marrow as before it."""
    part = within(patch, box)
    distance = np.roll(patch.distance[part], -round(2 * VEIN_HALF_MM / SPINE.step), axis=2)
    cleft = where & np.isin(patch.labels[part], (L["vein"], L["tumor_soft"])) & (distance < 0)
    patch.labels[part][cleft] = L["marrow_body"]
    filled = where & IS_BONE[patch.labels[part]]
    patch.distance[part] = np.where(filled, np.minimum(patch.distance[part], distance), patch.distance[part])
    before = round(VEIN_DEEP_MM / SPINE.step)
    for array in (patch.mineral, patch.truth, *patch.fillings.values()):
        array[part][cleft] = np.roll(array[part], before, axis=1)[cleft]


def _push_back(patch: Patch, box: Box, deep: Array, where: Mask) -> None:
    """Move bone backward by ``deep`` (mm) over what lies there."""
    part = within(patch, box)
    count = patch.labels[part].shape[1]
    index = np.clip(np.arange(count)[None, :, None] - deep / SPINE.step, 0, count - 1)
    nearest, first = np.round(index).astype(np.int32), index.astype(np.int32)
    distance = patch.distance[part].astype(np.float32)
    near, far = (np.take_along_axis(distance, np.minimum(rows, count - 1), axis=1) for rows in (first, first + 1))
    moved = near + (far - near) * (index - first)
    here = where & (moved < 3 / DISTANCE_STEP_MM)
    bone = here & (moved < 0) & ~SAC[patch.labels[part]]
    bone &= IS_BONE[np.take_along_axis(patch.labels[part], nearest, axis=1)]
    for array in (patch.labels, patch.mineral, patch.truth, *patch.fillings.values()):
        array[part][bone] = np.take_along_axis(array[part], nearest, axis=1)[bone]
    here &= bone | (moved >= 0)
    patch.distance[part] = np.where(here, np.minimum(distance, np.round(moved)), distance).astype(np.int8)
