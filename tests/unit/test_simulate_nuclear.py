"""Bone scan, SPECT and FDG PET: the physics holds, published numbers come out, the lesion lies where it was put."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from modalities.simulate import bone_scan, bone_uptake, ct, pet_ct, planar, spect
from modalities.simulate.constants import constants
from modalities.simulate.image import Frame, frame
from modalities.simulate.painting import center, others, paint
from modalities.simulate.pet_body import blurred
from modalities.simulate.pet_slice import fdg_change, sagittal
from modalities.simulate.phantom import DATA, IS_BONE, SPINE, L
from modalities.simulate.scene import KINDS, LESION_PLACES, Lesion, Scene
from modalities.simulate.uptake import Change, read
from modalities.simulate.whole_body_shapes import make_body

BONE, PET = constants("bone_scan"), constants("pet_ct")
VIEWS = {(view.test, view.id): view for view in (*bone_scan.VIEWS, *pet_ct.VIEWS)}
MACHINES = {"bone_scan": bone_scan, "pet_ct": pet_ct}
EVERY_VIEW = tuple(VIEWS)
HEALTHY = Scene()


def settings(test, view, **given):
    return VIEWS[test, view].read(given)


def around(lesion, test, view, **given):
    """Return (difference, healthy) without noise on the part of a view around a lesion, and the frame."""
    painted, known = paint(Scene((lesion,))), settings(test, view, **given)
    machine = MACHINES[test]
    whole = machine.frame_of(painted, view, known)
    first, second = others(whole.axis)
    middle = center(lesion)
    part = whole.crop((middle[first], middle[second]), lesion.diameter_mm / 2 + 14)
    healthy = machine.expected(painted.healthy, view, known, part)
    return machine.expected(painted, view, known, part) - healthy, healthy, part


def contrast(lesion, view="posterior", **given):
    """Return the largest relative difference that a lesion makes in a bone scan, with its sign."""
    difference, healthy, _ = around(lesion, "bone_scan", view, **given)
    where = np.unravel_index(np.abs(difference).argmax(), difference.shape)
    return float(difference[where] / healthy[where])


def highest(lesion, **given):
    """Return the highest SUV of a lesion in the PET slice without noise."""
    difference, healthy, _ = around(lesion, "pet_ct", "fused", **given)
    return float((difference + healthy).max())


# Where the lesion lies, and on which side


@pytest.mark.parametrize(("test", "view"), EVERY_VIEW)
@pytest.mark.parametrize("place", ["body_left", "pedicle_right", "posterior_arch"])
def test_a_lesion_lies_where_it_was_put_in_every_view(test, view, place):
    lesion = Lesion("sclerotic", 14, "L1", place)
    difference, _, part = around(lesion, test, view)
    painted = paint(Scene((lesion,)))
    changed = bone_uptake_change(painted) if test == "bone_scan" else fdg_change(painted)
    weight = np.abs(changed.suv)
    middle = [
        float((weight.sum(tuple(k for k in range(3) if k != axis)) * at).sum() / weight.sum())
        for axis, at in enumerate((changed.z, changed.y, changed.x))
    ]
    seen = np.abs(difference)
    rows = float((seen.sum(1) * part.rows).sum() / seen.sum())
    columns = float((seen.sum(0) * part.columns).sum() / seen.sum())
    first, second = others(part.axis)
    off = (rows - middle[first], columns - middle[second])
    assert max(map(abs, off)) < (2.0 if view == "mip" else 1.0), off  # from the front a maximum is no sum


def bone_uptake_change(painted):
    return planar.change_of(painted, 3)


def test_from_behind_left_is_left_and_from_the_front_it_is_right():
    painted = paint(Scene((Lesion("sclerotic", 15, place="body_left"),)))
    for view, side in (("posterior", "left"), ("anterior", "right")):
        image = bone_scan.acquire(painted, view, settings("bone_scan", view), 1)
        assert image.left_is == side
        columns = np.nonzero(image.truth)[1] / image.truth.shape[1]
        assert (columns.max() < 0.5) if side == "left" else (columns.min() > 0.5)
    for test, view in (("bone_scan", "spect"), ("pet_ct", "mip")):
        image = MACHINES[test].acquire(painted, view, settings(test, view), 1)
        assert image.left_is == "right"
        assert np.nonzero(image.truth)[1].mean() > image.truth.shape[1] / 2


def test_left_and_right_are_mirror_images():
    for view in ("posterior", "anterior", "spect"):
        left, right = (
            around(Lesion("sclerotic", 12, place=place), "bone_scan", view)[0] for place in ("pedicle", "pedicle_right")
        )
        assert left.sum() == pytest.approx(right.sum(), rel=0.1)


# What holds for every machine


@pytest.mark.parametrize(("test", "view"), EVERY_VIEW)
def test_the_same_seed_gives_the_same_picture_and_another_one_another(test, view):
    painted, known = paint(Scene((Lesion("mixed", 12),))), settings(test, view)
    machine = MACHINES[test]
    first, again, other = (machine.acquire(painted, view, known, seed) for seed in (3, 3, 4))
    for name in ("pixels", "overlay"):
        if getattr(first, name) is not None:
            assert np.array_equal(getattr(first, name), getattr(again, name))
            assert not np.array_equal(getattr(first, name), getattr(other, name))


@pytest.mark.parametrize(("test", "view"), EVERY_VIEW)
def test_a_part_of_a_picture_is_the_same_as_the_part_of_the_whole(test, view):
    lesion = Lesion("lytic", 18, "T11", "body_right")
    painted, known = paint(Scene((lesion,))), settings(test, view)
    machine = MACHINES[test]
    whole = machine.frame_of(painted, view, known)
    part = Frame(whole.axis, whole.position_mm, whole.rows[30:50], whole.columns[40:70])
    full = machine.expected(painted, view, known, whole)
    np.testing.assert_allclose(machine.expected(painted, view, known, part), full[30:50, 40:70], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mm", [5, 30])
def test_every_kind_gives_finite_pictures_that_are_not_negative(kind, mm):
    collapse = "crush" if kind == "mixed" and mm == 30 else "none"
    painted = paint(Scene((Lesion(kind, mm, "T10", "body_back", collapse),)))
    for test, view in EVERY_VIEW:
        image = MACHINES[test].acquire(painted, view, settings(test, view), 2)
        shown = image.pixels if image.overlay is None else image.overlay
        assert image.pixels.shape == image.truth.shape == shown.shape
        assert image.pixels.dtype == shown.dtype == np.float32
        assert np.isfinite(image.pixels).all()
        assert np.isfinite(shown).all()
        assert shown.min() >= 0


@pytest.mark.parametrize(("test", "view"), EVERY_VIEW)
def test_noise_around_a_lesion_is_what_the_machine_says(test, view):
    known, machine, painted = settings(test, view), MACHINES[test], paint(HEALTHY)
    whole = machine.frame_of(painted, view, known)
    part = whole.crop((0.0, 0.0), 9.0)
    rows, columns = (np.isin(own, kept) for own, kept in ((whole.rows, part.rows), (whole.columns, part.columns)))
    images = [machine.acquire(painted, view, known, seed) for seed in range(24)]
    shown = np.stack([(i.pixels if i.overlay is None else i.overlay)[np.ix_(rows, columns)] for i in images])
    assert machine.grain(painted, view, known, part).sd == pytest.approx(shown.std(0).mean(), rel=0.3)


def test_two_lesions_are_both_seen():
    one, other = Lesion("sclerotic", 12, "T10", "body_right"), Lesion("lytic", 16, "L1", "body_center")
    known = settings("bone_scan", "posterior")
    painted = paint(Scene((one, other)))
    frames = bone_scan.frame_of(painted, "posterior", known)
    for lesion in (one, other):
        z, _, x = center(lesion)
        part = frames.crop((z, x), 6)
        alone = bone_scan.expected(paint(Scene((lesion,))), "posterior", known, part)
        together = bone_scan.expected(painted, "posterior", known, part)
        np.testing.assert_allclose(together, alone, rtol=0.05)


def test_low_uptake_belongs_to_its_own_lesion():
    low = Lesion("lytic", 16, "T10", "body_center", uptake="low")
    usual = Lesion("lytic", 16, "L1", "body_center")
    suv = fdg_change(paint(Scene((low, usual))))
    assert suv.suv[suv.z > 30].max() < 1
    assert suv.suv[suv.z < 0].max() > 5


def test_the_stored_body_is_what_the_shapes_make():
    with np.load(DATA / "body.npz") as stored:
        for name, made in make_body().items():
            assert np.array_equal(stored[name], made), name


# Bone scan: the camera


def test_blur_grows_with_depth_and_is_7_4_mm_at_10_cm():
    assert planar.fwhm_mm(100) == pytest.approx(7.4, abs=0.1)  # KCL_GAMMA
    widths = [measured_fwhm(depth) for depth in (60, 100, 160)]
    assert widths == sorted(widths)
    assert widths[1] == pytest.approx(7.4, abs=0.3)


def measured_fwhm(depth_mm):
    """Return the width of the picture of a point at a depth below the camera behind the body."""
    axis = (np.arange(-3, 4) * 0.7).astype(np.float32)
    suv = np.zeros((7, 7, 7), np.float32)
    suv[3, 3, 3] = 1
    point = Change(axis, axis + np.float32(BONE["camera_behind_mm"] - depth_mm), axis, 0.7, suv)
    along = np.arange(-20, 20, 0.1, dtype=np.float32)
    profile = planar.project(point, "average", "posterior").on(np.zeros(1, np.float32), along)[0]
    return float((profile > profile.max() / 2).sum() * 0.1)


def test_tissue_weakens_rays_by_its_depth_and_nothing_else_is_lost():
    axis = (np.arange(-3, 4) * 0.7).astype(np.float32)
    suv = np.ones((7, 7, 7), np.float32)
    deep = planar.project(Change(axis, axis - 40, axis, 0.7, suv), "average", "posterior")
    near = planar.project(Change(axis, axis + 20, axis, 0.7, suv), "average", "posterior")
    assert deep.suv_mm.sum() / near.suv_mm.sum() == pytest.approx(np.exp(-BONE["attenuation_per_mm"] * 60), rel=0.1)
    unweakened = suv.sum() * 0.7
    _, y, _ = planar.BODY.axes()
    tissue = planar._tissue_to_camera_mm("posterior")[110, :, 65]
    passes = np.exp(-BONE["attenuation_per_mm"] * np.interp(axis - 40, y, tissue)).mean()
    assert deep.suv_mm.sum() == pytest.approx(unweakened * passes, rel=0.02)


def test_more_tissue_means_fewer_counts(monkeypatch):
    rows = columns = np.arange(-10, 11, 2.0, dtype=np.float32)
    usual = planar.healthy_at("average", "posterior", 3, rows, columns)
    monkeypatch.setattr(planar, "extra_tissue_mm", lambda _: (40.0, 30.0))
    planar._healthy.cache_clear()
    thick = planar.healthy_at("average", "posterior", 3, rows, columns)
    planar._healthy.cache_clear()
    assert (thick / usual).mean() == pytest.approx(np.exp(-BONE["attenuation_per_mm"] * 30), rel=0.03)


def test_a_large_body_gives_fewer_counts_and_more_grain():
    known = settings("bone_scan", "posterior")
    bodies = [paint(Scene((), build)) for build in ("slim", "average", "large")]
    part = bone_scan.frame_of(bodies[0], "posterior", known).crop((0, 0), 15)
    counts = [bone_scan.expected(body, "posterior", known, part).mean() for body in bodies]
    assert counts == sorted(counts, reverse=True)
    fused = settings("pet_ct", "fused")
    shares = [pet_ct.noise_share(body.scene.build, fused) for body in bodies]
    assert shares == sorted(shares)
    assert shares[2] > 1.2 * shares[0]


def test_counts_scatter_as_poisson_counts_do():
    known = settings("bone_scan", "posterior")
    painted = paint(HEALTHY)
    images = np.stack([bone_scan.acquire(painted, "posterior", known, seed).pixels for seed in range(30)])
    assert np.array_equal(images, np.round(images))
    assert (images.var(0, ddof=1).mean() / images.mean()) == pytest.approx(1, rel=0.03)
    assert images.sum((1, 2)).mean() == pytest.approx(BONE["counts_in_view"], rel=0.01)


def test_fewer_counts_leave_the_contrast_and_raise_the_noise():
    lesion = Lesion("sclerotic", 15)
    assert contrast(lesion, counts=0.5) == pytest.approx(contrast(lesion, counts=2.0), rel=1e-3)
    painted = paint(HEALTHY)
    few, many = (settings("bone_scan", "posterior", counts=counts) for counts in (0.5, 2.0))
    part = bone_scan.frame_of(painted, "posterior", few).crop((0, 0), 20)
    share = [
        bone_scan.grain(painted, "posterior", known, part).sd
        / bone_scan.expected(painted, "posterior", known, part).mean()
        for known in (few, many)
    ]
    assert share[0] == pytest.approx(2 * share[1], rel=1e-3)


def test_vertebral_bodies_show_better_from_behind():
    painted, lesion = paint(HEALTHY), Lesion("sclerotic", 15, place="body_center")
    known = settings("bone_scan", "posterior")
    levels = [
        bone_scan.expected(painted, view, known, bone_scan.frame_of(painted, view, known).crop((0, 0), 15)).mean()
        for view in ("posterior", "anterior")
    ]
    assert levels[0] > 1.3 * levels[1]
    behind, front = (around(lesion, "bone_scan", view)[0].sum() for view in ("posterior", "anterior"))
    assert behind > 1.5 * front


def test_a_day_later_tumor_stands_out_more_and_benign_change_does_not():
    late_gain = {kind: _extra(kind, 24) / _extra(kind, 3) for kind in ("sclerotic", "degenerative_end_plate")}
    assert late_gain["sclerotic"] == pytest.approx(1.3, abs=0.15)  # ISRAEL_TF1990
    assert late_gain["degenerative_end_plate"] == pytest.approx(1.0, abs=0.12)
    early, late = (settings("bone_scan", "posterior", hours=hours) for hours in (3, 24))
    painted = paint(HEALTHY)
    part = bone_scan.frame_of(painted, "posterior", early).crop((0, 0), 15)
    fewer = bone_scan.expected(painted, "posterior", late, part).mean()
    assert fewer < 0.3 * bone_scan.expected(painted, "posterior", early, part).mean()


def _extra(kind, hours):
    """Return the ratio of a lesion to normal bone in SPECT some hours after the injection."""
    difference, healthy, _ = around(Lesion(kind, 20), "bone_scan", "spect", hours=hours)
    where = np.unravel_index(difference.argmax(), difference.shape)
    return float((difference + healthy)[where] / _vertebra_suv(hours))


def _vertebra_suv(hours=3):
    painted, known = paint(HEALTHY), settings("bone_scan", "spect", hours=hours)
    part = bone_scan.frame_of(painted, "spect", known).crop((0, 0), 10)
    return float(bone_scan.expected(painted, "spect", known, part).mean())


# Bone scan: what lights up


def ball(mm, ratio):
    """Return the change that a ball in T12 makes where bone takes up ``ratio`` times what it did."""
    voxels = read(paint(HEALTHY), SPINE.box((-22, -22, -22), (22, 22, 22)))
    healthy = bone_uptake.tracer(3)(voxels, ())
    far = np.sqrt(voxels.z[:, None, None] ** 2 + voxels.y[None, :, None] ** 2 + voxels.x[None, None, :] ** 2)
    inside = np.clip(0.5 - (far - mm / 2) / 0.7, 0, 1)
    return Change(voxels.z, voxels.y, voxels.x, 0.7, (inside * healthy * (ratio - 1)).astype(np.float32))


def ball_contrasts(mm, ratio):
    """Return the contrast of such a ball: planar over its disk, SPECT in its middle."""
    changed, along = ball(mm, ratio), np.arange(-12, 12.5, 0.5, dtype=np.float32)
    seen = planar.project(changed, "average", "posterior").on(along, along)
    inside = np.hypot(along[:, None], along[None, :]) <= mm / 2
    from_behind = (seen / planar.healthy_at("average", "posterior", 3, along, along))[inside].mean()
    flat = np.tensordot(spect._weights(changed.z, 0.7, 0.0), changed.suv, 1)
    blur = BONE["spect_fwhm_mm"] / planar.FWHM_PER_SIGMA / 0.7
    peak = ndimage.gaussian_filter(flat, blur)
    peak = peak.flat[np.abs(peak).argmax()]
    middle = frame(0, 0.0, (-1, 1), (-1, 1), 1.0)
    return float(from_behind), float(peak / spect.expected(paint(HEALTHY), middle, 3).mean())


@pytest.mark.parametrize(
    ("mm", "ratio", "from_behind", "in_spect"),
    [(10, 4, 0.15, 0.70), (12, 4, 0.20, 1.0), (20, 4, 0.49, 2.35), (20, 0.5, -0.08, -0.39)],
)
def test_contrast_of_known_uptake_is_what_was_computed_for_it(mm, ratio, from_behind, in_spect):
    planar_contrast, spect_contrast = ball_contrasts(mm, ratio)
    assert planar_contrast == pytest.approx(from_behind, rel=0.3)
    assert spect_contrast == pytest.approx(in_spect, rel=0.3)


@pytest.mark.parametrize("mm", [8, 12, 20])
def test_spect_shows_at_least_three_times_the_contrast(mm):
    planar_contrast, spect_contrast = ball_contrasts(mm, 4)
    assert spect_contrast > 4 * planar_contrast
    lesion = Lesion("mixed", mm, place="body_center")
    assert contrast(lesion, "spect") > 3 * contrast(lesion) > 0


def test_new_bone_is_hot_and_a_hole_is_cold_or_invisible():
    assert contrast(Lesion("sclerotic", 12)) > 0.3
    for mm in (8, 12, 20):
        assert -0.2 < contrast(Lesion("lytic", mm, place="body_center")) < 0
        assert -0.6 < contrast(Lesion("lytic", mm, place="body_center"), "spect") < -0.05


@pytest.mark.parametrize("mm", [5, 8, 11, 14])
def test_tumor_inside_marrow_is_negative_at_any_size(mm):
    lesion = Lesion("marrow_only", mm, "T12", "body_center")
    assert abs(contrast(lesion)) < 0.02  # TAOKA2001
    assert abs(contrast(lesion, "spect")) < 0.05


def stage(painted):
    """Return how a deposit lies to the cortex: inside, beneath it or through it (25 mm3 count)."""
    patch = painted.patch
    invaded = IS_BONE[patch.labels] & (patch.fillings["tumor"] > 255 * bone_uptake.MOSTLY_TUMOR)
    bone_mm = patch.bone_mm()
    gone = invaded & (bone_mm > -BONE["cortex_mm"]) & (patch.mineral < 16)
    if (gone.sum() + (patch.labels == L["tumor_soft"]).sum()) * SPINE.step**3 > 25:
        return "through"
    near = invaded & (bone_mm > -BONE["beneath_cortex_mm"])
    return "beneath" if near.sum() * SPINE.step**3 > 25 else "inside"


def test_positive_deposits_are_as_frequent_as_published():
    found = {"inside": [], "beneath": [], "through": []}
    destroyed = []
    for kind in ("lytic", "mixed", "marrow_only"):
        for place in LESION_PLACES:
            for mm in (8, 12, 16, 20, 25):
                lesion = Lesion(kind, mm, "T11" if mm in (8, 16) else "L1", place)
                where, positive = stage(paint(Scene((lesion,)))), contrast(lesion) > 0.1
                if where != "inside" or kind != "mixed":  # new bone is hot wherever it lies
                    found[where].append(positive)
                if kind == "lytic":
                    destroyed.append(positive)
    shares = {name: np.mean(positive) for name, positive in found.items()}
    assert shares["beneath"] == pytest.approx(0.338, abs=0.10)  # TAOKA2001
    assert shares["through"] == pytest.approx(0.713, abs=0.10)
    assert shares["inside"] == 0
    assert np.mean(destroyed) == pytest.approx(0.502, abs=0.15)  # BMCMI2015_LYTIC


def test_a_large_aggressive_hole_has_a_cold_middle_and_a_hot_edge():
    difference, _, part = around(Lesion("lytic", 30, "T12", "body_left"), "bone_scan", "spect")
    _, y, x = center(Lesion("lytic", 30, "T12", "body_left"))
    middle = difference[np.abs(part.rows - y).argmin(), np.abs(part.columns - x).argmin()]
    assert middle < -1.0
    assert difference.max() > 1.0


def test_look_alikes_take_up_what_they_are_known_for():
    warm = {kind: contrast(Lesion(kind, 15)) for kind in KINDS}
    assert warm["osteoporotic_fracture"] > 0.8
    assert warm["discitis"] > 0.3
    assert 0.1 < warm["degenerative_end_plate"] < 0.5
    for kind in ("bone_island", "hemangioma", "schmorl_node"):
        assert abs(warm[kind]) < 0.1, kind


def test_a_fracture_is_hot_across_the_whole_body_and_infection_on_both_sides_of_the_disc():
    difference, healthy, part = around(Lesion("osteoporotic_fracture", 15), "bone_scan", "posterior")
    band = difference[(difference / healthy).max(1).argmax()] > 0.5 * difference.max()
    assert np.ptp(part.columns[band]) > 25
    difference, _, part = around(Lesion("discitis", 20), "bone_scan", "posterior")
    profile = difference[:, np.abs(part.columns) < 12].mean(1)
    peaks = ndimage.maximum_filter1d(profile, 5) == profile
    assert (peaks & (profile > 0.5 * profile.max())).sum() == 2


def test_uptake_in_spect_is_in_the_published_range():
    assert _vertebra_suv() == pytest.approx(3.92, abs=0.27)  # ROHANI2020
    assert 13.9 < spect_maximum(Lesion("sclerotic", 20)) < 39.1  # malignant 26.5 +- 12.6
    assert spect_maximum(Lesion("osteoporotic_fracture", 15)) == pytest.approx(19.8, rel=0.25)
    assert 5.0 < spect_maximum(Lesion("degenerative_end_plate", 20)) < 12.6


def spect_maximum(lesion, counts=50.0):
    """Return the highest SUV of a slice reconstructed from so many counts that noise does not matter."""
    painted = paint(Scene((lesion,)))
    at = spect.frame_of(painted, 0.0)
    image = spect.scan(painted, at, counts, 3, 1)
    _, y, x = center(lesion)
    near = np.hypot(at.rows[:, None] - y, at.columns[None, :] - x) < 22
    return float(image[near].max())


@pytest.mark.parametrize(("kind", "mm"), [("sclerotic", 8), ("sclerotic", 15), ("lytic", 20)])
def test_the_blurred_slice_stands_for_the_reconstructed_one(kind, mm):
    painted = paint(Scene((Lesion(kind, mm),)))
    at = spect.frame_of(painted, 0.0)
    made = spect.scan(painted, at, 500.0, 3, 1)
    expected = spect.expected(painted, at, 3)
    near = np.hypot(at.rows[:, None], at.columns[None, :]) < 25
    assert np.corrcoef(made[near], expected[near])[0, 1] > 0.95
    assert made[near].mean() == pytest.approx(expected[near].mean(), rel=0.08)


# PET


EARL = {  # mm: limits of A50 and MAX (EARL_SPEC_2017)
    37: ((0.76, 0.89), (0.95, 1.16)),
    28: ((0.72, 0.85), (0.91, 1.13)),
    22: ((0.63, 0.78), (0.83, 1.09)),
    17: ((0.57, 0.73), (0.73, 1.01)),
    13: ((0.44, 0.60), (0.59, 0.85)),
    10: ((0.27, 0.43), (0.34, 0.57)),
}


def sphere(mm, contrast_, resolution="standard", noise=0.0, seed=0):
    """Return sagittal pictures, 2 mm apart, of a sphere ``contrast_`` times as active as its background (1)."""
    reach = int(np.ceil((mm / 2 + 2) / 0.7))
    axis = (np.arange(-reach, reach + 1) * 0.7).astype(np.float32)
    far = np.sqrt(axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2)
    inside = np.clip(0.5 - (far - mm / 2) / 0.7, 0, 1).astype(np.float32)
    changed = Change(axis, axis, axis, 0.7, inside * np.float32(contrast_ - 1))
    along = np.arange(-mm / 2 - 12, mm / 2 + 12.1, 2.0, dtype=np.float32)
    fwhm = PET[f"{resolution}_fwhm_mm"]
    volume = np.stack([sagittal(changed, float(x), fwhm).on(along, along) for x in along], 2) + 1
    if noise:
        sigma = PET["noise_fwhm_mm"] / planar.FWHM_PER_SIGMA / 2.0
        grain = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(volume.shape), sigma, mode="wrap")
        volume = volume * (1 + noise * grain / grain.std())
    return along, volume


def recoveries(mm, **given):
    """Return (A50, MAX) as EARL defines them: the mean above half of the background-corrected maximum, the maximum."""
    _, volume = sphere(mm, 10, **given)
    return float(volume[volume > (volume.max() + 1) / 2].mean() / 10), float(volume.max() / 10)


@pytest.mark.parametrize("mm", EARL)
def test_spheres_are_recovered_within_the_limits_of_earl_1(mm):
    for noise in (0.0, 0.045):
        runs = [recoveries(mm, noise=noise, seed=seed) for seed in range(5 if noise else 1)]
        for measured, (low, high) in zip(np.mean(runs, axis=0), EARL[mm], strict=True):
            assert low <= measured <= high


def test_nema_contrast_recovery_lies_among_published_scanners():
    for mm, low, high in ((10, 0.17, 0.62), (28, 0.651, 0.87), (37, 0.68, 0.907)):  # JNM_NEMA_TABLE
        along, volume = sphere(mm, 4)
        middle = volume[:, :, len(along) // 2]
        disk = np.hypot(along[:, None], along[None, :]) <= mm / 2
        assert low <= (middle[disk].mean() - 1) / 3 <= high


def test_small_lesions_lose_most_of_their_suv():
    computed = {4: 1.7, 6: 2.4, 8: 3.2, 10: 4.3, 12: 5.3, 16: 7.0, 20: 7.7}
    for mm, suv in computed.items():
        _, volume = sphere(mm, 1 + 6.6)
        assert volume.max() - 1 + 1.4 == pytest.approx(suv, rel=0.15)


def test_a_painted_lesion_gains_suv_with_its_size():
    suvs = [highest(Lesion("lytic", mm)) for mm in (4, 8, 12, 16, 20, 30)]
    assert suvs == sorted(suvs)
    assert suvs[0] < 2.5 < suvs[2] < suvs[-1] < 8.2


def test_the_maximum_grows_with_noise_more_than_the_mean():
    quiet, loud = (np.mean([recoveries(28, noise=n, seed=s) for s in range(3)], axis=0) for n in (0.05, 0.10))
    assert loud[1] - quiet[1] > 2 * abs(loud[0] - quiet[0])
    assert loud[1] > EARL[28][1][1]


def test_a_sharper_picture_recovers_more_and_has_more_noise():
    assert recoveries(10)[0] == pytest.approx(0.35, abs=0.05)
    assert recoveries(10, resolution="sharp")[0] == pytest.approx(0.51, abs=0.05)
    known = [settings("pet_ct", "fused", resolution=name) for name in ("standard", "sharp")]
    assert pet_ct.noise_share("average", known[1]) > 1.4 * pet_ct.noise_share("average", known[0])
    more = settings("pet_ct", "fused", dose=2.0)
    assert pet_ct.noise_share("average", more) == pytest.approx(pet_ct.noise_share("average", known[0]) / 2**0.5)


def test_metastases_stand_out_from_normal_bone_as_published():
    difference, healthy, part = around(Lesion("lytic", 20, place="body_center"), "pet_ct", "fused")
    inside = paint(Scene((Lesion("lytic", 20, place="body_center"),))).truth(part, 4.0)
    mean = float((difference + healthy)[inside].mean())
    assert 3.6 < mean < 14.4  # JNM2007_1615
    assert mean / healthy[inside].mean() == pytest.approx(8.1 / 2.2, rel=0.3)
    assert highest(Lesion("lytic", 20)) == pytest.approx(7.9, abs=1.0)  # JCANCER2020


def test_pet_sees_the_hole_that_the_bone_scan_misses():
    lesion = Lesion("lytic", 15, place="body_center")
    assert highest(lesion) > 5
    assert contrast(lesion) < 0.05


def test_pet_sees_what_ct_shows_as_nearly_normal():
    lesion = Lesion("marrow_only", 15, place="body_center")
    assert highest(lesion) > 5
    painted = paint(Scene((lesion,)))
    known = {s.name: s.default for s in ct.SETTINGS}
    part = ct.frame_of(painted, "sagittal", known).crop((0, 0), 6)
    hu = [ct.expected(body, "sagittal", known, part).mean() for body in (painted, painted.healthy)]
    assert 0 < hu[0] - hu[1] < 70


def test_benign_change_can_be_avid_and_harmless_change_is_not():
    assert highest(Lesion("discitis", 20)) == pytest.approx(4.5, abs=1.5)  # JCANCER2020
    assert highest(Lesion("osteoporotic_fracture", 15)) < 2.9  # BREDELLA2008: 1.9 +- 0.97
    for kind in ("bone_island", "hemangioma", "degenerative_end_plate", "schmorl_node"):
        difference, _, _ = around(Lesion(kind, 20), "pet_ct", "fused")
        assert difference.max() < 0.6, kind


def test_a_tumor_that_eats_no_sugar_is_dark_on_pet_and_hot_on_the_bone_scan():
    lesion = Lesion("sclerotic", 18, uptake="low")
    assert highest(lesion) < 2.2
    assert contrast(lesion) > 0.5
    assert highest(replace(lesion, uptake="usual")) > 3.5


def test_blur_keeps_all_uptake():
    changed = fdg_change(paint(Scene((Lesion("lytic", 12),))))
    axes, volume = blurred(changed, 8.0)
    step = float(axes[0][1] - axes[0][0])
    assert volume.sum() * step**3 == pytest.approx(changed.suv.sum() * changed.step_mm**3, rel=0.01)


def test_from_the_front_a_lesion_only_adds():
    painted, known = paint(Scene((Lesion("lytic", 20, "L1"),))), settings("pet_ct", "mip")
    at = pet_ct.frame_of(painted, "mip", known)
    healthy, seen = (pet_ct.expected(body, "mip", known, at) for body in (painted.healthy, painted))
    assert (seen >= healthy).all()
    assert seen[painted.truth(at)].max() > 6
    assert np.median(healthy[healthy > 0.2]) < 2
    assert healthy.max() > 8  # the bladder
