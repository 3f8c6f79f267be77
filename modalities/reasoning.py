"""What a recommendation is reasoned from: questions.yaml, protocols.yaml, guidelines.yaml, cases.yaml."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from modalities.evidence import Dated, Record, Sourced, Statement, Text
from modalities.records import FindingId, ModalityId
from modalities.situation import Condition, QuestionId, Situation

Tier = Literal["usually", "may", "usually_not"]
Stakes = Literal["low", "raised", "high"]
Extent = Literal["painful_region", "whole_spine"]
TIER_WORDS: dict[Tier, str] = {
    "usually": "usually used",
    "may": "may be used",
    "usually_not": "seldom helps here",
}
EXTENT_WORDS: dict[Extent, str] = {"painful_region": "the painful part", "whole_spine": "the whole spine"}
DyeGain = Literal["adds", "either", "needless"]
Burden = Literal["radiation", "needle", "spinal_needle", "dye", "tracer", "machine_time", "access"]


class Need(Statement):
    """One thing that the question needs to know, and why."""

    finding: FindingId = Field(description="A row of the matrix.")
    weight: int = Field(ge=1, le=5, description="1 nice to know, 3 important, 5 the question itself.")
    when: Condition | None = Field(default=None, description="Only in these situations; left out: always.")


class Worth(Statement):
    """How much a picture can help people in such a situation; the first whose condition holds decides."""

    stakes: Stakes = Field(description="low: a picture seldom changes anything; raised: often; high: nearly always.")
    when: Condition | None = Field(default=None, description="Left out in the last one: in all other situations.")


class Groundwork(Statement):
    """A test that goes before or beside pictures and does not compete with them."""

    protocol: str = Field(description="Id of the version: 'history_exam', 'blood_tests'.")
    when: Condition | None = Field(default=None, description="Left out: always.")


class ExtentRule(Statement):
    """How much of the spine is looked at; the first whose condition holds decides."""

    extent: Extent = Field(description="The painful part, or the whole spine.")
    when: Condition | None = Field(default=None, description="Left out in the last one.")


class DyeRule(Statement):
    """What a dye adds for a question; the first whose condition holds decides."""

    tests: tuple[ModalityId, ...] = Field(min_length=1, description="For which tests it is said: 'mri', 'ct'.")
    gain: DyeGain = Field(description="adds: shows more; either: with or without; needless: only a burden here.")
    when: Condition | None = Field(default=None, description="Left out in the last one.")


class ClinicalQuestion(Record):
    """One of the questions that a test is asked for."""

    id: QuestionId = Field(description="One of the fixed identifiers.")
    name: Text = Field(description="The question as somebody asks it: 'Is the spinal cord pressed?'")
    example: Text = Field(description="One or two sentences: a situation in which it is asked.")
    asks: Text = Field(description="Completes 'To answer this, a test has to show …'.")
    also_called: tuple[str, ...] = Field(default=(), description="What people type who ask this.")
    then: QuestionId | None = Field(default=None, description="The question that follows once a test found something.")
    about: tuple[str, ...] = Field(description="Fields of Situation that make sense for it, the most telling first.")
    works_out: tuple[Literal["known_cancer", "neuro_deficit", "spread_risk"], ...] = Field(
        description="Facts that are worked out both ways while unknown; nerve signs that are not among them count as "
        "absent until named."
    )
    earlier_counts: bool = Field(
        default=True, description="false where the question is what has changed: earlier tests then answer nothing."
    )
    needs: tuple[Need, ...] = Field(min_length=1, description="What it needs to know, the heaviest first.")
    worth: tuple[Worth, ...] = Field(min_length=1, description="In which situations pictures help; in order.")
    groundwork: tuple[Groundwork, ...] = Field(default=(), description="Tests that go before pictures.")
    dye: tuple[DyeRule, ...] = Field(default=(), description="What dye adds; nothing said: 'either'.")
    extent: tuple[ExtentRule, ...] = Field(default=(), description="For MRI and CT of the spine.")
    frameworks: tuple[str, ...] = Field(default=(), description="Ids of frameworks that decisions rest on.")


class FieldValue(Record):
    """One value of a field of a situation, in words."""

    value: bool | int | str = Field(description="As in Situation; an age stands for the band that its name says.")
    name: Text = Field(description="On the button: 'Breast', 'Yes', 'Worse at night or at rest'.")
    phrase: Text = Field(description="Completes 'If there were …' or 'If it were known that …'; a whole clause.")


class FieldWords(Record):
    """One field of a situation, in words."""

    id: str = Field(description="Name of the field in Situation.")
    name: Text = Field(description="As a heading: 'Is a cancer known?'")
    hint: Text | None = Field(default=None, description="What is meant, where the name does not say it all.")
    values: tuple[FieldValue, ...] = Field(min_length=2, description="In the order of Situation.")

    def words_for(self, value: bool | int | str | None) -> FieldValue | None:
        """Return the value in words; an age is said by its band, which is the one that stands nearest."""
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return min(self.values, key=lambda known: abs(int(known.value) - value))
        return next((known for known in self.values if known.value == value), None)


class Model(Record):
    """The numbers of the model: three are fitted to published ratings (see ``how``), the rest are set by judgment."""

    level_value: tuple[float, ...] = Field(
        min_length=5, max_length=5, description="What each level 0 to 4 of the matrix is worth, 0 to 1, rising."
    )
    stakes_value: dict[Stakes, float] = Field(description="What each stake multiplies by, 0 to 1.")
    burden_weight: float = Field(ge=0, description="How much a full burden takes away.")
    usually_from: float = Field(ge=0, le=1, description="Share of the best score from which a test is usual.")
    may_from: float = Field(ge=0, le=1, description="Share of the best score from which a test may be useful.")
    worth_from: float = Field(ge=0, le=1, description="Score below which no picture is worth its burden.")
    dye_bonus: float = Field(ge=0, le=1, description="What a dye adds to the value where it adds something.")
    already_known: float = Field(ge=0, le=1, description="How far an earlier clear result answers what it can show.")
    already_unclear: float = Field(ge=0, le=1, description="The same for an unclear result.")


class BurdenOf(Statement):
    """What one kind of burden counts, and why."""

    burden: Burden = Field(description="Which.")
    name: Text = Field(description="'A needle in the back'.")
    amount: float = Field(ge=0, le=1, description="How much a full one counts beside the others.")


class NoPicture(Record):
    """The answer that no test is needed now, in words."""

    name: Text = Field(description="As a heading: 'No imaging for now'.")
    phrase: Text = Field(description="Inside a sentence: 'no imaging for now'.")


class QuestionFile(Dated):
    """questions.yaml: what each question needs to know, and the model's few numbers."""

    model: Model = Field(description="The numbers of the model.")
    how: tuple[Statement, ...] = Field(min_length=1, description="How the model works, in prose, in order.")
    no_picture: NoPicture = Field(description="What the answer 'none' is called.")
    burdens: tuple[BurdenOf, ...] = Field(description="What a test costs the person.")
    fields: tuple[FieldWords, ...] = Field(description="The fields of a situation in words.")
    questions: tuple[ClinicalQuestion, ...] = Field(description="In the order in which they are offered.")


