"""The phantom and what is painted into it: published sizes, open canal, lesions where and as large as asked."""

from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from modalities.simulate import soft_spine
from modalities.simulate.anatomy import STACK, vertebra, vertebral_body
from modalities.simulate.build import differences
from modalities.simulate.canal import CANAL, CORD
from modalities.simulate.constants import constants
from modalities.simulate.painting import NORMAL, center, paint
from modalities.simulate.phantom import (
    DATA,
    DISTANCE_STEP_MM,
    IS_BONE,
    LABELS,
    LEVELS,
    SPINE,
    TRUNK,
    TURN_RAD,
    Grid,
    L,
    along_spine,
    load_phantom,
    side_curve,
    summed,
)
from modalities.simulate.scene import (
    BUILDS,
    COLLAPSES,
    KINDS,
    LARGEST_MM,
    LESION_PLACES,
    METASTASES,
    SMALLEST_MM,
    VERTEBRAE,
    WHOLE_LEVEL,
    Lesion,
    Scene,
)
from modalities.simulate.soft_spine import conus_tip
from modalities.simulate.trunk import soft_tissue, trunk_grid

SIZES = constants("anatomy")
WHOLE = (slice(None),) * 3
CANAL_BOX = SPINE.box((-1e3, 5.0, -16.0), (1e3, 45.0, 16.0))
LINE = np.arange(-40, 40, 0.05)
SEEN_WHOLE = ("T10", "T11", "T12", "L1", "L2")  # T9 is cut by the upper end of the grid


@lru_cache(maxsize=4)
def painted(*lesions, seed=1, build="average"):
    return paint(Scene(lesions, build, seed))


@lru_cache(maxsize=8)
def labels_of(*lesions, seed=1):
    """Labels of the whole spine grid."""
    labels = load_phantom().labels
    patch = painted(*lesions, seed=seed).patch
    if patch is not None:
        labels = labels.copy()
        labels[patch.box] = patch.labels
    return labels


@lru_cache(maxsize=2)
def voxels(*lesions, seed=1):
    """Labels, distance to bone (mm) and mineral of the whole spine grid."""
    block = painted(*lesions, seed=seed).block(WHOLE)
    mineral = np.ones(SPINE.shape, np.float32) if block.mineral is None else block.mineral
    return block.labels, block.bone_mm, mineral


def is_in(labels, *names):
    return np.isin(labels, [L[name] for name in names])


def along(name, up, back, left, bone=None):
    """Distance to bone (mm) at points given along a vertebra's own axes."""
    level = LEVELS[name]
    turn = np.deg2rad(level.tilt_deg)
    z = level.z + np.cos(turn) * up - np.sin(turn) * back
    y = level.y + np.sin(turn) * up + np.cos(turn) * back - TURN_RAD * left
    x = left + side_curve(level.z) + TURN_RAD * (y - 15)
    at = [(v - start) / SPINE.step for v, start in zip(np.broadcast_arrays(z, y, x), SPINE.origin, strict=True)]
    return ndimage.map_coordinates(voxels()[1] if bone is None else bone, at, order=1, mode="nearest")


def run_length(free, start):
    """Length (mm) of the run of True around a place of LINE."""
    middle = int(np.argmin(np.abs(LINE - start)))
    assert free[middle]
    stops = np.flatnonzero(~free)
    return (stops[stops > middle].min() - stops[stops < middle].max()) * 0.05


def in_range(key, value):
    record = SIZES.records[key]
    assert record.low <= value <= record.high, (key, value, record.low, record.high)


def height_of(lesion, name, back, left=0.0):
    """Height (mm) of a body where it was ``back`` behind its middle, with a lesion painted."""
    level = LEVELS[name]
    labels = labels_of(*lesion)
    y, x = level.y + back, left + side_curve(level.z)
    row, column = round((y - SPINE.y0) / SPINE.step), round((x - SPINE.x0) / SPINE.step)
    body = (labels == L["marrow_body"])[:, row - 1 : row + 2, column - 1 : column + 2].mean((1, 2)) > 0.5
    runs, count = ndimage.label(body)
    foot = round((level.z - level.height / 2 + 4 - SPINE.z0) / SPINE.step)
    assert count and runs[foot]
    return float((runs == runs[foot]).sum() * SPINE.step)


