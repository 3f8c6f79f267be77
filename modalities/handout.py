"""The hand-out of a test: what a person reads before it and takes along, for an HTML page and a tagged PDF."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

import font_source_sans_pro
import pikepdf
import segno
import typst

from modalities import wording
from modalities.catalog import Catalog
from modalities.evidence import Statement
from modalities.factors import what_applies
from modalities.fitting import worked_for
from modalities.freshness import freshness
from modalities.patient import FACTOR_GROUPS, Factor, Question
from modalities.records import Modality, Variant

TEMPLATE = Path(__file__).parent / "handout.typ"
FONTS = Path(font_source_sans_pro.__file__).parent / "files"
FONT_FILES = {"regular": FONTS / "SourceSansPro-Regular.otf", "bold": FONTS / "SourceSansPro-Bold.otf"}
SIZES = (11.5, 11, 10.5, 10, 9.5, 9)  # points: the largest that fits two pages is used
SPARE = ("shows", "radiation", "risks", "during")  # what gives way first where many facts need room
LARGE_PRINT = 16  # points, as many pages as it takes
PAGES = 2
SHOWN, NOT_SHOWN = 2, 2  # sentences on what the test can and can't show
QUESTIONS = 8  # if none is ticked
RISKS, INSTEAD = 3, 3
STEPS_ONLY_IF = "The steps on this paper count only if the team decides that the test goes ahead."


@dataclass(frozen=True, slots=True)
class Item:
    """One line: its text, the numbers of its sources, words before it, whether its box is ticked; or several boxes."""

    text: str
    marks: str = ""
    label: str = ""
    ticked: bool = False
    boxes: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A headed part of the hand-out. ``alarm`` is framed, ``steps`` count from ``start``, ``ticks`` are boxes."""

    id: str
    heading: str
    kind: Literal["alarm", "applies", "steps", "says", "ticks", "boxes"]
    items: tuple[Item, ...]
    start: int = 1


@dataclass(frozen=True, slots=True)
class Handout:
    """All that stands on the paper, in reading order."""

    test: str
    title: str
    version: str
    lead: Item
    parts: tuple[Part, ...]
    sources: tuple[str, ...]
    checked: date
    due: date
    overdue: bool
    is_not: str
    address: str
    left_out: tuple[str, ...] = ()  # headings that found no room


@dataclass
class _Writer:
    """Collects items in one reading level and numbers the sources as they come."""

    catalog: Catalog
    words: str
    numbers: dict[str, int] = field(default_factory=dict)

    def item(self, statement: Statement, label: str = "") -> Item:
        """Return a statement as a line with its source numbers."""
        return Item(statement.at(self.words), self.mark(statement.sources), label)

    def mark(self, sources: Iterable[str]) -> str:
        """Return the number of the first, the most important source: paper is short, the page has them all."""
        return str(self.numbers.setdefault(next(iter(sources)), len(self.numbers) + 1))

    def items(self, statements: Iterable[Statement], lead: str = "") -> tuple[Item, ...]:
        """Return statements as lines; ``lead`` stands before the first."""
        return tuple(self.item(statement, "" if number else lead) for number, statement in enumerate(statements))

    def cited(self) -> tuple[str, ...]:
        """Return the numbered sources, short: who and when."""
        return tuple(self.catalog.sources[source].short for source in self.numbers)


def questions_for(catalog: Catalog, test: str, factors: Iterable[str] = ()) -> tuple[Question, ...]:
    """Return the questions that fit a test and some facts; those of the test come first."""
    facts = set(factors)
    fitting = [
        question
        for question in catalog.journey.questions
        if (not question.tests or test in question.tests) and (not question.factors or facts & set(question.factors))
    ]
    return tuple(sorted(fitting, key=lambda question: (not question.factors, not question.tests)))


