"""What an address of Path asks for: read, checked, and written back as links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modalities.catalog import Catalog
from modalities.pathway import MOST_STEPS, Path, Status, plan
from modalities.sequences import PathStep, ReadyPath
from parts.address import Address

MARKS: dict[Status, str] = {"sure": "", "maybe": "~", "done": "*"}  # behind a step, in the address
Steps = list[tuple[str, Status]]


@dataclass(frozen=True)
class Route:
    """One sequence of an address: its steps, and the ready path that it began as."""

    catalog: Catalog
    address: Address
    ready: ReadyPath | None
    steps: Steps
    urgent: bool

    @property
    def changed(self) -> bool:
        """Say whether the steps are no longer those of the ready path."""
        return self.ready is not None and self.steps != steps_of(self.ready)

    @property
    def path(self) -> Path:
        """Return what the sequence costs and gains."""
        return path_of(self.catalog, self.steps, self.ready, urgent=self.urgent)

    def why(self, step: str) -> PathStep | None:
        """Return why the ready path has a step, if it has it."""
        return next((why for why in self.ready.steps if why.protocol == step), None) if self.ready else None

    def out_of_order(self, step: str) -> bool:
        """Say whether a step now comes before one that it followed in the ready path; its reason may not fit then."""
        planned = [why.protocol for why in self.ready.steps] if self.ready else []
        now = [known for known, _ in self.steps]
        if step not in planned:
            return False
        return any(other in now and now.index(other) > now.index(step) for other in planned[: planned.index(step)])

    def link(self, steps: Sequence[tuple[str, Status]]) -> str:
        """Return the link to other steps."""
        return self.address.link(steps=_written(steps))

    def link_moved(self, place: int, by: int) -> str:
        """Return the link with one step moved up (-1) or down (1)."""
        moved = list(self.steps)
        moved.insert(place + by, moved.pop(place))
        return self.link(moved)

    def link_without(self, place: int) -> str:
        """Return the link without one step."""
        return self.link([*self.steps[:place], *self.steps[place + 1 :]])

    def link_status(self, place: int, status: Status) -> str:
        """Return the link in which a step is sure, only if needed, or already done; touched again it is sure."""
        step, now = self.steps[place]
        kept: Status = "sure" if now == status else status
        return self.link([*self.steps[:place], (step, kept), *self.steps[place + 1 :]])

    def link_added(self, step: str) -> str:
        """Return the link with one more step at the end."""
        return self.link([*self.steps, (step, "sure")])

    def link_first(self, step: str) -> str:
        """Return the link with one more step before all others."""
        return self.link([(step, "sure"), *self.steps])


def steps_of(ready: ReadyPath) -> Steps:
    """Return the steps of a ready path; those with a condition are not for everybody."""
    return [(step.protocol, "done" if step.done else "maybe" if step.only_if else "sure") for step in ready.steps]


def path_of(catalog: Catalog, steps: Steps, ready: ReadyPath | None, *, urgent: bool) -> Path:
    """Plan some steps; what a tracer shows hangs on the situation of the ready path."""
    return plan(
        catalog,
        [step for step, _ in steps],
        maybe=[step for step, status in steps if status == "maybe"],
        done=[step for step, status in steps if status == "done"],
        situation=ready.situation if ready else None,
        urgent=urgent,
    )


def read_route(catalog: Catalog, address: Address) -> Route | None:
    """Return the sequence of the address; None if it names none."""
    ready = catalog.paths.get(address.one("ready", catalog.paths, ""))
    asked = address.text("steps", limit=300)
    if not ready and not asked:
        return None
    steps = _read_steps(catalog, address, asked) if asked else steps_of(ready) if ready else []
    usual = "yes" if ready and ready.question == "cord_compression_suspected" else "no"
    return Route(catalog, address, ready, steps, address.one("soon", ("yes", "no"), usual) == "yes")


def _read_steps(catalog: Catalog, address: Address, asked: str) -> Steps:
    steps: Steps = []
    for part in asked.split(",") if asked != "none" else ():
        status: Status = next((status for status, mark in MARKS.items() if mark and part.endswith(mark)), "sure")
        step = part.removesuffix(MARKS[status])
        if step not in catalog.variants and step not in catalog.events:
            address.note("steps", part, "it was left out")
        elif step in [known for known, _ in steps]:
            address.note("steps", part, "it was left out", "but it stands there already")
        elif len(steps) == MOST_STEPS:
            address.note("steps", part, "it was left out", f"but a path has at most {MOST_STEPS} steps")
        else:
            steps.append((step, status))
    address.params["steps"] = _written(steps)
    return steps


def _written(steps: Sequence[tuple[str, Status]]) -> str:
    return ",".join(f"{step}{MARKS[status]}" for step, status in steps) or "none"
