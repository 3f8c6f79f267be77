"""The patient's way: facts about a person and the rules they touch, plan B, questions, test against test."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from modalities.evidence import Conflict, Dated, Record, Sourced, Statement, Text
from modalities.records import Component, Modality, ModalityId, Variant

Effect = Literal["no_effect", "interpret", "adapt", "ask_first", "do_not"]
Topic = Literal["tell", "do", "change", "know"]
FactorGroup = Literal[
    "pregnancy", "implants", "body", "kidneys_dye", "sugar_glands", "blood", "treatment", "test_limits", "situation"
]
FACTOR_GROUPS: dict[FactorGroup, str] = {
    "pregnancy": "Pregnancy and children",
    "implants": "Metal and devices in the body",
    "body": "Body and position",
    "kidneys_dye": "Kidneys and earlier dye",
    "sugar_glands": "Diabetes and thyroid",
    "blood": "Blood and bleeding",
    "treatment": "Medicines and treatment",
    "test_limits": "A test that can't be had",
    "situation": "The situation",
}


class Rule(Statement):
    """What one fact about a person means for one component of a test."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Factor and component: 'metformin_iodine_dye'.")
    component: Component | None = Field(
        description="The part of a test that the rule is about; null only if it is about every protocol in 'tests'."
    )
    tests: tuple[ModalityId, ...] = Field(default=(), description="Only these tests; empty: every test that has it.")
    protocols: tuple[str, ...] = Field(default=(), description="Only these versions; empty: every version that has it.")
    effect: Effect = Field(
        description="no_effect: nothing changes; interpret: read with care; adapt: do something about it; ask_first: "
        "a person must decide before; do_not: not as it stands."
    )
    topic: Topic = Field(
        description="Where it stands on the page. tell: say it to the staff; do: something to do; change: what may "
        "change (another test, a wait, a medicine); know: good to know."
    )
    only_if: Text | None = Field(
        default=None,
        description="The rule holds only beyond this threshold or under this condition; unknown counts as ask_first.",
    )
    met_by: tuple[str, ...] = Field(default=(), description="Facts by which 'only_if' is known to hold.")
    ruled_out_by: tuple[str, ...] = Field(default=(), description="Facts by which 'only_if' is known not to hold.")
    conflict: Conflict | None = Field(default=None, description="Where sources disagree: both sides, what we use.")
    rows: tuple[str, ...] = Field(default=(), description="Rows of the evidence table that it carries.")

    def applies_to(self, test: Modality, version: Variant, *, possibly: bool = False) -> bool:
        """Say whether the rule is about this version: its component is there, and no narrowing shuts it out.

        With ``possibly``, a component that the team may add counts as well.
        """
        if self.tests and test.id not in self.tests:
            return False
        if self.protocols and version.id not in self.protocols:
            return False
        there = version.possible if possibly else version.components
        return self.component is None or self.component in there

    @model_validator(mode="after")
    def _says_where(self) -> Rule:
        if self.component is None and not (self.tests or self.protocols):
            raise ValueError("a rule without a component must name tests or protocols")
        if (self.met_by or self.ruled_out_by) and not self.only_if:
            raise ValueError("met_by and ruled_out_by need an only_if")
        return self


