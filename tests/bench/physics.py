"""How far the simulated physics agrees with published numbers: ``python -m tests.bench.physics``.

Prints, never asserts. ``reproduce`` rows of physics_benchmarks.csv set no constant of the model: they can fail it.
``tuned`` rows set constants: they only show that the setting still holds. ``context`` rows are about patients or inputs
and are counted, not measured. Bands of ours, where none is printed, and the reasons of misses: physics_explained.yaml.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modalities.simulate.scene import METASTASES
from tests.bench import physics_measures as measures
from tests.bench.physics_measures import Measured, Numbers

ROWS = Path(__file__).with_name("physics_benchmarks.csv")
EXPLAINED = Path(__file__).with_name("physics_explained.yaml")
CLUTTERS = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08)
MRI_CLUTTERS = (0.1, 0.15, 0.2, 0.25)
GROUPS: tuple[Callable[[], Numbers], ...] = (
    measures.xray_numbers,
    measures.ct_numbers,
    measures.mri_numbers,
    measures.bone_scan_numbers,
    measures.pet_numbers,
    measures.biopsy_numbers,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One published number: its band (as printed, or ours), unit, and what it may be used for."""

    id: str
    what: str
    low: float | None
    value: float | None
    high: float | None
    unit: str
    source: str
    use: str

    @property
    def band(self) -> str:
        """Return the band in words, with the middle if one is printed."""
        ends = [None if end is None else f"{end:g}" for end in (self.low, self.high)]
        if self.low is not None and self.high is not None:
            said = f"{ends[0]} to {ends[1]}"
        elif self.low is None and self.high is None:
            said = ""
        else:
            said = f"over {ends[0]}" if self.high is None else f"under {ends[1]}"
        middle = "" if self.value is None else f"{self.value:g}"
        return f"{middle} ({said})" if middle and said else middle or said

    def verdict(self, ours: float) -> str:
        """Return whether a number lies in the band."""
        if self.low is None and self.high is None:
            return "no band"
        above = self.low is None or ours >= self.low
        below = self.high is None or ours <= self.high
        return "inside" if above and below else "OUTSIDE"


