"""What is put into the spine: lesions, their size and place, and the body around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "lytic",
    "sclerotic",
    "mixed",
    "marrow_only",
    "epidural",
    "hemangioma",
    "osteoporotic_fracture",
    "degenerative_end_plate",
    "bone_island",
    "schmorl_node",
    "discitis",
]
Vertebra = Literal["T10", "T11", "T12", "L1"]
LesionPlace = Literal[
    "body_left", "body_right", "body_front", "body_back", "body_center", "pedicle", "pedicle_right", "posterior_arch"
]
Collapse = Literal["none", "wedge", "biconcave", "crush"]
Uptake = Literal["usual", "low"]
Build = Literal["slim", "average", "large"]

KINDS: tuple[Kind, ...] = get_args(Kind)
METASTASES: tuple[Kind, ...] = KINDS[:5]
LOOK_ALIKES: tuple[Kind, ...] = KINDS[5:]
WHOLE_LEVEL: tuple[Kind, ...] = ("osteoporotic_fracture", "degenerative_end_plate", "schmorl_node", "discitis")
VERTEBRAE: tuple[Vertebra, ...] = get_args(Vertebra)
LESION_PLACES: tuple[LesionPlace, ...] = get_args(LesionPlace)
COLLAPSES: tuple[Collapse, ...] = get_args(Collapse)
UPTAKES: tuple[Uptake, ...] = get_args(Uptake)
BUILDS: tuple[Build, ...] = get_args(Build)
SMALLEST_MM, LARGEST_MM = 2.0, 40.0
MOST_LESIONS = 4


class SceneError(ValueError):
    """A scene was asked for that can't be: which field, what was given, what is possible."""


@dataclass(frozen=True, slots=True)
class Lesion:
    """One lesion or look-alike.

    ``pedicle`` is the patient's left one. Kinds in ``WHOLE_LEVEL`` lie where their nature puts them (an end
    plate, a disc): ``place`` changes nothing there. ``uptake`` says whether tumor cells take up sugar (FDG PET).
    """

    kind: Kind
    diameter_mm: float = 15.0
    vertebra: Vertebra = "T12"
    place: LesionPlace = "body_left"
    collapse: Collapse = "none"
    uptake: Uptake = "usual"

    def __post_init__(self) -> None:
        """Refuse what the phantom has no place for."""
        for field, value, allowed in (
            ("kind", self.kind, KINDS),
            ("vertebra", self.vertebra, VERTEBRAE),
            ("place", self.place, LESION_PLACES),
            ("collapse", self.collapse, COLLAPSES),
            ("uptake", self.uptake, UPTAKES),
        ):
            if value not in allowed:
                raise SceneError(f"{field} is '{value}'; possible: {', '.join(allowed)}")
        if not SMALLEST_MM <= self.diameter_mm <= LARGEST_MM:
            raise SceneError(f"diameter_mm is {self.diameter_mm}; possible: {SMALLEST_MM:g} to {LARGEST_MM:g}")


@dataclass(frozen=True, slots=True)
class Scene:
    """One spine: up to ``MOST_LESIONS`` lesions in one body. The seed moves textures and edges, not the lesion."""

    lesions: tuple[Lesion, ...] = ()
    build: Build = "average"
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse too many lesions and unknown builds."""
        if len(self.lesions) > MOST_LESIONS:
            raise SceneError(f"lesions: {len(self.lesions)} given; possible: up to {MOST_LESIONS}")
        if self.build not in BUILDS:
            raise SceneError(f"build is '{self.build}'; possible: {', '.join(BUILDS)}")

    @property
    def healthy(self) -> Scene:
        """Return the same body without lesions."""
        return Scene((), self.build, self.seed)
