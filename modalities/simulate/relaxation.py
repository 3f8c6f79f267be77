"""MR signal of tissues: spin echo, inversion recovery, echo trains, field strength, gadolinium.

Signals keep their sign (an inverted magnetization is negative): what lies in one voxel is added first, and the
magnitude is taken last. Signal 1 is that of fully relaxed water before it decays. Times are in ms, at 1.5 T in the
tissue table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from modalities.simulate.constants import constants, tissues
from modalities.simulate.image import Array
from modalities.simulate.phantom import IS_BONE, LABELS

C = constants("mri")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A spin-echo sequence: repetition, echo and inversion time (``ti_ms`` None: no inversion).

    ``fat_t2_gain`` is how much longer an echo train makes the T2 of fat (Henkelman et al. 1992), ``fat_left`` the
    share of the fat signal that suppression leaves (1: no suppression).
    """

    tr_ms: float
    te_ms: float
    ti_ms: float | None = None
    fat_t2_gain: float = 1.0
    fat_left: float = 1.0

    def recovered(self, t1_ms: float) -> float:
        """Return the longitudinal magnetization at the excitation, with its sign.

        Spin echo: 1 - 2 exp(-(TR - TE/2)/T1) + exp(-TR/T1). Inversion recovery:
        1 - 2 exp(-TI/T1) + 2 exp(-(TR - TE/2)/T1) - exp(-TR/T1). Bloch equations; Haacke, Brown, Thompson and
        Venkatesan, Magnetic Resonance Imaging, 1999, chapter 8.
        """
        after_echo, whole = np.exp(-(self.tr_ms - self.te_ms / 2) / t1_ms), np.exp(-self.tr_ms / t1_ms)
        if self.ti_ms is None:
            return float(1 - 2 * after_echo + whole)
        return float(1 - 2 * np.exp(-self.ti_ms / t1_ms) + 2 * after_echo - whole)

    def signal(self, density: float, t1_ms: float, t2_ms: float) -> float:
        """Return the signal of one pool: density x magnetization x exp(-TE/T2), with its sign."""
        return density * self.recovered(t1_ms) * float(np.exp(-self.te_ms / t2_ms))


class Pools(NamedTuple):
    """The signals of a tissue's water and of its fat, with their signs."""

    water: float
    fat: float


@dataclass(frozen=True, slots=True)
class Scan:
    """A sequence on a scanner: field strength (T) and gadolinium given (mmol/kg)."""

    sequence: Sequence
    field_t: float = 1.5
    gadolinium: float = 0.0

    @property
    def t1_gain(self) -> float:
        """Return how much longer T1 is at this field than at 1.5 T (de Bazelaire et al. 2004)."""
        return C["t1_gain_3t"] if self.field_t > 1.5 else 1.0

    def pools(self, name: str) -> Pools:
        """Return the signals of one tissue or lesion filling of ``tissues.yaml``.

        Fat in a mixed tissue has the times of marrow fat. Gadolinium reaches water only:
        1/T1 = 1/T1_0 + r1 c, 1/T2 = 1/T2_0 + r2 c (Lauffer 1987).
        """
        known = tissues()[name]
        density, t1_ms, t2_ms = (known[key].value for key in ("proton_density", "t1_ms", "t2_ms"))
        share = known["fat_fraction"].value if "fat_fraction" in known else 0.0
        rise = known["gadolinium_r1_per_s"].value if "gadolinium_r1_per_s" in known else 0.0
        oil = known if share == 1 else tissues()["marrow_fat"]
        sequence = self.sequence
        oil_t2_ms = oil["t2_ms"].value * sequence.fat_t2_gain
        fat = sequence.signal(density, oil["t1_ms"].value * self.t1_gain, oil_t2_ms) * sequence.fat_left
        water = sequence.signal(density, *self.with_gadolinium(t1_ms * self.t1_gain, t2_ms, rise))
        return Pools((1 - share) * water, share * fat)

    def with_gadolinium(self, t1_ms: float, t2_ms: float, rise_per_s: float) -> tuple[float, float]:
        """Return T1 and T2 after the dose; ``rise_per_s`` is the rise of 1/T1 minutes after the usual one."""
        r1 = rise_per_s * self.gadolinium / C["usual_dose_mmol_per_kg"]
        r2 = r1 * C["gadobutrol_r2_per_mmol_s"] / C["gadobutrol_r1_per_mmol_s"]
        return 1 / (1 / t1_ms + r1 / 1000), 1 / (1 / t2_ms + r2 / 1000)

    def marrow(self, fat_share: float) -> Pools:
        """Return the two pools of healthy spongy bone, whose solid share gives no signal."""
        space = 1 - C["trabecular_share"]
        water, fat = self.pools("marrow_water").water, self.pools("marrow_fat").fat
        return Pools(water * (1 - fat_share) * space, fat * fat_share * space)

    def plain(self) -> Scan:
        """Return the same scan before gadolinium and without fat suppression."""
        return replace(self, gadolinium=0.0, sequence=replace(self.sequence, fat_left=1.0))


@lru_cache(maxsize=32)
def label_signals(scan: Scan, marrow_fat: float) -> tuple[Array, Array]:
    """Return the signals of water and of fat of all labels, as tables that a label array can index (64 each)."""
    table = np.zeros((2, 64), np.float32)
    for number, name in enumerate(LABELS):
        if IS_BONE[number]:
            table[:, number] = scan.marrow(marrow_fat)
        elif "t1_ms" in tissues().get(name, {}):
            table[:, number] = scan.pools(name)
    table.setflags(write=False)
    return table[0], table[1]
