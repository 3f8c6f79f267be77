"""CT and CT myelogram: the reconstruction against laws and another library, tissues and noise against publications."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage, stats
from skimage.transform import iradon, radon

from modalities.simulate import ct, myelogram
from modalities.simulate.constants import by_label, tissue
from modalities.simulate.ct import PROJECTOR, slice_frame
from modalities.simulate.image import Array, Frame, Image
from modalities.simulate.painting import center, paint
from modalities.simulate.phantom import SPINE, TRUNK, L
from modalities.simulate.sampling import Section
from modalities.simulate.scene import BUILDS, COLLAPSES, KINDS, LESION_PLACES, Lesion, Scene
from modalities.simulate.tomography import Projector, Technique, as_base_materials

VIEWS = {(view.test, view.id): view for view in (*ct.VIEWS, *myelogram.VIEWS)}
SOFT, BONE = Technique("soft"), Technique("bone")
AXIS = (-25.0, 0.0)
HEALTHY = Scene()


def around(row_mm: float, column_mm: float, half_mm: float, step_mm: float = 0.4, z: float = 0.0) -> Frame:
    along = np.arange(-half_mm, half_mm + step_mm / 2, step_mm, dtype=np.float32)
    return Frame(0, z, along + np.float32(row_mm), along + np.float32(column_mm))


def inside_of(label: str) -> tuple[float, float]:
    """Row and column (mm) deepest inside a tissue of the trunk, at the height of T12."""
    plane = paint(HEALTHY).trunk[round(-TRUNK.z0 / TRUNK.step)] == L[label]
    row, column = np.unravel_index(np.argmax(ndimage.distance_transform_edt(plane)), plane.shape)
    return TRUNK.y0 + TRUNK.step * float(row), TRUNK.x0 + TRUNK.step * float(column)


def middle_of_cord(z: float) -> tuple[float, float]:
    plane = round((z - SPINE.z0) / SPINE.step)
    labels = paint(HEALTHY).block((slice(plane, plane + 1), slice(None), slice(None))).labels[0]
    rows, columns = np.nonzero((labels == L["cord_white"]) | (labels == L["cord_gray"]))
    return SPINE.y0 + SPINE.step * float(rows.mean()), SPINE.x0 + SPINE.step * float(columns.mean())


def disk(at: Frame, row_mm: float, column_mm: float, radius_mm: float) -> Array:
    """Share of each pixel inside a disk."""
    away = np.hypot(at.rows[:, None] - row_mm, at.columns[None, :] - column_mm)
    return np.clip((radius_mm - away) / at.spacing_mm + 0.5, 0, 1).astype(np.float32)


def take(machine, scene: Scene, view: str, seed: int = 1, **settings) -> Image:
    test = "ct" if machine is ct else "myelogram"
    return machine.acquire(paint(scene), view, VIEWS[test, view].read(settings), seed)


def ideal(scene: Scene, at: Frame, technique: Technique = SOFT) -> Array:
    return ct.ideal(ct.body_of(paint(scene)), at, technique)


def core_of(lesion: Lesion, technique: Technique = SOFT, healthy: bool = False) -> Array:
    """HU without noise in the middle of a lesion, or at its place in the healthy body."""
    z, y, x = center(lesion)
    at = around(y, x, lesion.diameter_mm * 0.33, z=z)
    inside = disk(at, y, x, lesion.diameter_mm * 0.33) > 0.5
    return ideal(Scene(() if healthy else (lesion,)), at, technique)[inside]


@cache
def noise(technique: Technique, seed: int, half_mm: float = 30.0) -> Array:
    """Noise of an axial reconstruction around the spine of the healthy body."""
    at = around(0, 0, half_mm)
    return reconstructed(technique, seed, at) - reconstructed(technique, None, at)


def reconstructed(technique: Technique, seed: int | None, at: Frame, scene: Scene = HEALTHY) -> Array:
    water, bone = ct.materials(paint(scene), slice_frame(at.position_mm), technique.thickness_mm)
    return ct.reconstruct(water, bone, at, technique, seed)


# The reconstruction


@cache
def water_disk() -> tuple[Array, Array]:
    whole = slice_frame(0)
    return disk(whole, *AXIS, 160.0), np.zeros(whole.shape, np.float32)


@pytest.mark.parametrize("technique", [SOFT, BONE, Technique("soft", tube_kv=140)])
def test_water_reads_0_and_air_minus_1000_at_any_place(technique):
    water, bone = water_disk()
    for row, column in ((0, 0), (100, 0), (0, -130), (90, 90)):
        read = ct.reconstruct(water, bone, around(AXIS[0] + row, column, 8), technique, None)
        assert np.abs(read.mean()) < 3 and read.std() < 3
    assert ct.reconstruct(water, bone, around(AXIS[0], 172, 2), technique, None).mean() == pytest.approx(-1000, abs=5)


def test_without_the_correction_of_beam_hardening_a_disk_of_water_cups():
    water, bone = water_disk()
    through_cm = PROJECTOR.forward((water + 1j * bone).astype(np.complex64)) * np.float32(0.1)
    read = SOFT.response(through_cm.real, through_cm.imag)
    parts = [(read, SOFT.window)]
    middle, edge = (PROJECTOR.back(parts, around(AXIS[0] + row, 0, 8), AXIS).mean() for row in (0, 140))
    assert middle < 0.98 * edge


def test_every_view_holds_the_whole_mass():
    water, bone = ct.materials(paint(Scene((Lesion("sclerotic"),))), slice_frame(0), 3)
    lines = PROJECTOR.forward((water + 1j * bone).astype(np.complex64))
    for lined, there in ((lines.real, water), (lines.imag, bone)):
        mass = there.sum(dtype=np.float64) * PROJECTOR.step_mm
        assert np.allclose(lined.sum(axis=1, dtype=np.float64), mass, rtol=1e-3)


@cache
def other_library() -> tuple[Projector, Array, Array]:
    """A small projector, a structured square and its projections by scikit-image (views x bins, in pixels)."""
    small = Projector(200, 1.0, 240)
    at = Frame(0, 0.0, small.bins_mm(), small.bins_mm())
    square = disk(at, 0, 0, 85) + 0.4 * disk(at, 30, -20, 18) - 0.7 * disk(at, -35, 25, 12) + 1.2 * disk(at, 20, 45, 9)
    return small, square, radon(square, np.rad2deg(small.angles()), circle=True).T


def test_projections_agree_with_scikit_image():
    small, square, theirs = other_library()
    turned = np.roll(square[::-1], 1, axis=0)  # their angles run the other way around the same middle
    ours = small.forward(turned.astype(np.complex64)).real
    assert np.sqrt(((ours - theirs) ** 2).mean()) < 0.003 * np.sqrt((theirs**2).mean())


@pytest.mark.parametrize(
    ("row", "column", "radius"), [(0, 0, 12), (30, -20, 14), (-35, 25, 8), (20, 45, 5), (-50, -40, 12)]
)
def test_reconstruction_agrees_with_scikit_image_in_hounsfield_units(row, column, radius):
    small, square, _ = other_library()
    ours = small.forward(square.astype(np.complex64)).real
    at = Frame(0, 0.0, small.bins_mm(), small.bins_mm())
    back = small.back([(ours, np.ones_like)], at, (0.0, 0.0))
    theirs = iradon(radon(square, np.rad2deg(small.angles())), np.rad2deg(small.angles()), filter_name="ramp")
    inside = disk(at, row, column, radius) == 1
    assert 1000 * back[inside].mean() == pytest.approx(1000 * theirs[inside].mean(), abs=6)
    assert 1000 * back[inside].mean() == pytest.approx(1000 * square[inside].mean(), abs=4)


@pytest.mark.parametrize("technique", [SOFT, BONE])
def test_the_picture_without_noise_is_what_the_reconstruction_gives(technique):
    for scene, off_by in ((HEALTHY, 4), (Scene((Lesion("lytic"),)), 4), (Scene((Lesion("sclerotic", 20),)), 9)):
        at = around(0, 4, 14)
        off = reconstructed(technique, None, at, scene) - ideal(scene, at, technique)
        assert abs(off.mean()) < off_by and off.std() < 0.06 * ideal(scene, at, technique).std() + 1


def test_any_part_of_a_picture_is_the_same_as_in_the_whole():
    scene = Scene((Lesion("lytic"),))
    for view in ("axial", "sagittal"):
        settings = VIEWS["ct", view].read({})
        whole = ct.frame_of(paint(scene), view, settings)
        rows, columns = slice(100, 240), slice(180, 330)
        part = Frame(whole.axis, whole.position_mm, whole.rows[rows], whole.columns[columns])
        of_whole = ct.expected(paint(scene), view, settings, whole)[rows, columns]
        assert np.abs(ct.expected(paint(scene), view, settings, part) - of_whole).max() < 3


def width_of_line(technique: Technique, shell_mm: float) -> float:
    """Full width at half maximum of a thin plate of bone in the picture."""

    def plate(at: Frame, thickness_mm: float) -> tuple[Array, Array]:
        inside = stats.norm(scale=ct.C["aperture_mm"]).cdf
        across = inside(at.columns + shell_mm / 2) - inside(at.columns - shell_mm / 2)
        bone = np.broadcast_to(across.astype(np.float32), at.shape)
        return 1 - bone, bone

    at = around(0, 0, 6, 0.05)
    line = ct.ideal(plate, at, technique)[len(at.rows) // 2]
    return float(np.sum(line > line.max() / 2) * 0.05)


def test_a_thin_shell_looks_at_least_twice_as_thick():
    assert 2 * 0.35 < width_of_line(BONE, 0.35) < width_of_line(SOFT, 0.35)
    assert width_of_line(SOFT, 0.05) == pytest.approx(ct.C["soft_fwhm_mm"], abs=0.06)


def test_a_small_ball_loses_contrast_in_a_thick_slice():
    def ball(at: Frame, thickness_mm: float) -> tuple[Array, Array]:
        away = np.hypot(at.rows[:, None], at.columns[None, :])
        chord = 2 * np.sqrt(np.maximum(1.5**2 - away**2, 0))
        water = 1 + np.minimum(chord, thickness_mm) / thickness_mm
        return water.astype(np.float32), np.zeros(at.shape, np.float32)

    at = around(0, 0, 3, 0.1)
    peaks = [ct.ideal(ball, at, Technique("soft", thickness_mm=t)).max() / 1000 for t in (1, 3, 5)]
    assert peaks == pytest.approx([0.99, 0.86, 0.56], abs=0.09)


def test_metal_throws_dark_bands_and_streaks():
    water, bone = water_disk()
    whole = slice_frame(0)
    rods = sum(disk(whole, AXIS[0], side, 2.25) for side in (-20, 20))
    between = ct.reconstruct(water, bone + 12 * rods, around(AXIS[0], 0, 3), SOFT, None)
    above = ct.reconstruct(water, bone + 12 * rods, around(AXIS[0] + 40, 0, 3), SOFT, None)
    assert between.mean() < -40 < above.mean()


# Noise


@pytest.mark.parametrize("technique", [SOFT, BONE])
def test_noise_falls_with_the_root_of_dose_and_thickness(technique):
    def sd(**changed) -> float:
        return float(noise(Technique(technique.kernel, **changed), 3).std())

    assert sd(dose=1.0) / sd(dose=4.0) == pytest.approx(2, rel=0.05)
    assert sd(dose=0.25) / sd(dose=1.0) == pytest.approx(2, rel=0.06)
    assert sd(thickness_mm=1.0) / sd(thickness_mm=4.0) == pytest.approx(2, rel=0.1)


def test_a_sharp_kernel_shows_more_detail_and_more_noise():
    assert noise(BONE, 3).std() > 2 * noise(SOFT, 3).std()
    assert width_of_line(BONE, 0.05) < 0.85 * width_of_line(SOFT, 0.05)


@pytest.mark.parametrize("technique", [SOFT, BONE, Technique("soft", 0.25, 1.0), Technique("soft", 1, 3, "iterative")])
def test_the_noise_worked_out_is_that_of_the_reconstruction(technique):
    at = around(0, 0, 4)
    grain = ct.grain_at("average", at, technique)
    made = np.stack([noise(technique, seed) for seed in (1, 2, 3)])
    middle = made[:, 50:101, 50:101]
    assert middle.std() == pytest.approx(grain.sd, rel=0.06)
    area = np.pi * 3.0**2
    ring = disk(at, 0, 0, 3.0)
    means = [
        (one[r : r + 21, c : c + 21] * ring).sum() / ring.sum()
        for one in made
        for r in range(30, 100, 15)
        for c in range(30, 100, 15)
    ]
    assert np.std(means) == pytest.approx(grain.of_mean(area), rel=0.3)


def noise_in_aorta(technique: Technique) -> float:
    row, column = inside_of("aorta")
    return float(ct.noise_sd("average", 0.0, np.array([row]), np.array([column]), technique)[0])


def test_noise_in_the_aorta_lies_between_the_published_quartiles():
    """PMC6220000_T2: filtered and hybrid iterative at four doses (chest CT for emphysema: thin slices)."""
    published = {
        "filtered": ((28.1, 42.8), (38.9, 58.4), (47.8, 81.4), (61.4, 108.5)),
        "iterative": ((15.0, 22.2), (20.5, 26.5), (22.9, 31.8), (28.5, 37.8)),
    }
    for reconstruction, quartiles in published.items():
        for dose, (low, high) in zip((1, 0.55, 0.4, 0.25), quartiles, strict=True):
            technique = Technique("soft", dose, 1.0, reconstruction)
            assert low <= noise_in_aorta(technique) <= high, (reconstruction, dose)


def test_noise_follows_the_measured_series_of_doses():
    measured = np.array([37.5, 46.6, 60.2, 80.0])
    made = np.array([noise_in_aorta(Technique("soft", dose)) for dose in (1, 0.55, 0.4, 0.25)])
    assert made / made[0] == pytest.approx(measured / measured[0], rel=0.1)


def test_iterative_reconstruction_breaks_the_law_of_the_root():
    quarter, full = (noise(Technique("soft", dose, 3, "iterative"), 2).std() for dose in (0.25, 1.0))
    assert quarter / full == pytest.approx(1.77, abs=0.2)
    assert full < 0.6 * noise(SOFT, 2).std()


@pytest.mark.parametrize("thickness_mm", [1.0, 5.0])
def test_the_noise_of_a_sagittal_cut_fits_that_of_the_axial_slices(thickness_mm):
    """Columns of reconstructed slices of 1 mm, averaged over the thickness of the cut."""
    technique = Technique("soft", thickness_mm=thickness_mm)
    columns = round(thickness_mm / 0.4 / 2)
    slices = np.stack([noise(Technique("soft", thickness_mm=1.0), seed) for seed in range(4)])
    lines = slices[:, 40:111, 75 - columns : 76 + columns].mean(axis=2)
    between_slices = np.sum(ct._along_z(z := np.linspace(0, 20, 4001)) ** 2) / np.sum(np.sinc(z) ** 2)
    at = Frame(2, 0.0, np.arange(10, -10, -0.4, dtype=np.float32), np.arange(-14, 14, 0.4, dtype=np.float32))
    made = np.stack([ct.cut_noise("average", at, technique, seed) for seed in range(4)])
    assert made.std() == pytest.approx(lines.std() * np.sqrt(between_slices), rel=0.15)
    assert made.std() == pytest.approx(ct.grain_at("average", at, technique).sd, rel=0.08)


# Tissues and lesions


@cache
def spongiosa_hu(tube_kv: float = 120) -> Array:
    technique = Technique("soft", tube_kv=tube_kv)
    return np.array([ideal(HEALTHY, around(-4, 0, 8, z=z), technique).mean() for z in (29.5, 0.0, -32.0)])


def test_spongy_bone_reads_as_in_people_above_60():
    assert spongiosa_hu().mean() == pytest.approx(138, abs=8)
    assert spongiosa_hu() == pytest.approx([138] * 3, abs=20)


def test_spongy_bone_reads_less_at_140_kv():
    assert spongiosa_hu(140).mean() / spongiosa_hu().mean() == pytest.approx(0.932, abs=0.03)


@pytest.mark.parametrize("label", ["liver", "spleen", "aorta", "muscle", "fat"])
def test_soft_tissues_read_what_was_entered(label):
    read = reconstructed(SOFT, None, around(*inside_of(label), 3)).mean()
    assert read == pytest.approx(tissue(label, "hounsfield"), abs=5)


def mean_of(kind: str, diameters=(10, 16, 22)) -> float:
    lesions = [Lesion(kind, d, "T12", place) for d in diameters for place in ("body_left", "body_center")]
    return float(np.mean([core_of(lesion).mean() for lesion in lesions]))


def test_a_blastic_metastasis_and_a_bone_island_lie_on_their_sides_of_885():
    assert mean_of("sclerotic") == pytest.approx(654, abs=176) and mean_of("sclerotic") < 885
    assert mean_of("bone_island") == pytest.approx(1190, abs=239) and mean_of("bone_island") > 885


def test_the_lowest_of_a_lytic_lesion_lies_where_it_was_measured():
    for diameter in (10, 15, 22):
        assert 26 <= core_of(Lesion("lytic", diameter)).min() <= 146


def test_tumor_that_only_replaces_marrow_changes_little():
    places = ("body_left", "body_right", "body_center")
    lesions = [Lesion("marrow_only", 15, vertebra, place) for vertebra in ("T11", "T12", "L1") for place in places]
    changed = [core_of(one).mean() - core_of(one, healthy=True).mean() for one in lesions]
    assert 30 <= np.mean(changed) <= 55
    assert max(changed) < 0.03 * 2000  # of a bone window
    settings = VIEWS["ct", "axial"].read({"window": "bone"})
    assert np.mean(changed) < 0.04 * ct.display_of("axial", settings).width


def test_a_mixed_lesion_holds_dense_and_empty_parts():
    core = core_of(Lesion("mixed", 22))
    healthy = core_of(Lesion("mixed", 22), healthy=True).mean()
    assert np.quantile(core, 0.1) < healthy < np.quantile(core, 0.9)


def test_a_thin_end_plate_that_lies_flat_in_the_slice_is_the_same_everywhere():
    """Its planes lie a voxel apart; where it passed between two of them it would be thinner, in rings."""
    tilt = np.deg2rad(4)
    along = SPINE.step / 2 * np.arange(120, dtype=np.float32)
    flat = np.zeros((120, 120), np.float32)
    shell = flat
    for plane in range(-12, 13):
        distance = flat + np.float32(np.cos(tilt) * plane * SPINE.step) + np.float32(np.sin(tilt)) * (along - 20)
        labels = np.full(flat.shape, L["marrow_body"], np.uint8)
        part = Section(labels, distance, flat, flat, flat, None, {}, SPINE.step / 2, 2)
        inside, deep = ct._bone_shares(part)
        shell = shell + (inside - deep) * SPINE.step
    assert shell == pytest.approx(by_label("cortex_mm")[L["marrow_body"]] / np.cos(tilt), rel=0.03)


# CT myelogram


def test_a_milligram_of_iodine_reads_23_hounsfield_units():
    water, bone = as_base_materials("ct120", ct.C["water_behind_cm"])
    read = float(ct.true_hu(np.array([1 + water]), np.array([bone]), SOFT)[0])
    assert read == pytest.approx(22.9, abs=1.0)


def test_dye_is_bright_and_outlines_the_cord():
    at, technique = around(*middle_of_cord(28.0), 6, z=28.0), Technique("soft", thickness_mm=1)
    with_dye = ct.ideal(myelogram.body_of(paint(HEALTHY), technique), at, technique)
    cord = disk(at, *middle_of_cord(28.0), 2) == 1
    assert with_dye[cord].mean() == pytest.approx(38, abs=20)
    changed = with_dye - ct.ideal(ct.body_of(paint(HEALTHY)), at, technique)
    assert 123 <= changed.max() <= 356 and abs(changed[cord].mean()) < 20


def column_hu(scene: Scene, z: float) -> float:
    """Brightest tenth of what is in the canal at a height."""
    at = around(*middle_of_cord(28.0), 4, z=z)
    return float(np.quantile(ct.ideal(myelogram.body_of(paint(scene), SOFT), at, SOFT), 0.9))


def test_a_mass_narrows_the_column_and_a_large_one_stops_it():
    narrowed, blocked = (Scene((Lesion("epidural", d, "T12", "body_back"),)) for d in (15, 30))
    areas = []
    for scene in (HEALTHY, narrowed, blocked):
        dye = myelogram.iodine_mg_ml(paint(scene), around(23, 0, 12, z=-4.0), 1.0)
        areas.append(float((dye > 0.5 * ct.C["iodine_mg_ml"]).sum()))
    assert areas[0] > areas[1] > areas[2]
    below, above = -45.0, 50.0
    for scene in (HEALTHY, narrowed, blocked):
        assert column_hu(scene, below) > 180
    assert column_hu(HEALTHY, above) > column_hu(narrowed, above) > column_hu(blocked, above)
    assert column_hu(blocked, above) < 80


def test_dye_never_gets_denser_on_its_way_up():
    for lesion in (
        Lesion("epidural", 15),
        Lesion("epidural", 30, "T11", "posterior_arch"),
        Lesion("lytic", 20, collapse="crush"),
    ):
        dye = myelogram.rising_dye(paint(Scene((lesion,))))
        assert (np.diff(dye) <= 1e-5).all() and dye[0] == pytest.approx(ct.C["iodine_mg_ml"])
    assert np.allclose(myelogram.rising_dye(paint(HEALTHY)), ct.C["iodine_mg_ml"])


def test_dye_is_in_the_fluid_only():
    at = Frame(0, -45.0, np.arange(-20, 40, 0.7, dtype=np.float32), np.arange(-52, 50, 0.7, dtype=np.float32))
    dye = myelogram.iodine_mg_ml(paint(HEALTHY), at, 0.7)
    assert dye[:10].max() < 0.01  # the body in front of the canal
    plane = round((at.position_mm - SPINE.z0) / SPINE.step)
    behind = slice(round((8 - SPINE.y0) / SPINE.step), None)  # and not the fluid in the kidneys
    fluid = (paint(HEALTHY).block((slice(plane, plane + 1), behind, slice(None))).labels == L["csf"]).sum() * 0.49
    assert dye.sum() * at.spacing_mm**2 == pytest.approx(ct.C["iodine_mg_ml"] * fluid, rel=0.08)


# Pictures


@pytest.mark.parametrize("machine", [ct, myelogram])
@pytest.mark.parametrize("view", ["axial", "sagittal"])
def test_the_same_seed_gives_the_same_picture_bit_for_bit(machine, view):
    scene = Scene((Lesion("mixed", 12),))
    one, again, other = (take(machine, scene, view, seed).pixels for seed in (5, 5, 6))
    assert np.array_equal(one, again) and one.dtype == np.float32
    assert not np.array_equal(one, other)


def test_two_people_at_once_get_their_own_pictures():
    scenes = [Scene((Lesion("lytic", d),)) for d in (9, 11, 13, 15)]
    alone = [take(ct, scene, "axial").pixels for scene in scenes]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda scene: take(ct, scene, "axial").pixels, scenes))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_left_is_left_and_right_is_its_mirror_image():
    shares = []
    for place in ("body_left", "body_right"):
        scene = Scene((Lesion("sclerotic", 14, place=place),))
        settings = VIEWS["ct", "axial"].read({})
        at = ct.frame_of(paint(scene), "axial", settings)
        assert at.left_is == "right"
        changed = np.abs(
            ct.expected(paint(scene), "axial", settings, at) - ct.expected(paint(HEALTHY), "axial", settings, at)
        )
        shares.append(float((changed.sum(axis=0) * np.arange(at.shape[1])).sum() / changed.sum() / (at.shape[1] - 1)))
    assert shares[0] > 0.54 and shares[1] < 0.46
    assert sum(shares) == pytest.approx(1, abs=0.02)


def test_a_sagittal_picture_has_the_front_at_the_left_and_the_head_at_the_top():
    at = ct.frame_of(paint(HEALTHY), "sagittal", VIEWS["ct", "sagittal"].read({}))
    assert at.columns[0] < at.columns[-1] and at.rows[0] > at.rows[-1] and at.left_is == "none"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_in_the_slice_through_its_middle(kind):
    scene = Scene((Lesion(kind, 15, place="body_back" if kind == "epidural" else "body_center"),))
    for view in ("axial", "sagittal"):
        settings = VIEWS["ct", view].read({"window": "soft"})
        at = ct.frame_of(paint(scene), view, settings)
        assert paint(scene).truth(at, 3).sum() * at.spacing_mm**2 > 25
        small = Frame(at.axis, at.position_mm, at.rows[::3], at.columns[::3])
        changed = ct.expected(paint(scene), view, settings, small) - ct.expected(paint(HEALTHY), view, settings, small)
        assert np.abs(changed).max() > 40 and np.isfinite(changed).all()


@pytest.mark.parametrize("collapse", COLLAPSES)
def test_the_slice_goes_through_what_is_left_of_a_collapsed_body(collapse):
    scene = Scene((Lesion("lytic", 20, place="body_center", collapse=collapse),))
    at = ct.frame_of(paint(scene), "axial", VIEWS["ct", "axial"].read({}))
    seen = [paint(scene).truth(replace(at, position_mm=z), 1).sum() for z in np.arange(-12, 12, 1.0)]
    assert paint(scene).truth(at, 1).sum() > 0.85 * max(seen)


def test_every_place_and_build_gives_a_picture():
    for place, build in zip(LESION_PLACES, BUILDS * 3, strict=False):
        scene = Scene((Lesion("lytic", 30, "T10", place), Lesion("sclerotic", 8, "L1")), build)
        settings = VIEWS["ct", "axial"].read({"slice_mm": 30})
        at = ct.frame_of(paint(scene), "axial", settings)
        assert np.isfinite(ct.expected(paint(scene), "axial", settings, at.crop((0.0, 0.0), 30))).all()
        assert 0 < ct.grain(paint(scene), "axial", settings, at).sd < 200


def test_dose_thickness_and_voltage_reach_the_picture():
    scene = Scene((Lesion("lytic", 12),))
    assert ct.technique_of(VIEWS["ct", "axial"].read({"dose": 0.25, "thickness_mm": 5, "tube_kv": 140})) == Technique(
        "bone", 0.25, 5.0, "filtered", 140.0
    )
    usual = take(ct, scene, "sagittal", window="soft").pixels
    for changed in (
        {"dose": 0.25},
        {"thickness_mm": 1},
        {"tube_kv": 140},
        {"reconstruction": "iterative"},
        {"slice_mm": 6},
    ):
        assert np.abs(take(ct, scene, "sagittal", window="soft", **changed).pixels - usual).mean() > 2, changed
