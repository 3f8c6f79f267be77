"""Sequences: sums by hand, unknowns named, rules found, and what is known never shrinks."""

import pytest

from modalities import UnknownId, load_catalog
from modalities.pathway import minutes, needles_of, plan
from modalities.records import FINDINGS
from modalities.timeline import answers

catalog = load_catalog()
READY = {path.id: path for path in catalog.path_file.paths}


def ready(path_id, **options):
    path = READY[path_id]
    maybe = [step.protocol for step in path.steps if step.only_if]
    return plan(catalog, [step.protocol for step in path.steps], maybe=maybe, situation=path.situation, **options)


@pytest.mark.parametrize("path_id", READY)
def test_sums_are_the_ends_of_the_steps_added_up(path_id):
    path = ready(path_id)
    sure = [stop for stop in path.tests if not stop.maybe]
    dose = path.sums["dose"]
    assert dose.low == pytest.approx(sum(s.amounts["dose"].ends[0] for s in sure if "dose" in s.amounts))
    assert dose.high == pytest.approx(sum(s.amounts["dose"].ends[1] for s in path.tests if "dose" in s.amounts))
    stay = path.sums["in_all"]
    assert stay.high == pytest.approx(sum(minutes(s.amounts["in_all"])[1] for s in path.tests if "in_all" in s.amounts))
    assert path.visits == (len(sure), len(path.tests))
    for measure in ("in_all", "report"):
        missing = {stop.step for stop in path.tests if measure not in stop.amounts}
        assert set(path.sums[measure].unknown) == missing, "what is not known is named, never counted as nothing"


@pytest.mark.parametrize("path_id", READY)
def test_what_is_known_never_shrinks_and_each_gain_is_marked(path_id):
    path = ready(path_id)
    last = dict.fromkeys(FINDINGS, 0)
    for stop in path.stops:
        for finding in FINDINGS:
            known = stop.known[finding]
            assert known.level >= last[finding] and known.news == (known.level > last[finding])
            assert not known.news or known.by == stop.step
            last[finding] = known.level


def test_a_sum_by_hand():
    """Bone scan 4 to 6.3 mSv and FDG PET/CT 11.8 to 25 mSv: 15.8 to 31.3, and half to one cancer of 10,000 per mSv."""
    path = plan(catalog, ["bone_scan", "pet_ct_fdg"])
    assert (path.sums["dose"].low, path.sums["dose"].high) == pytest.approx((15.8, 31.3))
    assert path.added_risk == pytest.approx((15.8 * 0.5, 31.3 * 1.0))
    assert [(n.kind, n.fewest, n.most) for n in path.needles] == [("vein", 2, 2)]
    optional = plan(catalog, ["bone_scan", "pet_ct_fdg"], maybe=["pet_ct_fdg"])
    assert (optional.sums["dose"].low, optional.sums["dose"].high) == pytest.approx((4, 31.3))


def test_what_is_not_known_is_named():
    """No time in the room of a full examination was found, and no price of a blood test."""
    path = plan(catalog, ["history_exam", "blood_tests", "mri"])
    assert "history_exam" in path.sums["in_machine"].unknown
    assert {"history_exam", "blood_tests"} <= set(path.prices[0].unknown)
    urgent = plan(catalog, ["blood_tests", "mri"], urgent=True)
    assert urgent.sums["report"].unknown == ("blood_tests",), "no urgent time was found for it"


def test_a_test_that_was_done_counts_for_what_is_known_only():
    done, ahead = plan(catalog, ["ct", "mri"], done=["ct"]), plan(catalog, ["mri"])
    assert done.sums["dose"].high == 0 and done.sums["in_all"] == ahead.sums["in_all"] and done.visits == (1, 1)
    assert done.needles == ahead.needles and done.prices == ahead.prices
    assert done.stops[0].known["bone_destruction_lytic"].level > 2 and len(answers(done)) == 1


def test_a_step_that_may_be_needed_holds_nobody_else_up():
    steps = ["xray", "mri", "biopsy_core"]
    quick = answers(plan(catalog, steps, maybe=["mri"]))
    without = answers(plan(catalog, ["xray", "biopsy_core"]))
    assert quick[2].comes[0] == pytest.approx(without[1].comes[0])
    assert quick[2].comes[1] > without[1].comes[1]


