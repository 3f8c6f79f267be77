"""Test or stop: the chance along a chain of results, and whether a next test could change what is done.

The threshold approach (Pauker, Kassirer, N Engl J Med 1980;302:1109-1117): below one chance nobody looks further, above
another one acts without a further test; a test is worth asking for only if one of its results would cross a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modalities.accuracy import Accuracy
from modalities.chances import Chance, chain, chance_after, how_often, weigh
from modalities.evidence import Interval
from modalities.fitting import Offer

GRID = (0.0, 0.25, 0.5, 0.75, 0.9)  # dependences over which a span and a verdict are looked at
RARE = 1e-9  # results that come together less often than this can't
Zone = Literal["below", "between", "above"]
Side = Literal[Zone, "depends"]
Verdict = Literal["yes", "no", "depends"]
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
    span: tuple[float, float]  # lowest and highest chance over the dependences of GRID and the one in use
    together: float | None  # at full dependence; None where the results could not come together then
    share: float  # of such people, those who get all results up to here
    zone: Side  # where the whole span lies; depends, if it crosses a line

    @property
    def possible(self) -> bool:
        """Say whether the results can come together at the dependence in use."""
        return self.share > RARE


@dataclass(frozen=True, slots=True)
class NextTest:
    """A test that could follow: the chance after either result, and whether one of them would cross a line."""

    offer: Offer
    if_found: float
    if_normal: float
    changes: Verdict

    @property
    def inverted(self) -> bool:
        """Say whether a finding would speak against the illness: so near to full dependence no sum makes sense."""
        return self.if_found < self.if_normal


def walk(prior: Interval, results: Results, lines: Lines, dependence: float) -> tuple[Link, ...]:
    """Return the chance after each result, with its span over the dependence."""
    chances = chain(prior, results, dependence=dependence)
    links = []
    for place, (accuracy, positive) in enumerate(results):
        until = results[: place + 1]
        known = [c for r in (*GRID, dependence) if (c := _chance_at(prior.value, until, r)) is not None]
        share = how_often(prior.value, until, dependence=dependence)
        span = (min(known), max(known))
        zones = {lines.zone(chance) for chance in (*span, chances[place].mean)}
        zone: Side = zones.pop() if len(zones) == 1 else "depends"
        links.append(Link(accuracy, positive, chances[place], span, _chance_at(prior.value, until, 1.0), share, zone))
    return tuple(links)


def next_tests(
    prior: float, results: Results, offers: Sequence[Offer], lines: Lines, dependence: float
) -> tuple[NextTest, ...]:
    """Return what each test could still do, in the order given.

    A verdict is sure only if it holds whatever the dependence; else it depends on it.
    """
    now = {r: _chance_at(prior, results, r) for r in (*GRID, dependence)}
    found = []
    for offer in offers:
        either = [[*results, (offer.accuracy, positive)] for positive in (True, False)]
        if_found, if_normal = (chance_after(prior, one, dependence=dependence) for one in either)
        crosses = {
            any(lines.zone(c) != lines.zone(before) for one in either if (c := _chance_at(prior, one, r)) is not None)
            for r, before in now.items()
            if before is not None
        }
        verdict: Verdict = "depends" if len(crosses) > 1 else "yes" if crosses == {True} else "no"
        found.append(NextTest(offer, if_found, if_normal, verdict))
    return tuple(found)


def _chance_at(prior: float, results: Results, dependence: float) -> float | None:
    """Return the chance after some results; None where they can't come together."""
    ill, well = weigh(prior, results, dependence=dependence)
    return ill / (ill + well) if ill + well > RARE else None
