"""Read the content files into one validated, immutable Catalog.

Every reference between files is checked here, once. A broken file raises
``ContentError`` with one line: file, key, what is wrong, what is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from modalities.accuracy import Accuracy, AccuracyFile, OtherFigure, Prior, PriorFile
from modalities.editorial import AboutFile, Decision, DecisionAid, Rubric, Site, Word
from modalities.errors import ContentError, UnknownId
from modalities.evidence import SOURCE_KINDS, Source
from modalities.frameworks import Framework, FrameworkFile
from modalities.lessons import ChanceFile
from modalities.patient import Factor, FactorFile, Journey, OrderFile, Pair, PairFile, Rule
from modalities.reasoning import (
    Case,
    CaseFile,
    ClinicalQuestion,
    Guideline,
    GuidelineFile,
    Protocol,
    ProtocolFile,
    QuestionFile,
)
from modalities.records import (
    FINDINGS,
    MODALITIES,
    SHOWN_ORDER,
    Finding,
    FindingId,
    Modality,
    ModalityId,
    Rating,
    RatingFile,
    Variant,
)
from modalities.references import by_id, check_references
from modalities.seeing import SeeFile
from modalities.sequences import Event, PathFile, ReadyPath

CONTENT = Path(__file__).parent / "content"

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Catalog:
    """All content, cross-checked. Mappings keep the fixed order of the identifiers."""

    sources: MappingProxyType[str, Source]
    modalities: MappingProxyType[ModalityId, Modality]
    findings: MappingProxyType[FindingId, Finding]
    columns: MappingProxyType[ModalityId, RatingFile]
    accuracy_file: AccuracyFile
    words: MappingProxyType[str, Word]
    prior_file: PriorFile
    chance_file: ChanceFile
    path_file: PathFile
    see_file: SeeFile
    factor_file: FactorFile
    journey: Journey
    pair_file: PairFile
    orders: OrderFile
    choosing: QuestionFile
    protocol_file: ProtocolFile
    guideline_file: GuidelineFile
    case_file: CaseFile
    framework_file: FrameworkFile
    about: AboutFile
    site: Site
    rubric: Rubric
    decision_aid: DecisionAid
    decisions: tuple[Decision, ...]

    def modality(self, modality: str) -> Modality:
        """Return one test; raise ``UnknownId`` naming the tests that exist."""
        return _get(self.modalities, modality, "test")

    def finding(self, finding: str) -> Finding:
        """Return one finding; raise ``UnknownId`` naming the findings that exist."""
        return _get(self.findings, finding, "finding")

    def source(self, source: str) -> Source:
        """Return one source; raise ``UnknownId`` if there is none of that id."""
        return _get(self.sources, source, "source")

    def version(self, protocol: str) -> tuple[Modality, Variant]:
        """Return a version of a test with the test; raise ``UnknownId`` naming the versions that exist."""
        return _get(self.variants, protocol, "version")

    def factor(self, factor: str) -> Factor:
        """Return one fact about a person or a situation; raise ``UnknownId`` if there is none of that id."""
        return _get(self.factors, factor, "factor")

    def rating(self, modality: str, finding: str) -> Rating:
        """Return the cell of the matrix for one test and one finding."""
        self.modality(modality), self.finding(finding)
        return self.columns[modality].ratings[finding]  # type: ignore[index]

    def question(self, question: str) -> ClinicalQuestion:
        """Return one clinical question; raise ``UnknownId`` naming those that exist."""
        return _get(self.questions, question, "question")

    @property
    def guidelines(self) -> tuple[Guideline, ...]:
        """Every statement of a guideline, by topic."""
        return self.guideline_file.guidelines

    @property
    def priors(self) -> tuple[Prior, ...]:
        """Every starting chance, in the order in which it is offered."""
        return self.prior_file.priors

    @cached_property
    def priors_by_id(self) -> MappingProxyType[str, Prior]:
        """Every starting chance by its id."""
        return MappingProxyType({prior.id: prior for prior in self.priors})

    @cached_property
    def figures_by_id(self) -> MappingProxyType[str, Accuracy]:
        """Every sensitivity and specificity by its id."""
        return MappingProxyType({row.id: row for row in self.accuracy_file.accuracy})

    @cached_property
    def paths(self) -> MappingProxyType[str, ReadyPath]:
        """Ready sequences of tests, in the order in which they are offered."""
        return MappingProxyType({path.id: path for path in self.path_file.paths})

    @cached_property
    def events(self) -> MappingProxyType[str, Event]:
        """What may come between tests: a treatment, a swallow test."""
        return MappingProxyType({event.id: event for event in self.path_file.events})

    @cached_property
    def questions(self) -> MappingProxyType[str, ClinicalQuestion]:
        """Every clinical question, in the order in which it is offered."""
        return MappingProxyType({question.id: question for question in self.choosing.questions})

    @cached_property
    def protocols(self) -> MappingProxyType[str, Protocol]:
        """Every version of a test that can be recommended, in matrix order."""
        return MappingProxyType({protocol.id: protocol for protocol in self.protocol_file.protocols})

    @cached_property
    def cases(self) -> MappingProxyType[str, Case]:
        """Ready situations, in the order in which they are offered."""
        return MappingProxyType({case.id: case for case in self.case_file.cases})

    @cached_property
    def frameworks(self) -> MappingProxyType[str, Framework]:
        """SINS, the epidural grade, NOMS."""
        return MappingProxyType({framework.id: framework for framework in self.framework_file.frameworks})

    @cached_property
    def variants(self) -> MappingProxyType[str, tuple[Modality, Variant]]:
        """Every protocol and other version of a test, with the test it belongs to."""
        return MappingProxyType({v.id: (m, v) for m in self.modalities.values() for v in m.variants})

    @cached_property
    def factors(self) -> MappingProxyType[str, Factor]:
        """Every fact about a person or a situation that may change a test, in the order in which it is offered."""
        return MappingProxyType({factor.id: factor for factor in self.factor_file.factors})

    @cached_property
    def pairs(self) -> MappingProxyType[frozenset[str], Pair]:
        """Why one of two tests and not the other, by the two tests."""
        return MappingProxyType({frozenset((pair.one, pair.other)): pair for pair in self.pair_file.pairs})

    def place_of_rule(self, rule: Rule) -> Modality:
        """Return the first test, in matrix order, on whose page a rule stands."""
        tests = [self.modalities[test] for test in SHOWN_ORDER]
        return next(
            test for test in tests if any(rule.applies_to(test, version, possibly=True) for version in test.variants)
        )

    def protocol_name(self, protocol: str, words: str) -> str:
        """Name a protocol in figures; the version rated goes by the test's name, since studies mix its details."""
        test, variant = self.variants[protocol]
        return test.short if variant is test.variants[0] else variant.name.at(words)

    def figures_for(self, modality: str, finding: str) -> tuple[Accuracy, ...]:
        """Return the accuracy figures of one cell, the one to show first at the head (see ``rank``)."""
        versions = {variant.id for variant in self.modality(modality).variants}
        rows = [row for row in self.accuracy_file.accuracy if row.finding == finding and row.protocol in versions]
        return tuple(sorted(rows, key=self.rank))

    def rank(self, row: Accuracy) -> tuple[bool, int, int, int, int]:
        """Order figures: documented default, version rated, target first in the file, kind of source, number."""
        versions = [variant.id for variant in self.variants[row.protocol][0].variants]
        kind = SOURCE_KINDS.index(row.kind) if row.kind else len(SOURCE_KINDS)
        target = list(self.accuracy_file.targets).index(row.target)
        return not row.default, versions.index(row.protocol), target, kind, -(row.n or 0)

    def other_figures_for(self, modality: str, finding: str) -> tuple[OtherFigure, ...]:
        """Return yields, agreements and the like of one cell."""
        return tuple(
            row
            for row in self.accuracy_file.figures
            if row.finding == finding and self.variants[row.protocol][0].id == modality
        )

    def accuracy(self, test: str, target: str, population: str | None = None) -> Accuracy:
        """Return the documented default figure of a test (or one of its protocols) for a target.

        Raises
        ------
        UnknownId
            If no figure fits; the message names the targets or populations that exist.

        """
        protocols = [v.id for v in self.modality(test).variants] if test in self.modalities else [test]
        rows = [r for r in self.accuracy_file.accuracy if r.protocol in protocols and r.target == target]
        if population is not None:
            rows = [r for r in rows if r.population == population]
        if not rows:
            known = sorted({r.target for r in self.accuracy_file.accuracy if r.protocol in protocols})
            raise UnknownId(
                f"no accuracy of '{test}' for target '{target}' and population '{population}'; "
                f"targets with figures: {', '.join(known) or 'none'}"
            )
        return min(rows, key=self.rank)


