"""A sequence of tests: what it costs in time, dose and needles, what comes in the way, what is known after each step.

Sums add the low and the high ends of sourced ranges. A step for which nothing was found is named, never counted as 0.
The low end of a sum leaves out the steps that not everybody has; a test that was done before counts for what is known,
not for what lies ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modalities.catalog import Catalog
from modalities.errors import UnknownId
from modalities.evidence import Quantity
from modalities.records import DYES, FINDINGS, Component, FindingId, Modality, Variant
from modalities.scoring import levels
from modalities.sequences import NEEDLES, DoseBand, Event, Needle, SequenceRule, Side
from modalities.situation import Situation

MOST_STEPS = 8
ANY = Situation("find_cause_of_pain")
ANSWERED = 3  # from this level on a finding counts as answered: shown well
Measure = Literal["in_machine", "in_all", "fasting", "report", "dose", "cost"]
Status = Literal["sure", "maybe", "done"]
_VEIN: tuple[Component, ...] = ("iodine_dye_vein", "gadolinium", "tracer")
_MINUTES = {"min": 1.0, "h": 60.0, "day": 1440.0}


@dataclass(frozen=True, slots=True)
class Known:
    """How well a finding is answered so far, 0 to 4, and by which step."""

    level: int
    by: str
    news: bool  # whether this step raised it


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of a sequence: a version of a test, or an event such as chemotherapy."""

    step: str
    status: Status  # maybe: not everybody has it; done: before this path began
    event: Event | None
    test: Modality | None
    version: Variant | None
    amounts: dict[Measure, Quantity]  # what is missing is not known
    known: dict[FindingId, Known]

    @property
    def maybe(self) -> bool:
        """Say whether not everybody has this step."""
        return self.status == "maybe"

    @property
    def news(self) -> tuple[FindingId, ...]:
        """Return the findings that this step shows better than any before it, best first, more than hints."""
        found = [finding for finding, known in self.known.items() if known.news and known.level > 1]
        return tuple(sorted(found, key=lambda finding: -self.known[finding].level))

    @property
    def hints(self) -> tuple[FindingId, ...]:
        """Return the findings of which this step gives the first hint."""
        return tuple(finding for finding, known in self.known.items() if known.news and known.level == 1)

    @property
    def answered(self) -> int:
        """Return how many findings are shown well or best by now."""
        return sum(known.level >= ANSWERED for known in self.known.values())


@dataclass(frozen=True, slots=True)
class Sum:
    """A measure added up over the steps: minutes, mSv, a price."""

    low: float
    high: float
    unit: str
    unknown: tuple[str, ...]  # the steps for which nothing was found
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needles:
    """How many needles of one kind a sequence brings; more if dye is added, or a step is needed after all."""

    kind: Needle
    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class Clash:
    """A rule about two steps; not sure where it hangs on a dye that may be added."""

    rule: SequenceRule
    first: Stop
    then: Stop
    sure: bool
    disputed: bool  # whether another rule about the same two steps says otherwise


@dataclass(frozen=True, slots=True)
class Path:
    """A sequence with all that follows from it."""

    stops: tuple[Stop, ...]
    clashes: tuple[Clash, ...]
    sums: dict[Measure, Sum]
    prices: tuple[Sum, ...]  # one a currency: prices of different countries are never added
    needles: tuple[Needles, ...]
    dose_bands: tuple[DoseBand, ...]  # of the low and the high end; one if they are the same
    added_risk: tuple[float, float] | None  # of 10,000 people, fewest and most

    @property
    def tests(self) -> tuple[Stop, ...]:
        """Return the steps that are tests."""
        return tuple(stop for stop in self.stops if stop.version)

    @property
    def ahead(self) -> tuple[Stop, ...]:
        """Return the tests that are still to come."""
        return _ahead(self.stops)

    @property
    def visits(self) -> tuple[int, int]:
        """Return how many visits it takes if each test has its own day: without, and with the steps that may be."""
        return sum(not stop.maybe for stop in self.ahead), len(self.ahead)

    @property
    def fasts(self) -> tuple[Stop, ...]:
        """Return the tests before which a person may have to go without food."""
        return tuple(stop for stop in self.ahead if "fasting" in stop.amounts and stop.amounts["fasting"].ends[1])

    @property
    def agents(self) -> tuple[tuple[Component, bool], ...]:
        """Return the dyes and tracers of the sequence, and whether each is given for certain."""
        sure = {part for stop in self.ahead if not stop.maybe for part in stop_parts(stop)}
        possible = {part for stop in self.ahead if stop.version for part in stop.version.possible}
        return tuple((part, part in sure) for part in (*DYES, "tracer") if part in possible)


