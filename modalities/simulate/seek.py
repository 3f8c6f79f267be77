"""Hide and seek: a scene that a seed hides, and whether a guess found it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modalities.simulate.scene import LESION_PLACES, VERTEBRAE, Kind, Lesion, Scene

MOST_SEEDS = 9999
HIDDEN: tuple[Kind, ...] = ("lytic", "sclerotic", "mixed", "marrow_only", "epidural")
HEALTHY_SHARE = 0.2  # of the hidden scenes: a reader must be able to say that there is nothing
NOTHING = "none"


def hidden_scene(seed: int) -> Scene:
    """Return the scene that a seed hides: one metastasis of 6 to 26 mm somewhere, or none."""
    scene = decoy(seed)
    return scene.healthy if np.random.default_rng(seed).random() < HEALTHY_SHARE else scene


def decoy(seed: int) -> Scene:
    """Return a scene with a metastasis whatever the seed; a healthy spine is cut where its lesion would have been."""
    draw = np.random.default_rng(seed)
    draw.random()  # this number decides whether the spine is healthy
    kind = HIDDEN[draw.integers(len(HIDDEN))]
    places = ("body_back", "body_left", "body_right") if kind == "epidural" else LESION_PLACES
    low = 14 if kind == "epidural" else 6
    return Scene(
        (
            Lesion(
                kind,
                float(draw.integers(low, 27)),
                VERTEBRAE[draw.integers(len(VERTEBRAE))],
                places[draw.integers(len(places))],
            ),
        ),
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guess (a vertebra, or ``none``) was worth."""

    right: bool
    vertebra: str


def judge(seed: int, guess: str) -> Verdict:
    """Return whether a guess named the vertebra of a hidden scene."""
    scene = hidden_scene(seed)
    truth = scene.lesions[0].vertebra if scene.lesions else NOTHING
    return Verdict(guess == truth, truth)