class Factor(Record):
    """A fact about a person, or about the situation, that may change a test."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of an address and of Situation.factors.")
    about: Literal["person", "situation"] = Field(description="A fact about the person, or about the situation.")
    group: FactorGroup = Field(description="Under which heading it stands.")
    name: Text = Field(description="On the button and on the tick list: 'Diabetes', 'A pacemaker made for MRI'.")
    phrase: Text = Field(description="Begins what is said about it: 'With diabetes', 'With an older pacemaker'.")
    also_called: tuple[str, ...] = Field(default=(), description="Other words for it.")
    excludes: tuple[str, ...] = Field(default=(), description="Facts that can't be true together with it.")
    urgent: bool = Field(
        default=False, description="true for a sign that can't wait: the fixed message then comes first."
    )
    rules: tuple[Rule, ...] = Field(min_length=1, description="What it means, component by component.")


class FactorFile(Dated):
    """factors.yaml: every fact that may change a test."""

    factors: tuple[Factor, ...] = Field(description="In the order in which they are offered.")


class PlanB(Record):
    """What is usually done instead when a test can't be done as planned, and what is lost by it."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of the address of the card.")
    title: Text = Field(description="'A tight space frightens'.")
    factors: tuple[str, ...] = Field(min_length=1, description="Ids of the factors that bring this card up.")
    tests: tuple[ModalityId, ...] = Field(min_length=1, description="Tests on whose pages the card stands.")
    instead: tuple[Statement, ...] = Field(min_length=1, description="What is usually done, the mildest first.")
    lost: tuple[Statement, ...] = Field(min_length=1, description="What is lost by it.")


class Question(Statement):
    """A question to ask the team; the sources show that it matters."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of the address of a print-out.")
    tests: tuple[ModalityId, ...] = Field(default=(), description="Only for these tests; empty: for every test.")
    factors: tuple[str, ...] = Field(default=(), description="Asked only where one of these factors was touched.")
    when: Literal["before", "results"] = Field(description="Before the test, or about the result.")


class Journey(Dated):
    """journey.yaml: what holds for every test: waiting, plan B, questions."""

    waiting: tuple[Statement, ...] = Field(description="How people bear the wait; no promise of calm.")
    ring: tuple[Statement, ...] = Field(description="When to ring about a result, and whom.")
    plans: tuple[PlanB, ...] = Field(description="Plan B cards.")
    questions: tuple[Question, ...] = Field(description="Questions to ask.")


class Pair(Record):
    """Why this test and not the other, in three sentences."""

    one: ModalityId = Field(description="The test that stands first in the matrix.")
    other: ModalityId = Field(description="The other test.")
    one_better: Statement = Field(description="What the first shows or spares that the other does not.")
    other_better: Statement = Field(description="What the other shows or spares that the first does not.")
    choice: Statement = Field(description="When doctors usually choose which, and when both.")


class PairFile(Dated):
    """pairs.yaml: every pair of the six main tests."""

    pairs: tuple[Pair, ...] = Field(description="In matrix order.")


PieceKind = Literal["test", "way", "dye", "region", "other_region", "other_test", "reason"]


class Piece(Text):
    """One thing that a paper may say, and the ways in which it is written."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Named by 'readings'.")
    kind: PieceKind = Field(
        description="test, way (version), dye, region; other_region and other_test are not about the spine; reason: "
        "what the paper asks."
    )
    spine: bool = Field(default=False, description="true for a region that belongs to the spine.")
    forms: tuple[str, ...] = Field(min_length=1, description="How it is written; case, dots and hyphens don't count.")


class OrderReading(Record):
    """The version of a test that some pieces together name."""

    test: ModalityId | None = Field(default=None, description="The test, where the version is not said.")
    protocol: str | None = Field(default=None, description="Id of a version.")
    needs: tuple[str, ...] = Field(min_length=1, description="Pieces that must stand there; the longest list wins.")

    @model_validator(mode="after")
    def _names_one(self) -> OrderReading:
        if (self.test is None) == (self.protocol is None):
            raise ValueError("name a test or a version, not both")
        return self


class OrderFile(Dated, Sourced):
    """orders.yaml: how papers write tests."""

    pieces: tuple[Piece, ...] = Field(description="What can be recognized.")
    ignored: tuple[str, ...] = Field(description="Words that say nothing about which test it is.")
    readings: tuple[OrderReading, ...] = Field(description="Which pieces name which version.")

    @model_validator(mode="after")
    def _known_pieces(self) -> OrderFile:
        known = {piece.id for piece in self.pieces}
        for reading in self.readings:
            if missing := set(reading.needs) - known:
                raise ValueError(
                    f"reading {reading.protocol or reading.test} needs unknown pieces: {', '.join(sorted(missing))}"
                )
        return self
