"""The numbers that drive the pictures, each with its origin; read from ``content/simulator/*.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from modalities.errors import ContentError
from modalities.evidence import Record

SIMULATOR = Path(__file__).parents[1] / "content" / "simulator"

Origin = Literal["measured", "computed", "tuned", "recalled", "chosen"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)


class Constant(Record):
    """One number behind the pictures. Only ``measured`` ones may be shown as facts."""

    value: float = Field(description="The value that the model uses, in the unit that the key names.")
    low: float | None = Field(default=None, description="Lower end of what the sources give.")
    high: float | None = Field(default=None, description="Upper end of what the sources give.")
    origin: Origin = Field(
        description="measured: stands in a source; computed: worked out from sourced numbers; tuned: set so that a "
        "published result comes out; recalled: general knowledge, source not read; chosen: for the look of a picture."
    )
    sources: tuple[str, ...] = Field(default=(), description="Ids in sources.yaml; needed unless recalled or chosen.")
    note: str = Field(default="", description="How it was worked out or tuned, or why it was chosen.")

    @model_validator(mode="after")
    def _says_where_from(self) -> Constant:
        if self.origin in ("measured", "computed", "tuned") and not self.sources:
            raise ValueError(f"origin '{self.origin}' needs at least one source")
        if self.origin != "measured" and not self.note:
            raise ValueError(f"origin '{self.origin}' needs a note that says how or why")
        return self


Tissue = Annotated[dict[str, Constant], Field(min_length=1)]


def _read(file: Path, shape: Any) -> Any:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return TypeAdapter(shape).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"simulator/{file.name}: {where}: {first['msg']}") from None
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"simulator/{file.name}: {error}") from None


class Constants(Mapping[str, float]):
    """The constants of one file: ``constants("ct")["tube_kv"]`` is the value; ``origin(name)`` says where it is from.

    Raises:
        ContentError: for a name that the file does not have.

    """

    def __init__(self, name: str, records: Mapping[str, Constant]) -> None:
        """Keep the records of one file."""
        self.name = name
        self.records = records

    def __getitem__(self, key: str) -> float:
        """Return the value of one constant."""
        if key not in self.records:
            raise ContentError(f"simulator/{self.name}.yaml: {key}: is missing")
        return self.records[key].value

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self.records)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.records)


@cache
def constants(name: str) -> Constants:
    """Return the constants of ``content/simulator/<name>.yaml``."""
    return Constants(name, _read(SIMULATOR / f"{name}.yaml", dict[str, Constant]))


@cache
def tissues() -> dict[str, dict[str, Constant]]:
    """Return ``content/simulator/tissues.yaml``: properties of each tissue by its name."""
    read: dict[str, dict[str, Constant]] = _read(SIMULATOR / "tissues.yaml", dict[str, Tissue])
    return read


@cache
def every_constant() -> dict[str, dict[str, Constant]]:
    """Return all constants by file and name; those of a tissue are called ``muscle.t1_ms``."""
    files = {
        file.stem: constants(file.stem).records for file in sorted(SIMULATOR.glob("*.yaml")) if file.stem != "tissues"
    }
    flat = {f"{name}.{key}": record for name, keys in tissues().items() for key, record in keys.items()}
    return {**{name: dict(records) for name, records in files.items()}, "tissues": flat}


@cache
def by_label(key: str, default: float = 0.0) -> npt.NDArray[np.float32]:
    """Return one property of all tissues as a table that a label array can index (shape: 64)."""
    from modalities.simulate.phantom import LABELS  # the names of the labels in their stored order

    table = np.full(64, default, np.float32)
    known = tissues()
    for number, name in enumerate(LABELS):
        if key in known.get(name, {}):
            table[number] = known[name][key].value
    table.setflags(write=False)
    return table


def tissue(name: str, key: str) -> float:
    """Return one property of one tissue or lesion filling."""
    known = tissues()
    if key not in known.get(name, {}):
        raise ContentError(f"simulator/tissues.yaml: {name}.{key}: is missing")
    return known[name][key].value
