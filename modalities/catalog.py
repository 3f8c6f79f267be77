"""Read the content files into one validated, immutable Catalog.

Every reference between files is checked here, once. A broken file raises
``ContentError`` with one line: file, key, what is wrong, what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from modalities.accuracy import Accuracy, AccuracyFile, OtherFigure, Prior, PriorFile
from modalities.editorial import AboutFile, Decision, DecisionAid, Rubric, Site, Word
from modalities.evidence import SOURCE_KINDS, Source
from modalities.frameworks import Framework, FrameworkFile
from modalities.patient import Factor, FactorFile, Journey, OrderFile, Pair, PairFile, PlanB, Question, Rule
from modalities.reasoning import (
    Burden,
    Case,
    CaseFile,
    ClinicalQuestion,
    DyeRule,
    ExtentRule,
    Groundwork,
    Guideline,
    GuidelineFile,
    Need,
    Protocol,
    ProtocolFile,
    QuestionFile,
    Worth,
)
from modalities.records import Finding, FindingId, GroupId, Modality, ModalityId, Rating, RatingFile, Variant
from modalities.situation import QUESTIONS, Condition

CONTENT = Path(__file__).parent / "content"
MODALITIES: tuple[ModalityId, ...] = get_args(ModalityId)
CORE: tuple[ModalityId, ...] = ("xray", "ct", "mri", "bone_scan", "pet_ct", "biopsy")
SHOWN_ORDER: tuple[ModalityId, ...] = (*CORE, *(m for m in MODALITIES if m not in CORE))
FINDINGS: tuple[FindingId, ...] = get_args(FindingId)
GROUPS: tuple[GroupId, ...] = get_args(GroupId)

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")


class ContentError(ValueError):
    """A content file is broken: file, key, what is wrong, what is expected."""


class UnknownId(KeyError):
    """Somebody asked for a test, finding or word that does not exist."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, eq=False)
class Catalog:
    """All content, cross-checked. Mappings keep the fixed order of the identifiers."""

    sources: MappingProxyType[str, Source]
    modalities: MappingProxyType[ModalityId, Modality]
    findings: MappingProxyType[FindingId, Finding]
    columns: MappingProxyType[ModalityId, RatingFile]
    accuracy_file: AccuracyFile
    words: MappingProxyType[str, Word]
    priors: tuple[Prior, ...]
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
        """Return the accuracy figures of one cell.

        Documented defaults come first, then the version that is rated, the target that stands first in
        accuracy.yaml, the stronger kind of source, the larger number.
        """
        versions = [variant.id for variant in self.modality(modality).variants]
        rows = [row for row in self.accuracy_file.accuracy if row.finding == finding and row.protocol in versions]
        kinds, targets = list(SOURCE_KINDS), list(self.accuracy_file.targets)

        def rank(row: Accuracy) -> tuple[bool, int, int, int, int]:
            kind = kinds.index(row.kind) if row.kind else len(kinds)
            return not row.default, versions.index(row.protocol), targets.index(row.target), kind, -(row.n or 0)

        return tuple(sorted(rows, key=rank))

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
        return min(rows, key=lambda row: (not row.default, protocols.index(row.protocol), -(row.n or 0)))


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
    context: dict[str, Any] = {"sources": _by_id(sources, folder / "sources.yaml")}
    modalities = [_one(Modality, folder / "modalities" / f"{m}.yaml", context) for m in MODALITIES]
    findings = _by_id(_list_of(Finding, folder / "findings.yaml", context), folder / "findings.yaml")
    columns = [_one(RatingFile, folder / "ratings" / f"{m}.yaml", context) for m in MODALITIES]
    accuracy = _one(AccuracyFile, folder / "accuracy.yaml", context)
    words = _by_id(_list_of(Word, folder / "glossary.yaml", context), folder / "glossary.yaml")
    priors = _one(PriorFile, folder / "priors.yaml", context)
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
        priors=priors.priors,
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
    _check_references(catalog)
    return catalog


def _check_references(catalog: Catalog) -> None:
    """Refuse files that stand in the wrong place, missing cells and unknown identifiers."""
    for modality in MODALITIES:
        if catalog.modalities[modality].id != modality:
            raise ContentError(
                f"modalities/{modality}.yaml: id: is '{catalog.modalities[modality].id}', expected '{modality}'"
            )
        column = catalog.columns[modality]
        if column.modality != modality:
            raise ContentError(f"ratings/{modality}.yaml: modality: is '{column.modality}', expected '{modality}'")
        missing = set(FINDINGS) - set(column.ratings)
        if missing:
            raise ContentError(f"ratings/{modality}.yaml: ratings: no cell for {', '.join(sorted(missing))}")
    missing_rows = set(FINDINGS) - set(catalog.findings)
    if missing_rows:
        raise ContentError(f"findings.yaml: no entry for {', '.join(sorted(missing_rows))}")
    _check_patient_references(catalog)
    _check_choice_references(catalog)
    seen: set[str] = set()
    rows: list[Accuracy | OtherFigure] = [*catalog.accuracy_file.accuracy, *catalog.accuracy_file.figures]
    for row in rows:
        for key, value, known in (
            ("protocol", row.protocol, catalog.variants),
            ("target", row.target, catalog.accuracy_file.targets),
            ("population", row.population, catalog.accuracy_file.populations),
        ):
            if value not in known:
                raise ContentError(
                    f"accuracy.yaml: {row.id}.{key}: '{value}' is unknown, expected one of {', '.join(known)}"
                )
        if row.id in seen:
            raise ContentError(f"accuracy.yaml: {row.id}: this id stands twice, expected once")
        seen.add(row.id)


