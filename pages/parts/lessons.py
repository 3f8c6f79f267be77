"""The teaching corner: one lesson at a time, a question to guess, then numbers to touch."""

from __future__ import annotations

from modalities.catalog import Catalog
from modalities.chances import counts
from modalities.teaching import groups, pairs, spots, studies, verified
from parts import view
from parts.address import Address
from parts.icons import icons


def draw_lesson(catalog: Catalog, address: Address, chosen: str) -> None:
    """Draw one lesson; what can be moved stands in the address."""
    every = catalog.chance_file.lessons
    place = next(number for number, lesson in enumerate(every) if lesson.id == chosen)
    lesson = every[place]
    together = address.number("together", 0, 100, round(catalog.chance_file.dependence.value * 100)) / 100
    checked = address.number("checked", 1, 100, 10) / 100
    number = address.number("spots", 1, 10, 3)
    work = {
        "base_rate": lambda: groups(catalog, lesson),
        "spectrum": lambda: studies(catalog, lesson),
        "verification": lambda: verified(catalog, lesson, checked),
        "unit": lambda: spots(catalog, lesson, together),
        "dependence": lambda: pairs(catalog, lesson, together),
    }
    view.show(
        "lessons.html",
        catalog=catalog,
        address=address,
        title=lesson.title.plain,
        subject=f"lesson-{chosen}",
        checked=[catalog.chance_file, catalog.prior_file, catalog.accuracy_file],
        lesson=lesson,
        lessons=[(other, address.link("chances", lesson=other.id), other is lesson) for other in every],
        following=every[place + 1] if place + 1 < len(every) else None,
        rows=catalog.figures_by_id,
        people=catalog.priors_by_id,
        looked=address.one("look", ("yes",), "") == "yes",
        work=work[lesson.kind](),
        apart=pairs(catalog, lesson, 0.0) if lesson.kind == "dependence" else [],
        same=pairs(catalog, lesson, 1.0) if lesson.kind == "dependence" else [],
        together=together,
        checked_share=checked,
        number=number,
        counts=counts,
        icons=icons,
    )
