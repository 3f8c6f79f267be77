"""Scores and grades that decisions rest on: SINS, the epidural (Bilsky) grade, NOMS; on example cases only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from pydantic import Field, model_validator

from modalities.evidence import Dated, Record, Sourced, Statement, Text
from modalities.records import ModalityId
from modalities.situation import QuestionId


class Option(Record):
    """One answer to an item of a score."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of the address.")
    name: Text = Field(description="'Junctional (occiput–C2, C7–T2, T11–L1, L5–S1)'.")
    points: int | None = Field(default=None, ge=0, description="Points, where the framework counts.")


class Item(Statement):
    """One item of a score or grade; its statement says what it is and why it counts."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of the address.")
    name: Text = Field(description="'Vertebral body collapse'.")
    options: tuple[Option, ...] = Field(min_length=2, description="From the mildest to the worst, or as published.")
    tests: tuple[ModalityId, ...] = Field(description="Which tests answer it, the best first.")
    reliability: Statement | None = Field(default=None, description="How well readers agree on it.")


class Band(Statement):
    """What a total or a grade means."""

    low: int = Field(ge=0, description="Lowest total (or position of the grade, from 0).")
    high: int = Field(ge=0, description="Highest total.")
    name: Text = Field(description="'Potentially unstable'.")


class Example(Record):
    """A fictional case with every item answered."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of the address.")
    title: Text = Field(description="'Example case: lytic L1 after kidney cancer'.")
    story: Text = Field(description="Two sentences; nobody real.")
    answers: dict[str, str] = Field(description="Item id: option id.")


class Framework(Sourced):
    """One framework: its items, how they add up, what the result means, how far to trust it."""

    id: str = Field(pattern=r"^[a-z]+$", description="'sins', 'bilsky', 'noms'.")
    name: Text = Field(description="'SINS: Spinal Instability Neoplastic Score'.")
    what_for: Statement = Field(description="What it is used for.")
    questions: tuple[QuestionId, ...] = Field(min_length=1, description="Questions that lead here.")
    items: tuple[Item, ...] = Field(min_length=1, description="In the published order.")
    bands: tuple[Band, ...] = Field(default=(), description="From the lowest; empty where nothing adds up.")
    meanings: tuple[Statement, ...] = Field(
        default=(), description="What follows from combinations, where none adds up."
    )
    reliability: tuple[Statement, ...] = Field(min_length=1, description="How well readers agree, with figures.")
    limits: tuple[Statement, ...] = Field(min_length=1, description="What it does not say; errors in circulation.")
    examples: tuple[Example, ...] = Field(min_length=2, description="Fictional cases.")

    @model_validator(mode="after")
    def _complete(self) -> Framework:
        for example in self.examples:
            self.read(example.answers)
            if missing := {item.id for item in self.items} - set(example.answers):
                raise ValueError(f"example {example.id} leaves out {', '.join(sorted(missing))}")
        ends = [(band.low, band.high) for band in self.bands]
        if any(low != before + 1 for (_, before), (low, _) in pairwise(ends)):
            raise ValueError("the bands leave a gap or overlap")
        return self

    def read(self, answers: Mapping[str, str]) -> Reading:
        """Add up the points of some answers; raise ``ValueError`` naming an unknown item or option."""
        chosen: dict[str, Option] = {}
        for item_id, option_id in answers.items():
            item = next((item for item in self.items if item.id == item_id), None)
            if item is None:
                raise ValueError(f"{self.id} has no item '{item_id}'")
            option = next((option for option in item.options if option.id == option_id), None)
            if option is None:
                raise ValueError(f"{self.id}.{item_id} has no option '{option_id}'")
            chosen[item_id] = option
        total = sum(option.points or 0 for option in chosen.values())
        band = next((band for band in self.bands if band.low <= total <= band.high), None)
        return Reading(chosen, total, band if len(chosen) == len(self.items) else None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What some answers come to; no band while an item is open."""

    chosen: Mapping[str, Option]
    total: int
    band: Band | None


class FrameworkFile(Dated):
    """frameworks.yaml."""

    frameworks: tuple[Framework, ...] = Field(description="SINS, Bilsky, NOMS.")
