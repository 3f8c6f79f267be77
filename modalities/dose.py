"""One honest picture of radiation: this test, a year of nature, the other tests, on one scale."""

from __future__ import annotations

from dataclasses import dataclass

from modalities import wording
from modalities.catalog import Catalog
from modalities.evidence import Quantity
from modalities.records import SHOWN_ORDER, Modality


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the picture: effective dose in mSv, as a share of the picture's width."""

    name: str
    dose: Quantity
    here: bool
    start: float  # percent of the width: where the range begins
    end: float  # where it ends
    typical: float | None  # where the typical dose stands, if a source gives one


def bars(catalog: Catalog, test: str, words: str) -> tuple[Bar, ...]:
    """Return this test, a year of natural background, then every other test with a dose, in matrix order."""
    rows: list[tuple[str, Quantity, str]] = [
        (_name(catalog.modalities[m], words), catalog.modalities[m].dose[0], m)
        for m in sorted(SHOWN_ORDER, key=lambda m: m != test)
        if catalog.modalities[m].dose
    ]
    year = catalog.site.background_msv_per_year
    rows.insert(1 if rows and rows[0][2] == test else 0, (year.label.at(words), year, "nature"))
    scale = 100 / max(dose.ends[1] for _, dose, _ in rows)
    return tuple(
        Bar(name, dose, here == test, scale * low, scale * high, dose.typical and scale * dose.typical)
        for name, dose, here in rows
        for low, high in [dose.ends]
    )


def _name(test: Modality, words: str) -> str:
    label = test.dose[0].label.at(words)
    return label if test.short.lower() in label.lower() else f"{test.short}: {wording.inside(label)}"
