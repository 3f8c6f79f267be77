"""Read what stands on an order: "MRI T/L spine w/wo", "Tc-99m MDP", "CT guided bx".

The wordings and what they mean are content (orders.yaml); here is only how they are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from modalities.catalog import Catalog
from modalities.patient import Factor, OrderFile, Piece
from modalities.records import Modality, Variant
from modalities.search import is_slip, search

LETTERS = {"c": "cervical", "t": "thoracic", "l": "lumbar", "s": "sacral"}
_RUN = "(?:ctls|ctl|tls|tl|ls|cl|[ctls])"
_SPINE_RUN = re.compile(rf"({_RUN}(?:(?: (?:/|&|and|\+))? {_RUN})*) (?:spines?|sp|spn)(?!\S)")
_SLASHED = re.compile(r"([ctls](?: / [ctls])+)(?!\S)")
_VERTEBRA = re.compile(r"([ctls])(\d{1,2})(?!\S)")
MRI_WEIGHTINGS = ("t1", "t2")  # on an MRI order these are kinds of picture, not vertebrae


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of the paper's wording and what it means."""

    wording: str
    means: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One test that the paper names."""

    test: Modality
    version: Variant | None  # None where the paper does not say which
    said: tuple[Said, ...]
    elsewhere: bool  # it names a part of the body that is not the spine


@dataclass(frozen=True, slots=True)
class Order:
    """What was read: the tests, what stands around them, what is not covered, facts, what was not understood."""

    text: str
    readings: tuple[Reading, ...]
    around: tuple[Said, ...]
    others: tuple[Said, ...]
    facts: tuple[Factor, ...]
    unknown: tuple[str, ...]
    nearest: tuple[Modality, ...]


def recognize(catalog: Catalog, text: str) -> Order:
    """Read an order's wording; where no test is recognized, name the nearest ones."""
    wording, facts = _without_facts(catalog, _canonical(text))
    found, unknown = _pieces(catalog.orders, wording)
    readings, around, others = [], [], []
    for segment in _segments(found):
        around += [said for said in segment if said.means[0].kind == "reason"]
        others += [said for said in segment if said.means[0].kind == "other_test"]
        if reading := _reading(
            catalog, [said for said in segment if said.means[0].kind not in ("reason", "other_test")]
        ):
            readings.append(reading)
    nearest: tuple[Modality, ...] = ()
    if not readings and not others:
        near = [hit.entry.place for hit in search(catalog, text) if hit.entry.kind == "test"]
        nearest = tuple(catalog.modality(test) for test in near[:3])
    return Order(text, tuple(readings), tuple(around), tuple(others), facts, tuple(unknown), nearest)


@lru_cache(maxsize=2)
def _fact_forms(catalog: Catalog) -> tuple[tuple[str, Factor], ...]:
    """Return how facts about a person are written, the longest first; a fact about the situation is a question."""
    forms = [
        (_canonical(form), factor)
        for factor in catalog.factors.values()
        if factor.about == "person"
        for form in (factor.id.replace("_", " "), factor.name.plain, *factor.also_called)
    ]
    return tuple(sorted(((form, factor) for form, factor in forms if len(form) > 2), key=lambda pair: -len(pair[0])))


def _without_facts(catalog: Catalog, text: str) -> tuple[str, tuple[Factor, ...]]:
    """Take facts about a person out of the wording."""
    facts: list[Factor] = []
    for form, factor in _fact_forms(catalog):
        cut = re.sub(rf"(?<!\S){re.escape(form)}(?!\S)", " ", text)
        if cut != text and factor not in facts:
            facts.append(factor)
        text = " ".join(cut.split())
    return text, tuple(facts)


def _canonical(text: str) -> str:
    """Return the wording in lower case with single spaces, slashes standing alone, and no dots, commas or hyphens."""
    text = text.lower()[:200].replace("+/-", " plusminus ").replace("“", " ").replace("”", " ")
    text = re.sub(r"\+ ?c\b|\bc\+(?=\s|$)", " plusc ", text)  # "CT chest +C"
    text = re.sub(r"[-–.,;:()\[\]\"']", " ", text)
    text = re.sub(r"([/&?])", r" \1 ", text)
    return " ".join(text.split())


def _typed(wording: str) -> str:
    """Return a canonical wording as people type it."""
    return wording.replace(" / ", "/").replace("plusminus", "+/-").replace("plusc", "+C")