@cache
def explained() -> dict[str, Any]:
    """Return our own bands and the reasons of misses."""
    return dict(yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")))


@cache
def rows() -> tuple[Row, ...]:
    """Return all rows; those without a printed band have ours."""
    bands = explained()["bands"]
    found = []
    with ROWS.open(encoding="utf-8", newline="") as file:
        for raw in csv.DictReader(file):
            numbers = {key: float(raw[key]) if raw[key] else None for key in ("low", "value", "high")}
            numbers |= {key: bands[raw["id"]][key] for key in ("low", "high") if raw["id"] in bands}
            what = f"{raw['quantity']}; {raw['condition']}"
            found.append(Row(raw["id"], what, **numbers, unit=raw["unit"], source=raw["source"], use=raw["use"]))
    return tuple(found)


@cache
def numbers() -> Numbers:
    """Return all numbers of ours by the row that they belong to."""
    return {name: measured for group in GROUPS for name, measured in group().items()}


@cache
def reasons() -> dict[str, str]:
    """Return why a number lies outside its band."""
    return {name: " ".join(miss["why"].split()) for miss in explained()["misses"] for name in miss["ids"]}


def outcome(row: Row) -> str:
    """Return what becomes of a row: inside, outside (explained or not), or not measured."""
    if row.id not in numbers():
        return "not measured"
    found = row.verdict(numbers()[row.id].value)
    return "outside (explained)" if found == "OUTSIDE" and row.id in reasons() else found


def table(chosen: Iterable[Row], title: str) -> None:
    """Print rows: id, published band, ours, verdict; below what it is, how ours came about, and why it misses."""
    print(f"\n{title}\n{'':24}{'published (band)':28}{'ours':>9}  {'':8}verdict")
    for row in chosen:
        ours = numbers().get(row.id)
        shown = "" if ours is None else f"{ours.value:.4g}"
        print(f"{row.id:24}{row.band:28}{shown:>9}  {row.unit.split(' (')[0][:7]:8}{outcome(row)}")
        print(f"    {row.what} [{row.source}]")
        if ours is not None:
            print(f"    ours: {ours.how}")
        if row.id in explained()["bands"]:
            print(f"    band: {explained()['bands'][row.id]['why']}")
        if outcome(row).startswith("outside"):
            print(f"    why: {reasons()[row.id]}")


def clutter() -> None:
    """Print which clutter of the X-ray would give the printed areas."""
    print("\nModel reader and Haller 1990, lateral film: areas as set, and the clutter that fits the printed ones")
    for name, groups, now in (
        ("cadavers", measures.CADAVERS, measures.CADAVER),
        ("patients", measures.CLINICAL, measures.PATIENTS),
    ):
        for by_reader in (True, False):
            areas = ", ".join(
                f"{g.low:g}-{g.high:g} %: {measures.haller_area(g.low, g.high, now, by_reader):.2f} "
                f"({g.area:.2f} ± {g.error:.2f})"
                for g in groups
            )
            fits = measures.fitting_clutter(groups, by_reader)
            each = ", ".join(f"{measures.fitting_clutter((g,), by_reader):.3f}" for g in groups)
            how = "reader's weights" if by_reader else "mean over the disk"
            print(f"  {name:9} {how:19} now {now:.3f}: {areas}; fits {fits:.3f} (each group: {each})")


def bone_scan_clutter() -> None:
    """Print what the model reader calls on planar bone scans at some clutters."""
    print("\nModel reader and bone scans, planar, mean chance (%) by clutter_bone_scan_share")
    print(f"{'':12}{'in marrow':>12}{'subcortical':>13}{'transcortical':>15}{'lytic, all':>12}")
    print(f"{'published':12}{'0':>12}{'33.8':>13}{'71.3':>15}{'50.2':>12}   (Taoka 2001; lytic_petct2015)")
    for share in CLUTTERS:
        shares = [measures.called(meets, clutter=share) for meets in ("not", "from_inside", "through")]
        lytic = measures.called("any", ("lytic",), share)
        print(f"{share:<12g}{shares[0]:12.0f}{shares[1]:13.0f}{shares[2]:15.0f}{lytic:12.0f}")


def mri_clutter() -> None:
    """Print what the model reader finds on MRI sequences at some clutters."""
    print("\nModel reader and MRI sequences, mix of Munich (below), by clutter_mri_share")
    print(f"{'':12}{'T1, of all':>12}{'T2, of all':>12}{'any, 1.1 % false alarms':>25}")
    print(f"{'published':12}{'94':>12}{'55':>12}{'98.5':>25}   (Mehta 1995, T2 4000/180; Buhmann 2009)")
    for share in MRI_CLUTTERS:
        found = measures.mri_found(share)
        print(f"{share:<12g}{found.t1:12.0f}{found.t2:12.0f}{found.any_strict:25.1f}")


def one_library() -> None:
    """Print how much of the same lesions each test shows."""
    scenes = measures.library()
    print(
        f"\nThe same {len(scenes)} lesions in T12 (5 kinds, {len(measures.LIBRARY_SIZES_MM)} sizes 5 to 30 mm, "
        f"{len(measures.LIBRARY_PLACES)} places) in every test: seen (of all), mean chance; by kind: mean chance"
    )
    print(f"{'':20}{'seen':>6}{'chance':>8}   " + "".join(f"{kind:>13}" for kind in METASTASES))
    for test in measures.LIBRARY_TESTS:
        chances = {one: measures.chance_at(measures.best_index(one, test)) for one in scenes}
        every = list(chances.values())
        seen = sum(chance >= measures.reader.C["seen_from"] for chance in every)
        by_kind = [[c for one, c in chances.items() if one.lesions[0].kind == kind] for kind in METASTASES]
        means = "".join(f"{sum(part) / len(part):13.2f}" for part in by_kind)
        print(f"{test:20}{seen:6}{sum(every) / len(every):8.2f}   {means}")
    print("  published (Liu 2017, per lesion): PET = SPECT = MRI > bone scan > CT")


def munich() -> None:
    """Print how much CT and MRI find in a mix of lesions with the share that destroys no bone of Munich."""
    mix = measures.munich_mix()
    print(
        f"\nCT and MRI in a mix of {len(mix)} lesions ({measures.MUNICH_SAID}), "
        "at the false alarms of Buhmann 2009 (0.7 and 1.1 %)"
    )
    for test, false_alarms, published in (("CT", 0.007, 66.2), ("MRI", 0.011, 98.5)):
        share = measures.found_share(mix, test, false_alarms)
        print(f"  {test}: {100 * share:.0f} % found (published {published} %)")


def others(found: dict[str, Measured]) -> None:
    """Print numbers that nothing published holds against."""
    print("\nAlso measured")
    for name, one in found.items():
        print(f"  {name}: {one.value:.3g} {one.how}")


def main() -> None:
    """Print all tables."""
    by_use = {use: [row for row in rows() if row.use == use] for use in ("reproduce", "tuned", "context")}
    table(by_use["reproduce"], "Independent: set no constant")
    table(by_use["tuned"], "Tuned: constants were set by these")
    print()
    for use in ("reproduce", "tuned"):
        counts = Counter(outcome(row) for row in by_use[use])
        print(f"{use}: {len(by_use[use])} rows: {', '.join(f'{n} {name}' for name, n in counts.most_common())}")
    print(f"context: {len(by_use['context'])} rows, not measured (patients, or inputs)")
    clutter()
    bone_scan_clutter()
    mri_clutter()
    one_library()
    munich()
    others(measures.other_numbers())


if __name__ == "__main__":
    main()
