"""The charts hold the engine's own numbers, and their text says them."""

from math import log

import pytest

from modalities import load_catalog
from modalities.chance_charts import Colors, curves, nomogram, roc_plane
from modalities.chances import after
from modalities.pathway import plan
from modalities.timeline import timeline

catalog = load_catalog()
rows = {row.id: row for row in catalog.accuracy_file.accuracy}
colors = Colors("#000", "#ccc", ("#111", "#222", "#333"))


def test_the_nomogram_is_a_straight_line_that_ends_at_the_chance():
    row = rows["harlianto2024_mri_pt"]
    chart = nomogram(catalog, 0.245, row, colors)
    for line, positive in zip(chart.figure.data[3:], (True, False), strict=True):
        assert line.y[1] == pytest.approx((line.y[0] + line.y[2]) / 2), "left, middle and right lie on one line"
        chance = after(0.245, row, positive=positive).mean
        assert line.y[2] == pytest.approx(log(chance / (1 - chance)))
    assert "67 %" in chart.alt and "2.6 %" in chart.alt


def test_a_ratio_without_end_is_drawn_at_the_end():
    perfect = rows["wafaie2014_pet_ct_fdg"]
    assert perfect.sensitivity.value == 1
    chart = nomogram(catalog, 0.114, perfect, colors)
    assert all(abs(y) < 8 for line in chart.figure.data[3:] for y in line.y)


def test_curves_have_bands_only_where_a_range_is_known():
    known, bare = rows["song2009_fdg"], rows["harlianto2024_mri_pt"]
    assert len(curves(catalog, 0.1, [known], colors).figure.data) == 5
    assert len(curves(catalog, 0.1, [bare], colors).figure.data) == 3
    assert "At 10 %" in curves(catalog, 0.1, [known], colors).alt


def test_the_roc_plane_shows_every_row_once_with_its_unit():
    shown = [
        row for row in rows.values() if row.target == "vertebral_metastasis" and row.sensitivity and row.specificity
    ]
    chart = roc_plane(catalog, shown, colors)
    points = chart.figure.data[1:]
    assert len(points) == len(shown)
    for point, row in zip(points, shown, strict=True):
        assert point.y[0] == pytest.approx(row.sensitivity.value * 100)
        assert point.x[0] == pytest.approx(100 - row.specificity.value * 100)
    signs = {row.unit: point.marker.symbol for point, row in zip(points, shown, strict=True)}
    assert len(set(signs.values())) == len(signs)


def test_the_timeline_names_each_test_with_its_times():
    chart = timeline(catalog, plan(catalog, ["xray", "mri", "biopsy_core"]), colors)
    assert "1. X-ray: 15 to 30 minutes" in chart.alt and "3. biopsy" in chart.alt.replace("Biopsy", "biopsy")