# ------------------------------------------------------------------ sizes


@pytest.mark.parametrize("name", LEVELS)
def test_bodies_are_as_high_and_as_wedged_as_published(name):
    level = LEVELS[name]
    up = np.arange(-16, 16, 0.1, dtype=np.float32)[:, None, None]
    back = np.arange(-19, 19, 0.25, dtype=np.float32)[None, :, None]
    left = np.array([-9, -3, 3, 9], np.float32)[None, None, :]
    solid = vertebral_body(level, up, back, left) < 0
    y, heights = back[0, :, 0], []
    for side in (y < -level.depth * 0.53 + 7, y > level.depth * 0.45 - 7):
        rows = np.flatnonzero(solid[:, side].any((1, 2)))
        heights.append((rows[-1] - rows[0]) * 0.1)
    for height, key in zip(heights, ("height_front", "height_back"), strict=True):
        assert height == pytest.approx(getattr(level, key), abs=1.0)
        if SIZES.records[f"{name.lower()}_{key}_mm"].low is not None:
            in_range(f"{name.lower()}_{key}_mm", height)
    assert heights[1] > heights[0], "bodies are lower in front"


@pytest.mark.parametrize("name", SEEN_WHOLE)
def test_the_canal_is_as_deep_and_wide_as_published(name):
    level = LEVELS[name]
    middle = level.depth * 0.45 + level.canal_depth / 2
    depth = np.mean([run_length(along(name, up, LINE, 0.0) > 0, middle) for up in (-6.0, -5.0, -4.0)])
    in_range(f"{name.lower()}_canal_depth_mm", depth)
    assert run_length(along(name, -4.0, middle, LINE) > 0, 0) == pytest.approx(level.canal_width, abs=1.5)


@pytest.mark.parametrize("name", SEEN_WHOLE)
def test_pedicles_are_as_wide_and_high_as_published(name):
    level = LEVELS[name]
    left = (level.canal_width + level.pedicle_width) / 2
    backs = np.arange(level.depth * 0.45 + 1, level.depth * 0.45 + 9, 0.5)
    narrowest = min(run_length(along(name, 3.6, back, LINE) < 0, left) for back in backs)
    assert narrowest == pytest.approx(level.pedicle_width, abs=1.3)
    high = run_length(along(name, LINE, level.depth * 0.45 + 5, left) < 0, 3.6)
    assert high == pytest.approx(level.pedicle_height, abs=2.0)
    for key, value in (("width", narrowest), ("height", high)):
        if SIZES.records[f"{name.lower()}_pedicle_{key}_mm"].origin == "measured":
            in_range(f"{name.lower()}_pedicle_{key}_mm", value)


def test_the_disc_between_t10_and_t11_is_as_high_as_published_in_front_and_behind():
    upper, lower = LEVELS["T10"], LEVELS["T11"]
    for back, low, high in ((-upper.depth / 2 + 2.5, 4.2, 6.6), (upper.depth * 0.45 - 1.5, 2.7, 4.5)):
        z = (upper.z + lower.z) / 2 - upper.z
        assert low <= run_length(along("T10", LINE + z, back, 7.0) > 0, 0) <= high


def test_the_thoracolumbar_junction_is_straight():
    upper, lower = LEVELS["T10"], LEVELS["L2"]
    plates = [
        level.tilt_deg + sign * np.rad2deg(np.arctan((level.height_back - level.height_front) / level.depth)) / 2
        for level, sign in ((upper, -1), (lower, 1))
    ]
    assert plates[0] - plates[1] == pytest.approx(0, abs=3)


@pytest.mark.parametrize(("z", "part"), [(LEVELS["T11"].z, "lumbar"), (74.0, "thoracic")])
def test_the_cord_is_as_wide_and_deep_as_published(z, part):
    cord = CORD[labels_of()[round((z - SPINE.z0) / SPINE.step)]]
    in_range(f"cord_depth_{part}_mm", cord.any(1).sum() * SPINE.step)
    in_range(f"cord_width_{part}_mm", cord.any(0).sum() * SPINE.step)


