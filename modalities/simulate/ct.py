"""CT: what tissues are to the beam, an axial slice that is really projected and reconstructed, a sagittal cut.

The sagittal picture is a cut through the true body with the blur of the same kernel. Its noise is not reconstructed (a
whole stack of slices would take seconds): it is drawn with the spectrum that filtered backprojection leaves in such a
cut, and with the size that an axial slice of the same dose has at the same place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from typing import cast

import numpy as np
from scipy import fft, ndimage

from modalities.simulate.constants import by_label, constants, tissue
from modalities.simulate.image import Array, Display, Frame, Image, frame
from modalities.simulate.painting import FILLINGS, Painted, center, paint
from modalities.simulate.phantom import IS_BONE, LEVELS, SPINE, L
from modalities.simulate.sampling import Labels, Section, maps, masked_blur, resample
from modalities.simulate.scene import Build, Scene
from modalities.simulate.sharing import kept
from modalities.simulate.tomography import (
    Kernel,
    Projector,
    Reconstruction,
    Technique,
    Window,
    disk_share,
    filter_energy,
    mean_of_views,
)
from modalities.simulate.views import Grain, Setting, Settings, View

C = constants("ct")
Body = Callable[[Frame, float], tuple[Array, Array]]  # (water, bone) of a slice: its frame and thickness (mm)

PROJECTOR = Projector(720, 0.5, 540)
COARSE = Projector(150, 2.4, 90)  # noise changes slowly over a slice
HIGHEST_PER_MM = 0.5 / PROJECTOR.step_mm  # spatial frequency that detector bins can tell
AXIAL_PIXEL_MM, SAGITTAL_PIXEL_MM = 150 / 512, 0.4
MARGIN_MM = 6.0  # of body around a crop that blurs into it
PLANES_APART_MM, POINTS_APART_MM = 14.0, 9.0  # where the noise of a sagittal cut is worked out
PLANES_Z_MM, POINTS_Y_MM = np.arange(-70.0, 71.0, PLANES_APART_MM), np.arange(-108.0, 109.0, POINTS_APART_MM)

SLICE = (
    Setting("dose", 1, (0.25, 0.5, 1, 2)),
    Setting("slice_mm", 0.0, low=-30, high=30, unit="mm"),
    Setting("reconstruction", "filtered", ("filtered", "iterative")),
    Setting("thickness_mm", 3, (1, 3, 5), unit="mm"),
    Setting("tube_kv", 120, (120, 140), unit="kV"),
)
SETTINGS = (Setting("window", "bone", ("bone", "soft")), *SLICE)
VIEWS = (View("ct", "axial", "slice", SETTINGS), View("ct", "sagittal", "slice", SETTINGS))


def frame_of(painted: Painted, view: str, settings: Settings) -> Frame:
    """Return the pixels of a view: through the middle of the first lesion, or of T12, moved by ``slice_mm``."""
    z, x = _middle(painted)
    aside = float(settings["slice_mm"])
    if view == "axial":
        position = float(np.clip(z + aside, -74, 74))  # the spine ends at 77 mm
        return frame(0, position, (-60, 90), (-75, 75), AXIAL_PIXEL_MM)
    return frame(2, x + aside, (74, -74), (-66, 82), SAGITTAL_PIXEL_MM)


def _middle(painted: Painted) -> tuple[float, float]:
    """Return the height and the distance to the left (mm) of the middle of the first lesion, or of T12."""
    if not painted.scene.lesions or painted.patch is None:
        return 0.0, 0.0
    lesion = painted.scene.lesions[0]
    z, _, x = center(lesion)
    if lesion.collapse == "none":
        return z, x
    level = LEVELS[lesion.vertebra]
    heights = SPINE.axes()[0][painted.patch.box[0]]
    own = painted.patch.truth.sum(axis=(1, 2)) * (np.abs(heights - level.z) < level.height_back / 2)
    return float(np.average(heights, weights=own)) if own.any() else z, x  # what was at z has come down


def display_of(view: str, settings: Settings) -> Display:
    """Return the display window."""
    name = settings["window"]
    return Display(C[f"{name}_center_hu"], C[f"{name}_width_hu"])


def acquire(painted: Painted, view: str, settings: Settings, seed: int) -> Image:
    """Return a picture in HU, with noise."""
    at, technique = frame_of(painted, view, settings), technique_of(settings)
    pixels = picture(body_of(painted), painted.scene.build, at, technique, seed)
    truth = painted.truth(at, technique.thickness_mm)
    return Image("ct", view, pixels, "HU", at, display_of(view, settings), settings, seed, truth)


def expected(painted: Painted, view: str, settings: Settings, frame: Frame) -> Array:
    """Return HU without noise on any part of the frame."""
    return ideal(body_of(painted), frame, technique_of(settings))


def grain(painted: Painted, view: str, settings: Settings, frame: Frame) -> Grain:
    """Return the noise in the middle of a part of the frame."""
    return grain_at(painted.scene.build, frame, technique_of(settings))


def technique_of(settings: Settings) -> Technique:
    """Return how a picture with these settings is taken."""
    return Technique(
        cast(Kernel, settings["window"]),
        float(settings["dose"]),
        float(settings["thickness_mm"]),
        cast(Reconstruction, settings["reconstruction"]),
        float(settings["tube_kv"]),
    )


def body_of(painted: Painted) -> Body:
    """Return what a scene is to the beam."""
    return lambda at, thickness_mm: materials(painted, at, thickness_mm)


def picture(body: Body, build: Build, at: Frame, technique: Technique, seed: int) -> Array:
    """Return HU with noise on an axial or sagittal frame."""
    if at.axis == 0:
        water, bone = body(slice_frame(at.position_mm), technique.thickness_mm)
        return reconstruct(water, bone, at, technique, seed)
    return ideal(body, at, technique) + cut_noise(build, at, technique, seed)


def grain_at(build: Build, at: Frame, technique: Technique) -> Grain:
    """Return the noise in the middle of a frame or a part of one."""
    row, column = float(np.mean(at.rows)), float(np.mean(at.columns))
    if at.axis == 0:
        sd = noise_sd(build, round(at.position_mm), np.array([row]), np.array([column]), technique)
        return Grain(float(sd[0]), _cell_mm2(technique, at.axis))
    sd = cut_sd(build, np.array([row]), np.array([column]), at.position_mm, technique)
    return Grain(float(sd[0, 0]), _cell_mm2(technique, at.axis))


# What tissues are to the beam


def materials(painted: Painted, at: Frame, thickness_mm: float) -> tuple[Array, Array]:
    """Return the shares of water and of cortical bone that are to the beam what the tissues of a slice are.

    Two maps (rows x columns of the frame), averaged over the thickness, with the blur of focal spot and detector;
    water is 1 in water and 0 in air.
    """
    water, bone = maps(painted, at, thickness_mm, _blurred_materials, trunk_materials)
    return water, bone


@kept(12)
def _blurred_materials(part: Section) -> tuple[Array, Array]:
    blur = C["aperture_mm"] / part.step_mm
    water, bone = (ndimage.gaussian_filter(values, blur, truncate=3) for values in spine_materials(part))
    return water, bone


def spine_materials(part: Section) -> tuple[Array, Array]:
    """Return (water, bone) of a refined plane of the spine box."""
    inside, deep = _bone_shares(part)
    soft = _soft_hu(part) + C["soft_grain_hu"] * part.fine
    shell, spongy = C["shell_mineral"] * np.ones_like(inside), spongy_mineral(part)
    if part.mineral is not None:
        healthy = tissue("marrow_body", "mineral_fraction") * (1 + C["dense_contrast"] * part.trab)
        spongy = spongy * np.minimum(part.mineral, 1) + np.maximum(part.mineral - 1, 0) * healthy
        shell = shell * np.minimum(part.mineral, 1)
    bone = (inside - deep) * shell + deep * np.clip(spongy, 0, C["densest_mineral"])
    water = (1 - inside) * (1 + soft / 1000) + (inside - bone) * (1 + _marrow_hu(part) / 1000)
    return water.astype(np.float32, copy=False), bone.astype(np.float32, copy=False)


def _bone_shares(part: Section) -> tuple[Array, Array]:
    """Return the shares of each pixel inside the bone surface and inside its shell.

    A surface fades over a refined pixel where it stands upright in the plane and over a whole voxel where it lies
    flat: the planes of a slice lie a voxel apart, and a thin end plate between them would show as rings.
    """
    distance = part.bone_mm[:: part.refine, :: part.refine]
    upright = np.minimum(np.hypot(*np.gradient(distance, SPINE.step)), 1)
    fade_mm = _refined(part, np.maximum(part.step_mm * upright, SPINE.step * np.sqrt(1 - upright**2)))
    labels = part.labels[:: part.refine, :: part.refine]
    shell_mm = _refined(part, ndimage.maximum_filter(by_label("cortex_mm")[labels], 3))
    surface = 0.5 - part.bone_mm / fade_mm
    shell = shell_mm * (1 + C["shell_uneven"] * part.low) / fade_mm
    return np.clip(surface, 0, 1), np.clip(surface - shell, 0, 1)


def _refined(part: Section, voxels: Array) -> Array:
    """Return values of whole voxels of a section on its refined pixels."""
    first = (part.refine - 1) / 2
    rows, columns = ((np.arange(n, dtype=np.float32) - first) / part.refine for n in part.labels.shape)
    return resample(voxels, rows, columns)


def _soft_hu(part: Section) -> Array:
    """Return the HU of the soft tissues, smooth from one to the next; bone does not run into them."""
    labels = part.labels[:: part.refine, :: part.refine]
    values, soft = by_label("hounsfield")[labels], ~IS_BONE[labels]
    smooth = masked_blur(values, soft, 0.8)
    disc = (labels == L["annulus"]) | (labels == L["nucleus"])
    if disc.any():
        smooth = np.where(disc, masked_blur(values, disc, 2.2), smooth)
    return _refined(part, smooth)


def _marrow_hu(part: Section) -> Array:
    """Return the HU of what lies between the struts."""
    own = np.where(part.is_bone, by_label("hounsfield")[part.labels], tissue("marrow_body", "hounsfield"))
    healthy = own + C["marrow_patches_hu"] * part.low
    return healthy + sum(
        (tissue(name, "hounsfield") - healthy) * part.fillings[name] for name in FILLINGS if name in part.fillings
    )


def spongy_mineral(part: Section) -> Array:
    """Return the mineralized share of healthy spongy bone: struts, denser toward the shell."""
    mean = by_label("mineral_fraction")[part.labels]
    zone = C["mineral_deep"] + C["mineral_near_shell"] * np.exp(
        np.minimum(part.bone_mm, 0) * (1 / C["mineral_near_shell_mm"])
    )
    struts = 1 + C["struts_contrast"] * part.trab + C["patches_contrast"] * part.low
    return mean * zone * np.maximum(struts, C["least_struts"])


def trunk_materials(labels: Labels) -> tuple[Array, Array]:
    """Return (water, bone) of a plane of trunk labels."""
    bone = ndimage.gaussian_filter(by_label("mineral_fraction")[labels], 0.8)
    return ndimage.gaussian_filter(1 + by_label("hounsfield")[labels] / 1000, 0.9) - bone, bone


def true_hu(water: Array, bone: Array, technique: Technique) -> Array:
    """Return the HU that water and bone read at the spine once the hardening of the beam by water is corrected."""
    return 1000 * (water - 1) + np.float32(1000 * _bone_number(technique.tube_kv)) * bone


@cache
def _bone_number(tube_kv: float) -> float:
    return Technique(tube_kv=tube_kv).response.bone_number(C["water_behind_cm"], C["bone_behind_cm"])


# An axial slice: projections, quanta, reconstruction


def slice_frame(position_mm: float) -> Frame:
    """Return the pixels of a whole slice: what ``reconstruct`` projects."""
    return _whole(PROJECTOR, position_mm)


def _whole(projector: Projector, position_mm: float) -> Frame:
    along = projector.bins_mm()
    return Frame(0, position_mm, along + np.float32(C["axis_of_rotation_y_mm"]), along)


def reconstruct(water: Array, bone: Array, at: Frame, technique: Technique, seed: int | None) -> Array:
    """Return HU on an axial frame: the whole slice is projected, and the frame reconstructed from its projections.

    ``water`` and ``bone`` lie on ``slice_frame`` (``materials`` makes them); metal may be added to bone, as the amount
    of bone that is as dense to the beam. Without a seed there is no noise.
    """
    square = (water + 1j * bone).astype(np.complex64)
    through_cm = PROJECTOR.forward(square) * np.float32(0.1)
    beam = technique.response
    signal = beam(through_cm.real, through_cm.imag)
    parts: list[tuple[Array, Window]] = []
    if seed is None or technique.reconstruction == "iterative":
        parts.append((beam.water(signal), technique.window))
    if seed is not None:
        counted = beam.water(count(signal, technique, seed))
        parts.append((counted - parts[0][0] if parts else counted, technique.noise_window))
    return 10_000 * PROJECTOR.back(parts, at, (C["axis_of_rotation_y_mm"], 0.0)) - 1000


def sent_quanta(technique: Technique, bins_mm: Array) -> Array:
    """Return the quanta that the tube sends to each detector bin in one view, through a bow-tie filter."""
    away = np.minimum(np.abs(bins_mm) / C["bow_tie_mm"], 1)
    most = C["quanta"] * technique.dose * technique.thickness_mm / 3
    return (most * np.exp(-C["bow_tie"] * away**2)).astype(np.float32)


def count(signal: Array, technique: Technique, seed: int) -> Array:
    """Return -log of the signal as counted: Poisson noise of the quanta (as Gaussian) and electronic noise."""
    sent = sent_quanta(technique, PROJECTOR.bins_mm())
    quanta = sent * np.exp(-signal)
    drawn = np.random.default_rng(seed).standard_normal(signal.shape, dtype=np.float32)
    quanta += np.sqrt(quanta + np.float32(C["electronic_noise"] ** 2)) * drawn
    return -np.log(np.maximum(quanta, 1) / sent)


# The same picture without noise, and its noise without reconstructing it


def ideal(body: Body, at: Frame, technique: Technique) -> Array:
    """Return HU without noise, blurred as by the reconstruction, on any part of an axial or sagittal frame."""
    rows, down = _with_margin(at.rows)
    columns, right = _with_margin(at.columns)
    wide = Frame(at.axis, at.position_mm, rows, columns)
    hu = true_hu(*body(wide, technique.thickness_mm), technique)
    k = fft.fftfreq(len(rows), at.spacing_mm)[:, None], fft.rfftfreq(len(columns), at.spacing_mm)[None, :]
    kept = _kept(technique, np.hypot(*k)) if at.axis == 0 else _along_z(k[0]) * _kept(technique, k[1])
    blurred = fft.irfft2(fft.rfft2(hu) * kept.astype(np.float32), hu.shape)
    return blurred[down, right]


def _kept(technique: Technique, k: Array) -> Array:
    return np.where(k <= HIGHEST_PER_MM, technique.window(k), 0)


def _with_margin(values: Array) -> tuple[Array, slice]:
    """Return coordinates with a margin on both sides (and a count that the FFT likes), and where they were."""
    step = float(values[1] - values[0])
    margin = int(np.ceil(MARGIN_MM / abs(step)))
    longer = fft.next_fast_len(len(values) + 2 * margin, real=True)
    return (values[0] + step * (np.arange(longer) - margin)).astype(np.float32), slice(margin, margin + len(values))


@lru_cache(maxsize=96)
def _through_cm(build: Build, position_mm: float) -> tuple[Array, Array]:
    """Return cm of water and of bone on the rays through a slice of a healthy body, in coarse views and bins."""
    at = _whole(COARSE, position_mm)
    water, bone = maps(paint(Scene(build=build)), at, 0.1, spine_materials, trunk_materials, refine=1)
    lines = COARSE.forward((water + 1j * bone).astype(np.complex64)) * np.float32(0.1)
    return lines.real.copy(), lines.imag.copy()


def noise_sd(
    build: Build, position_mm: float, y_mm: Array, x_mm: Array, technique: Technique, cut_mm: float = 0.0
) -> Array:
    """Return the SD (HU) of the noise at points of an axial slice of the healthy body.

    The variance of filtered backprojection is the mean over all views of the variance of the ray through a point,
    times the energy of the filter (Kak and Slaney 1988, ch. 5.2). ``cut_mm`` is a length across which the slice is
    averaged from left to right, as in a sagittal cut: it takes less from views from the side, whose grain lies along.
    """
    beam = technique.response
    signal = beam(*_through_cm(build, position_mm))
    quanta = sent_quanta(technique, COARSE.bins_mm()) * np.exp(-signal)
    variance = (10 * beam.water_per_signal(signal)) ** 2 * (1 / quanta + (C["electronic_noise"] / quanta) ** 2)
    energy = filter_energy(technique, HIGHEST_PER_MM, cut_mm * np.cos(COARSE.angles()))
    mean = mean_of_views(variance * energy[:, None], COARSE, y_mm - C["axis_of_rotation_y_mm"], x_mm)
    return 1000 * np.pi * np.sqrt(mean * PROJECTOR.step_mm / PROJECTOR.views)


def _along_z(k: Array) -> Array:
    """Return what a stack of slices keeps of each spatial frequency along z: their thickness, lines between them."""
    return np.sinc(k * C["source_slice_mm"]) * np.sinc(k * C["source_spacing_mm"]) ** 2


def _across(technique: Technique, y_per_mm: Array) -> Array:
    """Return the shape of the noise spectrum of a sagittal cut along y.

    In an axial slice it is k W(k)^2 (Riederer, Pelc and Chesler, PMB 1978), here taken as equal in all directions; the
    cut averages over its thickness in x.
    """
    x = np.linspace(0, HIGHEST_PER_MM, 161)
    k = np.hypot(y_per_mm[:, None], x)
    power = np.where(k <= HIGHEST_PER_MM, k * technique.noise_window(k) ** 2, 0)
    return np.asarray(np.trapezoid(power * np.sinc(x * technique.thickness_mm) ** 2, x, axis=1))


def cut_sd(build: Build, z_mm: Array, y_mm: Array, x_mm: float, technique: Technique) -> Array:
    """Return the SD (HU) of the noise of a sagittal cut (z x y)."""
    coarse = _sd_of_planes(build, round(x_mm / 2) * 2.0, technique)
    rows, columns = (z_mm - PLANES_Z_MM[0]) / PLANES_APART_MM, (y_mm - POINTS_Y_MM[0]) / POINTS_APART_MM
    return resample(coarse, rows, columns)


@lru_cache(maxsize=16)
def _sd_of_planes(build: Build, x_mm: float, technique: Technique) -> Array:
    source = replace(technique, thickness_mm=C["source_slice_mm"])
    aside = np.full_like(POINTS_Y_MM, x_mm)
    planes = [noise_sd(build, float(z), POINTS_Y_MM, aside, source, technique.thickness_mm) for z in PLANES_Z_MM]
    z = np.linspace(0, 20, 4001)
    between = np.sum(_along_z(z) ** 2) / np.sum(np.sinc(z * C["source_slice_mm"]) ** 2)
    return np.stack(planes).astype(np.float32) * np.float32(np.sqrt(between))


def cut_noise(build: Build, at: Frame, technique: Technique, seed: int) -> Array:
    """Return noise (HU) for a sagittal cut: drawn, not reconstructed."""
    shape = fft.next_fast_len(at.shape[0]), fft.next_fast_len(at.shape[1], real=True)
    white = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    colored = fft.irfft2(fft.rfft2(white, workers=2) * _coloring(technique, shape, at.spacing_mm), shape, workers=2)
    return colored[: at.shape[0], : at.shape[1]] * cut_sd(build, at.rows, at.columns, at.position_mm, technique)


@lru_cache(maxsize=8)
def _coloring(technique: Technique, shape: tuple[int, int], spacing_mm: float) -> Array:
    """Return the amplitude at each frequency that gives white noise the spectrum of a sagittal cut, its SD kept."""
    z, y = (np.abs(fft.fftfreq(n, spacing_mm)) for n in shape)
    power_z, power_y = _along_z(z) ** 2, _across(technique, y)
    amplitude = np.sqrt(power_z / power_z.mean())[:, None] * np.sqrt(power_y / power_y.mean())[None, :]
    return amplitude[:, : shape[1] // 2 + 1].astype(np.float32)


@lru_cache(maxsize=32)
def _cell_mm2(technique: Technique, axis: int) -> float:
    """Return the area over which white noise would have to be equal to leave as much in the mean over a disk."""
    diameter = C["grain_disk_mm"]
    along = np.linspace(0, HIGHEST_PER_MM, 401)
    if axis == 0:
        share = disk_share(along**2 * technique.noise_window(along) ** 2, along, diameter)  # rings of k dk
    else:
        power = _along_z(along)[:, None] ** 2 * _across(technique, along)[None, :]
        share = disk_share(power, np.hypot(along[:, None], along[None, :]), diameter)
    return share * np.pi * (diameter / 2) ** 2
