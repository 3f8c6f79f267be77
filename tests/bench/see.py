"""How fast the pictures come: ``python -m tests.bench.see``. Prints milliseconds and ratios, never asserts.

The same CT chain (projections of one slice, noise, filtered backprojection) built from scikit-image stands beside ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np
from skimage.transform import iradon, radon

from modalities import load_catalog
from modalities.simulate import Lesion, Scene, acquire, conspicuity
from modalities.simulate.ct import materials
from modalities.simulate.image import frame
from modalities.simulate.machines import views
from modalities.simulate.painting import paint

RUNS = 7
PANEL_BAR_S, MRI_BAR_S, ALL_BAR_S, WINDOW_BAR_S = 0.1, 0.15, 0.5, 0.05


def seconds(work: Callable[[Scene], object]) -> float:
    """Return the median time for scenes that nobody has asked for before."""
    taken = []
    for run in range(RUNS):
        scene = Scene((Lesion("lytic", 11.0 + seconds.calls + run / 10, "T11", "body_right"),))  # type: ignore[attr-defined]
        paint(scene)
        start = time.perf_counter()
        work(scene)
        taken.append(time.perf_counter() - start)
    seconds.calls += 1  # type: ignore[attr-defined]
    return median(taken)


seconds.calls = 0  # type: ignore[attr-defined]


def side_by_side(scene: Scene, panels: tuple[str, ...], pool: ThreadPoolExecutor) -> None:
    """Make all pictures as a server with two cores does."""
    list(pool.map(lambda name: acquire(scene, *name.split(".")).png(), panels))


def with_skimage(scene: Scene) -> None:
    """Project and reconstruct one CT slice with scikit-image: two materials, as many views and pixels as ours."""
    at = frame(0, 0.0, (-205, 155), (-180, 180), 0.6)
    water, bone = materials(paint(scene), at, 3.0)
    angles = np.linspace(0, 180, 540, endpoint=False)
    lines = radon(water, angles, circle=False) + 1.6 * radon(bone, angles, circle=False)
    iradon(lines + np.random.default_rng(0).normal(0, 1, lines.shape), angles, circle=False)


def main() -> None:
    """Print the table."""
    panels = load_catalog().see_file.panels
    first = time.perf_counter()
    for name in views():
        acquire(Scene(), *name.split("."))
    print(f"first picture of every view, once per process: {time.perf_counter() - first:.2f} s")
    print(f"\n{'new lesion, painting not counted':36} {'ms':>6}  bar")
    for name in views():
        took = seconds(lambda scene, name=name: acquire(scene, *name.split(".")).png())
        bar = MRI_BAR_S if name.startswith("mri") else PANEL_BAR_S
        print(f"{name:36} {took * 1000:6.0f}  {bar * 1000:.0f}{'' if took <= bar else '  OVER'}")
    took = seconds(lambda scene: paint(Scene(scene.lesions, seed=2)))
    print(f"{'painting a lesion':36} {took * 1000:6.0f}")
    with ThreadPoolExecutor(2) as pool:
        took = seconds(lambda scene: side_by_side(scene, panels, pool))
    print(f"{'the eight of the page, two threads':36} {took * 1000:6.0f}  {ALL_BAR_S * 1000:.0f}")
    took = seconds(lambda scene: [conspicuity(scene, *name.split(".")) for name in panels])
    print(f"{'would a reader see it, all eight':36} {took * 1000:6.0f}")
    image = acquire(Scene(), "ct", "axial")
    took = seconds(lambda scene: image.png(type(image.display)(40, 300)))
    print(f"{'another display window':36} {took * 1000:6.0f}  {WINDOW_BAR_S * 1000:.0f}")
    ours = seconds(lambda scene: acquire(scene, "ct", "axial"))
    start = time.perf_counter()
    with_skimage(Scene((Lesion("lytic"),)))
    theirs = time.perf_counter() - start
    print(f"\nCT slice with scikit-image: {theirs * 1000:.0f} ms, ours {ours * 1000:.0f} ms: ratio {theirs / ours:.0f}")


if __name__ == "__main__":
    main()
