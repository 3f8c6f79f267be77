"""Which figures fit which people: a figure is combined with a starting chance only if both are about the same thing.

A figure fits if it looks for the same target, counts people, gives both sides, and is from a kind of people that the
starting chance names. One from people that the starting chance calls near may be tried, with the difference said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modalities.accuracy import Accuracy, Prior
from modalities.catalog import Catalog
from modalities.chances import PERSON_UNITS, Chance, Counts, after, counts
from modalities.evidence import Interval, Text
from modalities.records import Modality


@dataclass(frozen=True, slots=True)
class Offer:
    """A figure that may be worked out on a group of people."""

    accuracy: Accuracy
    differs: Text | None  # how its people differ from the group; None if it fits


@dataclass(frozen=True, slots=True)
class Refusal:
    """A version of a test with figures about the target, none of which can be used, and why."""

    protocol: str
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """A figure of a test worked out on a group of people in whom the starting chance is known."""

    accuracy: Accuracy
    prior: Prior
    counts: Counts
    if_normal: Chance
    if_found: Chance


def fitting(catalog: Catalog, prior: Prior) -> tuple[Offer, ...]:
    """Return every figure that may be used, by version in matrix order, the best of a version first.

    Best: fits rather than near, the documented default, the stronger kind of source, the larger number.
    """
    order = list(catalog.variants)
    offers = [offer for row in catalog.accuracy_file.accuracy if (offer := _offer(catalog, prior, row))]

    def rank(offer: Offer) -> tuple[int, bool, tuple[bool, int, int, int, int]]:
        row = offer.accuracy
        return order.index(row.protocol), offer.differs is not None, catalog.rank(row)

    return tuple(sorted(offers, key=rank))


def best(offers: Sequence[Offer]) -> dict[str, Offer]:
    """Return the first figure of each version."""
    found: dict[str, Offer] = {}
    for offer in offers:
        found.setdefault(offer.accuracy.protocol, offer)
    return found


def refused(catalog: Catalog, prior: Prior) -> tuple[Refusal, ...]:
    """Return the versions with figures about the target, none of which can be used for these people, with reasons."""
    usable = best(fitting(catalog, prior))
    reasons: dict[str, list[Text]] = {}
    for row in catalog.accuracy_file.accuracy:
        if row.target == prior.target and row.protocol not in usable:
            reason = _why_not(catalog, prior, row)
            if reason not in reasons.setdefault(row.protocol, []):
                reasons[row.protocol].append(reason)
    return tuple(Refusal(protocol, tuple(reasons[protocol])) for protocol in catalog.variants if protocol in reasons)


def silent(catalog: Catalog, prior: Prior) -> tuple[Modality, ...]:
    """Return the tests without any figure about the target."""
    told = {catalog.version(r.protocol)[0].id for r in catalog.accuracy_file.accuracy if r.target == prior.target}
    return tuple(test for test in catalog.modalities.values() if test.id not in told)


def worked_for(catalog: Catalog, protocols: Sequence[str]) -> tuple[Worked, ...]:
    """Return what some versions tell the groups of people that their figures fit, in the order of the versions."""
    found = [
        work(prior, offer.accuracy)
        for prior in catalog.priors
        for protocol, offer in best(fitting(catalog, prior)).items()
        if protocol in protocols and offer.differs is None
    ]
    return tuple(sorted(found, key=lambda worked: protocols.index(worked.accuracy.protocol)))


def work(prior: Prior, accuracy: Accuracy, chance: Interval | None = None) -> Worked:
    """Work a figure out on a group of people; ``chance`` takes the place of the group's own."""
    before = chance or prior.chance
    return Worked(
        accuracy,
        prior,
        counts(before.value, accuracy),
        after(before, accuracy, positive=False),
        after(before, accuracy, positive=True),
    )


def _offer(catalog: Catalog, prior: Prior, row: Accuracy) -> Offer | None:
    if row.target != prior.target or row.unit not in PERSON_UNITS or not (row.sensitivity and row.specificity):
        return None
    if row.protocol in prior.not_for or row.protocol in prior.withheld:
        return None
    if row.population in prior.populations:
        return Offer(row, None)
    return Offer(row, prior.near[row.population]) if row.population in prior.near else None


def _why_not(catalog: Catalog, prior: Prior, row: Accuracy) -> Text:
    if row.protocol in prior.not_for:
        said = "its result made this group, or settled who has it"
        return Text(plain=said, technical=said)
    if row.protocol in prior.withheld:
        return prior.withheld[row.protocol]
    if row.unit not in PERSON_UNITS:
        return Text(
            plain=f"its figure counts each {row.unit}, not people",
            technical=f"per-{row.unit} figure, no chance for a person follows from it",
        )
    if not row.specificity:
        return Text(plain="nobody counted its false alarms", technical="no specificity was given")
    if not row.sensitivity:
        return Text(plain="nobody counted what it misses", technical="no sensitivity was given")
    people = catalog.accuracy_file.populations[row.population]
    return Text(plain=f"its figure is from other people: {people.plain}", technical=f"population: {people.technical}")
