"""What every machine offers: its views, their settings, and the noise that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from modalities.simulate.image import Array, Display, Frame, Image
from modalities.simulate.painting import Painted
from modalities.simulate.scene import SceneError

Value = float | str
Settings = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be changed: a choice of words or numbers, or a number from ``low`` to ``high``."""

    name: str
    default: Value
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    unit: str = ""

    def read(self, value: Value) -> Value:
        """Return a value that is allowed.

        Raises:
            SceneError: names the setting, what was given and what is possible.

        """
        if self.choices:
            found = next((choice for choice in self.choices if str(choice) == str(value)), None)
            if found is None:
                raise SceneError(f"{self.name} is '{value}'; possible: {', '.join(map(str, self.choices))}")
            return found
        try:
            number = float(value)
        except ValueError:
            raise SceneError(f"{self.name} is '{value}'; a number is expected") from None
        if not self.low <= number <= self.high:
            raise SceneError(f"{self.name} is {number:g}; possible: {self.low:g} to {self.high:g}")
        return number


@dataclass(frozen=True, slots=True)
class View:
    """One way to look with one test. ``depth`` says whether a picture is a slice or sums up the whole body."""

    test: str
    id: str
    depth: Literal["slice", "projection"]
    settings: tuple[Setting, ...] = ()

    def read(self, given: Settings | None) -> dict[str, Value]:
        """Return all settings: what is given where it is allowed, defaults for the rest."""
        names = {setting.name for setting in self.settings}
        for name in given or {}:
            if name not in names:
                raise SceneError(
                    f"{self.test}, {self.id} has no setting '{name}'; possible: {', '.join(sorted(names))}"
                )
        return {s.name: s.read((given or {}).get(s.name, s.default)) for s in self.settings}


@dataclass(frozen=True, slots=True)
class Grain:
    """Noise around a lesion: the SD of one pixel and the area (mm2) over which neighbors share it."""

    sd: float
    cell_mm2: float

    def of_mean(self, area_mm2: float) -> float:
        """Return the SD of the mean over an area."""
        return self.sd * float(min(1.0, self.cell_mm2 / max(area_mm2, 1e-6)) ** 0.5)


class Machine(Protocol):
    """What each modality's module offers (settings are complete: they went through ``View.read``)."""

    VIEWS: tuple[View, ...]

    def frame_of(self, painted: Painted, view: str, settings: Settings) -> Frame:
        """Return the pixels of a view in the body."""

    def acquire(self, painted: Painted, view: str, settings: Settings, seed: int) -> Image:
        """Return a picture with noise."""

    def expected(self, painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
        """Return the picture without noise on any part of the frame, in the unit in which a reader compares."""

    def display_of(self, view: str, settings: Settings) -> Display:
        """Return the display window in which a view is first shown (of ``expected`` values)."""

    def grain(self, painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
        """Return the noise of that picture on that part."""
