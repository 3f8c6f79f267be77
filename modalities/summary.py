"""An answer as text for notes: the situation, the tests in tiers, guidelines with body and year."""

from __future__ import annotations

from modalities.catalog import Catalog
from modalities.choose import Recommendation, voices
from modalities.factors import SAFETY_WORDS
from modalities.reasoning import EXTENT_WORDS, TIER_WORDS
from modalities.scoring import NONE
from modalities.situation import Situation


def name_of(catalog: Catalog, one: Recommendation, words: str) -> str:
    """Name a recommended version, with how much of the spine it takes in."""
    if one.protocol == NONE:
        return catalog.choosing.no_picture.name.at(words)
    name = catalog.version(one.protocol)[1].name.at(words)
    return f"{name}, {EXTENT_WORDS[one.extent]}" if one.extent == "whole_spine" else name


def described(catalog: Catalog, situation: Situation, words: str) -> list[str]:
    """Return what is known of a situation, one line a fact."""
    lines = []
    for field in catalog.choosing.fields:
        if said := field.words_for(getattr(situation, field.id)):
            lines.append(f"{field.name.at(words)}: {said.name.at(words)}")
    for test, result in situation.prior_tests.items():
        lines.append(f"Already done: {catalog.version(test)[1].name.at(words)}, {result}")
    return lines


def as_text(catalog: Catalog, situation: Situation, found: list[Recommendation], words: str) -> str:
    """Return an answer as plain text; the facts about a person are left out on purpose."""
    question = catalog.question(situation.question)
    lines = [f"Sightline: {question.name.at(words)}", "People in this situation, in general; no advice for one person."]
    lines += described(catalog, situation, words)
    for tier, word in TIER_WORDS.items():
        names = [name_of(catalog, one, words) for one in found if one.tier == tier]
        if names:
            lines.append(f"{word.capitalize()}: {'; '.join(names)}")
    unsafe = [name_of(catalog, one, words) for one in found if one.tier is None]
    if unsafe:
        lines.append(f"{SAFETY_WORDS['do_not'].capitalize()}: {'; '.join(unsafe)}")
    for entry in voices(catalog, situation)[0]:
        lines.append(f"{entry.body} {entry.year} ({entry.strength.at(words)}): {entry.at(words)}")
    return "\n".join(lines)