def _check_patient_references(catalog: Catalog) -> None:
    """Refuse rules, cards, questions, pairs and readings that name what does not exist."""
    _check_rules(catalog)
    places: list[PlanB | Question] = [*catalog.journey.plans, *catalog.journey.questions]
    for place in places:
        for factor in place.factors:
            _known("journey.yaml", f"{place.id}.factors", factor, catalog.factors)
    for reading in catalog.orders.readings:
        if reading.protocol:
            _known("orders.yaml", "readings.protocol", reading.protocol, catalog.variants)
    wanted = {frozenset((one, other)) for one in CORE for other in CORE if one != other}
    if missing := wanted - set(catalog.pairs):
        raise ContentError(f"pairs.yaml: pairs: no entry for {' and '.join(sorted(next(iter(missing))))}")
    for prior in catalog.priors:
        _known("priors.yaml", f"{prior.id}.target", prior.target, catalog.accuracy_file.targets)
        for population in prior.populations:
            _known("priors.yaml", f"{prior.id}.populations", population, catalog.accuracy_file.populations)


def _check_choice_references(catalog: Catalog) -> None:
    """Refuse questions, versions, guidelines and cases that name what does not exist, and empty places."""
    _check_questions(catalog)
    for protocol in catalog.protocols.values():
        _known("protocols.yaml", "protocols", protocol.id, catalog.variants)
        for plainer in (protocol.adds_to, protocol.wider_than):
            if plainer:
                _known("protocols.yaml", f"{protocol.id}.adds_to", plainer, catalog.protocols)
    for guideline in _by_id(list(catalog.guidelines), Path("guidelines.yaml")).values():
        for rated in (*guideline.usually, *guideline.may, *guideline.usually_not):
            _known("guidelines.yaml", guideline.id, rated, {**catalog.protocols, "none": None})
    for where, condition in _conditions(catalog):
        tests = [test.partition(":")[0] for test in (*condition.done, *condition.not_done)]
        for key, named, known in (
            ("when.factors", condition.factors, catalog.factors),
            ("when.done", tests, catalog.variants),
            ("when.ruled_out", condition.ruled_out, catalog.modalities),
        ):
            for one in named:
                _known(where, key, one, known)


def _check_questions(catalog: Catalog) -> None:
    if missing := set(QUESTIONS) - set(catalog.questions):
        raise ContentError(f"questions.yaml: questions: no entry for {', '.join(sorted(missing))}")
    if unnamed := set(get_args(Burden)) - {burden.burden for burden in catalog.choosing.burdens}:
        raise ContentError(f"questions.yaml: burdens: no entry for {', '.join(sorted(unnamed))}")
    for question in catalog.questions.values():
        if question.worth[-1].when or any(rule.when is None for rule in question.worth[:-1]):
            raise ContentError(f"questions.yaml: {question.id}.worth: only the last may and must be without 'when'")
        for groundwork in question.groundwork:
            _known("questions.yaml", f"{question.id}.groundwork", groundwork.protocol, catalog.protocols)
        for framework in question.frameworks:
            _known("questions.yaml", f"{question.id}.frameworks", framework, catalog.frameworks)


def _conditions(catalog: Catalog) -> Iterator[tuple[str, Condition]]:
    for question in catalog.questions.values():
        rules: tuple[Need | Worth | Groundwork | DyeRule | ExtentRule, ...] = (
            *question.needs,
            *question.worth,
            *question.groundwork,
            *question.dye,
            *question.extent,
        )
        for rule in rules:
            if rule.when:
                yield f"questions.yaml: {question.id}", rule.when
    for protocol in catalog.protocols.values():
        for change in protocol.levels:
            if change.when:
                yield f"protocols.yaml: {protocol.id}", change.when
    for guideline in catalog.guidelines:
        yield f"guidelines.yaml: {guideline.id}", guideline.when


def _check_rules(catalog: Catalog) -> None:
    """Refuse a rule that names an unknown version, or one without the component that the rule is about."""
    for factor in catalog.factors.values():
        for rule in factor.rules:
            for fact in (*rule.met_by, *rule.ruled_out_by, *factor.excludes):
                _known("factors.yaml", f"{factor.id}.{rule.id}", fact, catalog.factors)
            key = f"{factor.id}.{rule.id}.protocols"
            for protocol in rule.protocols:
                _known("factors.yaml", key, protocol, catalog.variants)
                if rule.component and rule.component not in catalog.variants[protocol][1].components:
                    raise ContentError(
                        f"factors.yaml: {key}: '{protocol}' has no {rule.component}, expected one with it"
                    )


def _known(file: str, key: str, value: str, known: Mapping[Any, Any]) -> None:
    if value not in known:
        raise ContentError(f"{file}: {key}: '{value}' is unknown, expected one of {', '.join(list(known)[:60])}")


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


def _by_id(records: list[T], path: Path) -> dict[str, T]:
    found: dict[str, T] = {}
    for record in records:
        key = record.id  # type: ignore[attr-defined]
        if key in found:
            raise ContentError(f"{path.name}: {key}: this id stands twice, expected once")
        found[key] = record
    return found
