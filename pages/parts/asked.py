"""What an address of Chances asks for: read, checked, and written back as links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modalities.accuracy import Accuracy, Prior
from modalities.catalog import Catalog
from modalities.chances import MOST_TESTS
from modalities.deciding import Lines
from modalities.evidence import Interval
from modalities.fitting import Offer, best, fitting
from parts.address import Address

Steps = list[tuple[Offer, bool | None]]
SIGNS = {"pos": True, "neg": False}


@dataclass(frozen=True)
class People:
    """The group of people of an address, and their chance before the test."""

    prior: Prior
    chance: Interval
    moved: bool  # whether a person set the chance


@dataclass(frozen=True)
class Asked:
    """One view of Chances: people, figures, results in a row, and where the two lines stand."""

    address: Address
    people: People
    offers: tuple[Offer, ...]
    figures: dict[str, Offer]  # the figure in use, by version
    tests: dict[str, str]  # the test of each version
    steps: Steps
    lines: Lines
    dependence: float

    @property
    def first(self) -> Offer:
        """Return the test that the table is about."""
        return self.steps[0][0]

    @property
    def results(self) -> list[tuple[Accuracy, bool]]:
        """Return the results in a row."""
        return [(offer.accuracy, positive) for offer, positive in self.steps if positive is not None]

    @property
    def left(self) -> list[Offer]:
        """Return the tests that could still follow; two versions of one test see the same, so one of them is enough."""
        taken = {self.tests[offer.accuracy.protocol] for offer, positive in self.steps if positive is not None}
        return [offer for protocol, offer in self.figures.items() if self.tests[protocol] not in taken]

    def link_test(self, offer: Offer) -> str:
        """Return the link to the same people with another test."""
        return self.address.link(steps=_written([(offer, None)]), **{"with": None})

    def link_result(self, offer: Offer, *, positive: bool) -> str:
        """Return the link that adds a result to the row."""
        kept = [step for step in self.steps if step[1] is not None]
        return f"{self.address.link(steps=_written([*kept, (offer, positive)]))}#chain"

    def link_until(self, place: int) -> str:
        """Return the link that ends the row before a place; at 0 the test stays, without a result."""
        kept = self.steps[:place] or [(self.first, None)]
        return f"{self.address.link(steps=_written(kept))}#chain"

    def link_figure(self, offer: Offer) -> str:
        """Return the link that uses another figure for its version."""
        chosen = self.figures | {offer.accuracy.protocol: offer}
        usual = best(self.offers)
        named = [o.accuracy.id for protocol, o in chosen.items() if o is not usual[protocol]]
        return self.address.link(figures=",".join(named) or None)


def read_people(catalog: Catalog, address: Address) -> People:
    """Return the group of people that the address names, else the first."""
    ids = catalog.priors_by_id
    prior = ids[address.one("situation", ids, next(iter(ids)))]
    counted = max(1, round(prior.chance.value * 1000))
    chosen = address.number("prior", 1, 999, counted)
    moved = chosen != counted
    return People(prior, Interval(value=chosen / 1000) if moved else prior.chance, moved)


def read_asked(catalog: Catalog, address: Address, people: People) -> Asked | None:
    """Return what the address asks for; None where no figure fits the people."""
    offers = fitting(catalog, people.prior)
    if not offers:
        return None
    named = address.several("figures", [offer.accuracy.id for offer in offers], ())
    chosen = best([offer for offer in offers if offer.accuracy.id in named])
    figures = {protocol: chosen.get(protocol, offer) for protocol, offer in best(offers).items()}
    together = address.number("together", 0, 100, round(catalog.chance_file.dependence.value * 100))
    tests = {protocol: catalog.version(protocol)[0].id for protocol in figures}
    steps = _read_steps(address, figures, tests)
    return Asked(address, people, offers, figures, tests, steps, _read_lines(catalog, address), together / 100)


def _read_steps(address: Address, figures: dict[str, Offer], tests: dict[str, str]) -> Steps:
    """Return the tests of the address with their results; only the last may be without one."""
    asked = address.text("steps", limit=200)
    address.params.pop("steps", None)
    steps: Steps = []
    for part in asked.split(",") if asked else ():
        protocol, _, sign = part.partition(":")
        if protocol not in figures or (sign and sign not in SIGNS):
            address.note("steps", part, "it was left out", "but no figure of it fits these people")
        elif len(steps) == MOST_TESTS or tests[protocol] in [tests[offer.accuracy.protocol] for offer, _ in steps]:
            address.note(
                "steps",
                part,
                "it was left out",
                f"but a test can stand once, in one version, and {MOST_TESTS} tests in all",
            )
        elif steps and steps[-1][1] is None:
            address.note("steps", part, "it was left out", "but the test before it has no result yet")
        else:
            steps.append((figures[protocol], SIGNS.get(sign)))
    if steps:
        address.params["steps"] = _written(steps)
    return steps or [(figures.get("mri") or next(iter(figures.values())), None)]


def _read_lines(catalog: Catalog, address: Address) -> Lines:
    usual = catalog.chance_file
    low = address.number("out", 0, 999, round(usual.rule_out.value * 1000))
    high = address.number("act", 1, 1000, round(usual.act.value * 1000))
    if low < high:
        return Lines(low / 1000, high / 1000)
    address.note("out", str(low), "the usual lines are shown", "but the lower line must lie below the upper one")
    address.params.pop("out", None)
    address.params.pop("act", None)
    return Lines(usual.rule_out.value, usual.act.value)


def _written(steps: Sequence[tuple[Offer, bool | None]]) -> str:
    signs = {True: ":pos", False: ":neg", None: ""}
    return ",".join(f"{offer.accuracy.protocol}{signs[positive]}" for offer, positive in steps)