def test_rules_that_disagree_about_two_steps_are_marked():
    clashes = plan(catalog, ["bone_scan", "pet_ct_fdg"]).clashes
    by_pair = {(c.rule.id, c.disputed) for c in plan(catalog, ["ct_contrast", "pet_ct_fdg"]).clashes}
    assert ("iodine_dye_with_pet", True) in by_pair and ("iodine_before_iodine", True) in by_pair
    assert all(not c.disputed for c in clashes)


def test_tests_without_radiation_have_no_dose_and_no_risk():
    path = plan(catalog, ["history_exam", "mri", "blood_tests"])
    assert path.sums["dose"].high == 0 and path.sums["dose"].unknown == () and path.added_risk is None


@pytest.mark.parametrize(
    ("steps", "rule", "kind"),
    [
        (["barium_meal", "pet_ct_fdg"], "barium_before_pet", "order"),
        (["barium_meal", "bone_scan"], "barium_before_bone_scan", "wait"),
        (["chemotherapy", "pet_ct_fdg"], "chemo_before_pet", "wait"),
        (["radiotherapy", "pet_ct_fdg"], "radiotherapy_before_pet", "wait"),
        (["growth_factor", "pet_ct_fdg"], "growth_factor_before_pet", "wait"),
        (["mri_without_and_with", "ct_contrast"], "gadolinium_before_iodine", "wait"),
        (["biopsy_core", "mri"], "biopsy_before_mri", "order"),
        (["ct", "bone_scan"], "ct_before_bone_scan", "fine"),
    ],
)
def test_conflicts_of_order_are_found_in_their_direction_only(steps, rule, kind):
    found = {clash.rule.id: clash.rule.rule for clash in plan(catalog, steps).clashes}
    assert found.get(rule) == kind
    assert rule not in {clash.rule.id for clash in plan(catalog, steps[::-1]).clashes}


def test_a_rule_about_a_dye_that_may_be_added_is_not_sure():
    clash = next(
        c for c in plan(catalog, ["mri_whole_spine", "ct_contrast"]).clashes if c.rule.id == "gadolinium_before_iodine"
    )
    assert not clash.sure
    clash = next(
        c for c in plan(catalog, ["mri_without_and_with", "ct_contrast"]).clashes if c.rule.id == clash.rule.id
    )
    assert clash.sure


def test_needles_are_counted_by_kind():
    needles = {step: needles_of(plan(catalog, [step]).stops[0]) for step in catalog.variants}
    assert needles["biopsy_core"][0] == ("sample",) and needles["blood_tests"][0] == ("vein",)
    assert "spine" in needles["ct_myelogram"][0] and "sample" not in needles["ct_myelogram"][0]
    assert needles["mri_whole_spine"] == ((), ("vein",)) and needles["xray"] == ((), ())
    assert needles["pet_ct_fdg"][0] == ("vein",), "tracer and dye go through one needle"


def test_the_tracer_that_fits_the_cancer_shows_more():
    fitted = ready("prostate_staging")
    step = next(stop for stop in fitted.stops if stop.step == "pet_ct_psma")
    bare = plan(catalog, ["pet_ct_psma"]).stops[0]
    assert step.known["skeleton_wide_spread"].level > bare.known["skeleton_wide_spread"].level


def test_urgent_reports_are_used_where_a_source_names_them():
    slow, fast = ready("cord_compression"), ready("cord_compression", urgent=True)
    assert fast.sums["report"].low < slow.sums["report"].low


def test_bad_steps_are_named():
    with pytest.raises(UnknownId, match="no step 'xrays'"):
        plan(catalog, ["xrays"])
    with pytest.raises(ValueError, match="at most 8"):
        plan(catalog, list(catalog.variants)[:9])


def test_the_timeline_goes_forward():
    steps = answers(ready("unknown_primary"))
    comes = [step.comes for step in steps if step.comes]
    sure = [step.comes[0] for step in steps if step.comes and not step.stop.maybe]
    assert sure == sorted(sure), "a step that not everybody has holds nobody else up"
    assert [high for _, high in comes] == sorted(high for _, high in comes)
    assert comes[-1][1] >= ready("unknown_primary").sums["report"].high
