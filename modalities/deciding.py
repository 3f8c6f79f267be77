"""Test or stop: the chance along a chain of results, and whether a next test could change what is done.

The threshold approach (Pauker, Kassirer, N Engl J Med 1980;302:1109-1117): below one chance nobody looks further, above
another one acts without a further test; a test is worth asking for only if one of its results would cross a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modalities.accuracy import Accuracy
from modalities.chances import Chance, chain, chance_after, how_often
from modalities.evidence import Interval
from modalities.fitting import Offer

Zone = Literal["below", "between", "above"]
Results = Sequence[tuple[Accuracy, bool]]


@dataclass(frozen=True, slots=True)
class Lines:
    """The two chances at which what is done changes, each from 0 to 1."""

    rule_out: float
    act: float

    def __post_init__(self) -> None:
        """Refuse lines that cross."""
        if not 0 <= self.rule_out < self.act <= 1:
            raise ValueError(f"the lines must satisfy 0 <= rule_out < act <= 1; they are {self.rule_out}, {self.act}")

    def zone(self, chance: float) -> Zone:
        """Say on which side of the lines a chance lies."""
        return "below" if chance < self.rule_out else "above" if chance > self.act else "between"


@dataclass(frozen=True, slots=True)
class Link:
    """One result of a chain: the chance after it, and how far it hangs on the tests erring apart or together."""

    accuracy: Accuracy
    positive: bool
    chance: Chance
    apart: float
    together: float
    share: float  # of such people, those who get all results up to here
    zone: Zone


@dataclass(frozen=True, slots=True)
class NextTest:
    """A test that could follow: the chance after either result, and whether one of them would cross a line."""

    offer: Offer
    if_found: float
    if_normal: float
    changes: bool


def walk(prior: Interval, results: Results, lines: Lines, dependence: float) -> tuple[Link, ...]:
    """Return the chance after each result, with both ends of the dependence."""
    chances = chain(prior, results, dependence=dependence)
    links = []
    for place, (accuracy, positive) in enumerate(results):
        until = results[: place + 1]
        apart, together = (chance_after(prior.value, until, dependence=end) for end in (0.0, 1.0))
        share = how_often(prior.value, until, dependence=dependence)
        zone = lines.zone(chances[place].mean)
        links.append(Link(accuracy, positive, chances[place], apart, together, share, zone))
    return tuple(links)


def next_tests(
    prior: float, results: Results, offers: Sequence[Offer], lines: Lines, dependence: float
) -> tuple[NextTest, ...]:
    """Return what each test could still do, in the order given."""
    now = lines.zone(chance_after(prior, results, dependence=dependence))
    found = []
    for offer in offers:
        if_found, if_normal = (
            chance_after(prior, [*results, (offer.accuracy, positive)], dependence=dependence)
            for positive in (True, False)
        )
        changes = lines.zone(if_found) != now or lines.zone(if_normal) != now
        found.append(NextTest(offer, if_found, if_normal, changes))
    return tuple(found)
