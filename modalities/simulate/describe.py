"""What a simulated picture shows, in a sentence: its alternative text."""

from __future__ import annotations

from collections.abc import Mapping

from modalities.seeing import SeeFile, ViewWords
from modalities.simulate.reader import Seen
from modalities.simulate.scene import LOOK_ALIKES, WHOLE_LEVEL, Lesion


def view_words(file: SeeFile, view: str) -> ViewWords:
    """Return the words of a view such as ``ct.sagittal``."""
    return next(words for words in file.views if f"{words.test}.{words.view}" == view)


def where(file: SeeFile, lesion: Lesion, words: str) -> str:
    """Return where a lesion lies: 'left half of the body of T12'."""
    if lesion.kind in WHOLE_LEVEL:
        return file.at_level.at(words).format(lesion.vertebra)
    place = next(place for place in file.places if place.id == lesion.place)
    return f"{place.at(words)} of {lesion.vertebra}"


def noun(file: SeeFile, lesion: Lesion, words: str) -> str:
    """Return what a lesion is inside a sentence: 'a hole in the bone'."""
    return next(kind for kind in file.kinds if kind.id == lesion.kind).noun.at(words)


def caption(file: SeeFile, view: str, lesion: Lesion, seen: Seen, words: str) -> str:
    """Return how a lesion looks in a view, or that it can't be seen there; and a collapse where bone shows."""
    known = view_words(file, view)
    if known.test == "biopsy" and lesion.kind in LOOK_ALIKES:
        return known.signs[lesion.kind].at(words)
    sign = (known.unseen if seen == "not_seen" else known.signs[lesion.kind]).at(words)
    if lesion.collapse == "none" or seen == "not_seen" or known.test in ("bone_scan", "pet_ct", "biopsy"):
        return sign
    return f"{sign}. {next(shape for shape in file.collapses if shape.id == lesion.collapse).at(words)}"


def fact_lines(file: SeeFile, facts: Mapping[str, float | str], words: str) -> tuple[str, ...]:
    """Return what was worked out beside a picture, a sentence each; facts without words are left out."""
    lines = []
    for told in file.facts:
        if told.id in facts and (words == "technical" or not told.technical_only):
            value = facts[told.id]
            names = {choice.id: choice.at(words) for choice in told.choices}
            lines.append(told.at(words).format(names[str(value)] if names else f"{value:g}"))
    return tuple(lines)


def alt_text(file: SeeFile, view: str, lesion: Lesion | None, seen: Seen | None, words: str) -> str:
    """Return the alternative text of a picture: what it shows, and the lesion if it may be named."""
    known = view_words(file, view)
    start = f"Simulated picture. {known.name.at(words)}. {known.shows.at(words)}"
    if lesion is None or seen is None:
        return start
    sign = caption(file, view, lesion, seen, words)
    place = where(file, lesion, words)
    return f"{start} {place[:1].upper()}{place[1:]}: {sign[:1].lower()}{sign[1:]}."
