"""Would a reader see it? A model observer weighs a lesion's contrast against grain, clutter and the eye.

The observer knows where to look and what the lesion would look like: it compares the region with the same region
of the healthy body, weighted by the expected difference (a non-prewhitening matched filter; Barrett and Myers,
Foundations of Image Science, 2004, section 13.2). Its index is

    d' = C / sqrt(grain^2 + clutter^2 + eye^2)

with C the weighted mean difference, ``grain`` the noise of a mean over the lesion's area, ``clutter`` how much
healthy bone varies at that size, ``eye`` the smallest step of gray that is told apart. With a fixed share f of
false alarms the chance of a hit is Phi(d' - z(1 - f)) (Green and Swets, Signal Detection Theory, 1966).
Clutter on X-rays is set so that the areas under the curve of published readers come out (Haller 1990), that of bone
scan and MRI so that published shares of lesions found do; CT and PET clutter and the eye's step are chosen. A real
reader searches, has earlier pictures and many slices: the chance is a teaching aid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import ndimage, stats

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Frame
from modalities.simulate.machines import SEED, machine, view_of
from modalities.simulate.painting import Painted, center, others, paint
from modalities.simulate.phantom import SPINE, L
from modalities.simulate.sampling import nearest, section
from modalities.simulate.scene import Scene, SceneError
from modalities.simulate.sharing import kept
from modalities.simulate.views import Settings, Value

C = constants("reader")
Seen = Literal["seen", "hint", "not_seen"]
BEYOND_MM = 14.0  # around a lesion that the observer takes in


@dataclass(frozen=True, slots=True)
class Conspicuity:
    """How well one lesion shows in one picture.

    ``contrast`` is the weighted mean difference to the healthy body in the picture's own unit, ``relative`` the same
    as a share of what is there without the lesion; ``noise`` the SD of a mean over the lesion's area (grain, clutter
    and eye together); ``detectability`` is d'; ``chance_seen`` the chance of a hit with 1 in 10 false alarms.
    """

    contrast: float
    relative: float
    noise: float
    detectability: float
    chance_seen: float
    word: Seen

    @property
    def contrast_to_noise(self) -> float:
        """Return the contrast in units of the noise; negative for a lesion darker than its surroundings."""
        return self.contrast / self.noise if self.noise else 0.0


def word_of(chance: float) -> Seen:
    """Return the word for a chance of being seen."""
    return "seen" if chance >= C["seen_from"] else "hint" if chance >= C["hint_from"] else "not_seen"


def conspicuity(scene: Scene, test: str, view: str | None = None, settings: Settings | None = None) -> Conspicuity:
    """Return how well the first lesion of a scene shows in one view of one test.

    Raises:
        SceneError: for a scene without a lesion, or a view or setting that does not exist.

    """
    if not scene.lesions:
        raise SceneError("the scene has no lesion that could be seen")
    chosen = view_of(test, view)
    return _conspicuity(scene, test, chosen.id, tuple(chosen.read(settings).items()))


@kept(2048)
def _conspicuity(scene: Scene, test: str, view: str, settings: tuple[tuple[str, Value], ...]) -> Conspicuity:
    painted, known, maker = paint(scene), dict(settings), machine(test)
    if test == "biopsy":
        return _hit(painted, known)
    lesion = scene.lesions[0]
    whole = maker.frame_of(painted, view, known)
    middle = center(lesion)
    first, second = others(whole.axis)
    half = lesion.diameter_mm / 2 + (2 * BEYOND_MM if lesion.collapse != "none" else BEYOND_MM)
    frame = whole.crop((middle[first], middle[second]), half)
    healthy = maker.expected(painted.healthy, view, known, frame)
    difference = maker.expected(painted, view, known, frame) - healthy
    weight = np.abs(difference)
    total = float(weight.sum())
    if total < 1e-9:
        return Conspicuity(0.0, 0.0, 1.0, 0.0, C["false_alarm_share"], "not_seen")
    contrast = float((weight**2).sum()) / total
    sign = float(np.sign((weight * difference).sum()))
    area_mm2 = total**2 / float((weight**2).sum()) * frame.spacing_mm**2
    level = float((weight * healthy).sum()) / total
    noise = float(
        np.sqrt(
            maker.grain(painted, view, known, frame).of_mean(area_mm2) ** 2
            + _clutter(painted.healthy, test, view, settings, level, area_mm2) ** 2
            + _eye(test, view, known, painted) ** 2
        )
    )
    index = contrast / noise
    chance = float(stats.norm.cdf(index - stats.norm.isf(C["false_alarm_share"])))
    return Conspicuity(sign * contrast, sign * contrast / abs(level or 1.0), noise, index, chance, word_of(chance))


def _hit(painted: Painted, settings: Settings) -> Conspicuity:
    """Return a needle's chance of enough tumor: nothing is seen, but the question is the same: how often it works."""
    from modalities.simulate.biopsy import biopsy_chance  # it knows the machines, which this module serves

    chance = biopsy_chance(painted, settings, SEED).value
    return Conspicuity(0.0, 0.0, 1.0, 0.0, chance, word_of(chance))


