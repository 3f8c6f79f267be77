"""What holds around the tests: glossary, introduction, rubric, decisions, the site's own statements."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modalities.evidence import Dated, Quantity, Record, Sentence, Sourced, Statement, Text
from modalities.records import FindingId, ModalityId


class Word(Sourced):
    """A glossary word: explained wherever it stands."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of the address of the word.")
    word: str = Field(description="As it stands in texts, lower case unless a name: 'lytic'.")
    also: tuple[str, ...] = Field(default=(), description="Other forms to recognize: 'lytic lesion', 'osteolytic'.")
    plain: Sentence = Field(description="One line that a twelve-year-old understands.")
    technical: Sentence = Field(description="The exact meaning.")
    in_reports: bool = Field(default=False, description="true if it stands in the reports of spine imaging.")


class Section(Record):
    """A headed run of statements on the page 'What is this about?'."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of the address of the section.")
    title: Text = Field(description="Heading.")
    statements: tuple[Statement, ...] = Field(min_length=1, description="In reading order, each with sources.")
    tests: tuple[ModalityId, ...] = Field(default=(), description="Tests to go on to.")
    findings: tuple[FindingId, ...] = Field(default=(), description="Findings to go on to.")


class AboutFile(Dated):
    """about.yaml: the introduction."""

    title: Text = Field(description="Page heading.")
    lead: Statement = Field(description="The whole page in a sentence or two.")
    sections: tuple[Section, ...] = Field(description="In reading order.")


class RedFlags(Record):
    """The one fixed message for signs that can't wait."""

    title: Text = Field(description="Names the signs, as a question.")
    signs: tuple[Statement, ...] = Field(min_length=1, description="One sign each.")
    may_mean: Statement = Field(description="What the signs may mean.")
    whom: Statement = Field(description="Whom to call.")
    how_fast: Statement = Field(description="How fast; the technical text names body and year.")
    named_by: tuple[str, ...] = Field(
        description="Words by which a person names such a sign in the search box; each phrase's words must all occur."
    )


class Decision(Sourced):
    """A clinical doubt that we decided, and how."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Short and lasting.")
    question: Text = Field(description="The doubt, as a question.")
    options: tuple[str, ...] = Field(min_length=2, description="The answers that were possible.")
    choice: Text = Field(description="What we chose, and why.")
    decided: str = Field(description="YYYY-MM-DD")
    needs_clinician: bool = Field(description="true where a clinician should still look at it.")


class RubricStep(Record):
    """One step by which a level is decided."""

    title: Sentence = Field(description="The step as a question.")
    text: Sentence = Field(description="How it is answered.")


class Rubric(Dated):
    """rubric.yaml: how the levels are decided; shown on Sources."""

    lead: Sentence = Field(description="What the rubric is for.")
    levels: tuple[Text, ...] = Field(min_length=5, max_length=5, description="What each level, 0 to 4, says.")
    steps: tuple[RubricStep, ...] = Field(description="In order.")
    checks: tuple[Sentence, ...] = Field(description="What must hold for the finished table.")
    limits: tuple[Sentence, ...] = Field(description="How far the levels can be trusted.")


class AidItem(Sourced):
    """One thing that a good decision aid does (IPDAS), and whether Sightline does it."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting: 'q1', 'c9', 'k12'.")
    kind_of_item: Literal["qualifying", "certification", "quality"] = Field(description="As IPDAS files it.")
    asks: Text = Field(description="What is asked for, in our own words.")
    met: Literal["yes", "part", "no"] = Field(description="Does Sightline do it today?")
    how: Text = Field(description="Where and how, or what is missing and why.")


class DecisionAid(Dated):
    """ipdas.yaml: Sightline beside the items of the International Patient Decision Aid Standards."""

    lead: Text = Field(description="What the table is; that nobody has certified Sightline.")
    items: tuple[AidItem, ...] = Field(description="In the order of the standard.")


class Site(Dated):
    """site.yaml: what holds for the whole of Sightline."""

    purpose: Text = Field(description="What Sightline is for.")
    is_not: tuple[Text, ...] = Field(description="What it is not.")
    update_policy: Text = Field(description="Who checks the content, when.")
    funding: Text = Field(description="Who pays.")
    review_months: int = Field(gt=0, description="Content is due this many months after it was checked.")
    background_msv_per_year: Quantity = Field(description="Natural background radiation, the yardstick for dose.")
    red_flags: RedFlags = Field(description="Shown wherever a person may have signs that can't wait.")
