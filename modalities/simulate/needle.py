"""A biopsy needle: its sizes, how far from its target it lands, and the chance that a core holds viable tumor.

Three things must go well, and they are kept apart:

- geometry: enough of a core passes through the lesion. The needle lands at a distance from its target that is normal
  along each axis; published mean distances (LNS2015, NAV3DRX) give the SD (the mean of a Maxwell distribution is
  ``2 sqrt(2 / pi)`` SDs; Papoulis, Probability, 1984). A radiologist looks at the needle on CT and corrects it: each
  look leaves a share of the error, and never less than what cannot be told on CT. Where CT does not show the lesion,
  the place of the target itself is uncertain, and no look helps.
- tissue: what was taken is viable tumor (lesions hold dead and scarred parts, in patches), and it was not crushed.
- reading: the pathologist reads it as tumor.

Shares of tissue and reading are tuned to published diagnostic accuracy (PBB_2001), not measured. The model cannot know
earlier treatment, bleeding, movement, the hand and the eye of the people involved, whether cells suffice for special
stains, or a lesion's own pattern of dead tissue. It is a teaching aid, no forecast for a procedure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Mask
from modalities.simulate.phantom import SPINE, TILE, textures
from modalities.simulate.scene import METASTASES, Kind

C = constants("biopsy")
Point = npt.NDArray[np.float64]  # (z, y, x) in mm
GAUGES = (11, 13, 14, 18)
GUIDANCE = ("freehand", "laser", "navigated")
MOST_PASSES = 4
MEAN_OF_SD = 2 * np.sqrt(2 / np.pi)  # mean distance in space of normal errors with an SD of 1 along each axis
DRAWS, FEW_DRAWS, STEP_MM = 1600, 160, 0.4
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Needle:
    """A hollow needle: its outer diameter and the width of its bore, which is that of the core (mm)."""

    outer_mm: float
    bore_mm: float

    @property
    def needed_mm(self) -> float:
        """Return the length of viable tumor that a core of this width must hold to be read."""
        return C["tumor_needed_mm2"] / self.bore_mm


def needle(gauge: int) -> Needle:
    """Return a needle by its gauge."""
    return Needle(C[f"outer_{gauge}g_mm"], C[f"bore_{gauge}g_mm"])


@dataclass(frozen=True, slots=True)
class Aim:
    """SDs of the distance from the target along each axis (mm): shared by all cores, and of each core alone."""

    shared_mm: float
    own_mm: float

    @property
    def mean_mm(self) -> float:
        """Return the mean distance in space."""
        return float(MEAN_OF_SD * np.hypot(self.shared_mm, self.own_mm))


def first_error_mm(guidance: str) -> float:
    """Return the mean distance in space from the target before anybody looks."""
    return C[f"error_{guidance}_mm"]


def aim_of(guidance: str, seen: bool) -> Aim:
    """Return where cores land after looks at CT; ``seen`` says whether CT shows the lesion."""
    left = first_error_mm(guidance) / MEAN_OF_SD * C["error_left_by_a_look"] ** C["looks"]
    placed = np.hypot(left, C["error_not_told_on_ct_mm"])
    return Aim(float(placed if seen else np.hypot(placed, C["target_not_seen_mm"])), C["error_of_each_core_mm"])


@dataclass(frozen=True, slots=True)
class Tissue:
    """What a lesion gives: share that is viable, share of cores crushed, share of lesions with no viable part."""

    viable: float
    crushed: float
    barren: float


def tissue_of(kind: Kind) -> Tissue | None:
    """Return what a kind of lesion gives; None if it is no tumor."""
    if kind not in METASTASES:
        return None
    like = "lytic" if kind == "epidural" else kind
    return Tissue(C[f"viable_share_{like}"], C[f"crushed_share_{like}"], C[f"barren_share_{like}"])


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The voxels of a lesion (of the size of the spine grid's) and the middle of the first one (z, y, x in mm)."""

    mask: Mask
    origin: Point

    def holds(self, points: Array) -> Mask:
        """Return which points (last axis z, y, x in mm) lie in the lesion."""
        inside = np.ones(points.shape[:-1], bool)
        flat = np.zeros(points.shape[:-1], np.int64)
        for axis, count in enumerate(self.mask.shape):
            at = np.rint((points[..., axis] - self.origin[axis]) * (1 / SPINE.step)).astype(np.int32)
            inside &= (at >= 0) & (at < count)
            flat = flat * count + np.clip(at, 0, count - 1)
        return inside & self.mask.ravel()[flat]


