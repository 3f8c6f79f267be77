"""Plotly figures of chances, each with its text alternative: Fagan's nomogram, chance by prevalence, the ROC plane.

Plotly is imported when a chart is asked for, never before: it is large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from modalities import wording
from modalities.accuracy import Accuracy
from modalities.catalog import Catalog
from modalities.chances import after, likelihood_ratios
from modalities.charts import FONT, Chart, row_name
from modalities.evidence import Interval

GRID = tuple(n / 1000 for n in (1, 2, 5, 10, 20, 50, *range(100, 1000, 50), 980, 990, 995, 998, 999))
PRIOR_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
RATIO_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
UNIT_SYMBOLS = {
    "patient": "circle",
    "scan": "circle-dot",
    "lesion": "diamond-open",
    "vertebra": "square-open",
    "fracture": "triangle-up-open",
    "segment": "cross-open",
    "level": "x-open",
}
DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True, slots=True)
class Colors:
    """CSS colors of a theme: text, grid lines, and marks in turn."""

    ink: str
    grid: str
    marks: tuple[str, ...]


def nomogram(catalog: Catalog, prior: float, row: Accuracy, colors: Colors) -> Chart:
    """Draw Fagan's nomogram (N Engl J Med 1975;293:257) with the line of a finding and of a normal result.

    The axes are log odds: the chance before on the left, upside down, half the log of the ratio in the middle, the
    chance after on the right, so that a straight line adds.
    """
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    axes = (
        (0, [(-_odds(p), _per_cent(p)) for p in PRIOR_TICKS], "before, %"),
        (1, [(log(ratio) / 2, f"{ratio:g}") for ratio in RATIO_TICKS], "likelihood ratio"),
        (2, [(_odds(p), _per_cent(p)) for p in PRIOR_TICKS], "after, %"),
    )
    for x, ticks, title in axes:
        figure.add_trace(
            Scatter(
                x=[x] * len(ticks),
                y=[y for y, _ in ticks],
                text=[text for _, text in ticks],
                mode="lines+markers+text",
                textposition="middle left" if x == 0 else "middle right",
                textfont={"size": 11},
                line={"color": colors.ink, "width": 1},
                marker={"symbol": "line-ew-open", "size": 7, "color": colors.ink},
                hoverinfo="skip",
                showlegend=False,
            )
        )
        figure.add_annotation(x=x, y=7.6, text=title, showarrow=False, font={"size": 13})
    said = []
    for place, (ratio, positive) in enumerate(zip(likelihood_ratios(row), (True, False), strict=True)):
        chance = after(prior, row, positive=positive)
        name = "if something is found" if positive else "if it is normal"
        text = f"{name}: {_per_cent(chance.mean)} % (ratio {wording.ratio(ratio)})"
        figure.add_trace(
            Scatter(
                x=[0, 1, 2],
                y=[-_odds(prior), _odds(chance.mean) / 2 - _odds(prior) / 2, _odds(chance.mean)],
                mode="lines+markers",
                line={"color": colors.marks[place], "width": 3, "dash": DASHES[place]},
                name=text,
                hovertemplate=f"{text}<extra></extra>",
            )
        )
        said.append(text)
    figure.update_xaxes(visible=False, range=[-0.35, 2.35])
    figure.update_yaxes(visible=False, range=[-7.2, 7.9])
    lay_out(figure, colors, 720)
    name = row_name(catalog, row)
    return Chart(figure, f"Fagan nomogram of {name}. Before: {_per_cent(prior)} %. {'; '.join(said).capitalize()}.")


def curves(catalog: Catalog, prior: float, rows: Sequence[Accuracy], colors: Colors) -> Chart:
    """Draw the chance after a finding and after a normal result for every chance before, with bands where known."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    said = []
    x = [p * 100 for p in GRID]
    for place, row in enumerate(rows):
        color = colors.marks[place % len(colors.marks)]
        for positive in (True, False):
            chances = [after(p, row, positive=positive) for p in GRID]
            if chances[0].low is not None:
                ends = [c.low for c in chances], [c.high for c in chances]
                figure.add_trace(
                    Scatter(
                        x=[*x, *x[::-1]],
                        y=[100 * (y or 0) for y in (*ends[0], *ends[1][::-1])],
                        fill="toself",
                        fillcolor=color,
                        opacity=0.15,
                        line={"width": 0},
                        hoverinfo="skip",
                        showlegend=False,
                    )
                )
            test = catalog.protocol_name(row.protocol, "technical")
            name = f"{place + 1}. {test}: {'found' if positive else 'normal'}"
            figure.add_trace(
                Scatter(
                    x=x,
                    y=[c.mean * 100 for c in chances],
                    mode="lines",
                    line={"color": color, "width": 3, "dash": DASHES[0 if positive else 1]},
                    name=name,
                    hovertemplate="before %{x:.1f} %, after %{y:.1f} %<extra>" + name + "</extra>",
                )
            )
        now = [after(prior, row, positive=positive).mean for positive in (True, False)]
        said.append(f"{row_name(catalog, row)}: {_per_cent(now[0])} % if found, {_per_cent(now[1])} % if normal")
    figure.add_vline(x=prior * 100, line={"color": colors.ink, "width": 1, "dash": "dot"})
    figure.add_trace(
        Scatter(x=[0, 100], y=[0, 100], mode="lines", line={"color": colors.grid, "width": 1}, showlegend=False)
    )
    figure.update_xaxes(title="chance before the test, %", range=[0, 100], gridcolor=colors.grid, zeroline=False)
    figure.update_yaxes(title="chance after it, %", range=[0, 100], gridcolor=colors.grid, zeroline=False)
    lay_out(figure, colors, 620)
    figure.update_layout(margin={"b": 60 + 40 * len(rows)})
    return Chart(figure, f"Chance after a test by the chance before it. At {_per_cent(prior)} %: {'; '.join(said)}.")


