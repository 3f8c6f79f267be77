"""The tables that people download: the matrix and the accuracy figures as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from modalities.catalog import Catalog
from modalities.compare import matrix_long
from modalities.evidence import Interval
from modalities.simulate.constants import every_constant


def matrix_csv(catalog: Catalog) -> str:
    """Return every cell: names, level, word, both texts, sources as they are cited."""
    frame = matrix_long(catalog)
    frame.insert(2, "finding_name", [catalog.findings[f].name.plain for f in frame["finding"]])
    frame.insert(4, "modality_name", [catalog.modalities[m].short for m in frame["modality"]])
    frame["cited"] = [_cited(catalog, ids.split(";")) for ids in frame["sources"]]
    frame["checked"] = [catalog.columns[m].checked.isoformat() for m in frame["modality"]]
    return frame.to_csv(index=False)


def accuracy_frame(catalog: Catalog) -> pd.DataFrame:
    """Return one row a figure; shares from 0 to 1, empty where the publication gives none."""
    rows = []
    for row in catalog.accuracy_file.accuracy:
        test, _ = catalog.variants[row.protocol]
        rows.append(
            {
                "id": row.id,
                "modality": test.id,
                "protocol": row.protocol,
                "test": catalog.protocol_name(row.protocol, "technical"),
                "detail": row.detail,
                "finding": row.finding,
                "target": catalog.accuracy_file.targets[row.target].technical,
                "population": catalog.accuracy_file.populations[row.population].technical,
                "region": row.region,
                "unit": row.unit,
                **_interval("sensitivity", row.sensitivity),
                **_interval("specificity", row.specificity),
                "n": row.n,
                "n_of": row.n_of,
                "reference_test": row.reference_test,
                "year": catalog.sources[row.source].year,
                "cited": _cited(catalog, [row.source]),
                "note": row.note.technical if row.note else None,
            }
        )
    return pd.DataFrame(rows).astype({"n": "Int64", "year": "Int64"})


def accuracy_csv(catalog: Catalog) -> str:
    """Return every accuracy figure as CSV."""
    return accuracy_frame(catalog).to_csv(index=False)


def simulator_csv(catalog: Catalog) -> str:
    """Return every number behind the simulated pictures with its origin; of recalled ones only the names."""
    rows = [
        {
            "file": file,
            "name": name,
            **{key: None if record.origin == "recalled" else getattr(record, key) for key in ("value", "low", "high")},
            "origin": record.origin,
            "note": record.note,
            "cited": _cited(catalog, record.sources),
        }
        for file, records in every_constant().items()
        for name, record in records.items()
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def shares_csv(catalog: Catalog) -> str:
    """Return every figure that is neither sensitivity nor specificity: yields, agreements, predictive values."""
    rows = [
        {
            "id": row.id,
            "modality": catalog.variants[row.protocol][0].id,
            "protocol": row.protocol,
            "finding": row.finding,
            "measure": row.measure,
            **_interval("share", row.figure),
            "of": row.unit,
            "meaning": row.meaning.technical,
            "population": catalog.accuracy_file.populations[row.population].technical,
            "n": row.n,
            "n_of": row.n_of,
            "cited": _cited(catalog, [row.source]),
        }
        for row in catalog.accuracy_file.figures
    ]
    return pd.DataFrame(rows).astype({"n": "Int64"}).to_csv(index=False)


def _interval(name: str, interval: Interval | None) -> dict[str, float | str | None]:
    if interval is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_interval": None}
    shares = {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    rounded = {key: None if share is None else round(share, 4) for key, share in shares.items()}
    return {**rounded, f"{name}_interval": interval.interval_from}


def _cited(catalog: Catalog, ids: Sequence[str]) -> str:
    sources = [catalog.source(source) for source in ids]
    return "; ".join(f"{s.short}: {s.title}{f' ({s.address})' if s.address else ''}" for s in sources)