@dataclass(frozen=True, slots=True)
class Yield:
    """The chance that a biopsy is read as tumor, and its parts: value = geometry x tissue x reading.

    ``low`` and ``high`` are the 95 % interval of the Monte Carlo (Wilson, JASA 1927): they say how many draws there
    were, not how well the constants are known. For what is no tumor the value is 0; ``geometry`` still counts.
    """

    low: float
    value: float
    high: float
    geometry: float
    tissue: float
    reading: float


NONE = Yield(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def chance(
    target: Target,
    tip: Point,
    inward: Point,
    tool: Needle,
    aim: Aim,
    tissue: Tissue | None,
    passes: int,
    seed: int,
) -> Yield:
    """Return the chance that at least one of ``passes`` cores is read as tumor.

    ``tip`` is where the needle is meant to end, ``inward`` its direction (unit vector). All draws are made for the
    most passes there are, so that only what is asked changes when a setting changes.
    """
    random = np.random.default_rng(seed)
    shared = random.standard_normal((DRAWS, 1, 3), np.float32)
    own = random.standard_normal((DRAWS, MOST_PASSES, 3), np.float32)
    shift = random.integers(0, TILE, (DRAWS, 3))
    fate = random.random((DRAWS, MOST_PASSES), np.float32)[:, :passes]
    lands = (tip + aim.shared_mm * shared + aim.own_mm * own[:, :passes]).astype(np.float32)
    points = lands[:, :, None, :] - along_core()[:, None] * inward.astype(np.float32)
    inside = target.holds(points)
    enough = tool.needed_mm / STEP_MM
    through = (inside.sum(-1) >= enough).any(1)
    if tissue is None:
        return Yield(0.0, 0.0, 0.0, float(through.mean()), 0.0, 0.0)
    alive = inside.copy()
    alive[inside] = _viable(points, inside, shift, tissue.viable)
    good = ((alive.sum(-1) >= enough) & (fate >= tissue.crushed)).any(1)
    certain = (1 - tissue.barren) * C["read_share"]
    low, high = _wilson(int(good.sum()), DRAWS)
    value, geometry = float(good.mean()), float(through.mean())
    left = value * (1 - tissue.barren) / geometry if geometry else 0.0
    return Yield(low * certain, value * certain, high * certain, geometry, left, C["read_share"])


def hit_share(target: Target, tip: Point, inward: Point, aim: Aim) -> float:
    """Return how often one core of a 13 gauge needle would hold enough of a target: few draws, to compare ways."""
    draws = np.random.default_rng(0).standard_normal((FEW_DRAWS, 1, 3), np.float32)
    lands = (tip + np.hypot(aim.shared_mm, aim.own_mm) * draws).astype(np.float32)
    inside = target.holds(lands - along_core()[::2, None] * inward.astype(np.float32))
    return float((2 * STEP_MM * inside.sum(-1) >= needle(13).needed_mm).mean())


def along_core() -> Array:
    """Return how far behind the tip the pieces of a core lie (mm)."""
    return np.arange(STEP_MM / 2, C["core_length_mm"], STEP_MM, dtype=np.float32)


def _viable(points: Array, inside: Mask, shift: npt.NDArray[np.int64], share: float) -> Mask:
    """Return which of the points inside lie in viable patches: a texture above a threshold, elsewhere in each draw."""
    tile = textures()["low"]
    draw = np.nonzero(inside)[0]
    flat = np.zeros(len(draw), np.int64)
    for axis, value in enumerate(points[inside].T):
        flat = flat * TILE + (np.rint(value * (1 / SPINE.step)).astype(np.int64) + shift[draw, axis]) % TILE
    return tile.ravel()[flat] > -special.ndtri(share)  # the texture is normal


def _wilson(hits: int, draws: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share."""
    share, z2 = hits / draws, Z_95**2 / draws
    middle = (share + z2 / 2) / (1 + z2)
    half = Z_95 / (1 + z2) * np.sqrt(share * (1 - share) / draws + z2 / (4 * draws))
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))