def _get(mapping: Mapping[Any, T], key: str, what: str) -> T:
    if key not in mapping:
        raise UnknownId(f"there is no {what} '{key}'; there are: {', '.join(list(mapping)[:20])}")
    return mapping[key]


@lru_cache(maxsize=4)
def load_catalog(folder: Path = CONTENT) -> Catalog:
    """Read, validate and cross-check all content.

    Raises
    ------
    ContentError
        With one line that names the file, the key, what is wrong and what is expected.

    """
    sources = _list_of(Source, folder / "sources.yaml", {})
    context: dict[str, Any] = {"sources": by_id(sources, folder / "sources.yaml")}
    modalities = [_one(Modality, folder / "modalities" / f"{m}.yaml", context) for m in MODALITIES]
    findings = by_id(_list_of(Finding, folder / "findings.yaml", context), folder / "findings.yaml")
    columns = [_one(RatingFile, folder / "ratings" / f"{m}.yaml", context) for m in MODALITIES]
    accuracy = _one(AccuracyFile, folder / "accuracy.yaml", context)
    words = by_id(_list_of(Word, folder / "glossary.yaml", context), folder / "glossary.yaml")
    priors = _one(PriorFile, folder / "priors.yaml", context)
    chances = _one(ChanceFile, folder / "chances.yaml", context)
    paths = _one(PathFile, folder / "paths.yaml", context)
    seen = _one(SeeFile, folder / "see.yaml", context)
    factors = _one(FactorFile, folder / "factors.yaml", context)
    journey = _one(Journey, folder / "journey.yaml", context)
    pairs = _one(PairFile, folder / "pairs.yaml", context)
    orders = _one(OrderFile, folder / "orders.yaml", context)
    choosing = _one(QuestionFile, folder / "questions.yaml", context)
    protocols = _one(ProtocolFile, folder / "protocols.yaml", context)
    guidelines = _one(GuidelineFile, folder / "guidelines.yaml", context)
    cases = _one(CaseFile, folder / "cases.yaml", context)
    frameworks = _one(FrameworkFile, folder / "frameworks.yaml", context)
    about = _one(AboutFile, folder / "about.yaml", context)
    site = _one(Site, folder / "site.yaml", context)
    rubric = _one(Rubric, folder / "rubric.yaml", context)
    decision_aid = _one(DecisionAid, folder / "ipdas.yaml", context)
    decisions = _list_of(Decision, folder / "decisions.yaml", context)
    for source in sources:
        if source.newer and source.newer.source not in context["sources"]:
            raise ContentError(f"sources.yaml: {source.id}.newer.source: '{source.newer.source}' is not a source")
    catalog = Catalog(
        sources=MappingProxyType(context["sources"]),
        modalities=MappingProxyType(dict(zip(MODALITIES, modalities, strict=True))),
        findings=MappingProxyType({f: findings[f] for f in FINDINGS if f in findings}),
        columns=MappingProxyType(dict(zip(MODALITIES, columns, strict=True))),
        accuracy_file=accuracy,
        words=MappingProxyType(words),
        prior_file=priors,
        chance_file=chances,
        path_file=paths,
        see_file=seen,
        factor_file=factors,
        journey=journey,
        pair_file=pairs,
        orders=orders,
        choosing=choosing,
        protocol_file=protocols,
        guideline_file=guidelines,
        case_file=cases,
        framework_file=frameworks,
        about=about,
        site=site,
        rubric=rubric,
        decision_aid=decision_aid,
        decisions=tuple(decisions),
    )
    check_references(catalog)
    return catalog


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}" if path.parent.name in ("modalities", "ratings") else path.name


