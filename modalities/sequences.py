"""Sequences of tests: the records of paths.yaml. What is computed from them stands in pathway.py."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from modalities.evidence import Dated, Quantity, Record, Statement, Text
from modalities.reasoning import Situated
from modalities.records import Component

Needle = Literal["vein", "spine", "sample"]
NEEDLES: tuple[Needle, ...] = get_args(Needle)
NEEDLE_NAMES: dict[Needle, str] = {
    "vein": "into a vein",
    "spine": "into the fluid around the cord",
    "sample": "to take a sample",
}
RuleKind = Literal["wait", "order", "fine"]
RULE_WORDS: dict[RuleKind, str] = {
    "wait": "Leave time between",
    "order": "Better the other way round",
    "fine": "No wait needed",
}


class Event(Record):
    """Something other than a test of the spine that stands in a sequence and may spoil the next test."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of an address: 'chemotherapy'.")
    name: Text = Field(description="'Chemotherapy', 'A swallow test with barium'.")


class Side(Record):
    """What comes first, or what comes after: any version or event named, or any version that brings the component."""

    steps: tuple[str, ...] = Field(default=(), description="Ids of versions or events.")
    component: Component | None = Field(default=None, description="Any version that brings this, or may add it.")

    @model_validator(mode="after")
    def _says_what(self) -> Side:
        if bool(self.steps) == (self.component is not None):
            raise ValueError("name steps or a component, one of the two")
        return self


class SequenceRule(Statement):
    """What holds when one thing comes before another."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="'barium_before_ct'.")
    first: Side = Field(description="What comes first.")
    then: Side = Field(description="What comes later.")
    rule: RuleKind = Field(
        description="wait: leave time between; order: better the other way round; fine: no wait is needed."
    )
    wait: Quantity | None = Field(default=None, description="How long, where a source says so; hours or days.")


class PathStep(Statement):
    """One test of a ready sequence, and why it stands here."""

    protocol: str = Field(description="Id of a version.")
    only_if: Text | None = Field(
        default=None, description="Condition, if not everybody has it: 'if MRI shows one spot'."
    )
    done: bool = Field(
        default=False, description="true: it was done before; it counts for what is known, costs nothing."
    )


class NeedleWords(Statement):
    """What one kind of needle means for a person."""

    needle: Needle = Field(description="vein: dye, tracer or blood; spine: into the fluid around the cord; sample.")


class ReadyPath(Situated):
    """A sequence that guidelines describe."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of an address.")
    name: Text = Field(description="'Signs of a pressed cord'.")
    about: Statement = Field(description="Whom it is for, and what makes the order.")
    prior: str | None = Field(default=None, description="The starting chance of Chances that fits, if one does.")
    steps: tuple[PathStep, ...] = Field(min_length=2, max_length=6, description="In order.")
    may_differ: Statement = Field(description="Where services differ, or what would change the order.")


class DoseBand(Statement):
    """A word for a sum of doses."""

    below: float | None = Field(description="mSv, the upper end; null for the last.")
    word: Text = Field(description="'small', 'medium'.")


class PathFile(Dated):
    """paths.yaml: ready sequences, what may follow what, and how a sum of doses is put into words."""

    events: tuple[Event, ...] = Field(description="What may come between tests.")
    rules: tuple[SequenceRule, ...] = Field(description="What may follow what.")
    needles: tuple[NeedleWords, ...] = Field(default=(), description="One for each kind.")
    dose_bands: tuple[DoseBand, ...] = Field(min_length=2, description="From the smallest up.")
    risk_per_msv: Quantity = Field(
        description="Added cancers of 10,000 people for each mSv, low to high over the sources; 'of 10,000'."
    )
    paths: tuple[ReadyPath, ...] = Field(description="In the order in which they are offered.")
