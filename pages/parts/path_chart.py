"""The timeline of a path: a Plotly chart under the page, the same numbers as a table below it."""

from __future__ import annotations

import streamlit as st

from modalities.catalog import Catalog
from modalities.pathway import Path
from modalities.timeline import timeline
from parts.chance_charts import DARK, LIGHT


def draw_timeline(catalog: Catalog, path: Path, words: str) -> None:
    """Draw when each answer comes."""
    colors = DARK if st.context.theme.type == "dark" else LIGHT
    chart = timeline(catalog, path, colors, words)
    st.plotly_chart(chart.figure, config={"displayModeBar": False}, theme=None, alt=chart.alt, key="timeline")