@pytest.mark.parametrize("name", ["T11", "T12"])
def test_fluid_behind_the_cord_is_as_thick_as_published(name):
    plane = labels_of()[round((LEVELS[name].z - SPINE.z0) / SPINE.step)]
    column = plane[:, round((side_curve(LEVELS[name].z) - SPINE.x0) / SPINE.step)]
    behind = column[np.flatnonzero(CORD[column])[-1] + 1 :]
    in_range(f"dorsal_csf_{name.lower()}_mm", np.argmin(is_in(behind, "csf", "root")) * SPINE.step)


@pytest.mark.parametrize("build", BUILDS)
def test_trunks_have_their_width_and_depth_and_lie_within_the_grid(build):
    body = load_phantom(build).trunk != L["air"]
    at_t12 = body[round(-TRUNK.z0 / TRUNK.step)]
    assert at_t12.any(0).sum() * TRUNK.step == pytest.approx(SIZES[f"{build}_trunk_width_mm"], abs=2 * TRUNK.step)
    assert at_t12.any(1).sum() * TRUNK.step == pytest.approx(SIZES[f"{build}_trunk_depth_mm"], abs=2 * TRUNK.step)
    assert not (body[:, [0, -1]].any() or body[:, :, [0, -1]].any())


@pytest.mark.parametrize("build", BUILDS)
def test_the_first_lumbar_process_lies_as_deep_under_the_skin_as_published(build):
    tip = along("L1", np.arange(-16.0, 0, 0.5)[:, None], LINE[None, :] + 30, 0.0)
    y = LEVELS["L1"].y + 30 + LINE[np.flatnonzero((tip < 0).any(0) & (LINE < 45))[-1]]
    plane = load_phantom(build).trunk[round((LEVELS["L1"].z - 9 - TRUNK.z0) / TRUNK.step)]
    skin = TRUNK.y0 + TRUNK.step * np.flatnonzero(plane[:, round(-TRUNK.x0 / TRUNK.step)])[-1]
    assert skin - y == pytest.approx(SIZES[f"{build}_process_l1_skin_mm"], abs=2.0)


def test_builds_share_spine_and_deep_muscles():
    y, x = TRUNK.axes()[1:]
    near = np.ix_(range(TRUNK.nz), np.flatnonzero((y > -20) & (y < 72)), np.flatnonzero(np.abs(x) < 50))
    average = load_phantom("average").trunk[near]
    for build in ("slim", "large"):
        assert (load_phantom(build).trunk[near] == average).mean() > 0.97
        assert load_phantom(build).labels is load_phantom("average").labels


# ------------------------------------------------------------------ the healthy spine


@pytest.mark.parametrize("name", STACK)
def test_a_vertebra_is_its_own_mirror_image(name):
    level = STACK[name]
    z, y = (np.arange(-30, 41, 2.0, dtype=np.float32) + at for at in (level.z, level.y))
    x = np.arange(-48, 49, 1.5, dtype=np.float32)
    bone = vertebra(name, z[:, None, None], y[None, :, None], x[None, None, :])
    assert np.allclose(bone.whole, bone.whole[:, :, ::-1], atol=1e-3)


def test_both_halves_of_the_built_spine_hold_the_same_bone():
    labels = labels_of()
    z, y, x = SPINE.mesh()
    left = x - np.vectorize(side_curve)(z) - TURN_RAD * (y - 15)
    bone = is_in(labels, "marrow_body", "bone_post")
    assert np.broadcast_to(left, SPINE.shape)[bone].mean() == pytest.approx(0, abs=0.5)
    halves = [(bone & (sign * left > 0)).sum() for sign in (-1, 1)]
    assert halves[0] == pytest.approx(halves[1], rel=0.04)


