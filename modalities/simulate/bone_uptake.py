"""Where the bone scan's tracer goes: into mineral, and most where bone is being built.

Uptake follows the bone's reaction, not the tumor (Taoka et al., AJR 2001: deposits inside marrow that did not touch
the cortex were negative at any size). It is worked out from the painted voxels: new mineral is hot; a tumor that
meets the cortex is ringed by reacting bone; bone that is gone binds nothing, so a large hole has a cold middle.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy import ndimage

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import center
from modalities.simulate.phantom import LEVELS, L
from modalities.simulate.scene import METASTASES, Kind, Lesion
from modalities.simulate.uptake import Tracer, Voxels

C = constants("bone_scan")
LABELED = {  # labels of the spine and trunk phantoms that are not plain soft tissue, and their tissue in the constants
    "air": "air",
    "lung": "lung",
    "muscle": "muscle",
    "crus": "muscle",
    "liver": "liver",
    "spleen": "spleen",
    "kidney": "kidney",
    "kidney_medulla": "kidney",
    "bowel_wall": "bowel",
    "aorta": "vessel",
    "vena_cava": "vessel",
    "marrow_body": "vertebra",
    "bone_post": "arch",
    "rib": "rib",
    "rib_cortex": "rib",
}
FADES_LATE = ("soft", "arm", "muscle")  # tissues that the tracer leaves by the next day
MOSTLY_TUMOR = 0.35  # share of the marrow from which a voxel counts as tumor
PATCH_MM = 12.0  # around a lesion in which its reaction is looked for


@cache
def tracer(hours: float) -> Tracer:
    """Return the tracer some hours after its injection."""

    def uptake(voxels: Voxels, lesions: tuple[Lesion, ...]) -> Array:
        return bone_uptake(voxels, lesions, hours)

    return uptake


@cache
def by_label(hours: float) -> Array:
    """Return the healthy uptake (SUV) of each label as a table."""
    late = C["soft_share_left_late"] if hours > 12 else 1.0
    table = np.full(64, C["body_soft_suv"] * late, np.float32)
    for label, tissue in LABELED.items():
        table[L[label]] = C[f"body_{tissue}_suv"] * (late if tissue in FADES_LATE else 1.0)
    table.setflags(write=False)
    return table


def bone_uptake(voxels: Voxels, lesions: tuple[Lesion, ...], hours: float) -> Array:
    """Return uptake (SUV) of voxels: mineral that is there, and the reaction around each lesion."""
    suv = by_label(hours)[voxels.labels]
    soft = by_label(hours)[L["fat"]]
    is_bone = voxels.is_bone
    healthy = suv * is_bone
    near_surface = np.clip(1.5 + voxels.bone_mm / C["shell_mm"], 0, 1) * (voxels.labels == L["marrow_body"])
    shell = 1 + C["shell_gain"] * near_surface
    binding = np.minimum(np.maximum(voxels.mineral, voxels.filling("angioma") * C["hemangioma_share"]), 1)
    there = soft + (healthy * shell - soft) * binding
    suv = np.where(is_bone, there, suv)
    for lesion in lesions:
        box = _around(voxels, lesion)
        suv[box] += healthy[box] * reaction(voxels.part(box), lesion, hours)
    return suv.astype(np.float32)


def _around(voxels: Voxels, lesion: Lesion) -> tuple[slice, slice, slice]:
    """Return the voxels in which a lesion's reaction lies."""
    level = LEVELS[lesion.vertebra]
    z, y, x = center(lesion)
    reach = lesion.diameter_mm / 2 * 1.3 + PATCH_MM
    low, high = [z - reach, y - reach, x - reach], [z + reach, y + reach, x + reach]
    if lesion.collapse != "none" or lesion.kind in ("osteoporotic_fracture", "degenerative_end_plate", "discitis"):
        tall, wide, deep = level.height_back / 2 + 8, level.width / 2 + 8, level.depth / 2 + 8
        low = [min(low[0], z - 30, level.z - tall), min(low[1], level.y - deep), min(low[2], -wide)]
        high = [max(high[0], z + 30, level.z + tall), max(high[1], level.y + deep), max(high[2], wide)]
    axes = (voxels.z, voxels.y, voxels.x)
    cut = (slice(*np.searchsorted(axis, (a, b))) for axis, a, b in zip(axes, low, high, strict=True))
    z_part, y_part, x_part = cut
    return z_part, y_part, x_part


def reaction(voxels: Voxels, lesion: Lesion, hours: float) -> Array:
    """Return how much more than healthy bone the bone around one lesion takes up (0: no more)."""
    if voxels.labels.size == 0:
        return np.zeros(voxels.labels.shape, np.float32)
    extra = REACTIONS[lesion.kind](voxels, lesion)
    if lesion.collapse != "none" and lesion.kind in METASTASES:
        extra = np.maximum(extra, _break(voxels, lesion))
    if hours > 12 and lesion.kind in METASTASES:
        extra = extra * _late_gain()
    return np.where(voxels.is_bone, extra, 0)


def _late_gain() -> float:
    """Return how much a tumor's reaction gains by 24 h, so that its ratio to normal bone grows as measured."""
    ratio = C["new_bone_ratio"]
    return (ratio * C["late_ratio_malignant"] - 1) / (ratio - 1)


def _metastasis(voxels: Voxels, _: Lesion) -> Array:
    tumor = voxels.filling("tumor")
    if not tumor.any():
        return np.zeros(voxels.labels.shape, np.float32)
    full = C["new_bone_full_mineral"] - 1
    new_bone = tumor * np.clip((voxels.mineral - 1) / full, 0, 1) * (C["new_bone_ratio"] - 1)
    return np.maximum(new_bone, contact_reaction(voxels, tumor))