class LevelChange(Statement):
    """A level that a version of a test reaches in place of the column's, and why."""

    finding: FindingId = Field(description="The row of the matrix.")
    level: int = Field(ge=0, le=4, description="The level reached, by the same rubric.")
    when: Condition | None = Field(default=None, description="Only in these situations, such as one primary tumor.")


class Called(Record):
    """What a version is called in some situations, where its usual name would mislead."""

    when: Condition = Field(description="In which situations.")
    name: Text = Field(description="'CT of the whole body at a low dose'.")


class Protocol(Sourced):
    """A version of a test that can be recommended: what it costs, and where its levels differ from the column."""

    id: str = Field(description="Id of a version.")
    burdens: dict[Burden, float] = Field(default={}, description="Share of each full burden, 0 to 1.")
    levels: tuple[LevelChange, ...] = Field(default=(), description="Where it shows more or less; later ones win.")
    adds_to: str | None = Field(
        default=None,
        description="The plainer version of the test, which it extends by a dye; the question says what the dye adds.",
    )
    called: tuple[Called, ...] = Field(default=(), description="Other names; the first that fits counts.")
    made_for: tuple[QuestionId, ...] = Field(
        default=(),
        description="The only questions that it is made for; elsewhere it seldom helps, unless a guideline names it.",
    )
    never_above: str | None = Field(default=None, description="The version that has taken its place.")
    few_places: bool = Field(
        default=False, description="true if few places offer it: it is called usual only where a guideline names it."
    )
    wider_than: str | None = Field(
        default=None,
        description="The version that looks at less of the body: where this one shows no more, it falls behind.",
    )


