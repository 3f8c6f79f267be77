"""The score of a test for a question: what it shows, what it costs, what is known already; it can be taken apart.

For a version of a test, in the words of questions.yaml (``how``):

    score = stakes · (Σ weight · gain / Σ weight · (1 − known) + dye) − burden weight · Σ share · amount
    gain  = max(0, value(level) − known); 0 for a test that already gave a clear result

summed over what the question needs to know: the share that it answers of what is still open. Versions whose score
comes near the best are usual, those farther off may help, the rest seldom help; where even the best stays below a
floor, no picture is the usual answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from modalities.catalog import Catalog
from modalities.evidence import Statement, Text
from modalities.reasoning import ClinicalQuestion, DyeRule, Groundwork, LevelChange, Model, Need, Stakes, Tier, Worth
from modalities.records import FindingId, Rating
from modalities.situation import Condition, Situation

NONE = "none"
TIERS: tuple[Tier, ...] = ("usually", "may", "usually_not")


@dataclass(frozen=True, slots=True)
class Part:
    """One addend of a score, with the statement that it rests on."""

    kind: Literal["shows", "dye", "burden", "floor"]
    label: Text
    amount: float
    why: Statement


def applies(when: Condition | None, situation: Situation) -> bool | None:
    """Say whether a rule holds; one without a condition always does."""
    return True if when is None else when.holds(situation)


def levels(catalog: Catalog, protocol: str, situation: Situation) -> dict[FindingId, Rating | LevelChange]:
    """Return how well a version shows each finding: the column of its test, changed where the version differs."""
    test, _ = catalog.version(protocol)
    shown: dict[FindingId, Rating | LevelChange] = dict(catalog.columns[test.id].ratings)
    if protocol in catalog.protocols:
        shown |= {c.finding: c for c in catalog.protocols[protocol].levels if applies(c.when, situation)}
    return shown


@dataclass(frozen=True)
class Reasoning:
    """One situation under one model; everything that the score rests on can be asked for."""

    catalog: Catalog
    situation: Situation
    model: Model

    @cached_property
    def question(self) -> ClinicalQuestion:
        """Return the question with what it needs to know."""
        return self.catalog.question(self.situation.question)

    @cached_property
    def worth(self) -> tuple[Worth, ...]:
        """Return what decides how much a picture can help; several where unknown facts leave it open."""
        found = []
        for worth in self.question.worth:
            holds = applies(worth.when, self.situation)
            if holds is not False:
                found.append(worth)
            if holds:
                break
        return tuple(found)

    @cached_property
    def needs(self) -> tuple[tuple[Need, float], ...]:
        """Return what the question needs to know, with its share of all weights; half where a fact is unknown."""
        certainty = {True: 1.0, None: 0.5, False: 0.0}
        weights = [need.weight * certainty[applies(need.when, self.situation)] for need in self.question.needs]
        pairs = zip(self.question.needs, weights, strict=True)
        return tuple((need, weight / sum(weights)) for need, weight in pairs if weight)

    @cached_property
    def known(self) -> dict[FindingId, float]:
        """Return for each finding how far earlier tests answered it, 0 to 1."""
        answered: dict[FindingId, float] = {}
        if not self.question.earlier_counts:
            return answered
        for test, result in self.situation.prior_tests.items():
            share = self.model.already_unclear if result == "unclear" else self.model.already_known
            for finding, shown in levels(self.catalog, test, self.situation).items():
                answered[finding] = max(answered.get(finding, 0.0), share * self.model.level_value[shown.level])
        return answered

    @cached_property
    def groundwork(self) -> dict[str, Groundwork]:
        """Return the tests that go before pictures here, with the reason."""
        rules = self.question.groundwork
        return {rule.protocol: rule for rule in reversed(rules) if applies(rule.when, self.situation)}

    def dye(self, protocol: str) -> DyeRule | None:
        """Return what decides about a version's dye; None if it has none, nothing is said, or a fact is unknown."""
        if not self.catalog.protocols[protocol].adds_to:
            return None
        test, _ = self.catalog.version(protocol)
        for rule in self.question.dye:
            if test.id in rule.tests and (holds := applies(rule.when, self.situation)) is not False:
                return rule if holds else None
        return None

    @cached_property
    def parts(self) -> dict[str, tuple[Part, ...]]:
        """Return the addends of the score of each version, and of ``none``."""
        parts = {protocol: (*self._gains(protocol), *self._burdens(protocol)) for protocol in self.catalog.protocols}
        parts[NONE] = (Part("floor", self.worth[0], self.model.worth_from, self.worth[0]),)
        return parts

    @cached_property
    def scores(self) -> dict[str, float]:
        """Return the score of each version, and of ``none``."""
        return {protocol: sum(part.amount for part in parts) for protocol, parts in self.parts.items()}

    def _gains(self, protocol: str) -> list[Part]:
        shown = levels(self.catalog, protocol, self.situation)
        value = self.model.level_value
        again = self.plainest(protocol) in self.answered
        parts = []
        for need, share in self.needs:
            cell = shown[need.finding]
            gain = 0.0 if again else max(0.0, value[cell.level] - self.known.get(need.finding, 0.0))
            amount = self._mean_stake * share * gain / self._open
            parts.append(Part("shows", self.catalog.findings[need.finding].name, amount, cell))
        rule = self.dye(protocol)
        if rule and rule.gain == "adds":
            parts.append(Part("dye", rule, self._mean_stake * self.model.dye_bonus, rule))
        return parts

    def _burdens(self, protocol: str) -> list[Part]:
        shares = self.catalog.protocols[protocol].burdens
        return [
            Part("burden", one.name, -self.model.burden_weight * shares[one.burden] * one.amount, one)
            for one in self.catalog.choosing.burdens
            if shares.get(one.burden)
        ]

    @cached_property
    def answered(self) -> set[str]:
        """Return the tests that gave a clear result, dye or not; none where the question is what has changed."""
        if not self.question.earlier_counts:
            return set()
        return {self.plainest(test) for test, result in self.situation.prior_tests.items() if result != "unclear"}

    def plainest(self, protocol: str) -> str:
        """Return the version that a version with dye extends, else the version itself."""
        known = self.catalog.protocols.get(protocol)
        return known.adds_to if known and known.adds_to else protocol

    @cached_property
    def _open(self) -> float:
        """Return how much of what the question needs earlier tests left open, 0 to 1; always above 0."""
        return sum(share * (1 - self.known.get(need.finding, 0.0)) for need, share in self.needs) or 1.0

    @cached_property
    def _mean_stake(self) -> float:
        return sum(self.model.stakes_value[worth.stakes] for worth in self.worth) / len(self.worth)

    def tiers(self, possible: Collection[str]) -> dict[str, Tier]:
        """Return the model's own tiers: usual by the best of the versions that are possible, useful by the best of all.

        Where unknown facts leave the stakes open and the answers differ, a version stands in the middle.
        """
        answers = [self._tiers_at(stake, possible) for stake in dict.fromkeys(worth.stakes for worth in self.worth)]
        return {p: tier if all(a[p] == tier for a in answers) else "may" for p, tier in answers[0].items()}

    def _tiers_at(self, stake: Stakes, possible: Collection[str]) -> dict[str, Tier]:
        scores = {protocol: self._score_at(stake, protocol) for protocol in self.catalog.protocols}
        best = max((score for protocol, score in scores.items() if protocol in possible), default=0.0)
        worthless = best < self.model.worth_from
        useful = self.model.may_from * max(scores.values())
        usual = max(self.model.usually_from * best, useful)
        tiers: dict[str, Tier] = {}
        for protocol, score in scores.items():
            tier: Tier = "usually" if score >= usual else "may" if score >= useful else "usually_not"
            tiers[protocol] = self._allowed(protocol, "usually_not" if worthless else tier)
        for protocol, score in scores.items():
            known = self.catalog.protocols[protocol]
            wider = known.wider_than in possible and score <= scores[known.wider_than or protocol]
            if tiers[protocol] == "usually" and (known.few_places or wider):
                tiers[protocol] = "may"
            if known.made_for and self.situation.question not in known.made_for:
                tiers[protocol] = "usually_not"
        for protocol, known in self.catalog.protocols.items():
            if known.never_above:
                tiers[protocol] = max(tiers[protocol], tiers[known.never_above], key=TIERS.index)
        tiers[NONE] = _none_at(stake, worthless=worthless)
        return tiers

    def _allowed(self, protocol: str, tier: Tier) -> Tier:
        """Return what a score's tier comes to: groundwork is always done, a dye that adds nothing seldom helps."""
        if protocol in self.groundwork:
            return "usually"
        rule = self.dye(protocol)
        return "usually_not" if rule and rule.gain == "needless" else tier

    def _score_at(self, stake: Stakes, protocol: str) -> float:
        """Return the score at one of several possible stakes; burdens do not depend on them."""
        burden = sum(part.amount for part in self.parts[protocol] if part.kind == "burden")
        return (self.scores[protocol] - burden) * self.model.stakes_value[stake] / self._mean_stake + burden


def _none_at(stake: Stakes, *, worthless: bool) -> Tier:
    """Return the tier of no picture; where much is at stake it is never the usual answer, whatever was done before."""
    if worthless:
        return "may" if stake == "high" else "usually"
    return "may" if stake == "low" else "usually_not"
