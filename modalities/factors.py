"""Which facts about a person change which version of a test, and how strictly.

A rule is about a component (the magnet, the dye, the needle), never about a test as such: a version of the
test without that component stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from modalities.catalog import Catalog
from modalities.patient import Effect, Factor, Rule, Topic
from modalities.records import COMPONENT_NAMES, DYES, Component, Modality, Variant
from modalities.wording import inside

Safety = Literal["ok", "adapt", "ask_first", "do_not"]
SAFETIES: tuple[Safety, ...] = get_args(Safety)  # the strictest last
SAFETY_WORDS: dict[Safety, str] = {
    "ok": "can be done: say it",
    "adapt": "prepare",
    "ask_first": "ask first",
    "do_not": "not as it stands",
}
TOPIC_WORDS: dict[Topic, str] = {
    "do": "What to do",
    "change": "What may change",
    "tell": "Tell the staff",
    "know": "Good to know",
}
_SAFETY_OF: dict[Effect, Safety] = {
    "no_effect": "ok",
    "interpret": "ok",
    "adapt": "adapt",
    "ask_first": "ask_first",
    "do_not": "do_not",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """A rule that a fact brings up for a test; ``only_in`` are the versions that it is about, if not all are."""

    rule: Rule
    only_in: tuple[Variant, ...] = ()

    @property
    def dye(self) -> Component | None:
        """Return the dye that the rule is about, if not every version is given with it."""
        return self.rule.component if self.only_in and self.rule.component in DYES else None

    def condition(self, words: str) -> str:
        """Return the words that limit the rule: to a dye, to a version, to a threshold; nothing if it always holds."""
        said = []
        if self.dye:
            said.append(f"Only with {COMPONENT_NAMES[self.dye]}:")
        elif self.only_in:
            said.append(f"Only for {', '.join(inside(version.name.at(words)) for version in self.only_in)}:")
        if self.rule.only_if:
            said.append(f"Only if {inside(self.rule.only_if.at(words)).rstrip('.')}:")
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Applied:
    """What one fact means for a test: its strictest safety, and its rules."""

    factor: Factor
    safety: Safety
    strictest_without_dye: Safety
    touched: tuple[Touched, ...]

    @property
    def by_dye(self) -> bool:
        """Say whether the strictest rule is about a dye that not every version is given with."""
        return self.safety not in ("ok", self.strictest_without_dye)

    @property
    def asks(self) -> bool:
        """Say whether somebody must be asked before the test."""
        return self.safety in ("ask_first", "do_not")

    @property
    def word(self) -> str:
        """Return the safety in words, as it stands on a badge and on paper."""
        if self.factor.urgent:
            return "call now"
        return SAFETY_WORDS[self.safety] + (", if dye is given" if self.by_dye else "")

    def about(self, topic: Topic) -> tuple[Touched, ...]:
        """Return the rules of one topic."""
        return tuple(touched for touched in self.touched if touched.rule.topic == topic)


def safety_of(rule: Rule, facts: Collection[str] = ()) -> Safety:
    """Return how strict a rule is; a condition that no fact settles asks, it neither forbids nor frees."""
    safety = _SAFETY_OF[rule.effect]
    settled = any(fact in facts for fact in rule.met_by)
    return "ask_first" if rule.only_if and not settled and safety != "ok" else safety


def holds(rule: Rule, facts: Collection[str]) -> bool:
    """Say whether a rule may hold: no fact rules its condition out."""
    return not any(fact in facts for fact in rule.ruled_out_by)


def safety(catalog: Catalog, protocol: str, factors: Collection[str]) -> Safety:
    """Return the strictest safety that some facts give a version of a test.

    Raises
    ------
    UnknownId
        If there is no such version or factor.

    """
    test, version = catalog.version(protocol)
    rules = [rule for factor in factors for rule in catalog.factor(factor).rules if rule.applies_to(test, version)]
    strict = (safety_of(rule, factors) for rule in rules if holds(rule, factors))
    return max(strict, key=SAFETIES.index, default="ok")


def what_applies(catalog: Catalog, versions: Iterable[str], facts: Collection[str] = ()) -> tuple[Applied, ...]:
    """Return every fact that touches one of these versions of a test, in the order in which facts are offered.

    What the team may add to a version counts here, so that nobody is told "no problem" too early. ``facts`` that
    are known settle the conditions of rules.
    """
    pairs = [catalog.version(version) for version in versions]
    found = []
    for factor in catalog.factors.values():
        touched = [touch for rule in factor.rules if holds(rule, facts) and (touch := _touched(rule, pairs))]
        touched.sort(key=lambda touch: bool(touch.only_in))
        if touched:
            strictest = _strictest(touched, facts)
            without_dye = _strictest([touch for touch in touched if not touch.dye], facts)
            found.append(Applied(factor, strictest, without_dye, tuple(touched)))
    return tuple(found)


def _strictest(touched: Iterable[Touched], facts: Collection[str]) -> Safety:
    return max((safety_of(touch.rule, facts) for touch in touched), key=SAFETIES.index, default="ok")


def _touched(rule: Rule, pairs: list[tuple[Modality, Variant]]) -> Touched | None:
    """Return a rule with the versions that it is about; none are named where it is about all of them for certain."""
    about = tuple(version for test, version in pairs if rule.applies_to(test, version, possibly=True))
    certain = [version for test, version in pairs if rule.applies_to(test, version)]
    if not about:
        return None
    return Touched(rule, () if len(certain) == len(pairs) else about)
