"""Where FDG goes: each tissue its own share, tumor most, mineral none."""

from __future__ import annotations

import numpy as np

from modalities.simulate.constants import by_label, constants, tissue
from modalities.simulate.image import Array, Mask
from modalities.simulate.painting import FILLINGS
from modalities.simulate.phantom import L
from modalities.simulate.scene import Lesion
from modalities.simulate.uptake import Voxels, nearest_lesion

C = constants("pet_ct")


def fdg(voxels: Voxels, lesions: tuple[Lesion, ...]) -> Array:
    """Return uptake (SUV): each tissue its own; in bone only what is not mineral takes up sugar.

    The values of marrow, edema and infection were measured in bone with its usual mineral, that of tumor stands for
    tumor alone.
    """
    suv = by_label("fdg_suv")[voxels.labels]
    solid = by_label("mineral_fraction")[voxels.labels]
    room = 1 - np.minimum(solid * voxels.mineral, 1)
    marrow = suv * (1 - voxels.filled())
    for name in FILLINGS:
        if name != "tumor" and name in voxels.fillings:
            marrow += voxels.fillings[name] * tissue(name, "fdg_suv")
    tumor = tumor_suv(voxels, lesions)
    bone = (marrow / (1 - solid) + voxels.filling("tumor") * tumor) * room
    rim = _schmorl_rim(voxels, lesions)
    bone = bone if rim is None else np.where(rim, np.maximum(bone, C["schmorl_rim_suv"]), bone)
    suv = np.where(voxels.is_bone, bone, suv)
    return np.where(voxels.labels == L["tumor_soft"], tumor, suv).astype(np.float32)


def _schmorl_rim(voxels: Voxels, lesions: tuple[Lesion, ...]) -> Mask | None:
    """Return the denser rim around disc that broke into a body, if there is any."""
    own = np.array([lesion.kind == "schmorl_node" for lesion in lesions])
    if not own.any():
        return None
    rim: Mask = own[nearest_lesion(voxels, lesions)] & (voxels.mineral > 1.1) & (voxels.filled() == 0)
    return rim


def tumor_suv(voxels: Voxels, lesions: tuple[Lesion, ...]) -> Array:
    """Return the uptake of tumor: that of the nearest lesion."""
    own = np.array(
        [C["tumor_low_suv"] if lesion.uptake == "low" else tissue("tumor", "fdg_suv") for lesion in lesions],
        np.float32,
    )
    if len(set(own.tolist())) < 2:
        return own[:1].reshape(-1, 1, 1) if len(own) else np.zeros((1, 1, 1), np.float32)
    return own[nearest_lesion(voxels, lesions)]