def plan(
    catalog: Catalog,
    steps: Sequence[str],
    *,
    maybe: Sequence[str] = (),
    done: Sequence[str] = (),
    situation: Situation | None = None,
    urgent: bool = False,
) -> Path:
    """Return what a sequence costs and gains.

    Parameters
    ----------
    catalog
        The content.
    steps
        Ids of versions of tests and of events, in order; at most eight.
    maybe
        Those that not everybody has: they count for the high ends only.
    done
        Those that were done before: they count for what is known only.
    situation
        What is known; what a tracer shows hangs on the kind of cancer.
    urgent
        Whether reports come as fast as they do in an emergency; where no source says how fast, it is not known.

    Raises
    ------
    UnknownId
        If a step is neither a version nor an event.
    ValueError
        If there are too many steps.

    """
    if len(steps) > MOST_STEPS:
        raise ValueError(f"at most {MOST_STEPS} steps; there are {len(steps)}")
    stops: list[Stop] = []
    for step in steps:
        before = stops[-1].known if stops else {finding: Known(0, "", news=False) for finding in FINDINGS}
        status: Status = "done" if step in done else "maybe" if step in maybe else "sure"
        stops.append(_stop(catalog, step, before, status=status, situation=situation or ANY, urgent=urgent))
    measures: tuple[Measure, ...] = ("in_machine", "in_all", "report", "dose")
    sums = {measure: _sum(stops, measure) for measure in measures}
    dose = sums["dose"]
    bands = (_band(catalog, dose.low), _band(catalog, dose.high))
    return Path(
        tuple(stops),
        _clashes(catalog, stops),
        sums,
        _prices(stops),
        _needles(stops),
        bands[:1] if bands[0] == bands[1] else bands,
        _risk(catalog, dose),
    )


def better(one: Path, other: Path) -> tuple[tuple[FindingId, Known, Known], ...]:
    """Return what one path shows better at its end than the other: finding, how the one shows it, how the other."""
    if not (one.stops and other.stops):
        return ()
    mine, theirs = one.stops[-1].known, other.stops[-1].known
    return tuple((f, mine[f], theirs[f]) for f in FINDINGS if mine[f].level > theirs[f].level)


def _stop(
    catalog: Catalog,
    step: str,
    before: dict[FindingId, Known],
    *,
    status: Status,
    situation: Situation,
    urgent: bool,
) -> Stop:
    if step in catalog.events:
        same = {finding: Known(known.level, known.by, news=False) for finding, known in before.items()}
        return Stop(step, status, catalog.events[step], None, None, {}, same)
    if step not in catalog.variants:
        raise UnknownId(
            f"there is no step '{step}'; expected a version of a test or one of {', '.join(catalog.events)}"
        )
    test, version = catalog.version(step)
    lists: dict[Measure, tuple[Quantity, ...]] = {
        "in_machine": test.time_in_test,
        "in_all": test.time_in_all,
        "fasting": test.fasting,
        "report": test.report_urgent if urgent else test.report_after,
        "dose": test.dose,
        "cost": test.cost,
    }
    amounts = {measure: found for measure, some in lists.items() if (found := _first(some, step))}
    shown = levels(catalog, step, situation)
    known = {}
    for finding in FINDINGS:
        level, last = shown[finding].level, before[finding]
        raised = level > last.level
        known[finding] = Known(level, step, news=True) if raised else Known(last.level, last.by, news=False)
    return Stop(step, status, None, test, version, amounts, known)