def test_the_canal_is_open_and_the_cord_ends_at_the_conus():
    labels = labels_of()
    parts, _ = ndimage.label(is_in(labels[CANAL_BOX], "csf", "root"))
    sizes = np.bincount(parts.ravel())
    sac = parts == sizes[1:].argmax() + 1
    assert sac.any((1, 2)).all(), "one column of fluid from T9 to L2"
    assert (sac.sum((1, 2)) * SPINE.step**2).min() > 40
    cord = CORD[labels]
    heights = SPINE.z0 + SPINE.step * np.flatnonzero(cord.any((1, 2)))
    assert heights[0] == pytest.approx(conus_tip(), abs=1.5) and heights[-1] == pytest.approx(SPINE.axes()[0][-1])
    assert ndimage.label(cord[CANAL_BOX])[1] == 1


def test_bone_labels_and_bone_surface_agree():
    labels, distance, _ = voxels()
    assert not (IS_BONE[labels] & (distance > 0.4)).any() and not (~IS_BONE[labels] & (distance < -0.4)).any()


def test_every_label_is_used():
    used = set(np.unique(labels_of())) | set(np.unique(labels_of(Lesion("epidural", 20))))
    used |= set(np.unique(labels_of(Lesion("discitis"))))
    for build in BUILDS:
        used |= set(np.unique(load_phantom(build).trunk))
    assert used == set(range(len(LABELS)))


# ------------------------------------------------------------------ the files


def test_shipped_spine_is_what_the_builder_makes(monkeypatch):
    """Some planes only: the whole takes about 10 s. Noise and shapes know no grid, so a part is the same."""
    first = round((LEVELS["T12"].z - 4 - SPINE.z0) / SPINE.step)
    part = Grid(SPINE.z0 + SPINE.step * first, SPINE.y0, SPINE.x0, 8, SPINE.ny, SPINE.nx, SPINE.step)
    monkeypatch.setattr(soft_spine, "SPINE", part)
    labels, distance = soft_spine.spine_grid(soft_tissue(part, "average"))
    shipped = load_phantom()
    inner = slice(2, 6)  # the ends have no neighbors to take a slope from
    planes = slice(first + 2, first + 6)
    assert (labels[inner] == shipped.labels[planes]).mean() > 0.9995
    away = np.abs(distance[inner].astype(int) - shipped.distance[planes])
    assert (away <= 1).mean() > 0.9995


@pytest.mark.parametrize("build", BUILDS)
def test_shipped_trunks_are_what_the_builder_makes(monkeypatch, build):
    from modalities.simulate import trunk

    first = round((30 - TRUNK.z0) / TRUNK.step)
    part = Grid(TRUNK.z0 + TRUNK.step * first, TRUNK.y0, TRUNK.x0, 3, TRUNK.ny, TRUNK.nx, TRUNK.step)
    monkeypatch.setattr(trunk, "TRUNK", part)
    assert (trunk_grid(build) == load_phantom(build).trunk[first : first + 3]).mean() > 0.9995


def test_differences_and_sums_undo_each_other():
    array = np.random.default_rng(1).integers(0, 256, (5, 4, 3), np.uint8)
    for axis in range(3):
        assert (summed(differences(array, axis), axis) == array).all()


def test_files_are_small():
    sizes = {file.name: file.stat().st_size for file in DATA.glob("*.npz")}
    assert sum(sizes.values()) <= 4e6
    assert sum(size for name, size in sizes.items() if name.startswith(("spine", "trunk"))) <= 2.2e6


# ------------------------------------------------------------------ lesions where and as large as asked

INSIDE = [
    Lesion(kind, diameter, vertebra_, place)
    for kind, (vertebra_, place, diameter) in product(
        ("lytic", "sclerotic", "mixed", "marrow_only", "hemangioma", "bone_island"),
        (("T12", "body_left", 8.0), ("L1", "body_center", 15.0), ("T11", "body_front", 6.0)),
    )
]