@lru_cache(maxsize=2)
def _forms(orders: OrderFile) -> dict[str, Piece | None]:
    """Return what each canonical form means; None for words to be passed over."""
    forms: dict[str, Piece | None] = {_canonical(word): None for word in orders.ignored}
    for piece in orders.pieces:
        for form in piece.forms:
            forms[_canonical(form)] = piece
    return forms


def _pieces(orders: OrderFile, text: str) -> tuple[list[Said], list[str]]:
    """Cut the wording into the longest known forms, from left to right; return them and what stays unknown."""
    forms, by_id = _forms(orders), {piece.id: piece for piece in orders.pieces}
    longest = max(form.count(" ") for form in forms) + 1
    tokens, at = text.split(), 0
    found: list[Said] = []
    unknown: list[str] = []
    while at < len(tokens):
        rest = " ".join(tokens[at:])
        if said := _spine_parts(rest, by_id, mri="mri" in [s.means[0].id for s in found]):
            found.append(Said(_typed(said.wording), said.means))
            at += said.wording.count(" ") + 1
            continue
        for length in range(min(longest, len(tokens) - at), 0, -1):
            wording = " ".join(tokens[at : at + length])
            if wording in forms:
                if piece := forms[wording]:
                    found.append(Said(_typed(wording), (piece,)))
                at += length
                break
        else:
            if piece := _slipped(tokens[at], orders):
                found.append(Said(tokens[at], (piece,)))
            elif re.search(r"[a-z]", tokens[at]):
                unknown.append(tokens[at])
            at += 1
    return found, unknown


def _spine_parts(rest: str, pieces: dict[str, Piece], *, mri: bool) -> Said | None:
    """Read "T/L spine", "C/T/L" or "L4" at the beginning of the wording."""
    if match := _SPINE_RUN.match(rest) or _SLASHED.match(rest):
        named = list(dict.fromkeys(re.findall("[ctls]", match.group(1).replace("and", ""))))
        whole = {"c", "t", "l"} <= set(named)
        return Said(
            match.group(), tuple(pieces[i] for i in (["whole_spine"] if whole else [LETTERS[x] for x in named]))
        )
    if (match := _VERTEBRA.match(rest)) and not (mri and match.group() in MRI_WEIGHTINGS):
        return Said(match.group(), (pieces[LETTERS[match.group(1)]],))
    return None


def _slipped(token: str, orders: OrderFile) -> Piece | None:
    """Forgive a slip of the pen in a test's name."""
    if len(token) < 3 or token in _forms(orders):
        return None
    tests = [piece for piece in orders.pieces if piece.kind == "test"]
    return next(
        (piece for piece in tests if any(is_slip(form, token) for form in piece.forms if " " not in form)), None
    )


def _segments(found: list[Said]) -> list[list[Said]]:
    """Give each test its own stretch: what stands before the first test belongs to the first."""
    segments: list[list[Said]] = [[]]
    for said in found:
        here = [s.means[0] for s in segments[-1]]
        if said.means[0].kind == "test" and any(
            piece.kind == "test" and piece.id != said.means[0].id for piece in here
        ):
            segments.append([])
        segments[-1].append(said)
    return segments


def _reading(catalog: Catalog, segment: list[Said]) -> Reading | None:
    """Return the version whose needs are met, the one with the most needs."""
    pieces = [piece for said in segment for piece in said.means]
    present = {piece.id for piece in pieces}
    if present >= {"cervical", "thoracic", "lumbar"}:
        present.add("whole_spine")
    fitting = [reading for reading in catalog.orders.readings if set(reading.needs) <= present]
    if not fitting:
        return None
    best = max(fitting, key=lambda reading: (len(reading.needs), -catalog.orders.readings.index(reading)))
    if best.protocol:
        return Reading(*catalog.variants[best.protocol], tuple(segment), _elsewhere(pieces, best.needs))
    return Reading(catalog.modality(str(best.test)), None, tuple(segment), _elsewhere(pieces, best.needs))


def _elsewhere(pieces: Iterable[Piece], used: tuple[str, ...]) -> bool:
    """Say whether the wording names a part of the body that is not the spine and that the version is not about."""
    places = [piece for piece in pieces if piece.kind in ("region", "other_region")]
    return any(not p.spine and p.id not in used for p in places) and not any(p.spine for p in places)