def _eye(test: str, view: str, settings: Settings, painted: Painted) -> float:
    """Return the smallest difference that an eye tells apart in a picture's own unit."""
    if test in ("xray", "dynamic_xray"):
        return 0.0  # the clutter there was measured with readers' eyes
    display = machine(test).display_of(view, settings)
    return C["eye_share_of_display"] * display.width


def _clutter(
    healthy: Painted, test: str, view: str, settings: tuple[tuple[str, Value], ...], level: float, area_mm2: float
) -> float:
    """Return how much healthy bone varies at the size of a lesion, in the picture's own unit."""
    if test in ("xray", "dynamic_xray"):
        return C["clutter_xray_log"]
    least = C[f"clutter_{test}_share"] * abs(level)
    if view_of(test, view).depth == "projection":
        return least
    radius = float(np.sqrt(area_mm2 / np.pi))
    scales, spread = _texture(healthy, test, view, tuple(s for s in settings if s[0] != "slice_mm"))
    return max(float(np.interp(radius, scales, spread)), least)


@lru_cache(maxsize=64)
def _texture(
    healthy: Painted, test: str, view: str, settings: tuple[tuple[str, Value], ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return radii (mm) and the SD of healthy marrow averaged over disks of these radii."""
    maker = machine(test)
    known = dict(view_of(test, view).read(dict(settings)))
    frame = maker.frame_of(healthy, view, known)
    frame = frame.crop((0.0, 0.0), 50.0)
    picture = maker.expected(healthy, view, known, frame)
    marrow = _marrow(healthy, frame)
    radii = (1.5, 3.0, 5.0, 8.0)
    return radii, tuple(_spread(picture, marrow, radius / frame.spacing_mm) for radius in radii)


def _spread(picture: Array, mask: Array, radius: float) -> float:
    sigma = radius / 2
    weight = ndimage.gaussian_filter(mask, sigma)
    mean = ndimage.gaussian_filter(picture * mask, sigma) / np.maximum(weight, 1e-3)
    inside = (mask > 0) & (weight > 0.9)
    if inside.sum() < 12:
        inside = (mask > 0) & (weight >= np.quantile(weight[mask > 0], 0.8))
    return float(mean[inside].std())


def _marrow(healthy: Painted, frame: Frame) -> Array:
    """Return 1 where a frame cuts the spongy bone of a body, away from its shell."""
    plane = round((frame.position_mm - SPINE.origin[frame.axis]) / SPINE.step)
    part = section(healthy, frame.axis, int(np.clip(plane, 0, SPINE.shape[frame.axis] - 1)), 1)
    inside = ((part.labels == L["marrow_body"]) & (part.bone_mm < -2.4)).astype(np.uint8)
    first, second = others(frame.axis)
    rows = (frame.rows - SPINE.origin[first]) / SPINE.step
    columns = (frame.columns - SPINE.origin[second]) / SPINE.step
    found = nearest(inside, rows, columns).astype(np.float32)
    outside = (rows < 0)[:, None] | (rows > SPINE.shape[first] - 1)[:, None]
    return np.where(outside | ((columns < 0) | (columns > SPINE.shape[second] - 1))[None, :], 0, found)


SIZES_MM = (3.0, 5.0, 7.0, 9.0, 12.0, 15.0, 18.0, 22.0, 27.0, 33.0, 40.0)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One lesion growing: its chance of being seen at each size, and the smallest size that is seen half the time."""

    sizes_mm: tuple[float, ...]
    chances: tuple[float, ...]

    @property
    def half_seen_mm(self) -> float | None:
        """Return the diameter at which a reader would see it half the time; None if no size up to 40 mm is enough."""
        above = [i for i, chance in enumerate(self.chances) if chance >= 0.5]
        if not above:
            return None
        i = above[0]
        if i == 0:
            return self.sizes_mm[0]
        low, high = self.chances[i - 1 : i + 1]
        return float(self.sizes_mm[i - 1] + (0.5 - low) / (high - low) * (self.sizes_mm[i] - self.sizes_mm[i - 1]))


def sweep(scene: Scene, test: str, view: str | None = None, settings: Settings | None = None) -> Sweep:
    """Let the first lesion of a scene grow and return its chances of being seen."""
    from dataclasses import replace

    grown = (
        replace(scene, lesions=(replace(scene.lesions[0], diameter_mm=size), *scene.lesions[1:])) for size in SIZES_MM
    )
    return Sweep(SIZES_MM, tuple(conspicuity(bigger, test, view, settings).chance_seen for bigger in grown))
