"""A mass that grows into the spinal canal and presses what lies there."""

from __future__ import annotations

import numpy as np

from modalities.simulate.image import Array
from modalities.simulate.painting import Box, Patch
from modalities.simulate.phantom import DISTANCE_STEP_MM, IS_BONE, LEVELS, SPINE, L
from modalities.simulate.scene import Lesion

CANAL = np.isin(
    np.arange(64),
    [L[n] for n in ("csf", "cord_white", "cord_gray", "epidural_fat", "root", "ligament", "vein", "tumor_soft")],
)


def press_canal(patch: Patch, lesion: Lesion, share: float) -> None:
    """Put a mass between bone and sac; the canal's content is squeezed to the other side.

    ``share`` is the part of the canal's depth that the mass of a 20 mm lesion takes; smaller lesions take less. From
    the body the mass comes from the front, two-lobed by the ligament's tether; from a pedicle from its side; from
    the arch from behind.
    """
    level = LEVELS[lesion.vertebra]
    depth, wall = level.canal_depth, level.back_wall
    high = level.height_back / 2 + 14
    wide = level.canal_width / 2 + 4
    box = SPINE.box((level.z - high, wall - 4, -wide), (level.z + high, wall + depth + 4, wide))
    z, y, x = SPINE.mesh(box)
    tall = min(level.height_back / 2, lesion.diameter_mm * 0.45) + 3
    lean = {"body_left": 3.0, "pedicle": 5.5, "body_right": -3.0, "pedicle_right": -5.5}.get(lesion.place, 0.8)
    size = share * min(1.0, 0.25 + 0.0375 * lesion.diameter_mm)
    along = np.exp(-(np.abs((z - level.z) / tall) ** 3.0))
    across = np.exp(-(((x - lean) / (level.canal_width * 0.62)) ** 4))
    mass = size * depth * along * across
    behind = lesion.place == "posterior_arch"
    if not behind:
        mass = mass * (1 - 0.20 * np.exp(-((x / 1.8) ** 2)))
    from_front = (wall + depth - y) if behind else (y - wall)  # measured from the side that the mass comes from
    _squeeze(patch, box, from_front, mass, depth, behind)


def _squeeze(patch: Patch, box: Box, into: Array, mass: Array, depth: float, behind: bool) -> None:
    z, y, x = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(box, patch.box, strict=True))
    labels = patch.labels[z, y, x]  # a view: the patch holds the canal
    free = np.where(into < mass, 0.6, (into - mass) / np.maximum(depth - mass, 1.5) * depth)
    free = np.where((into < -0.8) | (into > depth), into, free)
    shift = (free - into) / SPINE.step * (-1 if behind else 1)
    source = np.clip(np.round(np.arange(labels.shape[1])[None, :, None] + shift).astype(int), 0, labels.shape[1] - 1)
    moved = np.take_along_axis(labels, source, axis=1)
    soft = patch.distance[z, y, x] * DISTANCE_STEP_MM > 0.12
    canal = CANAL[labels] & (into > -2.5) & (into < depth + 1)
    grown = (into < mass) & (into > -2.0) & (mass > 0.8) & canal & soft
    labels[soft & ~IS_BONE[moved] & canal] = moved[soft & ~IS_BONE[moved] & canal]
    labels[grown] = L["tumor_soft"]
    patch.truth[z, y, x] |= grown