class ProtocolFile(Dated):
    """protocols.yaml: the versions that can be recommended."""

    protocols: tuple[Protocol, ...] = Field(description="In matrix order.")


class TimeLimit(Record):
    """Within what time a body wants it done."""

    hours: int | None = Field(default=None, gt=0, description="Hours; left out where only a word is given.")
    words: Text = Field(description="'within 24 hours', 'at once'.")


class Guideline(Statement):
    """One statement of a guideline in our own words, with exactly the situations that it is about."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Body, year, subject: 'nice2023_cord_24h'.")
    body: str = Field(min_length=2, description="Who says it: 'NICE', 'ACR', 'Dutch national guideline'.")
    year: int = Field(ge=1990, le=2100, description="Year of the statement, not of a copy.")
    topic: str = Field(pattern=r"^[a-z0-9_]+$", description="What the guideline is about; one version of a topic only.")
    about: Text = Field(description="Whom it is about, exactly: 'People with cancer and new back pain'.")
    when: Condition = Field(description="The same, to be computed; name the question as well.")
    usually: tuple[str, ...] = Field(default=(), description="Versions that it recommends or rates usually right.")
    may: tuple[str, ...] = Field(default=(), description="Versions that it allows or rates as perhaps useful.")
    usually_not: tuple[str, ...] = Field(default=(), description="Versions that it advises against.")
    first: tuple[str, ...] = Field(default=(), description="Those of 'usually' that it puts first.")
    extent: Extent | None = Field(default=None, description="How much of the spine, where it says so.")
    limit: TimeLimit | None = Field(default=None, description="How soon, where it says so.")
    strength: Text = Field(description="How strongly, in its own scale: 'usually appropriate', 'Grade 1B', 'offer'.")

    @model_validator(mode="after")
    def _rates_once(self) -> Guideline:
        rated = (*self.usually, *self.may, *self.usually_not)
        if len(rated) != len(set(rated)):
            raise ValueError("a version is rated twice")
        if missing := set(self.first) - set(self.usually):
            raise ValueError(f"'first' names what 'usually' does not: {', '.join(sorted(missing))}")
        return self

    @property
    def hours(self) -> int | None:
        """Return its time limit in hours, 0 for "at once", None where it gives none."""
        return None if self.limit is None else self.limit.hours or 0

    def tier_of(self, protocol: str) -> Tier | None:
        """Return the tier that it gives a version, or None if it says nothing of it."""
        if protocol in self.usually:
            return "usually"
        if protocol in self.may:
            return "may"
        return "usually_not" if protocol in self.usually_not else None


class GuidelineFile(Dated):
    """guidelines.yaml: what bodies say, statement by statement."""

    guidelines: tuple[Guideline, ...] = Field(description="By topic.")


class Situated(Record):
    """Something about a situation: its question, and what is known."""

    question: QuestionId = Field(description="The question asked.")
    facts: dict[str, Any] = Field(default={}, description="Fields of Situation; factors and prior_tests included.")

    @property
    def situation(self) -> Situation:
        """Return the situation."""
        facts = dict(self.facts)
        if "factors" in facts:
            facts["factors"] = tuple(facts["factors"])
        return Situation(question=self.question, **facts)

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        _ = self.situation  # a contradiction is a fault of the file
        return self


class Case(Statement, Situated):
    """A ready situation to try; its statement tells the story and what to look for in the answer."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Lasting; part of the address.")
    title: Text = Field(description="'Back pain at night after breast cancer'.")
    teaches: Text = Field(description="What a class can argue about, in a sentence.")


class CaseFile(Dated):
    """cases.yaml: ready situations."""

    cases: tuple[Case, ...] = Field(description="In the order in which they are offered.")
