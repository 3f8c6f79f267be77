"""Which facts about a person change which version of a test, and how strictly.

A rule is about a component (the magnet, the dye, the needle), never about a test as such: a version of the
test without that component stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from modalities.catalog import Catalog
from modalities.patient import Effect, Factor, Rule, Topic
from modalities.records import Component, Variant

Safety = Literal["ok", "adapt", "ask_first", "do_not"]
SAFETIES: tuple[Safety, ...] = get_args(Safety)  # the strictest last
SAFETY_WORDS: dict[Safety, str] = {
    "ok": "no problem",
    "adapt": "prepare",
    "ask_first": "ask first",
    "do_not": "not as it stands",
}
TOPIC_WORDS: dict[Topic, str] = {
    "change": "What may change",
    "tell": "Tell the staff",
    "do": "What to do",
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
    """A rule that a fact brings up for a test; ``only_with`` names the component if not all versions have it."""

    rule: Rule
    only_with: Component | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What one fact means for a test: its strictest safety, and its rules."""

    factor: Factor
    safety: Safety
    touched: tuple[Touched, ...]

    def about(self, topic: Topic) -> tuple[Touched, ...]:
        """Return the rules of one topic."""
        return tuple(touched for touched in self.touched if touched.rule.topic == topic)


def safety_of(rule: Rule) -> Safety:
    """Return how strict a rule is; beyond a threshold that nobody knows here, it asks."""
    safety = _SAFETY_OF[rule.effect]
    return "ask_first" if rule.only_if and safety != "ok" else safety


def safety(catalog: Catalog, protocol: str, factors: Iterable[str]) -> Safety:
    """Return the strictest safety that some facts give a version of a test.

    Raises
    ------
    UnknownId
        If there is no such version or factor.

    """
    test, version = catalog.version(protocol)
    rules = [rule for factor in factors for rule in catalog.factor(factor).rules if rule.applies_to(test, version)]
    return max((safety_of(rule) for rule in rules), key=SAFETIES.index, default="ok")


def what_applies(catalog: Catalog, versions: Iterable[str]) -> tuple[Applied, ...]:
    """Return every fact that touches one of these versions of a test, in the order in which facts are offered."""
    pairs = [catalog.version(version) for version in versions]
    found = []
    for factor in catalog.factors.values():
        touched = tuple(
            Touched(rule, _only_with(rule, [version for _, version in pairs]))
            for rule in factor.rules
            if any(rule.applies_to(test, version) for test, version in pairs)
        )
        if touched:
            strictest = max((safety_of(t.rule) for t in touched), key=SAFETIES.index)
            found.append(Applied(factor, strictest, touched))
    return tuple(found)


def _only_with(rule: Rule, versions: list[Variant]) -> Component | None:
    """Return the rule's component if some of the versions do without it."""
    return rule.component if rule.component and not all(rule.component in v.components for v in versions) else None
