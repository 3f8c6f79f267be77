"""Plotly timeline of a sequence of tests: hours at the hospital, and the days in which each answer comes."""

from __future__ import annotations

from dataclasses import dataclass

from modalities import wording
from modalities.catalog import Catalog
from modalities.chance_charts import Colors, lay_out
from modalities.charts import Chart
from modalities.pathway import Path, Stop, minutes

DAY = 1440.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One step on the timeline, in minutes: time at the hospital, and when its answer comes, earliest and latest."""

    stop: Stop
    stay: tuple[float, float] | None
    comes: tuple[float, float] | None  # None where the time until its report is not known


def answers(path: Path) -> list[Answer]:
    """Return the steps one after the other, each begun when the answer before it is there.

    Times until an appointment are not known and not in it. A step without a known report time does not move the clock.
    The earliest end leaves out the steps that not everybody has.
    """
    early = late = 0.0
    found = []
    for stop in path.ahead:
        stay = minutes(stop.amounts["in_all"]) if "in_all" in stop.amounts else None
        report = minutes(stop.amounts["report"]) if "report" in stop.amounts else None
        comes = None
        if report:
            begun, late = early, late + report[1] + (stay[1] if stay else 0)
            comes = (begun + report[0] + (stay[0] if stay else 0), late)
            early = begun if stop.maybe else comes[0]
        found.append(Answer(stop, stay, comes))
    return found


def timeline(catalog: Catalog, path: Path, colors: Colors, words: str = "plain") -> Chart:
    """Draw for each step the hours at the hospital and the days between which its answer comes."""
    from plotly.graph_objects import Bar
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=2,
        shared_xaxes=False,
        vertical_spacing=0.16,
        subplot_titles=("Hours at the hospital", "Days until the answer"),
    )
    steps = answers(path)
    names = [f"{number}. {catalog.protocol_name(a.stop.step, words)}" for number, a in enumerate(steps, start=1)]
    said = []
    columns = ((60.0, [step.stay for step in steps], ""), (DAY, [step.comes for step in steps], "/"))
    for column, (unit, ranges, shape) in enumerate(columns, start=1):
        known = [(name, ends) for name, ends in zip(names, ranges, strict=True) if ends]
        figure.add_trace(
            Bar(
                y=[name for name, _ in known],
                base=[low / unit for _, (low, _) in known],
                x=[max(high - low, unit / 60) / unit for _, (low, high) in known],
                orientation="h",
                marker={
                    "color": colors.marks[column - 1],
                    "pattern": {"shape": shape, "fgcolor": colors.marks[column - 1], "bgcolor": "rgba(0,0,0,0)"},
                },
                customdata=[wording.duration(*ends) for _, ends in known],
                hovertemplate="%{y}: %{customdata}<extra></extra>",
                showlegend=False,
            ),
            row=column,
            col=1,
        )
        for name, ends in zip(names, ranges, strict=True):  # above its bar, so that a phone has room for both
            said.append(f"{name}: {wording.duration(*ends) if ends else 'not known'}")
            figure.add_annotation(
                x=0,
                xref="paper",
                xanchor="left",
                yref="y" if column == 1 else "y2",
                y=name,
                yshift=20,
                text=f"{name}: {wording.duration(*ends) if ends else 'not known'}",
                showarrow=False,
                font={"size": 13},
            )
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names[::-1],
        showticklabels=False,
        gridcolor=colors.grid,
        range=[-0.6, len(names) - 0.2],
    )
    figure.update_xaxes(gridcolor=colors.grid, rangemode="tozero", zeroline=False)
    lay_out(figure, colors, 180 + 110 * len(names))
    figure.update_layout(bargap=0.55, margin={"t": 50, "l": 12})
    alt = f"Timeline of {len(steps)} tests: hours at the hospital, then days until the answer. {'; '.join(said)}."
    return Chart(figure, alt)
