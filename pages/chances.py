"""Chances: what a result tells, in people of 1,000; several results in a row; where the numbers come from."""

from modalities import load_catalog
from modalities.catalog import Catalog
from modalities.chances import (
    MOST_TESTS,
    Counts,
    Ratio,
    Together,
    chance_after,
    combine,
    counts,
    effort,
    likelihood_ratios,
    split,
)
from modalities.deciding import next_tests, walk
from modalities.fitting import Offer, refused, silent, work
from parts import view
from parts.address import Address, read_address
from parts.asked import Asked, People, read_asked, read_people
from parts.chance_charts import CHARTS, draw_chart
from parts.icons import icons
from parts.lessons import draw_lesson

TITLE = "What does a result tell?"


def show_chances(catalog: Catalog, address: Address, asked: Asked) -> None:
    """Draw one group of people, one test, and what may follow."""
    first, people = asked.first, asked.people
    links = walk(people.chance, asked.results, asked.lines, asked.dependence)
    others = [offer for offer in asked.offers if offer.accuracy.protocol == first.accuracy.protocol]
    rival = asked.figures.get(address.one("with", [o for o in asked.figures if o != first.accuracy.protocol], ""))
    left = asked.left if len(links) < MOST_TESTS else []
    view.show(
        "chances.html",
        **common(catalog, address, people),
        asked=asked,
        worked=work(people.prior, first.accuracy, people.chance),
        elsewhere=_elsewhere(asked),
        dots=int(address.one("dots", ("100", "1000"), "1000")),
        icons=icons,
        counts=counts,
        effort=effort(people.chance, first.accuracy),
        ratios=likelihood_ratios(first.accuracy),
        hundred=lambda ratio: Ratio(*(end and end * 100 for end in (ratio.value, ratio.low, ratio.high))),
        others=[(offer, work(people.prior, offer.accuracy, people.chance)) for offer in others],
        links=links,
        following=next_tests(people.chance.value, asked.results, left, asked.lines, asked.dependence),
        rival=rival,
        beside=_beside(asked, rival) if rival else (),
    )


def _elsewhere(asked: Asked) -> dict[str, tuple[float, float]]:
    """Return the chance after each result by the lowest and the highest share that others counted in such people."""
    span = asked.people.prior.elsewhere
    if span is None or asked.people.moved:
        return {}
    row = asked.first.accuracy
    return {
        name: (chance_after(span.low, [(row, positive)]), chance_after(span.high, [(row, positive)]))
        for name, positive in (("if_found", True), ("if_normal", False))
    }


def common(catalog: Catalog, address: Address, people: People) -> dict[str, object]:
    """Return what every view of the page needs."""
    targets = dict.fromkeys(p.target for p in catalog.priors)
    return {
        "catalog": catalog,
        "address": address,
        "title": TITLE,
        "checked": [catalog.prior_file, catalog.accuracy_file, catalog.chance_file],
        "prior": people.prior,
        "chance": people.chance,
        "moved": people.moved,
        "by_target": [(target, [p for p in catalog.priors if p.target == target]) for target in targets],
        "refused": refused(catalog, people.prior),
        "silent": silent(catalog, people.prior),
    }


def _beside(asked: Asked, rival: Offer) -> list[tuple[str, tuple[Counts, ...]]]:
    """Return two tests on the same people, alone and read together: apart, as set, and together in their errors."""
    one, other, prior = asked.first.accuracy, rival.accuracy, asked.people.chance.value
    ends = (0.0, asked.dependence, 1.0)
    alone = [(row.protocol, (counts(prior, row),) * 3) for row in (one, other)]
    ways: tuple[Together, ...] = ("either", "both")
    read = [(way, tuple(split(prior, *combine(one, other, way, end)) for end in ends)) for way in ways]
    return [*alone, *read]


catalog = load_catalog()
address = read_address("chances")
lesson = address.one("lesson", [lesson.id for lesson in catalog.chance_file.lessons], "")
chart = "" if lesson else address.one("show", CHARTS, "")
if lesson:
    draw_lesson(catalog, address, lesson)
else:
    people = read_people(catalog, address)
    asked = read_asked(catalog, address, people)
    if asked is None:
        view.show("chances_none.html", **common(catalog, address, people))
    elif chart:
        draw_chart(chart, asked, common(catalog, address, people))
    else:
        show_chances(catalog, address, asked)
