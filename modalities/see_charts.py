"""Plotly figure of a growing lesion: the chance of being seen by diameter, one line a picture, with its text."""

from __future__ import annotations

from collections.abc import Mapping

from modalities.chance_charts import DASHES, Colors
from modalities.charts import FONT, Chart
from modalities.seeing import SeeFile
from modalities.simulate.describe import view_words
from modalities.simulate.reader import Sweep

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")


def size_chart(file: SeeFile, grown: Mapping[str, Sweep], colors: Colors, words: str) -> Chart:
    """Draw for each picture the chance (in 1,000 looks) that a reader would see the lesion, by its diameter in mm."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    said = []
    for number, (name, swept) in enumerate(grown.items()):
        label = view_words(file, name).name.at(words)
        figure.add_trace(
            Scatter(
                x=swept.sizes_mm,
                y=[min(round(chance * 1000), 980) for chance in swept.chances],
                name=label,
                mode="lines+markers",
                line={
                    "color": colors.marks[number % len(colors.marks)],
                    "dash": DASHES[number % len(DASHES)],
                    "width": 2.5,
                },
                marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
                hovertemplate="%{x} mm: %{y} of 1,000<extra>%{fullData.name}</extra>",
            )
        )
        half = swept.half_seen_mm
        said.append(f"{label}: {f'{half:.0f} mm' if half else 'at no size up to 40 mm'}")
    figure.add_hline(y=500, line={"color": colors.ink, "width": 1, "dash": "dot"})
    figure.update_layout(
        height=520,
        margin={"l": 60, "r": 10, "t": 20, "b": 50},
        font={"family": FONT, "size": 14, "color": colors.ink},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.3},
        xaxis={"title": "diameter, mm (simulated)", "gridcolor": colors.grid, "range": [0, 41]},
        yaxis={"title": "seen, of 1,000 looks", "gridcolor": colors.grid, "range": [-20, 1020]},
    )
    return Chart(figure, "Simulated. Smallest diameter seen in half of 1,000 looks. " + "; ".join(said) + ".")
