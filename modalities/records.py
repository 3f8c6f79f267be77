"""Tests, findings and ratings: the records of modalities/, findings.yaml and ratings/."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from modalities.evidence import Conflict, Dated, Quantity, Record, Statement, Text

ModalityId = Literal[
    "xray",
    "dynamic_xray",
    "ct",
    "mri",
    "myelogram",
    "bone_scan",
    "pet_ct",
    "chest_ct",
    "biopsy",
    "blood_tests",
    "history_exam",
]
FindingId = Literal[
    "alignment_anatomy",
    "fracture_collapse",
    "bone_destruction_lytic",
    "new_bone_sclerotic",
    "abnormal_motion",
    "bone_marrow",
    "spinal_cord_compression",
    "nerve_roots",
    "discs_ligaments",
    "paraspinal_soft_tissue",
    "tumor_presence",
    "tumor_extent_epidural",
    "skeleton_wide_spread",
    "primary_site_other_spread",
    "activity_treatment_response",
    "tumor_type",
]
GroupId = Literal["bone", "soft_tissue", "tumor"]
MODALITIES: tuple[ModalityId, ...] = get_args(ModalityId)
CORE: tuple[ModalityId, ...] = ("xray", "ct", "mri", "bone_scan", "pet_ct", "biopsy")
SHOWN_ORDER: tuple[ModalityId, ...] = (*CORE, *(m for m in MODALITIES if m not in CORE))
FINDINGS: tuple[FindingId, ...] = get_args(FindingId)
GROUPS: tuple[GroupId, ...] = get_args(GroupId)
Component = Literal[
    "x-rays",
    "magnet",
    "iodine_dye_vein",
    "iodine_dye_spine",
    "gadolinium",
    "tracer",
    "needle",
    "lying_flat",
    "tight_space",
    "sedation_possible",
]
DYES: tuple[Component, ...] = ("iodine_dye_vein", "iodine_dye_spine", "gadolinium")
COMPONENT_NAMES: dict[Component, str] = {
    "x-rays": "X-rays",
    "magnet": "a strong magnet",
    "iodine_dye_vein": "iodine dye into a vein",
    "iodine_dye_spine": "iodine dye into the spinal fluid",
    "gadolinium": "gadolinium dye into a vein",
    "tracer": "a radioactive tracer",
    "needle": "a needle",
    "lying_flat": "lying flat",
    "tight_space": "a tight space",
    "sedation_possible": "a calming medicine, if wanted",
}
GROUP_NAMES: dict[GroupId, str] = {"bone": "Bone", "soft_tissue": "Soft tissue", "tumor": "Tumor"}
LEVEL_WORDS: tuple[str, ...] = ("not shown", "hint only", "partly", "well", "best")


class Finding(Record):
    """One thing that a test may or may not show: a row of the matrix."""

    id: FindingId = Field(description="One of the fixed identifiers.")
    group: GroupId = Field(description="Row group of the matrix.")
    name: Text = Field(description="Row heading: 'Pressed spinal cord' / 'Spinal cord compression'.")
    phrase: Text = Field(description="Completes 'Does CT show ...?': 'a pressed spinal cord'.")
    also_called: tuple[str, ...] = Field(description="Everyday and report words that a search should find.")
    why: Statement = Field(description="Why anybody wants to know this; one or two sentences.")


class Rating(Statement):
    """How well one test shows one finding, and why: a cell of the matrix."""

    modality: ModalityId = Field(description="Leave out: known from the file.")
    finding: FindingId = Field(description="Leave out: known from the key.")
    level: int = Field(ge=0, le=4, description="0 not shown, 1 hint only, 2 partly, 3 well, 4 best; see rubric.yaml.")
    basis: Literal["direct", "indirect", "none"] = Field(
        description="Is the finding itself in the picture (direct), a sign beside it (indirect), or nothing (none)?"
    )
    confidence: Literal["high", "medium", "low"] = Field(description="Rubric step 6.")
    best_available: bool = Field(
        default=False, description="true for a 4 that does not meet every demand of step 6: the accepted first choice."
    )
    depends_on: tuple[Statement, ...] = Field(
        default=(), description="What would change the level: another tracer, contrast, region, version of the test."
    )
    conflict: Conflict | None = Field(default=None, description="Where sources disagree: both sides and what we use.")

    @property
    def word(self) -> str:
        """Return the level's word, which always stands beside its mark."""
        return "best available" if self.best_available else LEVEL_WORDS[self.level]

    @model_validator(mode="after")
    def _best_is_four(self) -> Rating:
        if self.best_available and self.level != 4:
            raise ValueError(f"best_available goes with level 4 only; the level is {self.level}")
        return self


