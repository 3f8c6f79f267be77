"""MRI: T1, T2, STIR and T1 with gadolinium, sagittal and axial.

A slice's signals of water and fat are sampled like a scanner does it: fat is shifted, k-space is cropped, noise is
added there, and the picture is interpolated by zeros to half a voxel. Values are times the signal of healthy marrow
of the usual fat share in the same sequence, before gadolinium and without fat suppression.
"""

from __future__ import annotations

import numpy as np

from modalities.simulate.constants import constants
from modalities.simulate.image import Array, Display, Frame, Image
from modalities.simulate.kspace import Complex, Readout, readout
from modalities.simulate.mri_slice import PIXEL_MM, ZOOM, Plate, plate_of, sensitivity, signals
from modalities.simulate.painting import Painted, center
from modalities.simulate.phantom import SPINE
from modalities.simulate.relaxation import Scan, Sequence
from modalities.simulate.views import Grain, Setting, Settings, View

C = constants("mri")
UNIT = "× healthy marrow"
SLICE = Setting("slice_mm", 0.0, low=-30.0, high=30.0, unit="mm")
COMMON = (
    SLICE,
    Setting("field_t", 1.5, (1.5, 3.0), unit="T"),
    Setting("marrow_fat", C["marrow_fat_share"], (0.3, 0.5, 0.7)),
    Setting("time", 1.0, (0.5, 1.0, 2.0)),
)
GADOLINIUM = (
    Setting("gadolinium", C["usual_dose_mmol_per_kg"], (0.0, 0.1, 0.2), unit="mmol/kg"),
    Setting("fat_suppression", "yes", ("yes", "no")),
)
VIEWS = (
    View("mri", "t1", "slice", COMMON),
    View("mri", "t2", "slice", COMMON),
    View("mri", "stir", "slice", COMMON),
    View("mri", "t1_gd", "slice", (*COMMON, *GADOLINIUM)),
    View("mri", "t2_axial", "slice", COMMON),
    View("mri", "t1_axial", "slice", COMMON),
)


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view: through the middle of the first lesion, or of T12."""
    lesions = painted.scene.lesions
    middle = center(lesions[0]) if lesions else (0.0, 0.0, 0.0)
    away = float(settings["slice_mm"])
    if view.endswith("_axial"):
        return Frame(0, middle[0] + away, _pixels(1, -58, 96), _pixels(2, -80, 80))
    return Frame(2, middle[2] + away, _pixels(0, -75, 75)[::-1], _pixels(1, -76, 98))


def _pixels(axis: int, low_mm: float, high_mm: float) -> Array:
    start = SPINE.origin[axis]
    first, last = round((low_mm - start) / PIXEL_MM), round((high_mm - start) / PIXEL_MM)
    return (start + PIXEL_MM * np.arange(first, last)).astype(np.float32)


def scan_of(view: str, settings: Settings) -> Scan:
    """Return the sequence of a view on its scanner; the inversion time follows the T1 of fat at the field."""
    field_t = float(settings["field_t"])
    name = view.partition("_")[0]
    if name == "stir":
        inversion = C["stir_ti_ms"] * (C["t1_gain_3t"] if field_t > 1.5 else 1)
        return Scan(Sequence(C["stir_tr_ms"], C["stir_te_ms"], inversion, C["fat_t2_gain_by_echo_train"]), field_t)
    if name == "t2":
        return Scan(Sequence(C["t2_tr_ms"], C["t2_te_ms"], None, C["fat_t2_gain_by_echo_train"]), field_t)
    left = C["fat_left_by_suppression"] if settings.get("fat_suppression") == "yes" else 1.0
    sequence = Sequence(C["t1_tr_ms"], C["t1_te_ms"], fat_left=left)
    return Scan(sequence, field_t, float(settings.get("gadolinium", 0.0)))


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a picture with noise."""
    at, scan = frame_of(painted, view, settings), scan_of(view, settings)
    plate, part = plate_of(at)
    lines = _readout(plate)
    sampled = _sampled(painted, plate, lines, scan, settings) + lines.noise(
        noise_sd(settings), (seed, [one.id for one in VIEWS].index(view))
    )
    return Image(
        test="mri",
        view=view,
        pixels=lines.picture(sampled, ZOOM)[part] / np.float32(reference(scan)),
        unit=UNIT,
        frame=at,
        display=display_of(view, settings),
        settings=settings,
        seed=seed,
        truth=painted.truth(at, C["slice_mm"]),
        facts=facts(view, settings),
    )


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return the picture without noise on any part of the frame."""
    scan = scan_of(view, settings)
    plate, part = plate_of(frame)
    lines = _readout(plate)
    return lines.picture(_sampled(painted, plate, lines, scan, settings), ZOOM)[part] / np.float32(reference(scan))


def _sampled(painted: Painted, plate: Plate, lines: Readout, scan: Scan, settings: Settings) -> Complex:
    water, fat = signals(painted, plate, scan, float(settings["marrow_fat"]))
    received = sensitivity(plate)
    shift_mm = C["chemical_shift_hz"] / C["bandwidth_hz_per_pixel"] * lines.rows.pixel_mm
    return lines.sample(water * received, fat * received, shift_mm)


def _readout(plate: Plate) -> Readout:
    sagittal = (C["pixel_head_foot_mm"], C["pixel_front_back_mm"])
    return readout(plate.count, SPINE.step, sagittal if plate.axis == 2 else (C["pixel_axial_mm"],) * 2)


def reference(scan: Scan) -> float:
    """Return the signal that is called 1: healthy marrow of the usual fat share in the plain sequence."""
    return abs(sum(scan.plain().marrow(C["marrow_fat_share"])))


def noise_sd(settings: Settings) -> float:
    """Return the SD of the noise (fully relaxed water is 1): it falls with the field and with the averages."""
    gain = C["noise_gain_3t"] if float(settings["field_t"]) > 1.5 else 1.0
    return C["noise"] * gain / float(settings["time"]) ** 0.5


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise of a picture where there is signal (the same everywhere)."""
    lines = _readout(plate_of(frame)[0])
    return Grain(noise_sd(settings) / reference(scan_of(view, settings)), lines.noise_cell_mm2)


def display_of(view: str, settings: Settings) -> Display:
    """Return the display window in which a view is first shown."""
    name = view.partition("_")[0]
    window = "t1_suppressed" if settings.get("fat_suppression") == "yes" else name
    white = C[f"white_{window}"]
    return Display(white / 2, white, gamma=C[f"gamma_{name}"])


def facts(view: str, settings: Settings) -> dict[str, float | str]:
    """Return how the picture was taken: times in ms, minutes in the scanner."""
    sequence = scan_of(view, settings).sequence
    told: dict[str, float | str] = {"tr_ms": sequence.tr_ms, "te_ms": sequence.te_ms}
    if sequence.ti_ms is not None:
        told["ti_ms"] = round(sequence.ti_ms)
    return told | {"minutes": C[f"{view.partition('_')[0]}_minutes"] * float(settings["time"])}
