"""What the painters of lesions share: coordinates of a vertebra, uneven balls, soft edges, bone added and taken."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import Box, Patch, center
from modalities.simulate.phantom import (
    DISTANCE_STEP_MM,
    IS_BONE,
    SIDE_CURVE_MM,
    SIDE_CURVE_WAVE_MM,
    TURN_RAD,
    L,
    Level,
    texture,
)
from modalities.simulate.scene import Lesion

# fmt: off
GIVES_WAY = np.isin(  # soft tissue that a growing tumor takes the place of
    np.arange(64),
    [L[name] for name in ("fat", "visceral_fat", "muscle", "crus", "ligament", "epidural_fat", "vein", "interspinous",
                          "cartilage")],
)
# fmt: on
DISC = np.isin(np.arange(64), [L["annulus"], L["nucleus"], L["endplate_cart"]])
IN_BONE_MM = 0.36  # half a voxel: what lies this far outside the surface is still partly bone
BONE_STEPS = 60  # the stored distance is cut off here


def within(patch: Patch, box: Box) -> Box:
    """Return where a box of the spine grid lies in a patch that holds it."""
    z, y, x = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(box, patch.box, strict=True))
    return z, y, x


def part_of(patch: Patch, box: Box) -> Patch:
    """Return a copy of a part of a patch to paint on (``put_back`` returns it)."""
    here = within(patch, box)
    return Patch(
        box,
        patch.labels[here].copy(),
        patch.distance[here].copy(),
        patch.mineral[here].copy(),
        patch.truth[here].copy(),
        {name: share[here].copy() for name, share in patch.fillings.items()},
    )


def put_back(patch: Patch, part: Patch) -> None:
    """Write a painted part into its patch."""
    here = within(patch, part.box)
    patch.labels[here], patch.distance[here] = part.labels, part.distance
    patch.mineral[here], patch.truth[here] = part.mineral, part.truth
    for name, share in part.fillings.items():
        patch.fillings.setdefault(name, np.zeros(patch.labels.shape, np.uint8))[here] = share


def straight(z: Array, y: Array, x: Array) -> tuple[Array, Array]:
    """Return (y, x) without the spine's slight side curve and turn (the way back from ``painting.in_curve``)."""
    return y + TURN_RAD * x, x - SIDE_CURVE_MM * np.sin(z / SIDE_CURVE_WAVE_MM + 0.6) - TURN_RAD * (y - 15)


def local(level: Level, patch: Patch) -> tuple[Array, Array, Array]:
    """Return coordinates along a vertebra's own axes (up, back, left) over the box, in mm."""
    z, y, x = patch.mesh()
    back, left = straight(z, y, x)
    cos, sin = (float(turn(np.deg2rad(level.tilt_deg))) for turn in (np.cos, np.sin))
    up, back = z - level.z, back - level.y
    return cos * up + sin * back, -sin * up + cos * back, left


def uneven_mm(lesion: Lesion) -> float:
    """Return the root mean square height of a lesion's bumps (mm)."""
    return float(np.hypot(*_bumps(lesion)))


def _bumps(lesion: Lesion) -> tuple[float, float]:
    """Return the heights of the wide and the narrow bumps of a lesion's surface (mm)."""
    radius = lesion.diameter_mm / 2
    return min(0.11 * radius, 1.6), min(0.05 * radius, 0.5)


def ball(patch: Patch, lesion: Lesion, seed: int) -> tuple[Array, Array, Array]:
    """Return the distance to a lesion's uneven surface (mm, negative inside) and two textures of the box."""
    z, y, x = patch.mesh()
    mid_z, mid_y, mid_x = center(lesion)
    radius = lesion.diameter_mm / 2
    low, fine = texture("low", patch.box, seed), texture("fine", patch.box, seed)
    far = np.sqrt((z - mid_z) ** 2 + (y - mid_y) ** 2 + (x - mid_x) ** 2) - radius
    wide, narrow = _bumps(lesion)
    return far + wide * low + narrow * fine, low, fine


def share_inside(distance: Array, edge_mm: float) -> Array:
    """Return how much of each voxel lies inside a surface with a soft edge (0 to 1)."""
    return np.clip(0.5 - distance / edge_mm, 0, 1)


def in_bone(patch: Patch) -> Mask:
    """Return the voxels that hold bone, even partly."""
    return patch.bone_mm() < IN_BONE_MM


def take_marrow(patch: Patch, what: str, share: Array) -> None:
    """Let something take a share of the marrow; outside bone it changes nothing."""
    patch.fill(what, np.where(in_bone(patch), share, 0))


def mark(patch: Patch, inside: Mask) -> None:
    """Add the bone and soft tumor of a region to the truth."""
    patch.truth |= inside & (IS_BONE[patch.labels] | (patch.labels == L["tumor_soft"]))


def cut_bone(patch: Patch, away: Array, label: int) -> None:
    """Take bone away inside a surface (distance in mm, negative inside) and put something in its place."""
    patch.distance[:] = np.maximum(patch.distance, stored(-away))
    patch.labels[(away < 0) & IS_BONE[patch.labels]] = label


def add_bone(patch: Patch, away: Array, where: Mask) -> None:
    """Add body bone inside a surface (distance in mm, negative inside), only ``where`` it may lie."""
    grown = (away < 0) & where & ~IS_BONE[patch.labels]
    patch.distance[:] = np.where(where, np.minimum(patch.distance, stored(away)), patch.distance)
    patch.labels[grown] = L["marrow_body"]


def stored(distance_mm: Array) -> npt.NDArray[np.int8]:
    """Return distances (mm) as the patch keeps them."""
    return np.clip(np.round(distance_mm / DISTANCE_STEP_MM), -BONE_STEPS, BONE_STEPS).astype(np.int8)