def roc_plane(catalog: Catalog, rows: Sequence[Accuracy], colors: Colors) -> Chart:
    """Draw every operating point: false alarms to the right, found upward; a sign a unit, a number a row."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    figure.add_trace(
        Scatter(
            x=[0, 100],
            y=[0, 100],
            mode="lines",
            line={"color": colors.grid, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    tests = list(dict.fromkeys(catalog.version(row.protocol)[0].id for row in rows))
    for number, row in enumerate(rows, start=1):
        assert row.sensitivity and row.specificity  # the caller picks rows with both sides
        test = catalog.version(row.protocol)[0]
        color = colors.marks[tests.index(test.id) % len(colors.marks)]
        figure.add_trace(
            Scatter(
                x=[100 - row.specificity.value * 100],
                y=[row.sensitivity.value * 100],
                error_x=_whisker(row.specificity, flip=True),
                error_y=_whisker(row.sensitivity, flip=False),
                mode="markers+text",
                text=[str(number)],
                textposition="top right",
                marker={"symbol": UNIT_SYMBOLS[row.unit], "size": 11, "color": color, "line": {"width": 2}},
                name=f"{number}. {row_name(catalog, row)}",
                hovertemplate=f"{row_name(catalog, row)}<br>found {wording.percent(row.sensitivity)}"
                f"<br>cleared {wording.percent(row.specificity)}<extra></extra>",
            )
        )
    figure.update_xaxes(title="false alarms (1 − specificity), %", range=[-3, 103], gridcolor=colors.grid)
    figure.update_yaxes(title="found (sensitivity), %", range=[-3, 106], gridcolor=colors.grid)
    lay_out(figure, colors, 620)
    figure.update_layout(showlegend=False)
    best = max(rows, key=_youden)
    return Chart(
        figure,
        f"{len(rows)} operating points in the plane of false alarms and found; the table below holds every number. "
        f"Farthest from the line of chance: {row_name(catalog, best)}.",
    )


def _youden(row: Accuracy) -> float:
    return (row.sensitivity.value if row.sensitivity else 0) + (row.specificity.value if row.specificity else 0)


def _whisker(share: Interval, *, flip: bool) -> dict[str, object] | None:
    if share.low is None or share.high is None:
        return None
    up, down = (share.high - share.value) * 100, (share.value - share.low) * 100
    return {"array": [down if flip else up], "arrayminus": [up if flip else down], "thickness": 1}


def lay_out(figure: object, colors: Colors, height: int) -> None:
    """Give a figure the colors, the type and the frame that all of them share."""
    figure.update_layout(  # type: ignore[attr-defined]
        height=height,
        margin={"l": 56, "r": 16, "t": 20, "b": 56},
        font={"color": colors.ink, "size": 13, "family": FONT},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 0, "yanchor": "bottom", "yref": "container", "x": 0},
        dragmode=False,
    )


def _odds(chance: float) -> float:
    held = min(max(chance, 0.0005), 0.9995)
    return log(held / (1 - held))


def _per_cent(chance: float) -> str:
    return f"{chance * 100:.1f}".removesuffix(".0") if chance < 0.1 or chance > 0.9 else f"{chance * 100:.0f}"