@pytest.mark.parametrize("lesion", INSIDE, ids=lambda lesion: f"{lesion.kind}-{lesion.diameter_mm:g}")
def test_the_truth_lies_at_the_center_and_has_the_size_that_was_asked(lesion):
    sizes = []
    for seed in range(1, 6):
        patch = painted(lesion, seed=seed).patch
        at = np.argwhere(patch.truth) + [part.start for part in patch.box]
        assert np.linalg.norm(np.array(SPINE.origin) + SPINE.step * at.mean(0) - center(lesion)) < 1.0
        sizes.append((6 / np.pi * len(at) * SPINE.step**3) ** (1 / 3))
        assert sizes[-1] == pytest.approx(lesion.diameter_mm, rel=0.10)
    assert np.mean(sizes) == pytest.approx(lesion.diameter_mm, rel=0.06)


@pytest.mark.parametrize("kind", KINDS)
def test_painting_changes_nothing_outside_its_patch_and_nothing_in_the_phantom(kind):
    before = voxels()
    lesion = Lesion(kind, 15.0, "T12", "body_left")
    after = voxels(lesion)
    outside = np.ones(SPINE.shape, bool)
    outside[painted(lesion).patch.box] = False
    for old, new in zip(before, after, strict=True):
        assert (old[outside] == new[outside]).all()
    assert (load_phantom().labels == before[0]).all() and not load_phantom().labels.flags.writeable


@pytest.mark.parametrize("kind", ["lytic", "sclerotic", "marrow_only", "bone_island"])
def test_a_ball_changes_nothing_far_from_it(kind):
    lesion = Lesion(kind, 12.0, "L1", "body_right")
    z, y, x = SPINE.mesh()
    middle = center(lesion)
    far = np.sqrt((z - middle[0]) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2) > 11.0
    for old, new in zip(voxels(), voxels(lesion), strict=True):
        assert (old[far] == new[far]).all()


