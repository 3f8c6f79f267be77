"""An answer as text for notes: the situation, how soon, the tests in tiers, guidelines with body and year."""

from __future__ import annotations

from modalities.catalog import Catalog
from modalities.choose import Recommendation
from modalities.evidence import Text
from modalities.factors import SAFETY_WORDS
from modalities.judging import voices
from modalities.reasoning import EXTENT_WORDS, TIER_WORDS, Case
from modalities.scoring import NONE
from modalities.situation import Situation


def called(catalog: Catalog, protocol: str, situation: Situation) -> Text:
    """Return the name of a version, or of no picture, in a situation."""
    if protocol == NONE:
        return catalog.choosing.no_picture.name
    others = catalog.protocols[protocol].called if protocol in catalog.protocols else ()
    return next((o.name for o in others if o.when.holds(situation)), catalog.version(protocol)[1].name)


def name_of(catalog: Catalog, situation: Situation, one: Recommendation, words: str) -> str:
    """Name a recommended version, with how much of the spine it takes in and whether somebody must be asked."""
    name = called(catalog, one.protocol, situation).at(words)
    extent = f", {EXTENT_WORDS[one.extent]}" if one.extent == "whole_spine" else ""
    return f"{name}{extent}" + (f" ({SAFETY_WORDS[one.safety]})" if one.safety == "ask_first" else "")


def described(catalog: Catalog, situation: Situation, words: str) -> list[str]:
    """Return what is known of a situation, one line a fact."""
    lines = []
    for field in catalog.choosing.fields:
        if said := field.words_for(getattr(situation, field.id)):
            lines.append(f"{field.name.at(words)}: {said.name.at(words)}")
    for test, result in situation.prior_tests.items():
        lines.append(f"Already done: {catalog.version(test)[1].name.at(words)}, {result}")
    lines += [f"Said about the person: {catalog.factor(factor).name.at(words)}" for factor in situation.factors]
    return lines


def as_text(
    catalog: Catalog, situation: Situation, found: list[Recommendation], words: str, case: Case | None = None
) -> str:
    """Return an answer as plain text, one line a statement; the person who copies it decides where it goes."""
    question = catalog.question(situation.question)
    lines = [f"Sightline: {question.name.at(words)}", "People in this situation, in general; no advice for one person."]
    if case:
        lines += [f"Example case: {case.title.at(words)}", case.at(words), f"To argue about: {case.teaches.at(words)}"]
    flags = catalog.site.red_flags
    lines += ["", f"{flags.title.at(words)} {flags.whom.at(words)}", "", *described(catalog, situation, words), ""]
    speaking = voices(catalog, situation)[0]
    timed = dict.fromkeys(entry for one in found for entry in one.urgency)
    lines += [f"How soon: {e.limit.words.at(words)} ({e.body} {e.year})" for e in timed if e.limit]
    for tier in ("usually", "may"):
        names = [name_of(catalog, situation, one, words) for one in found if one.tier == tier]
        if names:
            lines.append(f"{TIER_WORDS[tier].capitalize()}: {'; '.join(names)}")
    lines += [f"Why: {one.reasons[0].at(words)}" for one in found if one.tier == "usually" and one.protocol == NONE]
    seldom = [name_of(catalog, situation, one, words) for one in found if one.tier == "usually_not" and one.guideline]
    if seldom:
        lines.append(f"{TIER_WORDS['usually_not'].capitalize()}, a guideline says: {'; '.join(seldom)}")
    unsafe = [name_of(catalog, situation, one, words) for one in found if one.tier is None]
    if unsafe:
        lines.append(f"{SAFETY_WORDS['do_not'].capitalize()}: {'; '.join(unsafe)}")
    lines += ["", *(f"{e.body} {e.year} ({e.strength.at(words)}): {e.at(words)}" for e in speaking)]
    lines += ["", f"Content last checked: {catalog.guideline_file.checked.isoformat()}"]
    return "\n".join(lines)
