"""The model reader: chances between false alarms and certainty, more with size and dose, the order that teaching needs."""

from itertools import pairwise

import pytest

from modalities.simulate import Lesion, Scene, SceneError, acquire, conspicuity
from modalities.simulate.constants import constants
from modalities.simulate.reader import Sweep, sweep, word_of
from modalities.simulate.snippet import snippet

FALSE_ALARMS = constants("reader")["false_alarm_share"]


def seen(kind, size, picture, place="body_left", **settings):
    test, view = picture.split(".")
    return conspicuity(Scene((Lesion(kind, size, "T12", place),)), test, view, settings)


def test_a_spine_without_a_lesion_has_nothing_to_see():
    with pytest.raises(SceneError, match="no lesion"):
        conspicuity(Scene(), "ct")


@pytest.mark.parametrize("picture", ["xray.lateral", "ct.sagittal", "mri.t1", "mri.stir", "pet_ct.fused"])
def test_a_larger_hole_is_seen_more_often(picture):
    chances = [seen("lytic", size, picture, "body_center").chance_seen for size in (3, 8, 15, 30)]
    assert all(later >= earlier - 0.02 for earlier, later in pairwise(chances))
    assert chances[-1] > chances[0] and all(FALSE_ALARMS - 0.01 <= chance <= 1 for chance in chances)


def test_marrow_alone_hides_from_x_ray_and_bone_scan_and_shows_on_mri_and_pet():
    words = {
        p: seen("marrow_only", 15, p).word
        for p in ("xray.ap", "xray.lateral", "bone_scan.posterior", "mri.t1", "mri.stir", "pet_ct.fused")
    }
    assert words == dict.fromkeys(("xray.ap", "xray.lateral", "bone_scan.posterior"), "not_seen") | dict.fromkeys(
        ("mri.t1", "mri.stir", "pet_ct.fused"), "seen"
    )


def test_marrow_alone_is_at_most_a_hint_in_the_bone_window_of_ct():
    assert seen("marrow_only", 15, "ct.sagittal").word != "seen"
    assert seen("lytic", 15, "ct.sagittal").word == "seen"


def test_a_dense_deposit_shows_where_a_hole_of_its_size_does_not():
    for picture in ("xray.lateral", "bone_scan.posterior"):
        assert seen("sclerotic", 15, picture).detectability > 2 * seen("lytic", 15, picture).detectability


def test_the_sign_says_darker_or_brighter():
    assert seen("lytic", 15, "mri.t1").contrast < 0 < seen("lytic", 15, "mri.stir").contrast
    assert seen("lytic", 15, "ct.sagittal").contrast < 0 < seen("sclerotic", 15, "ct.sagittal").contrast


def test_a_tumor_that_takes_up_no_sugar_hides_from_pet():
    usual = conspicuity(Scene((Lesion("sclerotic", 15),)), "pet_ct", "fused")
    low = conspicuity(Scene((Lesion("sclerotic", 15, uptake="low"),)), "pet_ct", "fused")
    assert usual.word == "seen" and low.chance_seen < usual.chance_seen


def test_less_dose_more_noise():
    assert seen("lytic", 8, "ct.axial", dose=0.25).noise > seen("lytic", 8, "ct.axial", dose=2).noise


def test_words_follow_the_chance():
    assert [word_of(chance) for chance in (0.1, 0.29, 0.3, 0.69, 0.7, 1)] == ["not_seen"] * 2 + ["hint"] * 2 + [
        "seen"
    ] * 2


def test_half_seen_lies_between_the_sizes_around_one_half():
    assert Sweep((5, 10, 20), (0.1, 0.4, 0.6)).half_seen_mm == pytest.approx(15)
    assert Sweep((5, 10), (0.6, 0.9)).half_seen_mm == 5
    assert Sweep((5, 10), (0.1, 0.2)).half_seen_mm is None


def test_a_growing_hole_is_seen_on_mri_before_x_ray():
    scene = Scene((Lesion("lytic", 15, "T12", "body_center"),))
    mri, film = sweep(scene, "mri", "stir").half_seen_mm, sweep(scene, "xray", "lateral").half_seen_mm
    assert mri is not None and (film is None or film > 2 * mri)


def test_the_lines_for_a_notebook_make_the_same_picture(tmp_path, monkeypatch, capsys):
    scene = Scene(
        (Lesion("mixed", 12, "T11", "pedicle"), Lesion("sclerotic", 9, "L1", "body_front")), build="large", seed=4
    )
    monkeypatch.chdir(tmp_path)
    exec(snippet(scene, "ct", "axial", {"window": "soft", "dose": 0.5}), {})
    assert (tmp_path / "simulated.png").read_bytes() == acquire(
        scene, "ct", "axial", {"window": "soft", "dose": 0.5}
    ).png()
    assert "Conspicuity(" in capsys.readouterr().out
