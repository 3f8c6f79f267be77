"""The records of chances.yaml: how a chance is worked out and shown, and the lessons of the teaching corner."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from modalities.evidence import Dated, Record, Statement, Text

LessonKind = Literal["base_rate", "spectrum", "verification", "unit", "dependence"]


class Setting(Statement):
    """A number that a person can move, where it stands at first, and why there."""

    value: float = Field(ge=0, le=1, description="Where it stands at first, 0 to 1.")


class Lesson(Record):
    """A short example to touch: a question to guess, then the answer worked out by the same formulas."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of an address.")
    kind: LessonKind = Field(
        description="base_rate: one figure in several groups; spectrum: several figures in one group; verification: "
        "few normal results are checked; unit: from spots to people; dependence: two tests that err together."
    )
    title: Text = Field(description="'The same test, two groups of people'.")
    ask: Text = Field(description="The question to guess before looking.")
    figures: tuple[str, ...] = Field(min_length=1, description="Ids of figures of accuracy.yaml.")
    priors: tuple[str, ...] = Field(default=(), description="Ids of starting chances.")
    answers: tuple[Statement, ...] = Field(
        min_length=1, description="What it teaches, after the numbers; no numbers in it that the page works out."
    )
    sources_read: tuple[Statement, ...] = Field(
        default=(), description="Where it is told or was measured in real studies."
    )

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Lesson:
        needs = {"base_rate": (1, 2), "spectrum": (2, 0), "verification": (1, 1), "unit": (1, 0), "dependence": (2, 1)}
        figures, priors = needs[self.kind]
        if len(self.figures) < figures or len(self.priors) < priors:
            raise ValueError(f"a lesson about {self.kind} needs {figures} figures and {priors} starting chances")
        return self


class ChanceFile(Dated):
    """chances.yaml."""

    dependence: Setting = Field(description="How far two tests err together, 0 to 1, until somebody moves it.")
    rule_out: Setting = Field(description="Below this chance no further test would be asked for.")
    act: Setting = Field(description="Above this chance one would act without a further test.")
    how: tuple[Statement, ...] = Field(min_length=1, description="How a chance is worked out, step by step.")
    limits: tuple[Statement, ...] = Field(min_length=1, description="What such a number can not say.")
    lessons: tuple[Lesson, ...] = Field(min_length=1, description="In the order in which they are offered.")
