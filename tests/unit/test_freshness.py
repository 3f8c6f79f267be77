"""Overdue content says so by itself."""

from datetime import date, timedelta

from modalities import load_catalog
from modalities.freshness import freshness


def test_content_is_due_after_the_policy_and_overdue_the_day_after():
    catalog = load_catalog()
    parts = [catalog.modality("mri"), catalog.columns["mri"]]
    now = freshness(catalog, parts)
    assert now.checked == min(part.checked for part in parts)
    assert not freshness(catalog, parts, today=now.due).overdue
    assert freshness(catalog, parts, today=now.due + timedelta(days=1)).overdue


def test_the_oldest_part_decides():
    catalog = load_catalog()
    old = catalog.modality("ct").model_copy(update={"checked": date(2020, 12, 31)})
    fresh = freshness(catalog, [old, catalog.modality("mri")], today=date(2021, 1, 1))
    assert fresh.checked == date(2020, 12, 31)
    assert fresh.due == date(2021, 12, 28)
