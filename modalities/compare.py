"""Compare tests: the matrix, what two tests show differently, who does better in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from modalities.catalog import Catalog
from modalities.records import CORE, FINDINGS, MODALITIES, GroupId, Rating


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding that two tests show differently well.

    ``better`` and ``worse`` are the two cells; ``gap`` is the number of levels between them (1 to 4).
    """

    group: GroupId
    better: Rating
    worse: Rating

    @property
    def gap(self) -> int:
        """Return the number of levels between the two cells."""
        return self.better.level - self.worse.level

    @property
    def finding(self) -> str:
        """Return the finding's id."""
        return self.better.finding

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the source ids of both cells, each once."""
        return tuple(dict.fromkeys((*self.better.sources, *self.worse.sources)))


def matrix(
    catalog: Catalog, modalities: Sequence[str] = MODALITIES, findings: Sequence[str] = FINDINGS
) -> pd.DataFrame:
    """Return levels 0 to 4, one row a finding, one column a test, in the order asked for."""
    levels = [[catalog.rating(m, f).level for m in modalities] for f in findings]
    return pd.DataFrame(
        levels, index=pd.Index(findings, name="finding"), columns=pd.Index(modalities, name="modality"), dtype="int64"
    )


def matrix_long(
    catalog: Catalog, modalities: Sequence[str] = MODALITIES, findings: Sequence[str] = FINDINGS
) -> pd.DataFrame:
    """Return one row a cell: group, finding, modality, level, word, basis, confidence, both texts, sources.

    ``sources`` is a list of ids joined by ``;``.
    """
    cells = [catalog.rating(m, f) for f in findings for m in modalities]
    return pd.DataFrame(
        {
            "group": catalog.findings[cell.finding].group,
            "finding": cell.finding,
            "modality": cell.modality,
            "level": cell.level,
            "word": cell.word,
            "best_available": cell.best_available,
            "basis": cell.basis,
            "confidence": cell.confidence,
            "plain": cell.plain,
            "technical": cell.technical,
            "sources": ";".join(cell.sources),
        }
        for cell in cells
    )


def difference(catalog: Catalog, one: str, other: str) -> tuple[Difference, ...]:
    """Return what each of two tests shows better than the other, the biggest gap first.

    Findings that both show equally well are left out; ``alike`` returns those.
    """
    found = []
    for finding in FINDINGS:
        first, second = catalog.rating(one, finding), catalog.rating(other, finding)
        if first.level != second.level:
            better, worse = (first, second) if first.level > second.level else (second, first)
            found.append(Difference(catalog.findings[finding].group, better, worse))
    return tuple(sorted(found, key=lambda d: -d.gap))  # sorted keeps the order of findings within a gap


def alike(catalog: Catalog, one: str, other: str) -> tuple[Rating, ...]:
    """Return the first test's cells for the findings that both tests show equally well."""
    pairs = [(catalog.rating(one, f), catalog.rating(other, f)) for f in FINDINGS]
    return tuple(first for first, second in pairs if first.level == second.level)


def by_spread(catalog: Catalog, modalities: Sequence[str], findings: Sequence[str]) -> tuple[str, ...]:
    """Return the findings, those first on which the given tests differ most (standard deviation of levels)."""
    spread = matrix(catalog, modalities, findings).std(axis="columns", ddof=0)
    return tuple(sorted(findings, key=lambda finding: -spread[finding]))


def rivals(catalog: Catalog, modality: str, finding: str, limit: int = 2) -> tuple[Rating, ...]:
    """Return the cells worth naming beside one: the better tests, or if none is better the next best.

    Core tests come before the others at the same level.
    """
    own = catalog.rating(modality, finding)
    others = [catalog.rating(m, finding) for m in MODALITIES if m != modality]
    others.sort(key=lambda cell: (-cell.level, cell.modality not in CORE))
    better = [cell for cell in others if cell.level > own.level]
    return tuple((better or others)[:limit])