class RatingFile(Dated):
    """One column of the matrix."""

    modality: ModalityId = Field(description="The same as the file's name.")
    version: Text = Field(description="The version of the test that the column rates.")
    ratings: dict[FindingId, Rating] = Field(description="One cell for each finding.")

    @model_validator(mode="before")
    @classmethod
    def _name_cells(cls, data: object) -> object:
        """Let each cell know its place."""
        if isinstance(data, dict) and isinstance(data.get("ratings"), dict):
            cells = {
                finding: {**cell, "finding": finding, "modality": data.get("modality")}
                if isinstance(cell, dict)
                else cell
                for finding, cell in data["ratings"].items()
            }
            return data | {"ratings": cells}
        return data


class Variant(Record):
    """A version of a test that an order or a report may name."""

    id: str = Field(pattern=r"^[a-z_]+$", description="A protocol's fixed id where there is one.")
    name: Text = Field(description="What to call it.")
    also_called: tuple[str, ...] = Field(default=(), description="How orders and reports abbreviate it.")
    changes: tuple[Statement, ...] = Field(min_length=1, description="What it changes against the version rated.")
    components: tuple[Component, ...] = Field(description="What it brings along; safety rules apply to these.")
    may_add: tuple[Component, ...] = Field(
        default=(), description="What the team may add: dye, where the name does not say with or without."
    )

    @property
    def possible(self) -> tuple[Component, ...]:
        """Return what it brings along and what may be added."""
        return (*self.components, *self.may_add)


class ShortAnswer(Statement):
    """A word for the fact line, with the sentence behind it."""

    word: Text = Field(description="One to three words: 'sometimes', 'no', 'loud'.")


class Outcome(Record):
    """What one kind of result means, and what usually comes next."""

    means: Statement = Field(description="What can be concluded.")
    next: Statement = Field(description="What usually comes next; a time or a test where a source names one.")


class NormalResult(Outcome):
    """What a normal result means, and what it does not."""

    does_not_mean: Statement = Field(description="What can not be concluded, and when to come back.")


StepKind = Literal["ahead", "day", "bring", "tell", "happens", "feels", "sounds", "who", "leaving", "effects", "call"]
GapKind = Literal[StepKind, "time_in_test", "time_in_all", "results"]
STEP_KINDS: dict[str, tuple[StepKind, ...]] = {
    "before": ("ahead", "day", "bring", "tell"),
    "during": ("happens", "feels", "sounds", "who"),
    "after": ("leaving", "effects", "call"),
}


STEP_NAMES: dict[StepKind, str] = {
    "ahead": "In the days before",
    "day": "On the day",
    "bring": "Bring along",
    "tell": "Tell the staff",
    "happens": "What happens",
    "feels": "What it feels like",
    "sounds": "What it sounds like",
    "who": "Who does it",
    "leaving": "Going home",
    "effects": "After-effects",
    "call": "When to call",
}


class Step(Statement):
    """One step of the way through a test."""

    about: StepKind = Field(
        description="ahead: the days before; day: the day itself (food, clothes, arriving); bring: what to bring; "
        "tell: what the staff must know; happens: what is done; feels, sounds: to the person; who: does it; "
        "leaving: going home, driving, resting; effects: after-effects; call: when to call and whom."
    )
    only_with: Component | None = Field(default=None, description="Only for versions that bring or may add this.")
    protocols: tuple[str, ...] = Field(default=(), description="Only for these versions; empty: for all.")

    def is_for(self, version: Variant) -> bool:
        """Say whether the step belongs to a version of the test."""
        return (not self.protocols or version.id in self.protocols) and (
            self.only_with is None or self.only_with in version.possible
        )


class Gap(Record):
    """A kind of step that is missing, and why: shown, so that nobody takes silence for an answer."""

    about: GapKind = Field(description="Which kind of step, time or result is missing.")
    applies: bool = Field(description="false: there is no such thing in this test; true: no source could be found.")
    why: Text = Field(description="'A blood test makes no noise.' / 'Who reads it was not found in a source.'")


