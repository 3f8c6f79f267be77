"""The charts of Chances: Fagan's nomogram, chance by prevalence, the ROC plane; each with its numbers as a table."""

from __future__ import annotations

import streamlit as st

from modalities.chance_charts import Colors, curves, nomogram, roc_plane
from modalities.chances import PERSON_UNITS, after, likelihood_ratios
from parts import view
from parts.asked import Asked

CHARTS = {"nomogram": "Nomogram", "curves": "By starting chance", "roc": "All figures"}
LIGHT = Colors("#17212b", "#dcdfdc", ("#0b5563", "#b35c00", "#6a3d9a", "#2f7d32", "#a3195b", "#4d5a66"))
DARK = Colors("#e8edf0", "#2c3943", ("#7cc6d2", "#ffb98a", "#c9a6f0", "#9bd6a0", "#f49ac1", "#a9b6c0"))
MOST_CURVES = 4


def draw_chart(chart: str, asked: Asked, common: dict[str, object]) -> None:
    """Draw one chart between its controls and its table."""
    catalog, address = common["catalog"], asked.address
    offered = tuple(asked.figures)
    shown = address.several("curves", offered, (asked.first.accuracy.protocol,))[:MOST_CURVES]
    unit = address.one("unit", ("any", "person"), "any")
    who = address.one("who", ("these", "all"), "these")
    people = (*asked.people.prior.populations, *asked.people.prior.near)
    rows = {
        "nomogram": [asked.first.accuracy],
        "curves": [asked.figures[protocol].accuracy for protocol in shown],
        "roc": [
            row
            for row in catalog.accuracy_file.accuracy
            if row.target == asked.people.prior.target
            and row.sensitivity
            and row.specificity
            and (unit == "any" or row.unit in PERSON_UNITS)
            and (who == "all" or row.population in people)
        ],
    }[chart]
    toggles = [
        (offer, address.link(curves=",".join(_toggled(protocol, shown, offered))), protocol in shown)
        for protocol, offer in asked.figures.items()
    ]
    told = {
        **common,
        "asked": asked,
        "chart": chart,
        "charts": CHARTS,
        "rows": rows,
        "toggles": toggles,
        "unit": unit,
        "who": who,
    }
    view.show("chance_chart_top.html", **told)
    colors = DARK if st.context.theme.type == "dark" else LIGHT
    prior = asked.people.chance.value
    if chart == "nomogram":
        drawn = nomogram(catalog, prior, asked.first.accuracy, colors)
    elif chart == "curves":
        drawn = curves(catalog, prior, rows, colors)
    else:
        drawn = roc_plane(catalog, rows, colors)
    st.plotly_chart(drawn.figure, config={"displayModeBar": False}, theme=None, alt=drawn.alt, key=chart)
    view.show("chance_chart_table.html", **told, part="table", after=after, ratios=likelihood_ratios)


def _toggled(protocol: str, shown: tuple[str, ...], offered: tuple[str, ...]) -> list[str]:
    """Return the curves with one shown or hidden; the last one stays."""
    return [p for p in offered if (p in shown) != (p == protocol)] or [protocol]
