"""Radiographs: nothing is lost on the way of a ray, lesions show as published, settings do what they do to real ones."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage, stats

from modalities.simulate import flexion, xray, xray_shadow, xray_slabs
from modalities.simulate.image import Frame, frame
from modalities.simulate.painting import NORMAL, Painted, Patch, center, paint
from modalities.simulate.phantom import LEVELS, SPINE, TRUNK, L, load_phantom
from modalities.simulate.scene import KINDS, Lesion, Scene, SceneError
from modalities.simulate.spectra import BEAMS, attenuation, energies_kev, spectrum
from modalities.simulate.xray_slabs import AXES, Matter, Slabs

VIEW = {view.id: view for view in (*xray.VIEWS, *flexion.VIEWS)}
USUAL = {name: view.read(None) for name, view in VIEW.items()}


def scene(
    kind: str = "lytic", diameter_mm: float = 15, vertebra: str = "T12", place: str = "body_center", **more
) -> Scene:
    return Scene((Lesion(kind, diameter_mm, vertebra, place, **more),))


def whole(view: str) -> Frame:
    return xray_shadow.geometry(view).whole


def before_scatter(shown: Scene | Painted, view: str, tube_kv: float | None = None):
    """-log of the primary on the whole frame."""
    painted = shown if isinstance(shown, Painted) else paint(shown)
    paths = xray_shadow.shadow(painted, view).on(whole(view))
    return -np.log(xray.primary(paths, tube_kv or USUAL[view]["tube_kv"]))


def after_scatter(shown: Scene, view: str, **settings):
    return xray.expected(paint(shown), view, {**USUAL[view], **settings}, whole(view))


def disk(shown: Scene, view: str, share: float = 1.0):
    """The pixels over the first lesion, where the rays put it."""
    lesion, seen = shown.lesions[0], xray_shadow.geometry(view)
    middle = center(lesion)
    scale = seen.scale(middle[seen.axis])
    at = [middle[axis] for axis in range(3) if axis != seen.axis]
    (rows, columns), (z0, c0) = (seen.whole.rows, seen.whole.columns), seen.center
    z, c = (rows - z0) / scale + z0 - at[0], (columns - c0) / scale + c0 - at[1]
    return z[:, None] ** 2 + c[None, :] ** 2 < (share * lesion.diameter_mm / 2) ** 2


def contrast(shown: Scene, view: str, picture=before_scatter, **settings) -> float:
    """How much darker (less -log signal) the picture is over the lesion than in the healthy body: mean over its disk."""
    change = picture(Scene(), view, **settings) - picture(shown, view, **settings)
    return float(change[disk(shown, view)].mean())


def peak(shown: Scene, view: str) -> float:
    change = ndimage.gaussian_filter(
        before_scatter(Scene(), view) - before_scatter(shown, view), 1 / xray_shadow.PIXEL_MM
    )
    return float(change[disk(shown, view)].max())


def reader_area(contrast_after: float, clutter: float) -> float:
    return float(stats.norm.cdf(contrast_after / clutter / 2**0.5))


# ---- path lengths


@cache
def spine_by_voxel():
    phantom = load_phantom()
    weight = xray_slabs.fade(SPINE, 1)[:, None] * xray_slabs.fade(SPINE, 2)
    return tuple(part * weight for part in xray_slabs.spine_volume(phantom.labels, phantom.distance))


@pytest.mark.parametrize("axis", AXES)
def test_slabs_hold_all_matter_of_the_spine_box(axis):
    slabs = xray_slabs.sum_slabs(SPINE, axis, spine_by_voxel(), xray_slabs.SPINE_PLANES)
    for material, volume in enumerate(spine_by_voxel()):
        direct = volume.sum(axis=axis, dtype=np.float64) * SPINE.step
        np.testing.assert_allclose(slabs.paths[:, :, material].sum(0), direct, atol=1e-3)


@pytest.mark.parametrize("axis", AXES)
def test_shipped_slabs_are_those_of_the_shipped_spine_and_constants(axis):
    fresh = xray_slabs.sum_slabs(SPINE, axis, spine_by_voxel(), xray_slabs.SPINE_PLANES)
    stored = xray_slabs.spine_slabs(axis)
    np.testing.assert_allclose(stored.depth_mm, fresh.depth_mm)
    matter, bone = xray_slabs.STORED_STEP_MM
    assert np.abs(stored.paths[:, :, 1] - fresh.paths[:, :, 1]).max() <= 0.51 * bone
    assert np.abs(stored.paths.sum(2) - fresh.paths.sum(2)).max() <= 0.51 * matter


@pytest.mark.parametrize("axis", AXES)
def test_trunk_and_spine_box_fill_the_body_once(axis):
    phantom = load_phantom()
    water = 1 + np.asarray(xray_slabs.by_label("hounsfield")) / 1000
    mineral = np.asarray(xray_slabs.by_label("mineral_fraction"))
    inside = xray_slabs.fade(TRUNK, 1)[:, None] * xray_slabs.fade(TRUNK, 2)
    for material, kind in enumerate(((1 - mineral) * water, mineral)):
        direct = (kind[phantom.trunk] * (1 - inside)).sum() * TRUNK.step
        assert xray_slabs.trunk_slabs(phantom, axis).paths[:, :, material].sum() == pytest.approx(direct, rel=1e-3)
    seen = (SPINE.step / TRUNK.step) ** 2
    box = sum(xray_slabs.fade(SPINE, a).sum() for a in AXES)
    assert box * seen**0.5 == pytest.approx(sum(xray_slabs.fade(TRUNK, a).sum() for a in AXES), rel=0.01)


@pytest.mark.parametrize(
    "lesion", [{}, {"kind": "mixed", "diameter_mm": 30}, {"kind": "discitis"}, {"collapse": "wedge"}]
)
def test_a_lesion_adds_the_difference_of_two_whole_sums(lesion):
    painted = paint(scene(**lesion))
    patch, phantom = painted.patch, painted.phantom
    box = patch.box
    weight = xray_slabs.fade(SPINE, 1)[box[1]][:, None] * xray_slabs.fade(SPINE, 2)[box[2]]
    trab, low = (xray_slabs.textures()[name] for name in ("trab", "low"))
    tile = np.ix_(*(np.arange(part.start, part.stop) % 96 for part in box))

    def volume(labels, distance, *lesion_parts):
        voxels = Matter(labels, distance, xray_slabs.shell_around(labels), *lesion_parts)
        return [part * weight for part in xray_slabs.materials(voxels, trab[tile], low[tile])]

    now = volume(patch.labels, patch.distance, patch.mineral, patch.fillings)
    before = volume(phantom.labels[box], phantom.distance[box])
    for axis in AXES:
        added = xray_slabs.change_slabs(painted, axis).paths
        for material in (0, 1):
            direct = (now[material] - before[material]).sum(axis=axis, dtype=np.float64) * SPINE.step
            padded = np.zeros_like(direct)
            part = added[:, :, material].sum(0)
            first = xray_slabs.change_slabs(painted, axis).corner[0] - box[0].start
            padded[first : first + len(part)] = part
            np.testing.assert_allclose(padded, direct, atol=2e-3)


@pytest.mark.parametrize("view", ["ap", "lateral"])
def test_what_lies_nearer_to_the_tube_is_shown_larger(view):
    seen = xray_shadow.geometry(view)
    blob = np.zeros((1, 221, 2, SPINE.shape[3 - seen.axis]), np.float32)
    row, column = 170, 120
    blob[0, row - 1 : row + 2, 1, column - 1 : column + 2] = 1
    places = []
    for depth in (-25.0, 0.0, 40.0):
        slabs = Slabs(SPINE, seen.axis, np.array([depth], np.float32), blob)
        shown = xray_shadow.project((slabs,), seen, seen.whole)[1]
        z, c = (shown * seen.whole.rows[:, None]).sum() / shown.sum(), (shown * seen.whole.columns).sum() / shown.sum()
        high = SPINE.z0 + SPINE.step * row
        aside = SPINE.origin[3 - seen.axis] + SPINE.step * column - seen.center[1]
        tube = xray.C["source_detector_mm"] - xray.C[f"{view}_spine_detector_mm"]
        enlarged = tube / (tube + depth)
        assert (z, c - seen.center[1]) == pytest.approx((high * enlarged, aside * enlarged), abs=0.05)
        places.append(z)
    assert places[0] > places[1] > places[2]


@pytest.mark.parametrize("view", ["ap", "lateral"])
def test_any_frame_of_a_view_shows_the_same_body(view):
    painted, at = paint(scene(place="pedicle")), whole(view)
    part = at.crop((4.0, 6.0), 20.0)
    rows, columns = np.isin(at.rows, part.rows), np.isin(at.columns, part.columns)
    everything = xray.expected(painted, view, USUAL[view], at)[np.ix_(rows, columns)]
    np.testing.assert_allclose(xray.expected(painted, view, USUAL[view], part), everything, atol=3e-6)
    shifted = Frame(part.axis, 0.0, part.rows + np.float32(0.13), part.columns)
    between = xray.expected(painted, view, USUAL[view], shifted)
    assert abs(between.mean() - everything.mean()) < 0.01
    coarse = frame(part.axis, 0.0, (20, -20), (-20, 20), 0.6)
    assert xray.expected(painted, view, USUAL[view], coarse).mean() == pytest.approx(
        xray.expected(painted, view, USUAL[view], at.crop((0.0, 0.0), 20.0)).mean(), abs=0.01
    )


# ---- the beam


@pytest.mark.parametrize("beam", BEAMS)
def test_every_spectrum_adds_up_to_one_and_ends_at_its_tube_voltage(beam):
    share = spectrum(beam)
    assert share.sum() == pytest.approx(1, abs=1e-5)
    assert energies_kev()[share > 1e-6].max() <= int(beam[-3:] if beam[-3:].isdigit() else beam[-2:]) + 1


def test_attenuation_is_that_of_published_tables():
    at_60 = np.argmin(abs(energies_kev() - 60))
    assert attenuation("water")[at_60] == pytest.approx(0.2059, rel=0.005)
    assert attenuation("cortical_bone")[at_60] / 1.92 == pytest.approx(0.3148, rel=0.005)


def test_lower_tube_voltage_raises_the_contrast_of_bone():
    contrasts = [contrast(scene(diameter_mm=20), "ap", tube_kv=kv) for kv in (75, 80, 90, 95)]
    assert contrasts == sorted(contrasts, reverse=True)
    assert contrasts[0] > 1.15 * contrasts[-1]


def test_one_energy_at_the_mean_of_the_tube_would_overstate_contrast():
    water, bone = 200.0, 10.0
    less = xray.primary(np.array([[water + 2.0], [bone - 2.0]], np.float32), 80.0)
    real = float(np.log(less / xray.primary(np.array([[water], [bone]], np.float32), 80.0))[0])
    mean = np.argmin(abs(energies_kev() - 44))
    mono = 0.2 * (attenuation("cortical_bone")[mean] - attenuation("water")[mean])
    assert mono / real == pytest.approx(1.7, abs=0.25)


# ---- lesions, against published results


def test_contrast_rises_with_size():
    for view in ("ap", "lateral"):
        contrasts = [contrast(scene(diameter_mm=d), view) for d in (5, 9, 14, 21)]
        assert contrasts == sorted(contrasts)
        assert contrasts[0] > 0


def test_contrast_is_a_straight_line_in_mineral_loss():
    full = paint(scene(diameter_mm=20))
    inside = 1 - full.patch.mineral / NORMAL
    inside = inside / inside.max()
    losses, contrasts = np.array([4, 8, 16, 24, 28]) / 32, []
    for loss in losses:
        mineral = np.round(NORMAL * (1 - loss * inside)).astype(np.uint8)
        patch = Patch(
            full.patch.box,
            *(getattr(paint(Scene()).phantom, n)[full.patch.box] for n in ("labels", "distance")),
            mineral,
            full.patch.truth,
        )
        change = before_scatter(Scene(), "ap") - before_scatter(Painted(full.scene, full.phantom, patch), "ap")
        contrasts.append(change[disk(full.scene, "ap")].mean())
    per_loss = np.array(contrasts) / losses
    assert per_loss.max() / per_loss.min() < 1.1


def test_central_lytic_lesions_are_read_as_in_the_cadaver_study():
    for diameter, area in ((9, 0.65), (14, 0.72), (21, 0.81)):
        mean = np.mean(
            [contrast(scene(diameter_mm=diameter, vertebra=v), "lateral", after_scatter) for v in ("T11", "T12", "L1")]
        )
        assert reader_area(mean, 0.015) == pytest.approx(area, abs=0.08)


def test_lytic_lesions_are_read_as_in_patients():
    mean = np.mean(
        [contrast(scene(diameter_mm=19, vertebra=v), "lateral", after_scatter) for v in ("T11", "T12", "L1")]
    )
    assert reader_area(mean, 0.021) == pytest.approx(0.72, abs=0.08)


def test_a_lesion_of_the_marrow_alone_is_denser_and_not_seen():
    found = contrast(scene("marrow_only"), "lateral", after_scatter)
    assert found < 0
    assert reader_area(-found, 0.021) <= 0.62


def test_a_lesion_of_the_marrow_alone_leaves_the_shell():
    shown = scene("marrow_only", 25)
    assert (before_scatter(Scene(), "lateral") - before_scatter(shown, "lateral")).max() < 0.01


def test_a_sclerotic_lesion_shows_more_than_a_lytic_one_of_its_size():
    assert -contrast(scene("sclerotic", 10), "lateral") > 3 * contrast(scene("lytic", 10), "lateral")


def test_a_lesion_of_the_pedicle_shows_before_one_in_the_body():
    assert peak(scene(diameter_mm=8, place="pedicle"), "ap") > 2 * peak(scene(diameter_mm=8), "ap")


def test_a_destroyed_pedicle_loses_its_ring():
    at, level = whole("ap"), LEVELS["T12"]
    high = np.abs(at.rows - level.z - 3.4) < 4
    wall = level.canal_width / 2

    def inner_wall(shown, side):
        profile = before_scatter(shown, "ap")[high].mean(0)
        lift = profile - ndimage.gaussian_filter(profile, 3 / xray_shadow.PIXEL_MM)
        return float(lift[np.abs(at.columns * side - wall) < 3].max())

    assert inner_wall(Scene(), 1) > 0.05
    assert inner_wall(scene(place="pedicle"), 1) < 0.4 * inner_wall(Scene(), 1)
    assert inner_wall(scene(place="pedicle"), -1) == pytest.approx(inner_wall(Scene(), -1), rel=0.02)


def test_every_kind_gives_a_finite_picture():
    for kind in KINDS:
        for view in ("ap", "lateral"):
            pixels = xray.acquire(paint(scene(kind, 30)), view, USUAL[view], 3).pixels
            assert pixels.dtype == np.float32
            assert np.isfinite(pixels).all()
            assert pixels.min() >= 0
            assert pixels.max() <= 255


# ---- where things are


def test_left_is_on_the_right_of_a_frontal_picture():
    for place, side in (("pedicle", 1), ("pedicle_right", -1)):
        image = xray.acquire(paint(scene(place=place)), "ap", USUAL["ap"], 1)
        columns = np.flatnonzero(image.truth.any(0))
        assert np.sign(columns.mean() - image.truth.shape[1] / 2) == side
        assert image.left_is == "right"


def test_the_front_is_on_the_left_of_a_lateral_picture():
    front, back = (
        xray.acquire(paint(scene(place=p)), "lateral", USUAL["lateral"], 1).truth
        for p in ("body_front", "posterior_arch")
    )
    assert np.flatnonzero(front.any(0)).mean() < np.flatnonzero(back.any(0)).mean()


@pytest.mark.parametrize("vertebra", ["T10", "L1"])
@pytest.mark.parametrize("place", ["pedicle", "body_front"])
def test_the_truth_lies_where_the_picture_changes(place, vertebra):
    for view in ("ap", "lateral"):
        shown = scene("sclerotic", 12, vertebra, place)
        change = np.abs(before_scatter(shown, view) - before_scatter(Scene(), view))
        truth = xray.acquire(paint(shown), view, USUAL[view], 1).truth.astype(float)
        for axis in (0, 1):
            middles = [(m.sum(1 - axis) * np.arange(m.shape[axis])).sum() / m.sum() for m in (change, truth)]
            assert abs(middles[0] - middles[1]) * xray_shadow.PIXEL_MM < 0.7


# ---- scatter, blur, quanta


def test_scatter_divides_contrast():
    shown = scene(diameter_mm=9)
    inside = disk(shown, "lateral", 0.7)
    straight = np.exp(-before_scatter(Scene(), "lateral"))
    together = np.exp(-after_scatter(Scene(), "lateral"))
    expected = (straight / together)[inside].mean()
    change = {f: (f(Scene(), "lateral") - f(shown, "lateral"))[inside].mean() for f in (before_scatter, after_scatter)}
    assert change[after_scatter] / change[before_scatter] == pytest.approx(expected, rel=0.05)


def test_behind_a_grid_scatter_equals_the_primary_in_the_lateral_view():
    ratios = []
    for name in ("T11", "T12", "L1"):
        at = whole("lateral")
        z, y = LEVELS[name].z, LEVELS[name].y
        body = (np.abs(at.rows - z) < 4)[:, None] & (np.abs(at.columns - y) < 4)[None, :]
        straight, together = (np.exp(-f(Scene(), "lateral"))[body].mean() for f in (before_scatter, after_scatter))
        ratios.append(together / straight - 1)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.15)


def test_without_a_grid_most_of_the_contrast_is_gone():
    shown = scene(diameter_mm=14)
    for view in ("ap", "lateral"):
        assert contrast(shown, view, after_scatter, grid="no") < 0.35 * contrast(shown, view, after_scatter)


def noise(view: str, seed: int = 1, **settings):
    known = {**USUAL[view], **settings}
    clean = xray.expected(paint(Scene()), view, known, whole(view))
    return xray.with_quanta(clean, view, known, whole(view), seed) - clean


def test_noise_falls_with_the_square_root_of_the_dose():
    assert noise("ap", dose=0.5).std() / noise("ap", dose=2).std() == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("view", ["ap", "lateral"])
def test_grain_is_the_noise_of_the_picture(view):
    part = whole(view).crop((0.0, 0.0), 15.0)
    grain = xray.grain(paint(Scene()), view, USUAL[view], part)
    here = np.ix_(np.isin(whole(view).rows, part.rows), np.isin(whole(view).columns, part.columns))
    height, width = part.shape
    singles, means = [], []
    for seed in range(12):
        found = noise(view, seed)[here]
        singles.append(found.std())
        blocks = found[: height // 20 * 20, : width // 20 * 20].reshape(height // 20, 20, width // 20, 20).mean((1, 3))
        means.append(blocks.std())
    assert grain.sd == pytest.approx(np.mean(singles), rel=0.05)
    assert grain.of_mean((20 * xray_shadow.PIXEL_MM) ** 2) == pytest.approx(np.mean(means), rel=0.12)


def test_more_dose_hardly_helps_to_see_a_lesion():
    part, area = whole("lateral").crop((0.0, 0.0), 20.0), np.pi * 7.5**2
    found = contrast(scene(), "lateral", after_scatter)
    areas = [
        reader_area(
            found,
            np.hypot(
                0.021, xray.grain(paint(Scene()), "lateral", {**USUAL["lateral"], "dose": dose}, part).of_mean(area)
            ),
        )
        for dose in (1, 2)
    ]
    assert abs(areas[1] - areas[0]) < 0.02


def test_a_larger_body_is_noisier_and_scatters_more():
    usual = load_phantom()
    trunk = usual.trunk
    larger = ndimage.affine_transform(
        trunk, [1, 0.87, 0.87], offset=[0, 0.065 * trunk.shape[1], 0.065 * trunk.shape[2]], order=0
    )
    large = Painted(Scene(), replace(usual, trunk=larger), None)
    for view in ("ap", "lateral"):
        part = whole(view).crop((0.0, 0.0), 10.0)
        grains = [xray.grain(body, view, USUAL[view], part).sd for body in (paint(Scene()), large)]
        assert grains[1] > 1.1 * grains[0]
        ratios = []
        for body in (paint(Scene()), large):
            straight = xray.primary(xray_shadow.shadow(body, view).on(part), USUAL[view]["tube_kv"]).mean()
            ratios.append(np.exp(-xray.expected(body, view, USUAL[view], part)).mean() / straight)
        assert ratios[1] > ratios[0]


def test_the_same_seed_gives_the_same_picture():
    first, again, other = (xray.acquire(paint(scene()), "ap", USUAL["ap"], seed) for seed in (5, 5, 6))
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert first.pixels.tobytes() != other.pixels.tobytes()


def test_a_lesion_leaves_the_gray_values_far_from_it():
    images = [
        xray.acquire(paint(s), "lateral", USUAL["lateral"], 5).pixels for s in (Scene(), scene("bone_island", 30))
    ]
    far = (whole("lateral").rows > 45)[:, None] & np.ones(len(whole("lateral").columns), bool)
    assert np.abs(images[0] - images[1])[far].max() < 3
    assert np.abs(images[0] - images[1]).max() > 20


def test_gray_values_rise_from_bare_air_to_metal():
    for view in ("ap", "lateral"):
        spread = xray.tone(load_phantom(), view, USUAL[view]["tube_kv"], "yes")
        grays = [float(spread(np.full((40, 40), even, np.float32)).mean()) for even in (0, 2, 4, 6, 8, 25)]
        assert grays == sorted(grays)
        assert grays[0] < 2
    assert grays[-1] > 253


def test_settings_that_no_machine_has_are_refused():
    for wrong in ({"tube_kv": 120}, {"dose": 3}, {"grid": "maybe"}):
        with pytest.raises(SceneError):
            VIEW["ap"].read(wrong)
    with pytest.raises(SceneError):
        VIEW["flexion"].read({"slip_mm": 9})


# ---- flexion and extension


def bent(view: str, shown: Scene | None = None, **settings):
    return flexion.expected(paint(shown or Scene()), view, VIEW[view].read(settings), whole("lateral"))


def test_a_spine_that_does_not_bend_is_the_lateral_radiograph():
    straight = xray.expected(paint(Scene()), "lateral", USUAL["lateral"], whole("lateral"))
    found = bent("flexion", slip_mm=0, angle_deg=0)
    assert np.abs(found - straight)[5:-5, 5:-5].max() < 0.004


def test_a_lesion_bends_with_its_vertebra():
    straight = [
        xray.expected(paint(s), "lateral", USUAL["lateral"], whole("lateral")) for s in (Scene(), scene("sclerotic"))
    ]
    moved = [bent("flexion", s, slip_mm=3, angle_deg=0) for s in (Scene(), scene("sclerotic"))]
    shown = [np.clip(b - a - 0.5 * (b - a).max(), 0, None) for a, b in (straight, moved)]
    middles = [(lesion * whole("lateral").columns).sum() / lesion.sum() for lesion in shown]
    assert middles[0] - middles[1] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("slip", [2.0, 3.0, 6.0])
def test_the_slip_in_the_picture_is_the_slip_that_was_set(slip):
    upper = np.abs(whole("lateral").rows - LEVELS["T11"].z) < 25
    still, moved = (bent("flexion", slip_mm=s, angle_deg=0)[upper, 150:300] for s in (0, slip))
    shifts = np.arange(0, 9, 0.1)
    wanted = np.array(
        [
            np.abs(
                moved[:, :-40] - ndimage.shift(still, (0, -s / xray_shadow.PIXEL_MM), order=1, mode="nearest")[:, :-40]
            ).mean()
            for s in shifts
        ]
    )
    assert shifts[wanted.argmin()] == pytest.approx(slip, abs=0.15)


def test_what_lies_below_the_disc_stays():
    below = whole("lateral").rows < -40
    still, moved = bent("flexion", slip_mm=0, angle_deg=0), bent("flexion", slip_mm=8, angle_deg=15)
    near = np.abs(whole("lateral").columns) < 15
    assert np.abs(np.diff(moved - still, axis=1))[np.ix_(below, near[1:])].max() < 0.01


def test_bones_keep_their_mass_when_they_move():
    shown = flexion.layers(paint(Scene()), "T12")
    settings = VIEW["flexion"].read({"slip_mm": 3, "angle_deg": 8})
    only = flexion.Bent(
        xray_shadow.geometry("lateral"),
        flexion.Layers(np.zeros_like(shown.soft), np.zeros_like(shown.stays), shown.moves),
        flexion.bend_of("flexion", settings, "T12"),
    )
    at = flexion.base_frame()
    upper = shown.moves[1].copy()
    upper[at.rows > 50] = 0  # of what ends inside the frame
    assert only.on(at)[1].sum() == pytest.approx(shown.moves[1].sum(), rel=0.1)
    alone = replace(only, layers=flexion.Layers(only.layers.soft, only.layers.stays, np.stack([upper, upper])))
    assert alone.on(at)[1].sum() == pytest.approx(upper.sum(), rel=1e-3)


def test_every_vertebra_moves_or_stays_as_a_whole():
    for lesion_at, moving in (("T10", ["T10"]), ("T12", ["T10", "T11", "T12"]), ("L1", ["T10", "T11", "T12", "L1"])):
        sides = flexion.sides(load_phantom(), lesion_at)
        for name in ("T10", "T11", "T12", "L1"):
            level = LEVELS[name]
            z, y, x = (
                round((at - start) / SPINE.step)
                for at, start in zip((level.z, level.y, 0.0), SPINE.origin, strict=True)
            )
            assert sides[z, y, x] == (flexion.MOVES if name in moving else flexion.STAYS)
        assert (sides[load_phantom().labels == L["marrow_body"]] > 0).mean() > 0.99


def test_the_disc_below_the_lesion_moves():
    assert flexion.moving_above(paint(scene(vertebra="L1"))) == "L1"
    assert flexion.moving_above(paint(Scene())) == "T12"
    picture = flexion.acquire(
        paint(scene("sclerotic", vertebra="L1")), "flexion", VIEW["flexion"].read({"slip_mm": 8}), 1
    )
    still = flexion.acquire(
        paint(scene("sclerotic", vertebra="L1")), "flexion", VIEW["flexion"].read({"slip_mm": 0}), 1
    )
    middles = [np.flatnonzero(image.truth.any(0)).mean() * xray_shadow.PIXEL_MM for image in (still, picture)]
    assert middles[0] - middles[1] == pytest.approx(8, abs=0.4)


def test_flexion_closes_the_disc_in_front_and_extension_opens_it():
    turns = [flexion.bend_of(view, VIEW[view].read({"angle_deg": 12}), "T12").turn for view in ("flexion", "extension")]
    assert turns[0] > 0 > turns[1]
    assert np.rad2deg(turns[0] - turns[1]) == pytest.approx(12)
    for view, sign in (("flexion", 1), ("extension", -1)):
        bend = flexion.bend_of(view, {**VIEW[view].read({"angle_deg": 12}), "slip_mm": 0.0}, "T12")
        was, _ = bend.source(np.array(-8.0), np.array(-15.0))
        assert np.sign(was + 8.0) == sign  # what is seen at the front lay higher before flexion
