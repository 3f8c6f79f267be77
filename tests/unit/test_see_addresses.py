"""A scene survives its address; what can't be is named; hide and seek is fair."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modalities.simulate.addresses import query_of, scene_of, settings_of, settings_word
from modalities.simulate.scene import (
    BUILDS,
    COLLAPSES,
    KINDS,
    LESION_PLACES,
    UPTAKES,
    VERTEBRAE,
    Lesion,
    Scene,
    SceneError,
)
from modalities.simulate.seek import HIDDEN, MOST_SEEDS, NOTHING, hidden_scene, judge
from modalities.simulate.views import Setting, View

LESIONS = st.builds(
    Lesion,
    kind=st.sampled_from(KINDS),
    diameter_mm=st.integers(2, 40).map(float),
    vertebra=st.sampled_from(VERTEBRAE),
    place=st.sampled_from(LESION_PLACES),
    collapse=st.sampled_from(COLLAPSES),
    uptake=st.sampled_from(UPTAKES),
)
FURTHER = LESIONS.map(lambda lesion: replace(lesion, collapse="none", uptake="usual"))


@given(LESIONS, st.lists(FURTHER, max_size=3), st.sampled_from(BUILDS), st.integers(1, MOST_SEEDS))
def test_a_scene_comes_back_from_its_address(first, further, build, seed):
    scene = Scene((first, *further), build, seed)
    assert scene_of(query_of(scene)) == scene


def test_a_healthy_spine_has_an_address_too():
    assert scene_of(query_of(Scene())) == Scene()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"kind": "benign"}, "kind is 'benign'"),
        ({"mm": "90"}, "diameter_mm is 90"),
        ({"mm": "wide"}, "mm is 'wide'"),
        ({"at": "C1"}, "vertebra is 'C1'"),
        ({"place": "moon"}, "place is 'moon'"),
        ({"collapse": "flat"}, "collapse is 'flat'"),
        ({"body": "tiny"}, "build is 'tiny'"),
        ({"also": "lytic-10"}, "also is 'lytic-10'"),
        ({"also": ",".join(["lytic-10-T12-pedicle"] * 4)}, "lesions: 5 given"),
        ({"seed": "0"}, "seed is '0'"),
        ({"seek": "x"}, "seek is 'x'"),
    ],
)
def test_what_can_not_be_is_named(query, named):
    with pytest.raises(SceneError, match=named):
        scene_of(query)


def test_settings_are_read_as_words_or_numbers_within_bounds():
    view = View(
        "ct", "axial", "slice", (Setting("window", "bone", ("bone", "soft")), Setting("dose", 1.0, low=0.25, high=2))
    )
    assert view.read({"window": "soft", "dose": "0.5"}) == {"window": "soft", "dose": 0.5}
    for given_, named in (
        ({"window": "lung"}, "window is 'lung'"),
        ({"dose": 9}, "dose is 9"),
        ({"tea": 1}, "no setting 'tea'"),
    ):
        with pytest.raises(SceneError, match=named):
            view.read(given_)


def test_settings_survive_their_word():
    assert settings_of(settings_word({"window": "soft", "dose": 0.5})) == {"window": "soft", "dose": "0.5"}


def test_a_seed_always_hides_the_same_and_some_spines_are_healthy():
    scenes = [hidden_scene(seed) for seed in range(1, 400)]
    assert scenes == [hidden_scene(seed) for seed in range(1, 400)]
    healthy = sum(not scene.lesions for scene in scenes)
    assert 50 < healthy < 110
    assert {scene.lesions[0].kind for scene in scenes if scene.lesions} == set(HIDDEN)
    assert {scene.lesions[0].vertebra for scene in scenes if scene.lesions} == set(VERTEBRAE)


def test_a_guess_is_right_only_at_the_right_vertebra():
    for seed in range(1, 60):
        truth = hidden_scene(seed).lesions
        right = truth[0].vertebra if truth else NOTHING
        assert [guess for guess in (*VERTEBRAE, NOTHING) if judge(seed, guess).right] == [right]
