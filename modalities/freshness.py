"""Say when content was last checked, and whether it is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from modalities.catalog import Catalog
from modalities.evidence import Dated


@dataclass(frozen=True, slots=True)
class Freshness:
    """The oldest check among the parts of a page, and the day by which the next is due."""

    checked: date
    due: date
    overdue: bool


def freshness(catalog: Catalog, parts: Iterable[Dated], today: date | None = None) -> Freshness:
    """Return when the oldest of these parts was checked and when it is due.

    ``today`` is the reader's day; without it, the server's.
    """
    checked = min(part.checked for part in parts)
    due = _months_later(checked, catalog.site.review_months)
    return Freshness(checked, due, (today or date.today()) > due)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))
