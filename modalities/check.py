"""The editor's loop: ``python -m modalities.check [file …]`` prints one line per content fault.

``--guide`` prints what each field of each kind of content is for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from modalities import (
    accuracy,
    editorial,
    evidence,
    frameworks,
    lessons,
    patient,
    reasoning,
    records,
    seeing,
    sequences,
    situation,
)
from modalities import catalog as reading
from modalities.errors import ContentError
from modalities.evidence import Source
from modalities.simulate import constants

KINDS: dict[str, Any] = {
    "sources.yaml": list[Source],
    "modalities": records.Modality,
    "findings.yaml": list[records.Finding],
    "ratings": records.RatingFile,
    "accuracy.yaml": accuracy.AccuracyFile,
    "glossary.yaml": list[editorial.Word],
    "about.yaml": editorial.AboutFile,
    "site.yaml": editorial.Site,
    "rubric.yaml": editorial.Rubric,
    "decisions.yaml": list[editorial.Decision],
    "ipdas.yaml": editorial.DecisionAid,
    "priors.yaml": accuracy.PriorFile,
    "factors.yaml": patient.FactorFile,
    "journey.yaml": patient.Journey,
    "pairs.yaml": patient.PairFile,
    "orders.yaml": patient.OrderFile,
    "questions.yaml": reasoning.QuestionFile,
    "protocols.yaml": reasoning.ProtocolFile,
    "guidelines.yaml": reasoning.GuidelineFile,
    "cases.yaml": reasoning.CaseFile,
    "frameworks.yaml": frameworks.FrameworkFile,
    "chances.yaml": lessons.ChanceFile,
    "paths.yaml": sequences.PathFile,
    "see.yaml": seeing.SeeFile,
    "simulator": dict[str, constants.Constant],
    "tissues.yaml": dict[str, constants.Tissue],
}


def kind_of(path: Path) -> Any:
    """Return the record type that a content file must hold."""
    return KINDS[path.name] if path.name in KINDS else KINDS[path.parent.name]


def faults(folder: Path = reading.CONTENT, only: list[Path] | None = None) -> Iterator[str]:
    """Yield every fault of the content files, one line each; nothing if all is well."""
    context: dict[str, Any] = {"sources": {}}
    try:
        raw = reading.read_yaml(folder / "sources.yaml")
        context["sources"] = {s.id: s for s in TypeAdapter(list[Source]).validate_python(raw)}
    except (ContentError, ValidationError) as error:
        yield f"sources.yaml: {' '.join(str(error).split())}"
    for path in only or sorted(folder.rglob("*.yaml")):
        try:
            raw = reading.read_yaml(path)
            TypeAdapter(kind_of(path)).validate_python(raw, context=context)
        except ContentError as error:
            yield str(error)
        except ValidationError as error:
            yield from reading.fault_lines(error, raw, path)
    if only is None:
        try:
            reading.load_catalog(folder)
        except ContentError as error:
            yield str(error)


def guide() -> Iterator[str]:
    """Yield each record's fields with their descriptions."""
    seen: list[type[BaseModel]] = []
    for module in (
        evidence,
        records,
        accuracy,
        editorial,
        patient,
        situation,
        reasoning,
        frameworks,
        lessons,
        sequences,
    ):
        seen += [r for r in vars(module).values() if isinstance(r, type) and issubclass(r, BaseModel) and r not in seen]
    for record in seen:
        yield f"\n{record.__name__}: {(record.__doc__ or '').strip().splitlines()[0]}"
        for name, field in record.model_fields.items():
            need = "needed" if field.is_required() else "optional"
            yield f"  {name} ({need}) {field.description or ''}".rstrip()


def main(arguments: list[str]) -> int:
    """Print faults or the guide; return 1 if there are faults."""
    if arguments == ["--guide"]:
        print("\n".join(guide()))
        return 0
    found = list(dict.fromkeys(faults(only=[Path(a).resolve() for a in arguments] or None)))
    print("\n".join(found) if found else "no faults")
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
