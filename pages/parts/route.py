"""What an address of Path asks for: read, checked, and written back as links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modalities.catalog import Catalog
from modalities.pathway import MOST_STEPS, Path, plan
from modalities.sequences import PathStep, ReadyPath
from parts.address import Address

MAYBE = "~"  # behind a step that not everybody has
Steps = list[tuple[str, bool]]


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

    def link(self, steps: Sequence[tuple[str, bool]]) -> str:
        """Return the link to other steps."""
        return self.address.link(steps=",".join(f"{step}{MAYBE if maybe else ''}" for step, maybe in steps) or "none")

    def link_moved(self, place: int, by: int) -> str:
        """Return the link with one step moved up (-1) or down (1)."""
        moved = list(self.steps)
        moved.insert(place + by, moved.pop(place))
        return self.link(moved)

    def link_without(self, place: int) -> str:
        """Return the link without one step."""
        return self.link([*self.steps[:place], *self.steps[place + 1 :]])

    def link_maybe(self, place: int) -> str:
        """Return the link in which everybody has a step, or not everybody."""
        step, maybe = self.steps[place]
        return self.link([*self.steps[:place], (step, not maybe), *self.steps[place + 1 :]])

    def link_added(self, step: str) -> str:
        """Return the link with one more step at the end."""
        return self.link([*self.steps, (step, False)])

    def link_first(self, step: str) -> str:
        """Return the link with one more step before all others."""
        return self.link([(step, False), *self.steps])


def steps_of(ready: ReadyPath) -> Steps:
    """Return the steps of a ready path; those with a condition are not for everybody."""
    return [(step.protocol, step.only_if is not None) for step in ready.steps]


def path_of(catalog: Catalog, steps: Steps, ready: ReadyPath | None, *, urgent: bool) -> Path:
    """Plan some steps; what a tracer shows hangs on the situation of the ready path."""
    return plan(
        catalog,
        [step for step, _ in steps],
        maybe=[step for step, maybe in steps if maybe],
        situation=ready.situation if ready else None,
        urgent=urgent,
    )


def read_route(catalog: Catalog, address: Address) -> Route | None:
    """Return the sequence of the address; None if it names none."""
    ids = {ready.id: ready for ready in catalog.path_file.paths}
    ready = ids.get(address.one("ready", ids, ""))
    asked = address.text("steps", limit=300)
    if not ready and not asked:
        return None
    steps = _read_steps(catalog, address, asked) if asked else steps_of(ready) if ready else []
    usual = "yes" if ready and ready.question == "cord_compression_suspected" else "no"
    return Route(catalog, address, ready, steps, address.one("soon", ("yes", "no"), usual) == "yes")


def _read_steps(catalog: Catalog, address: Address, asked: str) -> Steps:
    steps: Steps = []
    for part in asked.split(",") if asked != "none" else ():
        step = part.removesuffix(MAYBE)
        if step not in catalog.variants and step not in catalog.events:
            address.note("steps", part, "it was left out")
        elif step in [known for known, _ in steps]:
            address.note("steps", part, "it was left out", "but it stands there already")
        elif len(steps) == MOST_STEPS:
            address.note("steps", part, "it was left out", f"but a path has at most {MOST_STEPS} steps")
        else:
            steps.append((step, part.endswith(MAYBE)))
    address.params["steps"] = ",".join(f"{s}{MAYBE if maybe else ''}" for s, maybe in steps) or "none"
    return steps
