"""What a result tells: the chance of an illness after a test, and after several, from the chance before.

Bayes' theorem on sensitivity and specificity; several tests by how often their results come together (dependence.py).
Uncertainty is carried along by seeded sampling (sampling.py). Where a test's own figure has no interval, none is given
for the chance: one from the prior alone would look surer than anybody is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from modalities.accuracy import Accuracy
from modalities.dependence import joint
from modalities.evidence import Interval
from modalities.sampling import Shares, interval_of, is_known

PERSON_UNITS = ("patient", "scan")  # a figure per lesion or vertebra says nothing about a person's chance
MOST_TESTS = 4
Together = Literal["either", "both"]


@dataclass(frozen=True, slots=True)
class Chance:
    """A chance from 0 to 1 with its 95 % interval; None where nothing about the uncertainty is known."""

    mean: float
    low: float | None
    high: float | None

    @property
    def interval(self) -> Interval:
        """Return the chance as an interval, to be written like every other share."""
        return Interval(value=self.mean, low=self.low, high=self.high)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number without an upper bound, such as a likelihood ratio, with its 95 % interval where one is known."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The same in people: of 1,000 who are tested, how many have it and what the test tells them."""

    found: int
    missed: int
    false_alarm: int
    cleared: int

    @property
    def ill(self) -> int:
        """Return how many have it."""
        return self.found + self.missed

    @property
    def well(self) -> int:
        """Return how many do not."""
        return self.false_alarm + self.cleared

    @property
    def alarms(self) -> int:
        """Return in how many the test finds something."""
        return self.found + self.false_alarm

    @property
    def normal(self) -> int:
        """Return in how many it is normal."""
        return self.missed + self.cleared


@dataclass(frozen=True, slots=True)
class Effort:
    """What finding one person costs: how many are scanned for it, and how many false alarms come with it."""

    scans: Ratio
    false_alarms: Ratio


def after(prior: float | Interval, accuracy: Accuracy, *, positive: bool, seed: int = 0) -> Chance:
    """Return the chance after a positive or a negative result.

    Parameters
    ----------
    prior
        The chance before the test, from 0 to 1.
    accuracy
        A figure per person with both sensitivity and specificity.
    positive
        Whether the test found something.
    seed
        Start of the random numbers; with 10,000 samples the ends of the interval are sure to about 0.01.

    Raises
    ------
    ValueError
        If the figure is not per person, lacks a side, or the prior is not between 0 and 1.

    """
    return chain(prior, [(accuracy, positive)], seed=seed)[0]


def chain(
    prior: float | Interval, results: Sequence[tuple[Accuracy, bool]], *, dependence: float = 0.0, seed: int = 0
) -> list[Chance]:
    """Return the chance after each of up to four results, in their order.

    ``dependence`` is the correlation of the tests' errors, from 0 (they err apart, the usual assumption and the
    boldest) to 1 (they err together). A result that could not come at all leaves the chance as it was; ``how_often``
    tells. Raises ``ValueError`` like ``after``, and for more than four tests.
    """
    if len(results) > MOST_TESTS:
        raise ValueError(f"at most {MOST_TESTS} tests in a chain; there are {len(results)}")
    before = _as_interval(prior)
    sides = [_both_sides(accuracy) for accuracy, _ in results]
    chances: list[Chance] = []
    last = before.value
    for count in range(1, len(results) + 1):
        found = [positive for _, positive in results[:count]]
        shares = (before, *(side for pair in sides[:count] for side in pair))

        def formula(*drawn: Shares, found: list[bool] = found, last: float = last) -> Shares:
            ill, well = _ill_and_well(drawn, found, dependence)
            return np.where(ill + well > 0, ill / (ill + well), last)

        chances.append(Chance(*_with_interval(formula, shares, seed)))
        last = chances[-1].mean
    return chances


def chance_after(prior: float, results: Sequence[tuple[Accuracy, bool]], *, dependence: float = 0.0) -> float:
    """Return the chance after all of the results, without its interval (for many at once); see ``chain``."""
    ill, well = weigh(prior, results, dependence=dependence)
    return ill / (ill + well) if ill + well else prior


def how_often(prior: float, results: Sequence[tuple[Accuracy, bool]], *, dependence: float = 0.0) -> float:
    """Return in which share of such people exactly these results come together, from 0 to 1."""
    return sum(weigh(prior, results, dependence=dependence))


def weigh(prior: float, results: Sequence[tuple[Accuracy, bool]], *, dependence: float = 0.0) -> tuple[float, float]:
    """Return the shares of such people who get exactly these results and have it, or do not have it."""
    if not results:
        return prior, 1 - prior
    sides = [side for accuracy, _ in results for side in _both_sides(accuracy)]
    drawn = [np.array(share.value) for share in (_as_interval(prior), *sides)]
    ill, well = _ill_and_well(drawn, [positive for _, positive in results], dependence)
    return float(ill), float(well)