class Steps(Record):
    """The way through the test, in the order in which it happens."""

    before: tuple[Step, ...] = Field(description="From booking to the door.")
    during: tuple[Step, ...] = Field(description="In the room.")
    after: tuple[Step, ...] = Field(description="Until it is over, and when to call.")
    gaps: tuple[Gap, ...] = Field(default=(), description="Kinds of step that are missing.")

    @model_validator(mode="after")
    def _in_their_part(self) -> Steps:
        for part, kinds in STEP_KINDS.items():
            for step in getattr(self, part):
                if step.about not in kinds:
                    raise ValueError(f"a step about '{step.about}' stands under '{part}', expected {', '.join(kinds)}")
        return self


class Modality(Dated):
    """One test: what it is, what it shows, what it can't, what it asks of a person."""

    id: ModalityId = Field(description="The same as the file's name.")
    name: Text = Field(description="Page heading: 'MRI of the spine'.")
    short: str = Field(description="Column heading, at most 14 letters: 'Bone scan'.")
    phrase: str = Field(min_length=2, description="The name inside a sentence: 'a bone scan', 'MRI', 'blood tests'.")
    asks: str = Field(
        default="", description="Begins the question of a cell: 'Does a bone scan show', 'Do blood tests show'."
    )
    tag: Text | None = Field(default=None, description="Small words under the column heading: 'FDG'.")
    also_called: tuple[str, ...] = Field(description="Everyday names and abbreviations that a search should find.")
    what_it_is: Statement = Field(description="One or two sentences under the heading.")
    how_it_works: tuple[Statement, ...] = Field(min_length=1, description="How it makes its picture.")
    shows_best: tuple[Statement, ...] = Field(min_length=1, description="What it is chosen for.")
    cannot_show: tuple[Statement, ...] = Field(min_length=1, description="What must not be expected of it.")
    false_positives: tuple[Statement, ...] = Field(default=(), description="What looks like cancer and is not.")
    false_negatives: tuple[Statement, ...] = Field(default=(), description="Cancer that it misses.")
    artifacts: tuple[Statement, ...] = Field(default=(), description="What spoils the picture.")
    normal_result: NormalResult = Field(description="The sentence that patients look for.")
    abnormal_result: Outcome = Field(description="Something was found: what that means and what usually comes next.")
    unclear_result: Outcome = Field(description="The test gives no clear answer: why that happens, what comes next.")
    something_else: Statement | None = Field(
        default=None, description="Chance findings that have nothing to do with the question: how often, what then."
    )
    dose: tuple[Quantity, ...] = Field(default=(), description="Effective dose in mSv; empty if it uses no radiation.")
    radiation: ShortAnswer = Field(description="Does it use radiation, and how much in a word.")
    time_in_test: tuple[Quantity, ...] = Field(default=(), description="Minutes in the machine or with the needle.")
    time_in_all: tuple[Quantity, ...] = Field(default=(), description="Minutes or hours from arrival to leaving.")
    results: tuple[Statement, ...] = Field(default=(), description="When results come and from whom.")
    report_after: tuple[Quantity, ...] = Field(default=(), description="Hours or days from the test to its report.")
    report_urgent: tuple[Quantity, ...] = Field(
        default=(), description="The same where it can't wait, such as a cord that may be pressed."
    )
    fasting: tuple[Quantity, ...] = Field(
        default=(), description="Hours without food before it; 0 where a source says that eating is fine."
    )
    needle: ShortAnswer = Field(description="Is there a needle.")
    contrast: ShortAnswer = Field(description="Is there a dye or a tracer.")
    feels: ShortAnswer = Field(description="Noise, narrowness or pain, whichever people ask about most.")
    steps: Steps = Field(description="Before, during, after.")
    risks: tuple[Statement, ...] = Field(default=(), description="Harm that it can do, how often.")
    added_risk: tuple[Quantity, ...] = Field(
        default=(),
        description="Added lifetime risk of cancer from its radiation, of 10,000 people; only with a source.",
    )
    availability: tuple[Statement, ...] = Field(default=(), description="Where it can be had, how long the wait.")
    cost: tuple[Quantity, ...] = Field(default=(), description="Price, with country and year in the note.")
    variants: tuple[Variant, ...] = Field(min_length=1, description="The version rated first, then the others.")

    def steps_for(self, versions: tuple[Variant, ...]) -> list[tuple[str, list[Step]]]:
        """Return the steps before, during and after, without those that none of these versions has."""
        parts = (("Before", self.steps.before), ("During", self.steps.during), ("After", self.steps.after))
        return [(name, [step for step in some if any(step.is_for(v) for v in versions)]) for name, some in parts]
