"""What a result tells: the chance of an illness after a test, from the chance before it.

Bayes' theorem on sensitivity and specificity. Uncertainty is carried along by seeded sampling: a share
known from counts is a Beta distribution (Jeffreys' prior), one known by its printed 95 % interval is
normal on the logit scale. Where the test's own figures have no interval, none is given for the chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modalities.accuracy import Accuracy, Prior
from modalities.catalog import Catalog
from modalities.evidence import Interval

Shares = NDArray[np.float64]
Z95 = 1.959964
SAMPLES = 10_000
PERSON_UNITS = ("patient", "scan")  # a figure per lesion or vertebra says nothing about a person's chance


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


@dataclass(frozen=True, slots=True)
class Worked:
    """A figure of a test worked out on a group of people in whom the starting chance is known."""

    accuracy: Accuracy
    prior: Prior
    counts: Counts
    if_normal: Chance
    if_found: Chance


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
    sensitivity, specificity = _both_sides(accuracy)
    before = prior if isinstance(prior, Interval) else Interval(value=prior)
    shares = (before, sensitivity, specificity)
    point = float(_bayes(*(np.array(share.value) for share in shares), positive=positive))
    if sensitivity.low is None or specificity.low is None:
        return Chance(point, None, None)  # an interval from the prior alone would look surer than anybody is
    random = np.random.default_rng(seed)
    drawn = _bayes(*(_sample(share, random) for share in shares), positive=positive)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Chance(point, min(float(low), point), max(float(high), point))


def counts(prior: float, accuracy: Accuracy, of: int = 1000) -> Counts:
    """Return what a test tells ``of`` people when a share of them, ``prior``, has it; the four parts add up to ``of``.

    Raises ``ValueError`` like ``after``.
    """
    sensitivity, specificity = _both_sides(accuracy)
    ill = round(prior * of)
    found, cleared = round(ill * sensitivity.value), round((of - ill) * specificity.value)
    return Counts(found, ill - found, of - ill - cleared, cleared)


def worked_for(catalog: Catalog, protocols: Sequence[str]) -> tuple[Worked, ...]:
    """Return the default figures of some versions, worked out on the people that they fit: same target, same people."""
    rows = [row for row in catalog.accuracy_file.accuracy if row.protocol in protocols and row.default]
    found = [
        Worked(
            row,
            prior,
            counts(prior.chance.value, row),
            after(prior.chance, row, positive=False),
            after(prior.chance, row, positive=True),
        )
        for prior in catalog.priors
        for row in rows
        if catalog.version(row.protocol)[0].id not in prior.not_for
        and row.target == prior.target
        and row.population in prior.populations
        and row.unit in PERSON_UNITS
        and row.sensitivity
        and row.specificity
    ]
    return tuple(sorted(found, key=lambda worked: protocols.index(worked.accuracy.protocol)))


def _both_sides(accuracy: Accuracy) -> tuple[Interval, Interval]:
    if accuracy.unit not in PERSON_UNITS:
        raise ValueError(f"{accuracy.id} counts each {accuracy.unit}, not people; it gives no chance for a person")
    if accuracy.sensitivity is None or accuracy.specificity is None:
        raise ValueError(f"{accuracy.id} lacks sensitivity or specificity; both are needed")
    return accuracy.sensitivity, accuracy.specificity


def _bayes(prior: Shares, sensitivity: Shares, specificity: Shares, *, positive: bool) -> Shares:
    """Return P(ill | result); 0/0, an impossible result, leaves the prior as it was."""
    ill = prior * (sensitivity if positive else 1 - sensitivity)
    well = (1 - prior) * (1 - specificity if positive else specificity)
    total = ill + well
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, ill / total, prior)


def _sample(share: Interval, random: np.random.Generator) -> Shares:
    """Draw from what is known about a share."""
    if share.hits is not None and share.of is not None:
        return random.beta(share.hits + 0.5, share.of - share.hits + 0.5, SAMPLES)
    if share.low is None or share.high is None:  # a prior chosen by a person
        return np.full(SAMPLES, share.value)
    low, middle, high = (_logit(value) for value in (share.low, share.value, share.high))
    drawn = random.standard_normal(SAMPLES)
    # Printed intervals are seldom even on the logit scale: each half keeps its own width.
    width = np.where(drawn < 0, middle - low, high - middle) / Z95
    return 1 / (1 + np.exp(-(middle + drawn * width)))


def _logit(share: float) -> float:
    held = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(held / (1 - held)))