def _ahead(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    return tuple(stop for stop in stops if stop.version and stop.status != "done")


def _first(quantities: Sequence[Quantity], protocol: str) -> Quantity | None:
    """Return the first quantity that is about a version."""
    return next((q for q in quantities if not q.protocols or protocol in q.protocols), None)


def minutes(quantity: Quantity) -> tuple[float, float]:
    """Return both ends of a duration in minutes."""
    low, high = quantity.ends
    return low * _MINUTES[quantity.unit], high * _MINUTES[quantity.unit]


def _sum(stops: Sequence[Stop], measure: Measure) -> Sum:
    low = high = 0.0
    unknown: list[str] = []
    sources: list[str] = []
    for stop in _ahead(stops):
        if not _counts(stop, measure):
            continue
        if measure not in stop.amounts:
            unknown.append(stop.step)
            continue
        quantity = stop.amounts[measure]
        least, most = quantity.ends if measure == "dose" else minutes(quantity)
        low += 0 if stop.maybe else least
        high += most
        sources += quantity.sources
    return Sum(low, high, "mSv" if measure == "dose" else "min", tuple(unknown), tuple(dict.fromkeys(sources)))


def _counts(stop: Stop, measure: Measure) -> bool:
    """Say whether there is anything to know: no dose without X-rays or a tracer, no time in a machine without one."""
    if measure == "dose":
        return any(part in stop_parts(stop) for part in ("x-rays", "tracer"))
    if measure == "in_machine" and stop.test:
        return not any(gap.about == "time_in_test" and not gap.applies for gap in stop.test.steps.gaps)
    return True


def stop_parts(stop: Stop) -> tuple[Component, ...]:
    """Return what a step brings along; nothing for an event."""
    return stop.version.components if stop.version else ()


def _prices(stops: Sequence[Stop]) -> tuple[Sum, ...]:
    found = []
    priced = [(stop, stop.amounts["cost"]) for stop in _ahead(stops) if "cost" in stop.amounts]
    unknown = tuple(stop.step for stop in _ahead(stops) if "cost" not in stop.amounts)
    for currency in dict.fromkeys(quantity.unit for _, quantity in priced):
        here = [(stop, quantity) for stop, quantity in priced if quantity.unit == currency]
        low = sum(0 if stop.maybe else quantity.ends[0] for stop, quantity in here)
        high = sum(quantity.ends[1] for _, quantity in here)
        sources = tuple(dict.fromkeys(source for _, quantity in here for source in quantity.sources))
        found.append(Sum(low, high, currency, unknown, sources))
    return tuple(found)


def needles_of(stop: Stop) -> tuple[tuple[Needle, ...], tuple[Needle, ...]]:
    """Return the needles that a step brings for certain, and those that it brings if dye is added."""
    if not stop.version:
        return (), ()

    def kinds(parts: Sequence[Component]) -> tuple[Needle, ...]:
        found: list[Needle] = ["vein"] if any(part in _VEIN for part in parts) else []
        if "iodine_dye_spine" in parts:
            found.append("spine")
        elif "needle" in parts:
            found.append("vein" if stop.test and stop.test.id == "blood_tests" else "sample")
        return tuple(found)

    sure = kinds(stop.version.components)
    return sure, tuple(kind for kind in kinds(stop.version.possible) if kind not in sure)


def _needles(stops: Sequence[Stop]) -> tuple[Needles, ...]:
    found = []
    for kind in NEEDLES:
        fewest = sum(kind in needles_of(stop)[0] for stop in _ahead(stops) if not stop.maybe)
        most = sum(kind in sure or kind in perhaps for sure, perhaps in map(needles_of, _ahead(stops)))
        if most:
            found.append(Needles(kind, fewest, most))
    return tuple(found)


def _clashes(catalog: Catalog, stops: Sequence[Stop]) -> tuple[Clash, ...]:
    found = []
    for place, first in enumerate(stops):
        for then in stops[place + 1 :]:
            here = [
                rule for rule in catalog.path_file.rules if _matches(rule.first, first) and _matches(rule.then, then)
            ]
            kinds = {rule.rule == "fine" for rule in here}
            for rule in here:
                sure = _matches(rule.first, first, certain=True) and _matches(rule.then, then, certain=True)
                found.append(Clash(rule, first, then, sure, disputed=len(kinds) > 1))
    order = ("order", "wait", "fine")
    return tuple(sorted(found, key=lambda clash: (order.index(clash.rule.rule), not clash.sure)))


def _matches(side: Side, stop: Stop, *, certain: bool = False) -> bool:
    if side.component:
        parts = stop_parts(stop) if certain or not stop.version else stop.version.possible
        return side.component in parts
    return stop.step in side.steps


def _band(catalog: Catalog, dose: float) -> DoseBand:
    return next(band for band in catalog.path_file.dose_bands if band.below is None or dose < band.below)


def _risk(catalog: Catalog, dose: Sum) -> tuple[float, float] | None:
    """Return added cancers of 10,000 people: dose times risk per mSv, end by end; None if there is no dose."""
    if dose.high == 0:
        return None
    low, high = catalog.path_file.risk_per_msv.ends
    return dose.low * low, dose.high * high
