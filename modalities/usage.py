"""Where each source is used, and where sources disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel

from modalities.accuracy import Accuracy, OtherFigure
from modalities.catalog import Catalog
from modalities.records import Rating
from modalities.simulate.constants import every_constant


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the content: a test's page, a square of the matrix, a figure, a word, a section."""

    kind: str
    ids: tuple[str, ...]
    label: str


@lru_cache(maxsize=2)
def usage(catalog: Catalog) -> dict[str, tuple[Place, ...]]:
    """Return for each source the places that rest on it."""
    found: dict[str, set[Place]] = defaultdict(set)
    for place, record in _records(catalog):
        for source in _sources(record):
            found[source].add(place)
    return {source: tuple(sorted(places)) for source, places in found.items()}


def disagreements(catalog: Catalog) -> tuple[Rating, ...]:
    """Return the squares on which sources disagree."""
    return tuple(
        catalog.rating(m, f) for f in catalog.findings for m in catalog.modalities if catalog.rating(m, f).conflict
    )


def _records(catalog: Catalog) -> Iterator[tuple[Place, BaseModel]]:
    for test in catalog.modalities.values():
        yield Place("test", (test.id,), test.short), test
        for cell in catalog.columns[test.id].ratings.values():
            label = f"{test.short}: {catalog.findings[cell.finding].name.plain.lower()}"
            yield Place("cell", (test.id, cell.finding), label), cell
    for finding in catalog.findings.values():
        yield Place("finding", (finding.id,), finding.name.plain), finding
    rows: tuple[Accuracy | OtherFigure, ...] = (*catalog.accuracy_file.accuracy, *catalog.accuracy_file.figures)
    for row in rows:
        test = catalog.variants[row.protocol][0]
        yield Place("figure", (test.id, row.finding), f"figures of {test.short}"), row
    for word in catalog.words.values():
        yield Place("word", (word.id,), f"the word “{word.word}”"), word
    for section in catalog.about.sections:
        yield Place("about", (section.id,), section.title.plain), section
    yield Place("about", ("lead",), catalog.about.title.plain), catalog.about.lead
    yield Place("site", ("red_flags",), "signs that can't wait"), catalog.site.red_flags
    yield Place("site", ("background",), "natural background"), catalog.site.background_msv_per_year
    yield from _patient_records(catalog)
    yield from _choice_records(catalog)
    yield from _chance_records(catalog)
    yield from _see_records(catalog)
    for item in catalog.decision_aid.items:
        yield Place("policy", ("ipdas",), "Sightline beside the standard for decision aids"), item
    for decision in catalog.decisions:
        yield Place("decision", (decision.id,), f"decision: {decision.question.plain}"), decision


def _patient_records(catalog: Catalog) -> Iterator[tuple[Place, BaseModel]]:
    for factor in catalog.factors.values():
        for rule in factor.rules:
            place = catalog.place_of_rule(rule)
            yield Place("fact", (place.id, factor.id), f"{place.short}: {factor.phrase.plain.lower()}"), rule
    for statement in (*catalog.journey.waiting, *catalog.journey.ring):
        yield Place("part", ("mri", "waiting"), "waiting for the result"), statement
    for plan in catalog.journey.plans:
        yield Place("part", (plan.tests[0], f"plan-{plan.id}"), f"plan B: {plan.title.plain.lower()}"), plan
    for question in catalog.journey.questions:
        test = question.tests[0] if question.tests else "mri"
        yield Place("part", (test, "questions"), "questions to ask"), question
    for pair in catalog.pairs.values():
        names = [catalog.modalities[m].short for m in (pair.one, pair.other)]
        yield Place("pair", (pair.one, pair.other), f"{names[0]} or {names[1]}"), pair
    yield Place("tests", (), "how orders are written"), catalog.orders


def _choice_records(catalog: Catalog) -> Iterator[tuple[Place, BaseModel]]:
    for question in catalog.questions.values():
        yield Place("question", (question.id,), f"which test: {question.name.plain}"), question
    decided: list[BaseModel] = [*catalog.choosing.how, *catalog.choosing.burdens, *catalog.protocols.values()]
    for record in decided:
        yield Place("choosing", (), "how the choice of a test is worked out"), record
    for guideline in catalog.guidelines:
        question_id = next(iter(guideline.when.question), "find_cause_of_pain")
        yield Place("guidelines", (question_id,), f"guideline: {guideline.body} {guideline.year}"), guideline
    for case in catalog.cases.values():
        yield Place("cases", (), f"case: {case.title.plain}"), case
    for framework in catalog.frameworks.values():
        yield Place("framework", (framework.id,), framework.name.technical), framework


def _chance_records(catalog: Catalog) -> Iterator[tuple[Place, BaseModel]]:
    for prior in catalog.priors:
        yield Place("chances", (prior.id,), f"starting chance: {prior.name.plain.lower()}"), prior
    for tendency in catalog.prior_file.tendencies:
        yield Place("chance", ("tendencies",), "which cancers spread to bone"), tendency
    file = catalog.chance_file
    for record in (*file.how, *file.limits):
        yield Place("chance", ("how",), "how a chance is worked out"), record
    for setting in (file.dependence, file.rule_out, file.act):
        yield Place("chance", ("chain",), "several results in a row"), setting
    for lesson in file.lessons:
        yield Place("lesson", (lesson.id,), f"lesson: {lesson.title.plain.lower()}"), lesson
    paths = catalog.path_file
    for ready in paths.paths:
        yield Place("path", (ready.id,), f"path: {ready.name.plain.lower()}"), ready
    for rule in (*paths.rules, *paths.needles, *paths.dose_bands, paths.risk_per_msv):
        yield Place("path", ("",), "what a path of tests costs"), rule


def _see_records(catalog: Catalog) -> Iterator[tuple[Place, BaseModel]]:
    file = catalog.see_file
    for kind in file.kinds:
        yield Place("see", ("", kind.id), f"simulated pictures: {kind.plain.lower()}"), kind
    for view in file.views:
        yield Place("picture", (f"{view.test}.{view.view}",), f"simulated picture: {view.name.plain}"), view
    for test in file.tests:
        first = next(f"{view.test}.{view.view}" for view in file.views if view.test == test.test)
        yield Place("picture", (first,), f"why a lesion shows: {catalog.modalities[test.test].short}"), test
    for story in file.stories:
        yield Place("story", (story.id,), f"scene: {story.title.plain}"), story
    for statement in (*file.how, *file.limits):
        yield Place("see", ("how", ""), "how the pictures are made"), statement
    for records in every_constant().values():
        for record in records.values():
            yield Place("simulator", (), "the numbers behind the simulated pictures"), record


def _sources(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        if isinstance(single := getattr(value, "source", None), str):
            yield single
        for name in type(value).model_fields:
            part = getattr(value, name)
            if name == "sources":
                yield from part
            else:
                yield from _sources(part)
    elif isinstance(value, (tuple, list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _sources(part)
