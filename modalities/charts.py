"""Plotly figures from domain objects, each with its text alternative.

Plotly is imported when a chart is asked for, never before: it is large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from modalities import wording
from modalities.accuracy import Accuracy
from modalities.catalog import Catalog
from modalities.evidence import Interval

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SYMBOLS = {"paper": "square", "computed": "diamond", "not given": "circle-open"}
INTERVAL_WORDS = {
    "paper": "interval from the paper",
    "computed": "interval computed from counts",
    "not given": "interval not given",
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
ROW_HEIGHT, FRAME_HEIGHT = 46, 150  # pixels


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure and what it says in words."""

    figure: Figure
    alt: str


def row_name(catalog: Catalog, row: Accuracy) -> str:
    """Name a figure in one line: test, first author and year, unit."""
    name = catalog.protocol_name(row.protocol, "technical")
    return f"{shorten(name, 32, placeholder='…')} · {catalog.sources[row.source].short} · {row.unit}"


def forest(catalog: Catalog, rows: Sequence[Accuracy], color: str, ink: str) -> Chart:
    """Draw sensitivity and specificity of each row with its interval, one row a line, in percent.

    ``color`` is the marks' color and ``ink`` the text's, as CSS colors.
    """
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure = make_subplots(
        cols=2, shared_yaxes=True, horizontal_spacing=0.08, subplot_titles=("Sensitivity, %", "Specificity, %")
    )
    figure.update_annotations(yshift=26)  # the two titles, clear of the axis under them
    names = [f"{number}. {row_name(catalog, row)}" for number, row in enumerate(rows, start=1)]
    for column, measure in enumerate(("sensitivity", "specificity"), start=1):
        for origin, symbol in SYMBOLS.items():
            found: list[tuple[str, Interval, Accuracy]] = [
                (name, interval, row)
                for name, row in zip(names, rows, strict=True)
                if (interval := getattr(row, measure)) is not None and interval.interval_from == origin
            ]
            figure.add_trace(
                Scatter(
                    x=[interval.value * 100 for _, interval, _ in found],
                    y=[name for name, _, _ in found],
                    error_x=None if origin == "not given" else _whiskers([i for _, i, _ in found], color),
                    mode="markers",
                    marker={"symbol": symbol, "size": 9, "color": color},
                    name=INTERVAL_WORDS[origin],
                    legendgroup=origin,
                    showlegend=column == 1,
                    customdata=[[wording.percent(i), "<br>".join(_about(catalog, row))] for _, i, row in found],
                    hovertemplate=f"%{{y}}<br>{measure} %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
                ),
                row=1,
                col=column,
            )
    figure.update_xaxes(
        side="top", range=[-3, 103], tickvals=[0, 25, 50, 75, 100], gridcolor="rgba(128,128,128,.25)", zeroline=False
    )
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names[::-1],
        range=[-0.6, len(names) - 0.3],
        showticklabels=False,
        gridcolor="rgba(128,128,128,.12)",
    )
    for name in names:  # above its line, so that a phone has room for both
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=name, yshift=17, text=name, showarrow=False, font={"size": 13}
        )
    figure.update_layout(
        height=FRAME_HEIGHT + ROW_HEIGHT * len(rows),
        margin={"l": 12, "r": 12, "t": 90, "b": 60},
        font={"color": ink, "size": 13, "family": FONT},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 0, "yanchor": "bottom", "yref": "container", "x": 0},
        dragmode=False,
    )
    return Chart(figure, _forest_words(catalog, rows))


def _about(catalog: Catalog, row: Accuracy) -> list[str]:
    """Return the lines that a hover shows under the figure: what, in whom, how many, against what."""
    number = f"n = {row.n:,} {row.n_of or ''}".strip() if row.n else "number not given"
    whom = catalog.accuracy_file.populations[row.population].technical
    return [catalog.accuracy_file.targets[row.target].technical, whom, number, f"reference: {row.reference_test}"]


def _whiskers(intervals: Sequence[Interval], color: str) -> dict[str, object]:
    """Return Plotly's error bars for intervals that have both ends, in percent."""
    ends = [(i.value, i.low, i.high) for i in intervals if i.low is not None and i.high is not None]
    return {
        "array": [(high - value) * 100 for value, _, high in ends],
        "arrayminus": [(value - low) * 100 for value, low, _ in ends],
        "color": color,
        "thickness": 1.5,
    }


def _forest_words(catalog: Catalog, rows: Sequence[Accuracy]) -> str:
    """Say what the plot shows: how many figures, and the highest and lowest of each measure."""
    parts = [f"Forest plot of {len(rows)} figures; the table below holds every number."]
    for measure in ("sensitivity", "specificity"):
        found = [(interval.value, row) for row in rows if (interval := getattr(row, measure)) is not None]
        if found:
            low, high = min(found, key=lambda f: f[0]), max(found, key=lambda f: f[0])
            parts.append(
                f"{measure.capitalize()} runs from {low[0] * 100:.0f} % ({row_name(catalog, low[1])}) "
                f"to {high[0] * 100:.0f} % ({row_name(catalog, high[1])})."
            )
    return " ".join(parts)
