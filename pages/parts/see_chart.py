"""The chart of a growing lesion under the page See."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from modalities.see_charts import size_chart
from modalities.seeing import SeeFile
from modalities.simulate.reader import Sweep, sweep
from modalities.simulate.scene import Scene
from parts.chance_charts import DARK, LIGHT


def draw_sizes(file: SeeFile, scene: Scene, panels: tuple[str, ...], words: str) -> Mapping[str, Sweep]:
    """Draw how the chance of being seen grows with the lesion; return the numbers for the table below."""
    with st.spinner("The lesion grows from 3 to 40 mm…"):
        grown = {name: sweep(scene, *name.split(".")) for name in panels}
    colors = DARK if st.context.theme.type == "dark" else LIGHT
    chart = size_chart(file, grown, colors, words)
    st.plotly_chart(chart.figure, config={"displayModeBar": False}, theme=None, alt=chart.alt, key="sizes")
    return grown
