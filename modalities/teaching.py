"""The lessons of the teaching corner, worked out with the same formulas as the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modalities.accuracy import Accuracy, Prior
from modalities.biases import Apparent, Checked, any_of, begg_greenes, partly_verified
from modalities.catalog import Catalog
from modalities.chances import PERSON_UNITS, Counts, chance_after, counts, how_often
from modalities.fitting import Worked, work
from modalities.lessons import Lesson

SPOTS = range(1, 11)
RESULTS = ((True, True), (True, False), (False, True), (False, False))


@dataclass(frozen=True, slots=True)
class Study:
    """What one study's figure does to 1,000 people who have it, 1,000 who do not, and to a group if one is known."""

    accuracy: Accuracy
    found: int
    cleared: int | None  # None where nobody counted false alarms
    worked: Worked | None


@dataclass(frozen=True, slots=True)
class Verified:
    """A study that checks all findings and a share of the normal results."""

    true: Counts
    checked: Counts  # how many of each are checked
    apparent: Apparent
    corrected: Apparent


@dataclass(frozen=True, slots=True)
class Spots:
    """A person with some spots: the chance that the test calls at least one, if all are cancer or all harmless."""

    spots: int
    found: float
    false_alarm: float


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of results of two tests: how many of 1,000 people get it, and how many of 1,000 of those have it."""

    positive: tuple[bool, bool]
    people: float
    chance: float


def figures_of(catalog: Catalog, lesson: Lesson) -> list[Accuracy]:
    """Return the figures of a lesson, in its order."""
    return [catalog.figures_by_id[figure] for figure in lesson.figures]


def priors_of(catalog: Catalog, lesson: Lesson) -> list[Prior]:
    """Return the groups of people of a lesson, in its order."""
    return [catalog.priors_by_id[prior] for prior in lesson.priors]


def groups(catalog: Catalog, lesson: Lesson) -> list[Worked]:
    """Return one figure worked out on several groups (base_rate)."""
    (figure,) = figures_of(catalog, lesson)
    return [work(prior, figure) for prior in priors_of(catalog, lesson)]


def studies(catalog: Catalog, lesson: Lesson) -> list[Study]:
    """Return several figures of one test, beside each other (spectrum)."""
    prior = next(iter(priors_of(catalog, lesson)), None)
    found = []
    for row in figures_of(catalog, lesson):
        assert row.sensitivity  # checked when loaded
        cleared = round(row.specificity.value * 1000) if row.specificity else None
        worked = work(prior, row) if prior and row.specificity and row.unit in PERSON_UNITS else None
        found.append(Study(row, round(row.sensitivity.value * 1000), cleared, worked))
    return found


def verified(catalog: Catalog, lesson: Lesson, checked_normal: float) -> Verified:
    """Return what a study finds that checks every finding and a share of the normal results (verification)."""
    (row,), (prior,) = figures_of(catalog, lesson), priors_of(catalog, lesson)
    assert row.sensitivity and row.specificity  # checked when loaded
    true = counts(prior.chance.value, row)
    checked = Counts(
        true.found, round(true.missed * checked_normal), true.false_alarm, round(true.cleared * checked_normal)
    )
    sens, spec, ill = row.sensitivity.value, row.specificity.value, prior.chance.value
    apparent = partly_verified(sens, spec, ill, 1, checked_normal)
    found = Checked(ill * sens, (1 - ill) * (1 - spec), ill * sens + (1 - ill) * (1 - spec))
    missed, cleared = ill * (1 - sens), (1 - ill) * spec
    corrected = begg_greenes(found, Checked(missed * checked_normal, cleared * checked_normal, missed + cleared))
    return Verified(true, checked, apparent, corrected)


def spots(catalog: Catalog, lesson: Lesson, dependence: float, numbers: Sequence[int] = SPOTS) -> list[Spots]:
    """Return how single spots add up to a person's result, for several numbers of spots (unit)."""
    (row,) = figures_of(catalog, lesson)
    assert row.sensitivity and row.specificity  # checked when loaded
    found, alarm = row.sensitivity.value, 1 - row.specificity.value
    return [Spots(n, any_of(found, n, dependence), any_of(alarm, n, dependence)) for n in numbers]


def pairs(catalog: Catalog, lesson: Lesson, dependence: float) -> list[Pair]:
    """Return the four pairs of results of two tests (dependence)."""
    one, other = figures_of(catalog, lesson)
    prior = priors_of(catalog, lesson)[0].chance.value
    found = []
    for positive in RESULTS:
        results = list(zip((one, other), positive, strict=True))
        people = how_often(prior, results, dependence=dependence)
        found.append(Pair(positive, people * 1000, chance_after(prior, results, dependence=dependence)))
    return found
