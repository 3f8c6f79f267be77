"""Accuracy figures: how often a test is right, each with what was counted, in whom, against what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, model_validator

from modalities.evidence import Dated, Interval, Record, Sourced, SourceKind, Statement, Text, known_kind
from modalities.records import FindingId


class Counted(Record):
    """What every figure states: test, target, people, number and the one publication it is from."""

    id: str = Field(pattern=r"^[a-z0-9_]+$", description="Source and test: 'harlianto2024_mri_pt'.")
    protocol: str = Field(description="A variant's id: 'pet_ct_naf'. Its modality follows from it.")
    target: str = Field(description="What was looked for; an id from 'targets' in accuracy.yaml.")
    finding: FindingId = Field(description="The matrix row that this figure belongs to.")
    population: str = Field(description="Whom it is from; an id from 'populations' in accuracy.yaml.")
    n: int | None = Field(default=None, gt=0, description="How many were studied.")
    n_of: str | None = Field(default=None, description="What n counts, with studies if pooled: 'patients, 25 studies'.")
    source: str = Field(description="Id from sources.yaml.")
    kind: SourceKind | None = Field(default=None, description="Leave out: filled when loaded.")

    @model_validator(mode="before")
    @classmethod
    def _find_source(cls, data: object, info: ValidationInfo) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("source"), str):
            return data
        return data | {"kind": known_kind([data["source"]], info)}


class Accuracy(Counted):
    """How often a test is right, from one publication, for one target, group of people and unit."""

    detail: str | None = Field(default=None, description="Tracer, sequence, reader or cut-off, where it matters.")
    region: Literal[
        "spine",
        "cervical_spine",
        "thoracic_spine",
        "lumbar_spine",
        "thoracolumbar_spine",
        "whole_skeleton",
        "whole_body",
        "spine_pelvis",
        "trunk",
    ] = Field(description="The part of the body that was looked at.")
    unit: Literal["patient", "scan", "lesion", "vertebra", "segment", "fracture", "level"] = Field(
        description="What one count is: a person, a spot, a vertebra …"
    )
    sensitivity: Interval | None = Field(default=None, description="Share of those who have it that is found.")
    specificity: Interval | None = Field(default=None, description="Share of those who do not that is cleared.")
    reference_test: str = Field(min_length=2, description="What the test was compared with; 'not stated' if so.")
    default: bool = Field(default=False, description="The figure shown first for its protocol and target.")
    note: Text | None = Field(default=None, description="A caution that must stand beside the figure.")

    @model_validator(mode="after")
    def _has_figure(self) -> Accuracy:
        if self.sensitivity is None and self.specificity is None:
            raise ValueError("give sensitivity, specificity or both")
        return self


class OtherFigure(Counted):
    """A figure that is neither sensitivity nor specificity: diagnostic yield, agreement, complications."""

    measure: Literal[
        "accuracy",
        "diagnostic_yield",
        "detection_rate",
        "agreement",
        "positive_predictive_value",
        "negative_predictive_value",
        "complication_rate",
    ] = Field(description="What the share is a share of.")
    unit: str = Field(min_length=2, description="What is counted: 'biopsy', 'patient', 'lesion'.")
    figure: Interval = Field(description="The share, with its interval.")
    meaning: Text = Field(description="What the figure says, as one sentence without the number.")


class AccuracyFile(Dated):
    """accuracy.yaml: names for targets and populations, then the figures."""

    targets: dict[str, Text] = Field(description="What was looked for, so that two rows of one target can be compared.")
    populations: dict[str, Text] = Field(description="Whom the figures are from.")
    accuracy: tuple[Accuracy, ...] = Field(description="Sensitivity and specificity.")
    figures: tuple[OtherFigure, ...] = Field(description="Yields, agreements, predictive values, complications.")


class Elsewhere(Sourced):
    """The lowest and the highest share that others counted in such people."""

    low: float = Field(ge=0, le=1, description="Lowest share, from 0 to 1.")
    high: float = Field(ge=0, le=1, description="Highest share.")

    @model_validator(mode="after")
    def _in_order(self) -> Elsewhere:
        if self.low > self.high:
            raise ValueError(f"low is above high: {self.low} > {self.high}")
        return self


class ResultWords(Record):
    """What the two results are called in a group in which something was seen already."""

    found: Text = Field(description="'looks like cancer'.")
    normal: Text = Field(description="'looks harmless'.")


class Prior(Sourced):
    """How common it is before any test, in a group of people that a study counted."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of an address.")
    name: Text = Field(description="Whom it is about: 'People who see a family doctor for back pain'.")
    target: str = Field(description="What was looked for; an id from 'targets' in accuracy.yaml.")
    populations: tuple[str, ...] = Field(min_length=1, description="Populations of accuracy.yaml that it fits.")
    near: dict[str, Text] = Field(
        default={},
        description="Other populations whose figures may be tried for lack of better ones, and how they differ.",
    )
    not_for: tuple[str, ...] = Field(default=(), description="Versions whose result already made the group.")
    withheld: dict[str, Statement] = Field(
        default={}, description="Versions whose figures would mislead in these people, with the reason."
    )
    results: ResultWords | None = Field(
        default=None, description="Left out: something found, normal. Needed where something was seen already."
    )
    counted_with: tuple[str, ...] = Field(
        default=(),
        description="Versions that were the yardstick of the count: their errors are in it, and that is said.",
    )
    found_by: str | None = Field(default=None, description="The version whose finding made the group, if one did.")
    chance: Interval = Field(description="The share who have it.")
    elsewhere: Elsewhere | None = Field(default=None, description="What others counted in such people.")
    note: Text = Field(description="Where and when it was counted, and how far other counts differ.")


class Tendency(Sourced):
    """How often one kind of cancer spreads to bone: over the years, not a chance before one test."""

    id: str = Field(pattern=r"^[a-z_]+$", description="The primary: 'breast', 'kidney', 'all'.")
    name: Text = Field(description="'Breast cancer'.")
    share: Interval = Field(description="The share in whom it was found.")
    counted: Text = Field(description="What was counted: bone or spine, by when, in whom; the end of a sentence.")


class PriorFile(Dated):
    """priors.yaml: starting chances."""

    priors: tuple[Prior, ...] = Field(description="Each with its own sources.")
    tendencies: tuple[Tendency, ...] = Field(default=(), description="Kinds of cancer and their tendency to bone.")
