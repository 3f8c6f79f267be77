"""What content files say of each other: every name that they use must exist, once, in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from modalities.accuracy import Accuracy, OtherFigure
from modalities.errors import ContentError
from modalities.patient import PlanB, Question
from modalities.reasoning import Burden, DyeRule, ExtentRule, Groundwork, Need, Worth
from modalities.records import CORE, FINDINGS, MODALITIES
from modalities.simulate.constants import every_constant
from modalities.simulate.machines import views
from modalities.situation import QUESTIONS, Condition

if TYPE_CHECKING:
    from modalities.catalog import Catalog

T = TypeVar("T")


def check_references(catalog: Catalog) -> None:
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
    _check_chance_references(catalog)
    _check_path_references(catalog)
    _check_see_references(catalog)
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


def _check_chance_references(catalog: Catalog) -> None:
    """Refuse starting chances and lessons that name what does not exist or can't be worked out."""
    by_id(list(catalog.prior_file.tendencies), Path("priors.yaml"))
    priors = by_id(list(catalog.priors), Path("priors.yaml"))
    for prior in priors.values():
        _known("priors.yaml", f"{prior.id}.target", prior.target, catalog.accuracy_file.targets)
        for population in (*prior.populations, *prior.near):
            _known("priors.yaml", f"{prior.id}.populations", population, catalog.accuracy_file.populations)
        for protocol in (
            *prior.not_for,
            *prior.withheld,
            *prior.counted_with,
            *([prior.found_by] if prior.found_by else []),
        ):
            _known("priors.yaml", f"{prior.id}.not_for", protocol, catalog.variants)
    file = catalog.chance_file
    if file.rule_out.value >= file.act.value:
        raise ContentError(f"chances.yaml: rule_out: is {file.rule_out.value}, expected below act, {file.act.value}")
    figures = catalog.figures_by_id
    for lesson in by_id(list(file.lessons), Path("chances.yaml")).values():
        for figure in lesson.figures:
            _known("chances.yaml", f"{lesson.id}.figures", figure, figures)
            if not figures[figure].sensitivity or not (figures[figure].specificity or lesson.kind == "spectrum"):
                raise ContentError(
                    f"chances.yaml: {lesson.id}.figures: '{figure}' lacks a side, expected one with both"
                )
        for prior_id in lesson.priors:
            _known("chances.yaml", f"{lesson.id}.priors", prior_id, priors)


def _check_path_references(catalog: Catalog) -> None:
    """Refuse paths and rules that name unknown steps, and bands that do not rise."""
    file = catalog.path_file
    events = by_id(list(file.events), Path("paths.yaml"))
    steps = {**catalog.variants, **events}
    for ready in by_id(list(file.paths), Path("paths.yaml")).values():
        for step in ready.steps:
            _known("paths.yaml", f"{ready.id}.steps", step.protocol, catalog.variants)
        if ready.prior:
            _known("paths.yaml", f"{ready.id}.prior", ready.prior, catalog.priors_by_id)
    for rule in by_id(list(file.rules), Path("paths.yaml")).values():
        for named in (*rule.first.steps, *rule.then.steps):
            _known("paths.yaml", rule.id, named, steps)
    ends = [band.below for band in file.dose_bands]
    known = [end for end in ends if end is not None]
    if ends[-1] is not None or known != sorted(known) or len(known) != len(ends) - 1:
        raise ContentError("paths.yaml: dose_bands: the ends must rise, and only the last may and must be null")
    for test in catalog.modalities.values():
        some = (test.dose, test.time_in_test, test.time_in_all, test.report_after, test.report_urgent, test.fasting)
        for quantity in (quantity for quantities in (*some, test.cost) for quantity in quantities):
            for protocol in quantity.protocols:
                key = f"'{quantity.label.plain}'.protocols"
                _known(f"modalities/{test.id}.yaml", key, protocol, {v.id: v for v in test.variants})


def _check_see_references(catalog: Catalog) -> None:
    """Refuse constants of the simulator that rest on unknown sources, and pictures that no machine makes."""
    for name, records in every_constant().items():
        for key, record in records.items():
            for source in record.sources:
                _known(f"simulator/{name}.yaml", f"{key}.sources", source, catalog.sources)
    for view in catalog.see_file.views:
        _known("see.yaml", "views", f"{view.test}.{view.view}", views())


def _check_choice_references(catalog: Catalog) -> None:
    """Refuse questions, versions, guidelines and cases that name what does not exist, and empty places."""
    _check_questions(catalog)
    for protocol in catalog.protocols.values():
        _known("protocols.yaml", "protocols", protocol.id, catalog.variants)
        for plainer in (protocol.adds_to, protocol.wider_than):
            if plainer:
                _known("protocols.yaml", f"{protocol.id}.adds_to", plainer, catalog.protocols)
    for guideline in by_id(list(catalog.guidelines), Path("guidelines.yaml")).values():
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


def by_id(records: list[T], path: Path) -> dict[str, T]:
    """Return records by their ids; refuse an id that stands twice."""
    found: dict[str, T] = {}
    for record in records:
        key = record.id  # type: ignore[attr-defined]
        if key in found:
            raise ContentError(f"{path.name}: {key}: this id stands twice, expected once")
        found[key] = record
    return found