def handout(
    catalog: Catalog,
    test: str,
    *,
    version: str = "",
    factors: Iterable[str] = (),
    questions: Iterable[str] = (),
    words: str = "plain",
    address: str = "",
) -> Handout:
    """Put a test's hand-out together.

    Without a ``version``, what any version of the test brings along is named. What ``factors``, facts about the
    person, mean stands first. Without ticked ``questions`` a few that fit are printed with empty boxes. ``address``
    is where the same page is found again. Raises ``UnknownId`` if there is no such test or version.
    """
    modality = catalog.modality(test)
    versions = (catalog.version(version)[1],) if version else modality.variants
    write = _Writer(catalog, words)
    fresh = freshness(catalog, [modality, catalog.columns[modality.id], catalog.factor_file, catalog.journey])
    lead = write.item(modality.what_it_is)
    facts, asked = set(factors), set(questions)
    mine = _questions(write, modality, facts, asked)
    parts = [
        _alarm(write),
        *_applying(write, modality, versions, facts),
        *([mine] if asked else []),
        *_steps(write, modality, versions),
        _results(write, modality, versions),
        *([] if asked else [mine]),
        _risks(write, modality),
        _shows(write, modality),
        _radiation(write, modality),
        _ticks(write, versions, facts),
    ]
    return Handout(
        test=test,
        title=modality.name.at(words),
        version=versions[0].name.at(words) if version else "",
        lead=lead,
        parts=tuple(part for part in parts if part.items),
        sources=write.cited(),
        checked=fresh.checked,
        due=fresh.due,
        overdue=fresh.overdue,
        is_not=f"{catalog.site.is_not[0].at(words)} {catalog.site.is_not[3].at(words)}",
        address=address,
    )


def _alarm(write: _Writer) -> Part:
    flags = write.catalog.site.red_flags
    signs = "; ".join(wording.inside(sign.at(write.words)) for sign in flags.signs)
    marks = write.mark(source for sign in flags.signs for source in sign.sources)
    number = Item("____________________", label="My team’s emergency number: ")
    items = (write.item(flags.whom), number, Item(f"{signs[0].upper()}{signs[1:]}.", marks), write.item(flags.how_fast))
    return Part("alarm", flags.title.at(write.words), "alarm", items)


def _applying(write: _Writer, test: Modality, versions: tuple[Variant, ...], facts: set[str]) -> list[Part]:
    """Return one part a fact that was touched, in the order in which facts are offered."""
    parts, told = [], set[str]()
    here = [a for a in what_applies(write.catalog, [v.id for v in versions], facts) if a.factor.id in facts]
    for applied in here:
        items = tuple(
            write.item(touched.rule, f"{touched.condition(write.words)} ".lstrip()) for touched in applied.touched
        )
        for plan in write.catalog.journey.plans:
            if applied.factor.id in plan.factors and test.id in plan.tests and plan.id not in told:
                told.add(plan.id)
                items += write.items(plan.instead[:INSTEAD], "Instead: ") + write.items(
                    plan.lost[:INSTEAD], "Lost by it: "
                )
        if applied.asks:
            items += (Item("____________________", label="Whom I called, when: "),)
        heading = f"{applied.factor.phrase.at(write.words)} ({applied.word})"
        parts.append(Part(f"with-{applied.factor.id}", heading, "applies", items))
    if any(applied.asks for applied in here):
        parts.append(Part("first", "Ask first", "applies", (Item(STEPS_ONLY_IF),)))
    silent = [f for f in write.catalog.factors.values() if f.id in facts and f.id not in {a.factor.id for a in here}]
    if silent:
        names = tuple(Item(factor.name.at(write.words), ticked=True) for factor in silent)
        parts.append(Part("also", "Also tell the staff (no rule was found for this test)", "ticks", names))
    return parts


def _steps(write: _Writer, test: Modality, versions: tuple[Variant, ...]) -> list[Part]:
    """Return the steps of some versions in three parts, numbered through."""
    parts, start = [Part("time", "How long", "says", _times(write, test))], 1
    for name, steps in test.steps_for(versions):
        parts.append(Part(name.lower(), name, "steps", write.items(steps), start))
        start += len(steps)
    return parts


def _times(write: _Writer, test: Modality) -> tuple[Item, ...]:
    spans = (("In the test: ", test.time_in_test), ("In all: ", test.time_in_all))
    return tuple(
        Item(f"{wording.amount(some[0])}.", write.mark(some[0].sources), label) for label, some in spans if some
    )


def _left(write: _Writer, versions: tuple[Variant, ...]) -> tuple[Item, ...]:
    """Return what a normal result leaves, in people of 1,000; nothing where no figure fits any group of people."""
    worked = worked_for(write.catalog, [version.id for version in versions])
    if not worked:
        return ()
    first = worked[0]
    whom = wording.inside(first.prior.name.at(write.words))
    left = wording.per_thousand_short(first.if_normal.interval)
    rest = 1000 - round(first.if_normal.mean * 1000)
    text = f"Of 1,000 {whom} with a normal result, about {left} have it all the same and {rest:,} do not."
    return (Item(text, write.mark((first.accuracy.source,))),)


