"""A vertebral body that has lost height: wedge, biconcave or crushed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from modalities.simulate.constants import constants
from modalities.simulate.image import Array
from modalities.simulate.painting import NORMAL, Box, Patch
from modalities.simulate.phantom import LEVELS, SPINE, L, texture
from modalities.simulate.scene import Collapse

C = constants("lesions")
DISC_MM = 6.0  # of tissue above the body that stretches where the end plate sinks deeper than what stands on it


def collapse_body(patch: Patch, vertebra: str, shape: Collapse, seed: int, benign: bool = False) -> None:
    """Shorten a body column by column and bring down what stands above it (the patch is the whole grid)."""
    level = LEVELS[vertebra]
    low, high = level.z - level.height_back / 2 + 1.5, level.z + level.height_back / 2 - 1.5
    loss, sinks = (share * (high - low) for share in _loss(shape, vertebra))
    whole = slice(None)
    body = SPINE.box(
        (-1e3, level.y - level.depth * 0.65, -level.width * 0.6), (1e3, level.back_wall, level.width * 0.6)
    )
    inside = [array[body].copy() for array in _moved(patch)]
    _sink(patch, (whole, whole, whole), low, high, sinks, sinks)  # one index for each y: rows move whole
    if loss.shape != sinks.shape:
        for array, before in zip(_moved(patch), inside, strict=True):
            array[body] = before
        _sink(patch, body, low, high, loss[:, body[1], body[2]], sinks[:, body[1]])
    _break(patch, low, seed, benign)


def _moved(patch: Patch) -> list[npt.NDArray[Any]]:
    return [patch.labels, patch.mineral, patch.truth, *patch.fillings.values(), patch.distance]


def _sink(patch: Patch, part: Box, low: float, high: float, loss: Array, sinks: Array) -> None:
    """Resample columns: what lies from ``low`` to ``high`` (mm) loses height, what stands above sinks."""
    height = SPINE.axes()[0][:, None, None]
    top, above = high - loss, high + DISC_MM - sinks
    squeezed = low + (height - low) * (high - low) / np.maximum(top - low, 1.0)
    disc = high + (height - top) * DISC_MM / np.maximum(above - top, 1.0)
    source = np.select([height < low, height < top, height < above], [height, squeezed, disc], height + sinks)
    index = np.clip((source - SPINE.z0) / SPINE.step, 0, SPINE.nz - 1.001)
    first = index.astype(np.int32)
    share = (index - first).astype(np.float32)

    def pick(array: npt.NDArray[Any], rows: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
        if rows.shape[2] == 1:
            return array[rows[:, :, 0], np.arange(array.shape[1])[None, :]]
        return np.take_along_axis(array, rows, axis=0)

    nearest = np.where(share > 0.5, first + 1, first)
    for array in _moved(patch)[:-1]:
        array[part] = pick(array[part], nearest)
    distance = patch.distance[part]
    below, beyond = pick(distance, first), pick(distance, first + 1)
    patch.distance[part] = np.round(below + (beyond.astype(np.float32) - below) * share).astype(np.int8)


def _loss(shape: Collapse, vertebra: str) -> tuple[Array, Array]:
    """Return the shares of height that each column of the body loses, and by which what stands above it sinks."""
    level = LEVELS[vertebra]
    _, y, x = SPINE.mesh()
    half = level.depth / 2
    forward = (level.y + half - y) / (2 * half)  # 0 at the back wall, 1 at the front
    inside = np.clip(forward, 0, 1)
    beyond = np.clip(1 - (np.abs(forward - 0.5) - 0.5) / 0.6, 0, 1)
    if shape == "biconcave":
        middle = np.exp(-(((forward - 0.5) / 0.42) ** 4) - (x / (level.width * 0.40)) ** 4)
        settled = C["biconcave_sinks"] * beyond
        return np.maximum(C["biconcave_loss"] * middle, settled), settled
    back, front = (C["wedge_loss_back"], C["wedge_loss_front"]) if shape == "wedge" else (C["crush_loss"],) * 2
    behind = back * np.clip(1 + forward / 0.9, 0, 1)
    loss = np.where(forward < 0, behind, back + (front - back) * inside)
    loss = np.where(forward > 1, loss * beyond, loss)
    return loss, loss


def _break(patch: Patch, low: float, seed: int, benign: bool) -> None:
    """Draw the break and the band of impacted bone."""
    near = SPINE.box((low - 3, -40, -40), (low + 20, 40, 40))  # the patch is the whole grid
    z, y, _ = SPINE.mesh(near)
    patches, grain = texture("low", near, seed), texture("fine", near, seed)
    labels, mineral = patch.labels[near], patch.mineral[near]
    bone = (patch.distance[near] < 0) & (labels == L["marrow_body"])
    above = z - low
    if not benign:
        crack = bone & (np.abs(above - 4.0 - 0.12 * (y + 4) + 1.8 * patches) < 0.8)
        mineral[crack] = (mineral[crack] * 0.3).astype(np.uint8)
    packed = bone & (np.abs(above - 8.0) < 2.0 + grain) & (np.abs(y) < 18)
    denser = mineral[packed] * C["mineral_factor_impacted"] + NORMAL * 0.4
    mineral[packed] = np.clip(denser, 0, 255).astype(np.uint8)
