"""What is known about a case in general terms, and conditions on it that may hold, not hold, or be open.

Nothing here is about one person: a situation is a question with a few facts, most of which may be unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from modalities.evidence import Record

QuestionId = Literal[
    "find_cause_of_pain",
    "cord_compression_suspected",
    "confirm_metastasis",
    "stage_skeleton",
    "find_primary",
    "characterize_fracture",
    "instability",
    "plan_treatment",
    "response_to_treatment",
    "tissue_diagnosis",
    "screening_without_symptoms",
]
Primary = Literal[
    "breast", "prostate", "lung", "kidney", "thyroid", "myeloma", "sarcoma", "other", "unknown"
]  # unknown: cancer was found, where it began was not
SpreadRisk = Literal["low", "raised"]
Region = Literal["cervical", "thoracic", "lumbar", "whole"]
Pain = Literal["none", "mechanical", "night_or_rest", "band_like", "unspecified"]  # unspecified: of a kind not known
Deficit = Literal["none", "radicular", "cord", "cauda_equina"]
Result = Literal["normal", "abnormal", "unclear"]

CHOICES: dict[str, tuple[Any, ...]] = {
    "known_cancer": (True, False),
    "primary": get_args(Primary),
    "spread_risk": get_args(SpreadRisk),
    "region": get_args(Region),
    "pain": get_args(Pain),
    "neuro_deficit": get_args(Deficit),
    "warning_signs": (True, False),
    "fragile_bone": (True, False),
    "possible_infection": (True, False),
    "possible_instability": (True, False),
    "solitary_lesion": (True, False),
    "on_treatment": (True, False),
}
ABSENT_IF_UNNAMED = (
    "warning_signs",
    "fragile_bone",
    "possible_infection",
    "possible_instability",
    "solitary_lesion",
    "on_treatment",
)  # otherwise no situation could ever be harmless; the page shows what each of them would change
CORD_SIGNS = ("cord", "cauda_equina")
WARNING_PAIN = ("night_or_rest", "band_like")
RESULTS: tuple[Result, ...] = get_args(Result)
QUESTIONS: tuple[QuestionId, ...] = get_args(QuestionId)


class SituationError(ValueError):
    """A situation names what does not exist or contradicts itself; ``field`` says where."""

    def __init__(self, field: str, problem: str) -> None:
        """Say what is wrong with which field."""
        super().__init__(f"{field}: {problem}")
        self.field = field


@dataclass(frozen=True)
class Situation:
    """A clinical question and what is known; ``None`` means not known.

    ``spread_risk`` is the stage or risk group of a known cancer, as far as it speaks for spread to bone;
    ``warning_signs`` are signs other than pain and nerve signs that speak for a serious cause (weight loss, raised
    markers, a strong injury); ``fragile_bone`` is osteoporosis, long use of steroids or a fall from low height at a
    higher age; ``prior_tests`` maps a protocol to ``normal``, ``abnormal`` or ``unclear``; ``factors`` are ids of
    factors.yaml.

    Raises
    ------
    SituationError
        If a value is unknown or two facts contradict each other; names the field.

    """

    question: str
    known_cancer: bool | None = None
    primary: str | None = None
    spread_risk: str | None = None
    age_years: int | None = None
    region: str | None = None
    pain: str | None = None
    neuro_deficit: str | None = None
    warning_signs: bool | None = None
    fragile_bone: bool | None = None
    possible_infection: bool | None = None
    possible_instability: bool | None = None
    solitary_lesion: bool | None = None
    on_treatment: bool | None = None
    prior_tests: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    factors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse unknown values and contradictions; a cancer whose place is known, or was not found, is known."""
        if self.question not in QUESTIONS:
            raise SituationError("question", f"'{self.question}' is unknown, expected one of {', '.join(QUESTIONS)}")
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                known = ", ".join(str(choice) for choice in choices)
                raise SituationError(name, f"{value!r} is unknown, expected one of {known}, or None if not known")
        if self.primary and self.known_cancer is None:
            object.__setattr__(self, "known_cancer", True)
        self._check_age()
        for test, result in self.prior_tests.items():
            if result not in RESULTS:
                raise SituationError("prior_tests", f"{test}: '{result}' is unknown, expected {', '.join(RESULTS)}")
        self._check_contradictions()

    def _check_age(self) -> None:
        age = self.age_years
        if age is not None and (isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 120):
            raise SituationError("age_years", f"{age!r} is not an age, expected a whole number from 0 to 120")

    def _check_contradictions(self) -> None:
        if self.known_cancer is False:
            if self.primary not in (None, "unknown"):
                raise SituationError("primary", f"'{self.primary}' contradicts known_cancer: no cancer is known")
            if self.spread_risk:
                raise SituationError("spread_risk", "contradicts known_cancer: no cancer is known that could spread")
            if self.question == "response_to_treatment":
                raise SituationError("known_cancer", "the question is about a treated cancer; no cancer is known")
        if self.question == "find_primary" and self.primary not in (None, "unknown"):
            raise SituationError("primary", f"'{self.primary}' contradicts the question, which looks for the primary")
        if self.question == "screening_without_symptoms":
            if self.pain not in (None, "none"):
                raise SituationError("pain", "contradicts the question, which is about people without symptoms")
            if self.neuro_deficit not in (None, "none"):
                raise SituationError(
                    "neuro_deficit", "contradicts the question, which is about people without symptoms"
                )

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the factors, with those that the fields imply."""
        implied = {
            "new_neuro_deficit": self.neuro_deficit in CORD_SIGNS,
            "unstable_spine": self.possible_instability is True
            or (self.question == "instability" and self.possible_instability is None),
            "possible_infection": self.possible_infection is True,
            "myeloma": self.primary == "myeloma",
            "solitary_lesion_possible_primary": self.solitary_lesion is True and self.known_cancer is not True,
        }
        return tuple(dict.fromkeys((*self.factors, *(fact for fact, holds in implied.items() if holds))))

    @property
    def red_flags(self) -> bool | None:
        """Say whether anything speaks for a serious cause; None while a cancer or nerve signs are not spoken of.

        Kinds of pain and signs that nobody named count as absent.
        """
        named = (
            self.known_cancer,
            self.neuro_deficit in CORD_SIGNS,
            self.pain in WARNING_PAIN,
            self.warning_signs,
            self.fragile_bone,
            self.possible_infection,
        )
        if any(named):
            return True
        return None if self.known_cancer is None or self.neuro_deficit is None else False

    def known_fields(self) -> dict[str, Any]:
        """Return the fields that are known, without the question."""
        return {f.name: value for f in fields(self)[1:] if (value := getattr(self, f.name)) not in (None, (), {})}


class Condition(Record):
    """What must hold of a situation: every key given; inside a key any of its values.

    A key whose field is unknown leaves the condition open, unless another key shuts it out.
    """

    question: tuple[QuestionId, ...] = Field(default=(), description="Any of these questions.")
    known_cancer: bool | None = Field(default=None, description="A cancer is or was known (true), or none is (false).")
    primary: tuple[Primary, ...] = Field(
        default=(), description="Any of these; 'unknown' means that medicine has not found it, not that we lack it."
    )
    spread_risk: SpreadRisk | None = Field(default=None, description="Stage or risk group speaks for spread, or not.")
    age_from: int | None = Field(default=None, description="At least this age.")
    age_below: int | None = Field(default=None, description="Below this age.")
    region: tuple[Region, ...] = Field(default=(), description="Any of these regions.")
    pain: tuple[Pain, ...] = Field(
        default=(), description="Any of these kinds of pain; all three kinds together mean any pain."
    )
    neuro_deficit: tuple[Deficit, ...] = Field(default=(), description="Any of these.")
    warning_signs: bool | None = Field(default=None, description="Weight loss, raised markers, strong injury …")
    fragile_bone: bool | None = Field(default=None, description="Osteoporosis, long steroids, minor fall when older.")
    possible_infection: bool | None = Field(default=None, description="Infection of the spine is possible.")
    possible_instability: bool | None = Field(default=None, description="The spine may be unstable.")
    solitary_lesion: bool | None = Field(default=None, description="One lesion that may be a primary bone tumor.")
    on_treatment: bool | None = Field(default=None, description="Under treatment for cancer.")
    red_flags: bool | None = Field(
        default=None,
        description="Something speaks for a serious cause (true) or nothing does (false): a known cancer, cord or "
        "cauda equina signs, pain at night or like a band, warning signs, fragile bone, possible infection.",
    )
    done: tuple[str, ...] = Field(
        default=(), description="Any of these was done: 'xray', or with its result 'xray:normal'."
    )
    not_done: tuple[str, ...] = Field(default=(), description="None of these was done, written as in 'done'.")
    factors: tuple[str, ...] = Field(default=(), description="Any of these facts of factors.yaml was named.")
    ruled_out: tuple[str, ...] = Field(
        default=(), description="Each of these tests can't be done in any version: 'mri', 'pet_ct'."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("an empty condition; leave 'when' out where it always holds")
        return self

    def holds(self, situation: Situation, open_tests: Mapping[str, bool | None] | None = None) -> bool | None:
        """Say whether it holds: True, False, or None where a fact that it needs is not known.

        ``open_tests`` says of each test whether it can be done (None: only after asking).
        """
        answers: list[bool | None] = []
        for name in self.model_fields_set:
            wanted = getattr(self, name)
            if name in ("age_from", "age_below"):
                age = situation.age_years
                answers.append(None if age is None else (age >= wanted) == (name == "age_from"))
            elif name in ("done", "not_done"):
                answers.append(any(_was_done(one, situation.prior_tests) for one in wanted) == (name == "done"))
            elif name == "factors":
                answers.append(any(one in situation.facts for one in wanted))
            elif name == "ruled_out":
                can = [(open_tests or {}).get(test, True) for test in wanted]
                answers.append(False if True in can else None if None in can else True)
            else:
                value = getattr(situation, name)
                answers.append(_matches(False if value is None and name in ABSENT_IF_UNNAMED else value, wanted))
        if False in answers:
            return False
        return None if None in answers else True

    @property
    def needs(self) -> Collection[str]:
        """Return the fields of a situation that it looks at."""
        names = {"age_from": "age_years", "age_below": "age_years", "done": "prior_tests", "not_done": "prior_tests"}
        return {names.get(name, name) for name in self.model_fields_set}


def _matches(value: object, wanted: object) -> bool | None:
    if value is None:
        return None
    if value == "unspecified" and isinstance(wanted, tuple) and value not in wanted:
        kinds = set(get_args(Pain)) - {"none", "unspecified"}
        return True if kinds <= set(wanted) else None if kinds & set(wanted) else False
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def _was_done(one: str, prior_tests: Mapping[str, str]) -> bool:
    test, _, result = one.partition(":")
    return test in prior_tests and (not result or prior_tests[test] == result)
