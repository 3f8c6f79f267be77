"""The figures view of Compare: a forest plot and the same numbers as a sortable table."""

from __future__ import annotations

import streamlit as st

from modalities import Catalog
from modalities.accuracy import Accuracy
from modalities.charts import forest
from modalities.records import FINDINGS, MODALITIES, SHOWN_ORDER
from parts import view
from parts.address import Address

LIMIT = 40  # rows in one plot that a reader can still tell apart
SORTS = {
    "sensitivity": lambda row: -(row.sensitivity.value if row.sensitivity else -1),
    "specificity": lambda row: -(row.specificity.value if row.specificity else -1),
    "n": lambda row: -(row.n or 0),
}


def draw_figures(catalog: Catalog, address: Address) -> None:
    """Draw filters, the forest plot and the table; everything chosen stands in the address."""
    every = catalog.accuracy_file.accuracy
    targets = [t for t in catalog.accuracy_file.targets if any(row.target == t for row in every)]
    test = address.one("test", MODALITIES, "")
    finding = address.one("finding", FINDINGS, "")
    start = "" if test or finding else targets[0]
    target = address.one("target", ("any", *targets), start)
    protocol = address.one("protocol", [p for p in catalog.variants if any(row.protocol == p for row in every)], "")
    unit = address.one("unit", ("any", *sorted({row.unit for row in every})), "patient" if start else "")
    sort = address.one("sort", ("test", "year", *SORTS), "test")
    rows = [
        row
        for row in every
        if target in ("", "any", row.target)
        and unit in ("", "any", row.unit)
        and protocol in ("", row.protocol)
        and finding in ("", row.finding)
        and test in ("", catalog.variants[row.protocol][0].id)
    ]
    rows.sort(key=_order(catalog, sort))
    shown = rows[:LIMIT]
    common = {"catalog": catalog, "address": address, "checked": [catalog.accuracy_file], "title": "Figures"}
    view.show(
        "figures_top.html",
        **common,
        view="figures",
        tests=(),
        rows=rows,
        limit=LIMIT,
        selects=[
            (
                "What was looked for",
                "target",
                target,
                [("any", "anything"), *((t, catalog.accuracy_file.targets[t].at(address.words)) for t in targets)],
            ),
            ("Test", "test", test, [("", "any test"), *((m, catalog.modalities[m].short) for m in SHOWN_ORDER)]),
            ("Version or tracer", "protocol", protocol, [("", "any"), *_variants(catalog, every, address.words)]),
            ("Counted per", "unit", unit, [("any", "any unit"), *((u, u) for u in sorted({r.unit for r in every}))]),
            (
                "Square",
                "finding",
                finding,
                [("", "any"), *((f, catalog.findings[f].name.at(address.words)) for f in FINDINGS)],
            ),
        ],
    )
    if shown:
        dark = st.context.theme.type == "dark"
        chart = forest(catalog, shown, "#7cc6d2" if dark else "#0b5563", "#e8edf0" if dark else "#17212b")
        st.plotly_chart(chart.figure, config={"displayModeBar": False}, theme=None, alt=chart.alt, key="forest")
    view.show(
        "figures_table.html",
        **common,
        part="table",
        rows=rows,
        sort_links=[
            (name, address.link(sort=None if key == "test" else key), sort == key)
            for key, name in (
                ("test", "Test"),
                ("sensitivity", "Sensitivity"),
                ("specificity", "Specificity"),
                ("n", "Number"),
                ("year", "Year"),
            )
        ],
    )


def _order(catalog: Catalog, sort: str):  # noqa: ANN202
    if sort in SORTS:
        return SORTS[sort]
    if sort == "year":
        return lambda row: -(catalog.sources[row.source].year or 0)
    place = {m: number for number, m in enumerate(SHOWN_ORDER)}
    return lambda row: (place[catalog.variants[row.protocol][0].id], row.protocol, not row.default, -(row.n or 0))


def _variants(catalog: Catalog, rows: tuple[Accuracy, ...], words: str) -> list[tuple[str, str]]:
    used = {row.protocol for row in rows}
    return [(key, variant.name.at(words)) for key, (_, variant) in catalog.variants.items() if key in used]