def contact_reaction(voxels: Voxels, tumor: Array) -> Array:
    """Return the reaction of the bone where tumor meets the cortex: strong where the cortex is gone, else weak."""
    invaded = voxels.is_bone & (tumor > MOSTLY_TUMOR)
    in_cortex = invaded & (voxels.bone_mm > -C["cortex_mm"])
    beneath = invaded & (voxels.bone_mm > -C["beneath_cortex_mm"])
    lost = np.clip(1 - voxels.mineral, 0, 1)
    strength = np.where(in_cortex, lost * (C["through_cortex_ratio"] - 1), 0)
    through = _spread(strength.astype(np.float32), voxels, C["cortex_mm"])
    near = _spread(beneath * np.float32(C["beneath_cortex_ratio"] - 1), voxels, C["beneath_cortex_mm"])
    field = np.maximum(np.maximum(through, near), _rim(voxels, tumor, lost * in_cortex))
    return np.minimum(field, C["through_cortex_ratio"] - 1) * _able(voxels)


def _rim(voxels: Voxels, tumor: Array, broken: Array) -> Array:
    """Return the reaction along a tumor's whole edge: the stronger, the more of its surface has broken the cortex."""
    volume = float(tumor.sum())
    if volume == 0:
        return np.zeros(voxels.labels.shape, np.float32)
    step = voxels.step_mm
    surface_mm2 = 4.84 * (volume * step**3) ** (2 / 3)  # of a ball of this volume
    share = min(float(broken.sum()) * step**3 / C["cortex_mm"] / surface_mm2 * C["rim_gain"], 1.0)
    blurred = ndimage.gaussian_filter(tumor, C["reaction_reach_mm"] / step, truncate=2.5)
    return 4 * blurred * (1 - np.minimum(blurred, 1)) * np.float32(share * (C["through_cortex_ratio"] - 1))


def _able(voxels: Voxels) -> Array:
    """Return how able a place is to react: 1 in bone and at the edge of a hole, 0 inside it, some at the periosteum."""
    left = voxels.is_bone * np.minimum(voxels.mineral, 1)
    near_bone = 2 * ndimage.gaussian_filter(left, C["reaction_reach_mm"] / voxels.step_mm, truncate=2.5)
    periosteum = C["periosteum_share"] * (voxels.bone_mm > -C["cortex_mm"])
    return np.clip(np.maximum(near_bone, periosteum), 0, 1)


def _spread(source: Array, voxels: Voxels, sheet_mm: float) -> Array:
    """Blur a sheet of a thickness into the bone around; over a wide flat sheet the value is kept."""
    sigma = C["reaction_reach_mm"]
    kept = ndimage.gaussian_filter(source, sigma / voxels.step_mm, truncate=2.5)
    return kept * (np.sqrt(2 * np.pi) * sigma / sheet_mm)


def _break(voxels: Voxels, lesion: Lesion) -> Array:
    """Return the healing band across a body that has lost height."""
    level = LEVELS[lesion.vertebra]
    middle = level.z - level.height_back / 2 + C["break_above_lower_end_plate_mm"]
    band = np.exp(-(((voxels.z - middle) / C["break_half_height_mm"]) ** 2))[:, None, None]
    return band * (voxels.labels == L["marrow_body"]) * (C["fracture_ratio"] - 1)


def _fracture(voxels: Voxels, _: Lesion) -> Array:
    """Return the hot band of a fresh fracture: wherever its edema and impacted bone reach, across the whole body."""
    broken = (voxels.labels == L["marrow_body"]) & ((voxels.filling("edema") > 0.12) | (voxels.mineral > 1.15))
    return np.clip(1.4 * _blurred(broken, voxels), 0, 1) * (C["fracture_ratio"] - 1)


def _end_plate(voxels: Voxels, _: Lesion) -> Array:
    """Return the mild reaction of bone beside a worn disc: where it has grown denser or wet."""
    worn = (voxels.filling("edema") > 0.25) | (voxels.mineral > 1.3)
    return np.clip(1.4 * _blurred(worn & voxels.is_bone, voxels), 0, 1) * (C["worn_disc_ratio"] - 1)


def _infection(voxels: Voxels, _: Lesion) -> Array:
    """Return the reaction on both sides of an infected disc."""
    wet = (voxels.filling("infection") > 0.3) & voxels.is_bone
    return np.clip(1.4 * _blurred(wet, voxels), 0, 1) * (C["infection_ratio"] - 1)


def _denser(ratio: str) -> Callable[[Voxels, Lesion], Array]:
    def extra(voxels: Voxels, _: Lesion) -> Array:
        return np.clip((voxels.mineral - 1) / 1.5, 0, 1) * (C[ratio] - 1)

    return extra


def _none(voxels: Voxels, _: Lesion) -> Array:
    return np.zeros(voxels.labels.shape, np.float32)


def _blurred(where: Mask, voxels: Voxels) -> Array:
    return ndimage.gaussian_filter(where.astype(np.float32), C["reaction_reach_mm"] / voxels.step_mm, truncate=2.5)


REACTIONS: dict[Kind, Callable[[Voxels, Lesion], Array]] = {
    **dict.fromkeys(METASTASES, _metastasis),
    "hemangioma": _none,
    "osteoporotic_fracture": _fracture,
    "degenerative_end_plate": _end_plate,
    "bone_island": _denser("bone_island_ratio"),
    "schmorl_node": _denser("schmorl_node_ratio"),
    "discitis": _infection,
}