def counts(prior: float, accuracy: Accuracy, of: int = 1000) -> Counts:
    """Return what a test tells ``of`` people when a share of them, ``prior``, has it; the four parts add up to ``of``.

    Raises ``ValueError`` like ``after``.
    """
    sensitivity, specificity = _both_sides(accuracy)
    return split(prior, sensitivity.value, specificity.value, of)


def split(prior: float, sensitivity: float, specificity: float, of: int = 1000) -> Counts:
    """Return the four parts of ``of`` people for plain shares from 0 to 1."""
    ill = round(prior * of)
    found, cleared = round(ill * sensitivity), round((of - ill) * specificity)
    return Counts(found, ill - found, of - ill - cleared, cleared)


def likelihood_ratios(accuracy: Accuracy, seed: int = 0) -> tuple[Ratio, Ratio]:
    """Return the positive and the negative likelihood ratio: sens / (1 − spec) and (1 − sens) / spec."""
    shares = (Interval(value=1), *_both_sides(accuracy))  # the ratios do not hang on the prior
    return (
        Ratio(*_with_interval(lambda _, sens, spec: sens / (1 - spec), shares, seed)),
        Ratio(*_with_interval(lambda _, sens, spec: (1 - sens) / spec, shares, seed)),
    )


def predictive_values(prior: float | Interval, accuracy: Accuracy, seed: int = 0) -> tuple[Chance, Chance]:
    """Return how often a finding is right, and how often a normal result is."""
    found, normal = (after(prior, accuracy, positive=positive, seed=seed) for positive in (True, False))
    low, high = (None if end is None else 1 - end for end in (normal.high, normal.low))
    return found, Chance(1 - normal.mean, low, high)


def effort(prior: float | Interval, accuracy: Accuracy, seed: int = 0) -> Effort:
    """Return the number needed to scan, 1 / (prior · sens), and false alarms per true finding."""
    shares = (_as_interval(prior), *_both_sides(accuracy))
    return Effort(
        Ratio(*_with_interval(lambda prior, sens, _: 1 / (prior * sens), shares, seed)),
        Ratio(*_with_interval(lambda prior, sens, spec: (1 - prior) * (1 - spec) / (prior * sens), shares, seed)),
    )


def combine(one: Accuracy, other: Accuracy, together: Together, dependence: float = 0.0) -> tuple[float, float]:
    """Return sensitivity and specificity of two tests read together.

    ``either``: an alarm if one of them finds something; ``both``: only if both do. At dependence 0 these are the
    products of textbooks: 1 − (1 − s₁)(1 − s₂) and s₁ s₂.
    """
    (one_sens, one_spec), (other_sens, other_spec) = _both_sides(one), _both_sides(other)
    sens = np.array([one_sens.value, other_sens.value])
    alarm = 1 - np.array([one_spec.value, other_spec.value])
    if together == "both":
        pair = (True, True)
        return float(joint(sens, pair, dependence)), 1 - float(joint(alarm, pair, dependence))
    pair = (False, False)
    return 1 - float(joint(sens, pair, dependence)), float(joint(alarm, pair, dependence))


def _ill_and_well(drawn: Sequence[Shares], found: list[bool], dependence: float) -> tuple[Shares, Shares]:
    """Return the shares of people who get these results, ill and well; ``drawn``: prior, then both sides of each."""
    prior, sens, alarm = drawn[0], np.stack(drawn[1::2]), 1 - np.stack(drawn[2::2])
    return prior * joint(sens, found, dependence), (1 - prior) * joint(alarm, found, dependence)


def _with_interval(
    formula: Callable[..., Shares], shares: tuple[Interval, ...], seed: int
) -> tuple[float, float | None, float | None]:
    """Return a formula's value and its 95 % interval; ``shares``: the prior, then the sides of the tests."""
    with np.errstate(invalid="ignore", divide="ignore"):
        point = float(formula(*(np.array(share.value) for share in shares)))
        if not is_known(*shares[1:]):
            return point, None, None
        low, high = interval_of(formula, shares, seed)
    return point, min(low, point), max(high, point)


def _as_interval(prior: float | Interval) -> Interval:
    return prior if isinstance(prior, Interval) else Interval(value=prior)


def _both_sides(accuracy: Accuracy) -> tuple[Interval, Interval]:
    if accuracy.unit not in PERSON_UNITS:
        raise ValueError(f"{accuracy.id} counts each {accuracy.unit}, not people; it gives no chance for a person")
    if accuracy.sensitivity is None or accuracy.specificity is None:
        raise ValueError(f"{accuracy.id} lacks sensitivity or specificity; both are needed")
    return accuracy.sensitivity, accuracy.specificity