def read_yaml(path: Path) -> Any:
    """Return a YAML file's content; raise ``ContentError`` if it is missing or not YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        raise ContentError(f"{_name(path)}: the file is missing, expected at content/{_name(path)}") from None
    except yaml.YAMLError as error:
        raise ContentError(f"{_name(path)}: not readable as YAML, {' '.join(str(error).split())}") from None


def _one(record: type[T], path: Path, context: dict[str, Any]) -> T:
    return _validate(TypeAdapter(record), read_yaml(path), path, context)


def _list_of(record: type[T], path: Path, context: dict[str, Any]) -> list[T]:
    return _validate(TypeAdapter(list[record]), read_yaml(path), path, context)  # type: ignore[valid-type]


def _validate(adapter: TypeAdapter[T], raw: Any, path: Path, context: dict[str, Any]) -> T:
    try:
        return adapter.validate_python(raw, context=context)
    except ValidationError as error:
        lines = fault_lines(error, raw, path)
        more = f" (and {len(lines) - 1} more faults)" if len(lines) > 1 else ""
        raise ContentError(lines[0] + more) from None


def fault_lines(error: ValidationError, raw: Any, path: Path) -> list[str]:
    """Say where each fault is, by the ids an editor knows rather than by positions."""
    lines = []
    for fault in error.errors():
        keys, here = [], raw
        for part in fault["loc"]:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                here = None
            named = isinstance(part, int) and isinstance(here, dict)
            keys.append(str(here.get("id") or part) if named and isinstance(here, dict) else str(part))
        was = f"; it is {str(fault['input'])[:60]!r}" if isinstance(fault["input"], str | int | float) else ""
        lines.append(f"{_name(path)}: {'.'.join(keys) or 'top level'}: {fault['msg']}{was}")
    return lines
