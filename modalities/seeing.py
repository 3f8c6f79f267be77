"""The records of see.yaml: words for the simulated pictures, why a test does or doesn't show a lesion, ready scenes."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from modalities.evidence import Dated, Record, Statement, Text
from modalities.records import FindingId, ModalityId
from modalities.simulate.addresses import read_also
from modalities.simulate.scene import Build, Collapse, Kind, Lesion, LesionPlace, Scene, Uptake, Vertebra

Seen = Literal["seen", "hint", "not_seen"]
SEEN: tuple[Seen, ...] = get_args(Seen)


class KindWords(Text):
    """A kind of lesion or look-alike: its name on the button, and what it is."""

    id: Kind
    about: Statement = Field(description="What it is and what it does to bone and marrow, in one or two sentences.")
    noun: Text = Field(description="As inside a sentence: 'a hole in the bone', 'a lytic metastasis'.")


class Choice(Text):
    """The name of one value of a setting, a place or a shape."""

    id: str = Field(pattern=r"^[a-z0-9_.]+$", description="The value itself.")


class SettingWords(Text):
    """The name of something that can be changed on a large picture."""

    id: str
    choices: tuple[Choice, ...] = Field(default=(), description="Names of its values; numbers need none.")
    effect: Text | None = Field(default=None, description="What changing it does to the picture, in one sentence.")


class FactWords(Text):
    """How something that was worked out beside a picture is said; ``{}`` stands for its value."""

    id: str
    technical_only: bool = Field(default=False, description="true where it would tell a patient nothing.")
    choices: tuple[Choice, ...] = Field(default=(), description="Names of its values; numbers need none.")


class ViewWords(Record):
    """One view of one test."""

    test: ModalityId
    view: str = Field(description="Id of the view in the simulator.")
    name: Text = Field(description="'X-ray, from the front'.")
    shows: Text = Field(description="What the picture shows where nothing is wrong; the first part of its alt text.")
    look_for: Statement = Field(description="What to look for in this view, with sources.")
    signs: dict[Kind, Text] = Field(
        description="How each kind looks in this view where it can be seen: 'Dark where fat should be bright'."
    )
    unseen: Text = Field(description="Caption where nothing can be seen: 'No sign among the shadows'.")


class TestWords(Record):
    """Why a test does or doesn't show each kind."""

    test: ModalityId
    example: Kind = Field(
        default="lytic", description="The kind that the test's own page shows beside a healthy spine."
    )
    finding: dict[Kind, FindingId] = Field(description="The square of the matrix that each kind belongs to.")
    why: dict[Kind, Statement] = Field(description="Why this kind shows, or not, in this test; with sources.")


class SceneWords(Record):
    """A scene in the words of an address."""

    kind: Kind
    mm: float = Field(ge=2, le=40)
    at: Vertebra = "T12"
    place: LesionPlace = "body_left"
    collapse: Collapse = "none"
    uptake: Uptake = "usual"
    body: Build = "average"
    seed: int = 1
    also: tuple[str, ...] = Field(
        default=(), description="Further lesions: 'kind-mm-vertebra-place', with '-wedge' if collapsed."
    )

    def scene(self) -> Scene:
        """Return the scene itself."""
        first = Lesion(self.kind, self.mm, self.at, self.place, self.collapse, self.uptake)
        return Scene((first, *(read_also(word) for word in self.also)), self.body, self.seed)


class StoryScene(SceneWords):
    """The scene of a story, and what stands large in it."""

    panel: str = Field(default="", description="The picture that stands large: 'mri.stir'.")
    settings: dict[str, str | float] = Field(default_factory=dict, description="Settings of that picture.")


class CellScene(SceneWords):
    """The scene that shows what a row of the matrix is about."""

    views: dict[ModalityId, str] = Field(
        default_factory=dict, description="The view of a test that shows it, where it is not the test's first."
    )


class Story(Record):
    """A ready scene told as a small story."""

    id: str = Field(pattern=r"^[a-z_]+$", description="Lasting; part of an address.")
    title: Text = Field(description="'The X-ray was normal'.")
    scene: StoryScene
    views: tuple[str, ...] = Field(min_length=2, description="The pictures that tell it, in order: 'xray.lateral'.")
    told: tuple[Statement, ...] = Field(min_length=2, description="Two to four short paragraphs, each with sources.")
    ask: Text = Field(description="What to ask oneself before looking.")


class SeeFile(Dated):
    """see.yaml."""

    lead: Text = Field(description="What the page is, in two sentences.")
    seen: dict[Seen, Text] = Field(description="Words for: a reader would see it, a hint only, not seen.")
    hits: dict[Seen, Text] = Field(description="Words for the needle: likely enough tumor, may be, likely missed.")
    at_level: Text = Field(description="Where a look-alike of a whole level lies; {} stands for the vertebra.")
    no_tumor: Text = Field(description="For the needle in a look-alike: there is no tumor to find.")
    kinds: tuple[KindWords, ...]
    places: tuple[Choice, ...] = Field(description="Where a lesion lies; read after 'in the': 'left half of the body'.")
    collapses: tuple[Choice, ...]
    uptakes: tuple[Choice, ...]
    builds: tuple[Choice, ...]
    settings: tuple[SettingWords, ...]
    facts: tuple[FactWords, ...] = Field(description="What stands beside a picture, in the order of reading.")
    views: tuple[ViewWords, ...] = Field(description="In the order in which they are offered.")
    cells: dict[FindingId, CellScene] = Field(
        description="The scene for each row of the matrix that a picture can show."
    )
    panels: tuple[str, ...] = Field(description="The pictures that stand side by side: 'ct.sagittal'.")
    tests: tuple[TestWords, ...]
    how: tuple[Statement, ...] = Field(description="How the pictures and the chance of being seen are worked out.")
    limits: tuple[Statement, ...] = Field(min_length=1, description="What such a picture can not say.")
    stories: tuple[Story, ...]

    def view_for(self, test: str, finding: str) -> str | None:
        """Return the picture of a test that shows what a row of the matrix is about; None where there is none."""
        first = next((view.view for view in self.views if view.test == test), None)
        if first is None or finding not in self.cells:
            return None
        return f"{test}.{self.cells[finding].views.get(test, first)}"  # type: ignore[call-overload]

    @model_validator(mode="after")
    def _is_whole(self) -> SeeFile:
        kinds = set(get_args(Kind))
        for name, given in (("kinds", {kind.id for kind in self.kinds}), ("seen", set(self.seen))):
            wanted = kinds if name == "kinds" else set(SEEN)
            if given != wanted:
                raise ValueError(f"{name}: {', '.join(sorted(wanted ^ given))} is missing or unknown")
        for view in self.views:
            if set(view.signs) != kinds:
                raise ValueError(
                    f"views.{view.test}.{view.view}.signs: lacks {', '.join(sorted(kinds - set(view.signs)))}"
                )
        for test in self.tests:
            if set(test.why) != kinds or set(test.finding) != kinds:
                raise ValueError(f"tests.{test.test}: 'why' and 'finding' need each kind once")
        known = {f"{view.test}.{view.view}" for view in self.views}
        asked = {*self.panels, *(v for s in self.stories for v in s.views), *(s.scene.panel for s in self.stories)} - {
            ""
        }
        if asked - known:
            raise ValueError(f"there is no view {', '.join(sorted(asked - known))}")
        return self