def _results(write: _Writer, test: Modality, versions: tuple[Variant, ...]) -> Part:
    normal, found, unclear = test.normal_result, test.abnormal_result, test.unclear_result
    items = (
        Item("________ from ________ phone ________", label="My result by "),
        *write.items(test.results[:1]),
        write.item(normal.means, "A normal result. "),
        *_left(write, versions),
        write.item(normal.does_not_mean, "What it does not mean. "),
        write.item(found.means, "Something was found. "),
        write.item(unclear.means, "An unclear result. "),
    )
    return Part("results", "The result", "says", items)


def _risks(write: _Writer, test: Modality) -> Part:
    return Part("risks", "Risks", "says", write.items(test.risks[:RISKS]))


def _shows(write: _Writer, test: Modality) -> Part:
    shows = write.items(test.shows_best[:SHOWN], "Can show. ")
    lacks = write.items(test.cannot_show[:NOT_SHOWN], "Can’t show. ")
    return Part("shows", "What it can show, and what it can’t", "says", shows + lacks)


def _radiation(write: _Writer, test: Modality) -> Part:
    items = [write.item(test.radiation)]
    if test.dose:
        dose, year = test.dose[0], write.catalog.site.background_msv_per_year
        nature = wording.background(dose, year.typical) if year.typical else ""
        items.append(
            Item(
                f"{wording.amount(dose)}: as much as nature gives in {nature}.",
                write.mark((*dose.sources, *year.sources)),
                f"{dose.label.at(write.words)}: ",
            )
        )
    return Part("radiation", "Radiation", "says", tuple(items))


def _ticks(write: _Writer, versions: tuple[Variant, ...], facts: set[str]) -> Part:
    """Return every fact that may change this test, to be ticked by hand: people forget what they carry."""
    found = what_applies(write.catalog, [version.id for version in versions])
    grouped = [
        (heading, [applied.factor for applied in found if applied.factor.group == group])
        for group, heading in FACTOR_GROUPS.items()
    ]
    items = tuple(
        Item(
            "",
            label=f"{heading}: ",
            boxes=tuple((f.name.at(write.words), f.id in facts) for f in _first(factors, facts)),
        )
        for heading, factors in grouped
        if factors
    )
    return Part("ticks", "Tell the staff if one of these fits", "boxes", items)


def _first(factors: list[Factor], facts: set[str]) -> list[Factor]:
    """Return the facts with those that were touched in front."""
    return sorted(factors, key=lambda factor: factor.id not in facts)


def _questions(write: _Writer, test: Modality, facts: set[str], asked: set[str]) -> Part:
    fitting = questions_for(write.catalog, test.id, facts)
    few = [question for question in fitting if question.tests or question.factors][:QUESTIONS]
    few += [question for question in fitting if question not in few][: QUESTIONS - len(few)]
    chosen = [question for question in fitting if question.id in asked] or few
    items = tuple(Item(q.at(write.words), write.mark(q.sources), ticked=q.id in asked) for q in chosen)
    return Part("questions", "Questions to ask", "ticks", items)


def pdf(paper: Handout, *, large: bool = False) -> bytes:
    """Return the hand-out as a tagged PDF (PDF/UA-1): two pages in the largest type that fits, or in large print.

    The same content always gives the same bytes.
    """
    sizes = (LARGE_PRINT,) if large else SIZES
    for size in sizes:
        made = _compiled(paper, size)
        if large or _pages(made) <= PAGES:
            return made
    return _shorter(paper, made)


def _shorter(paper: Handout, made: bytes) -> bytes:
    """Leave out, one after the other, what is on the page as well, until two pages are enough."""
    for spare in SPARE:
        gone = tuple(part.heading for part in paper.parts if part.id == spare)
        parts = tuple(part for part in paper.parts if part.id != spare)
        paper = replace(paper, parts=parts, left_out=(*paper.left_out, *gone))
        made = _compiled(paper, SIZES[-1])
        if _pages(made) <= PAGES:
            break
    return made


def _compiled(paper: Handout, size: float) -> bytes:
    """Typeset the paper; nothing is kept, since it may carry facts about a person."""
    image = io.BytesIO()
    segno.make(paper.address or "/", error="m").save(image, kind="svg", border=0)
    files = {
        "main": TEMPLATE.read_bytes(),
        "paper.json": json.dumps(asdict(paper), default=str).encode(),
        "qr.svg": image.getvalue(),
    }
    made = typst.compile(  # type: ignore[call-overload]  # its stub does not know that several files may be given
        files,
        format="pdf",
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"size": str(size)},
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made


def _pages(made: bytes) -> int:
    with pikepdf.open(io.BytesIO(made)) as document:
        return len(document.pages)
