"""What would change the answer: each fact turned in its turn, the answers laid beside each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from modalities.catalog import Catalog
from modalities.judging import competes, place
from modalities.reasoning import Extent, FieldValue, FieldWords, Guideline
from modalities.scoring import NONE
from modalities.situation import Situation, SituationError

ABOUT_A_CANCER = ("primary", "spread_risk", "on_treatment")


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer in short: the usual tests; of the first, how much of the spine and how soon a guideline wants it."""

    usual: tuple[str, ...]
    extent: Extent | None
    soonest: Guideline | None

    @property
    def first(self) -> str | None:
        """Return the first of the usual tests, or None."""
        return self.usual[0] if self.usual else None

    @property
    def hours(self) -> int | None:
        """Return within how many hours, 0 for at once, if a guideline says so."""
        return self.soonest.hours if self.soonest else None

    def differs(self, other: Outlook) -> bool:
        """Say whether the answer is another one: other usual tests, another extent, or another time."""
        return not self.same_tests(other) or self.hours != other.hours

    def same_tests(self, other: Outlook) -> bool:
        """Say whether the same tests are usual, the same first, of the same part."""
        return (set(self.usual), self.first, self.extent) == (set(other.usual), other.first, other.extent)


@dataclass(frozen=True, slots=True)
class Turned:
    """One value that a fact may have, with the answer that it would lead to; None where it contradicts the rest."""

    value: FieldValue
    outlook: Outlook | None
    changes: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One fact with everything that it may be."""

    field: FieldWords
    values: tuple[Turned, ...]

    @property
    def changes(self) -> bool:
        """Say whether some value would change the answer."""
        return any(turned.changes for turned in self.values)

    @property
    def by_answer(self) -> list[tuple[Outlook, list[FieldValue]]]:
        """Return the answers that it may lead to instead, each with the values that lead there."""
        found: list[tuple[Outlook, list[FieldValue]]] = []
        for turned in self.values:
            if turned.changes and turned.outlook:
                same = next((values for answer, values in found if not answer.differs(turned.outlook)), None)
                if same is None:
                    found.append((turned.outlook, [turned.value]))
                else:
                    same.append(turned.value)
        return found


@lru_cache(maxsize=4096)
def outlook(catalog: Catalog, situation: Situation) -> Outlook:
    """Return the answer to a situation in short."""
    usual = [
        one
        for one in place(catalog, situation)
        if one.tier == "usually" and (one.protocol == NONE or competes(catalog, one.protocol))
    ]
    soonest = usual[0].urgency[0] if usual and usual[0].urgency else None
    return Outlook(tuple(one.protocol for one in usual), usual[0].extent if usual else None, soonest)


def turns(catalog: Catalog, situation: Situation) -> tuple[Turn, ...]:
    """Return each fact that the question asks for with what each of its values would lead to.

    What only makes sense with a cancer waits until one is known.
    """
    here = outlook(catalog, situation)
    words = {field.id: field for field in catalog.choosing.fields}
    about = catalog.question(situation.question).about
    waiting = ABOUT_A_CANCER if "known_cancer" in about and situation.known_cancer is not True else ()
    return tuple(_turn(catalog, situation, here, words[name]) for name in about if name not in waiting)


def _turn(catalog: Catalog, situation: Situation, here: Outlook, field: FieldWords) -> Turn:
    turned = []
    said = field.words_for(getattr(situation, field.id))
    for value in field.values:
        if value is said:
            turned.append(Turned(value, here, changes=False))
            continue
        try:
            there = outlook(catalog, replace(situation, **{field.id: value.value}))  # type: ignore[arg-type]
        except SituationError:
            turned.append(Turned(value, None, changes=False))
            continue
        turned.append(Turned(value, there, changes=there.differs(here)))
    return Turn(field, tuple(turned))
