"""The chart of a growing lesion under the page See."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from modalities.see_charts import size_chart
from modalities.seeing import SeeFile
from modalities.simulate.reader import Sweep
from parts.chance_charts import DARK, LIGHT


def draw_sizes(file: SeeFile, grown: Mapping[str, Sweep], words: str) -> None:
    """Draw how the chance of being seen grows with the lesion."""
    colors = DARK if st.context.theme.type == "dark" else LIGHT
    chart = size_chart(file, grown, colors, words)
    st.plotly_chart(chart.figure, config={"displayModeBar": False}, theme=None, alt=chart.alt, key="sizes")