@pytest.mark.parametrize("collapse", COLLAPSES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_and_the_largest_size_work_everywhere(kind, collapse):
    where = [("T10", "body_left"), ("L1", "posterior_arch"), ("T12", "pedicle"), ("T11", "body_back")]
    for number, (vertebra_, place) in enumerate(where[: 1 if collapse != "none" else 4]):
        size = (SMALLEST_MM, LARGEST_MM)[(number + len(kind)) % 2]
        result = painted(Lesion(kind, size, vertebra_, place, collapse))
        assert result.patch.truth.any()
        for share in result.patch.fillings.values():
            assert share.shape == result.patch.labels.shape


def test_any_two_to_four_lesions_can_be_painted_together():
    random = np.random.default_rng(7)

    def pick(choices):
        return choices[int(random.integers(len(choices)))]

    for seed in range(12):
        lesions = tuple(
            Lesion(pick(KINDS), pick((2.0, 9.0, 20.0, 40.0)), pick(VERTEBRAE), pick(LESION_PLACES), pick(COLLAPSES))
            for _ in range(2 + seed % 3)
        )
        patch = paint(Scene(lesions, seed=seed)).patch
        assert patch.truth.any()
        wrong = IS_BONE[patch.labels] & (patch.distance * DISTANCE_STEP_MM > 1.0)
        assert wrong.mean() < 1e-4


def test_the_same_seed_gives_the_same_voxels_and_another_seed_others():
    scene = Scene((Lesion("mixed", 20.0, collapse="wedge"),), seed=3)
    paint.cache_clear()
    first = paint(scene).patch
    paint.cache_clear()
    again, other = paint(scene).patch, paint(Scene(scene.lesions, seed=4)).patch
    assert (first.labels == again.labels).all() and (first.mineral == again.mineral).all()
    assert (first.mineral != other.mineral).any()


# ------------------------------------------------------------------ metastases


def test_marrow_only_leaves_mineral_shape_and_labels_alone():
    for old, new in zip(voxels(), voxels(Lesion("marrow_only", 20.0)), strict=True):
        assert (old == new).all()
    assert painted(Lesion("marrow_only", 20.0)).patch.fillings["tumor"].max() == 255


def test_a_large_tumor_of_a_pedicle_fills_the_foramen_below_it():
    level = LEVELS["T12"]
    z, y, x = SPINE.mesh()
    low, wide = level.z - level.height_back * 0.4, level.canal_width / 2
    foramen = (np.abs(z - low + 2) < 5) & (np.abs(y - level.back_wall - 5) < 5) & (np.abs(x - wide - 5) < 5)
    fat = [
        (is_in(labels_of(*lesion), "epidural_fat") & foramen).sum()
        for lesion in ((), (Lesion("lytic", 8.0, "T12", "pedicle"),), (Lesion("lytic", 26.0, "T12", "pedicle"),))
    ]
    assert fat[1] == fat[0] and fat[2] < 0.35 * fat[0]
    large = labels_of(Lesion("lytic", 26.0, "T12", "pedicle"))
    assert is_in(large, "root")[foramen & is_in(labels_of(), "root")].any(), "the root lies in the tumor"


def cord_is_whole(labels):
    pieces = np.bincount(ndimage.label(CORD[labels[CANAL_BOX]], np.ones((3, 3, 3)))[0].ravel())[1:]
    return pieces.max() > 0.999 * pieces.sum()


def cord_area(labels):
    return CORD[labels[CANAL_BOX]].sum((1, 2))


def canal_of(name, half_height=6.0):
    level = LEVELS[name]
    z, y, x = SPINE.mesh()
    middle = along_spine("back_wall", z) + along_spine("canal_depth", z) / 2
    deep, wide = level.canal_depth / 2 + 1, level.canal_width / 2 + 1
    return (np.abs(z - level.z) < half_height) & (((y - middle) / deep) ** 2 + (x / wide) ** 2 < 1)


def middle_of(mask):
    return np.array(SPINE.origin) + SPINE.step * np.argwhere(mask).mean(0)


EPIDURAL = {  # where the mass lies from the canal's middle (back, left)
    "body_center": (-1, 0),
    "body_left": (-1, 1),
    "body_right": (-1, -1),
    "pedicle": (0, 1),
    "pedicle_right": (0, -1),
    "posterior_arch": (1, 0),
}


@pytest.mark.parametrize("name", ["T10", "T11"])
@pytest.mark.parametrize("place", EPIDURAL)
def test_an_epidural_mass_comes_from_its_side_and_pushes_the_cord_to_the_other(place, name):
    lesion = Lesion("epidural", 20.0, name, place)
    canal, labels = canal_of(name), labels_of(lesion)
    level = LEVELS[name]
    mass = middle_of(canal & is_in(labels, "tumor_soft"))
    healthy, moved = (middle_of(canal & CORD[part]) for part in (labels_of(), labels))
    offset = (mass[1] - level.back_wall - level.canal_depth / 2, mass[2] - side_curve(level.z))
    for shift, expected, cord in zip(offset, EPIDURAL[place], (moved - healthy)[1:], strict=True):
        if expected:
            assert shift * expected > 0.5
            assert cord * expected < -0.4
    sideways = [abs(offset[1])] if EPIDURAL[place][1] == 0 else []
    assert all(shift < 1.0 for shift in sideways)


@pytest.mark.parametrize("name", ["T10", "T11", "T12"])
@pytest.mark.parametrize("place", EPIDURAL)
def test_an_epidural_mass_narrows_the_fluid_and_the_cord_stays_one_piece_of_its_area(place, name):
    old = labels_of()
    areas = []
    for diameter in (8.0, 20.0, 40.0):
        labels = labels_of(Lesion("epidural", diameter, name, place))
        areas.append(is_in(labels, "csf")[canal_of(name)].sum())
        before, after = cord_area(old), cord_area(labels)
        thick = before > 40
        assert (np.abs(after[thick] / before[thick] - 1) < 0.25).all()
        assert cord_is_whole(labels)
    healthy = is_in(old, "csf")[canal_of(name)].sum()
    assert healthy > areas[0] > max(areas[1:]) and max(areas[1:]) < 0.5 * healthy


def test_a_mass_stays_in_the_canal():
    labels = labels_of(Lesion("epidural", 20.0, "T12", "body_center"))
    new = is_in(labels, "tumor_soft") & ~is_in(labels_of(), "tumor_soft")
    assert CANAL[labels_of()][new].mean() > 0.97


# ------------------------------------------------------------------ collapse


@pytest.mark.parametrize("kind", ["lytic", "marrow_only"])
def test_collapse_takes_the_height_that_its_shape_takes(kind):
    level, sizes = LEVELS["T12"], constants("lesions")
    places = {"front": -level.depth * 0.42, "middle": 0.0, "back": level.depth * 0.3}
    before = {where: height_of((), "T12", at, 8.0) for where, at in places.items()}
    lost = {}
    for shape in ("wedge", "biconcave", "crush"):
        lesion = Lesion(kind, 15.0, "T12", "body_center", shape)
        lost[shape] = {where: 1 - height_of((lesion,), "T12", at, 8.0) / before[where] for where, at in places.items()}
    wedge, biconcave, crush = lost["wedge"], lost["biconcave"], lost["crush"]
    assert wedge["front"] > wedge["middle"] > wedge["back"] > 0
    assert wedge["front"] == pytest.approx(sizes["wedge_loss_front"], abs=0.1)
    assert biconcave["middle"] > biconcave["front"] + 0.1
    assert all(share == pytest.approx(sizes["crush_loss"], abs=0.1) for share in crush.values())


def test_thin_bone_breaks_in_front_and_keeps_its_height_at_the_back():
    before = height_of((), "T12", 10.0, 8.0)
    lost = [
        1 - height_of((Lesion(kind, 15.0, "T12", "body_center", "wedge"),), "T12", 10.0, 8.0) / before
        for kind in ("osteoporotic_fracture", "lytic")
    ]
    assert lost[0] < 0.1 and lost[1] > 0.15


def wall_of(lesion, name="T12"):
    """How far back the body reaches in the midline, below the middle of its height (mm from the healthy wall)."""
    level = LEVELS[name]
    foot = level.z - level.height / 2
    z = np.arange(foot + 3, foot + 9, 0.7)
    rows = np.round((z - SPINE.z0) / SPINE.step).astype(int)
    column = round((side_curve(level.z) + 6.0 - SPINE.x0) / SPINE.step)
    reach = [np.flatnonzero(is_in(part[rows][:, :, column], "marrow_body").any(0)).max() for part in lesion]
    return (reach[1] - reach[0]) * SPINE.step


def test_tumor_bulges_the_back_wall_and_thin_bone_keeps_it():
    healthy = labels_of()
    bulges = [
        wall_of((healthy, labels_of(Lesion(kind, 15.0, "T12", "body_center", "wedge"))))
        for kind in ("lytic", "sclerotic", "osteoporotic_fracture", "hemangioma")
    ]
    assert min(bulges[:2]) >= 1.4 and max(np.abs(bulges[2:])) <= SPINE.step


@pytest.mark.parametrize("kind", METASTASES)
def test_collapse_leaves_the_cord_whole_and_bone_surfaces_true(kind):
    for shape in ("wedge", "biconcave", "crush"):
        labels, distance, _ = voxels(Lesion(kind, 20.0, "T11", "body_left", shape))
        assert cord_is_whole(labels)
        assert (IS_BONE[labels] & (distance > 0.6)).sum() < 20 and (~IS_BONE[labels] & (distance < -0.6)).sum() < 20


# ------------------------------------------------------------------ look-alikes


def test_struts_of_a_hemangioma_are_upright_and_unevenly_spaced():
    lesion = Lesion("hemangioma", 18.0, "L1", "body_center")
    patch = painted(lesion, seed=2).patch
    inner = np.unravel_index(np.argmax(ndimage.distance_transform_edt(patch.truth)), patch.truth.shape)
    box = tuple(slice(at - 7, at + 8) for at in inner)
    mineral = patch.mineral[box].astype(float)
    down, across = (np.abs(np.diff(mineral, axis=axis)).mean() for axis in (0, 1))
    assert down < 0.35 * across, "bright lines run up and down"
    unevenness = np.median([_unevenness_of_dots(painted(lesion, seed=seed).patch) for seed in range(1, 6)])
    assert 0.12 < unevenness < 0.4, "neither a grid nor clumps"


def _unevenness_of_dots(patch):
    """Spread of the distances from dot to nearest dot, as a share of their mean, in a plane through the middle."""
    inner = np.argmax(patch.truth.sum((1, 2)))
    plane = (patch.mineral[inner] > 1.8 * NORMAL) & patch.truth[inner]
    dots, count = ndimage.label(plane)
    assert count >= 12
    middles = np.array(ndimage.center_of_mass(plane, dots, range(1, count + 1)))
    gaps = np.sort(np.linalg.norm(middles[:, None] - middles[None], axis=2), axis=1)[:, 1]
    return gaps.std() / gaps.mean()


def test_an_osteoporotic_fracture_has_a_dense_line_in_wet_marrow_below_the_upper_end_plate():
    patch = painted(Lesion("osteoporotic_fracture", 15.0)).patch
    line = patch.mineral > 1.8 * NORMAL
    wet = patch.fillings["edema"]
    z = SPINE.axes()[0]
    level = LEVELS["T12"]
    assert (z[line.any((1, 2))] > level.z - 3).all() and line.sum() > 200
    assert wet[line].mean() < 0.5 * wet[patch.truth & ~line].mean()
    below = z < level.z - 5
    assert wet[below].max() == 0 and (patch.mineral[below] == NORMAL).all(), "the rest of the body stays"


def disc_height(lesion):
    upper, lower = LEVELS["T12"], LEVELS["L1"]
    bone = voxels(*lesion)[1]
    heights = LINE + (upper.z - upper.height / 2 + lower.z + lower.height / 2) / 2 - upper.z
    return np.mean([run_length(along("T12", heights, 0.0, left, bone) > 0, 0) for left in (-8.0, 0.0, 8.0)])


def test_a_worn_disc_is_narrow_and_dry_between_wet_end_plates_with_spurs():
    lesion = Lesion("degenerative_end_plate", 15.0)
    assert disc_height(()) - disc_height((lesion,)) == pytest.approx(2.4, abs=0.8)
    old, new = labels_of(), labels_of(lesion)
    z, y, _ = SPINE.mesh()
    at_disc = np.abs(z + 14.7) < 6
    assert (is_in(old, "nucleus") & at_disc).any() and not (is_in(new, "nucleus") & at_disc).any()
    grown = IS_BONE[new] & ~IS_BONE[old] & (y < LEVELS["T12"].y - LEVELS["T12"].depth * 0.53 - 1)
    assert (grown & at_disc).sum() > 100
    assert painted(lesion).patch.fillings["edema"].max() > 120


def test_discitis_eats_both_end_plates_and_swells_around():
    old, new = labels_of(), labels_of(Lesion("discitis", 15.0))
    infected = is_in(new, "infected_tissue")
    z, _, _ = SPINE.mesh()
    for side in (z > -14.7, z < -14.7):
        assert (infected & is_in(old, "marrow_body") & side).sum() > 100
    assert (infected & is_in(old, "visceral_fat", "muscle", "ligament", "crus")).sum() > 1000
    assert not (is_in(new, "nucleus") & (np.abs(z + 14.7) < 4)).any()
    before, after = cord_area(old), cord_area(new)
    assert (after[before > 40] > 0.9 * before[before > 40]).all(), "the cord keeps its room"


def test_a_schmorl_node_is_disc_in_the_body_with_a_dense_rim():
    lesion = Lesion("schmorl_node", 12.0)
    old, new = labels_of(), labels_of(lesion)
    pushed = is_in(new, "annulus") & is_in(old, "marrow_body")
    assert 100 < pushed.sum() * SPINE.step**3 < 900
    assert (painted(lesion).patch.mineral > 1.8 * NORMAL).any()
    level = LEVELS["T12"]
    assert middle_of(pushed)[0] == pytest.approx(level.z + level.height / 2 - 4, abs=3)


def test_whole_level_kinds_ignore_the_place():
    for kind in WHOLE_LEVEL:
        first, second = (painted(Lesion(kind, 15.0, "T12", place)).patch for place in ("body_left", "pedicle"))
        assert (first.labels == second.labels).all() and (first.mineral == second.mineral).all()
