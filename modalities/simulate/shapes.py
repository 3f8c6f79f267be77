"""Implicit shapes: signed distances (mm, negative inside), joined and cut with rounded seams.

Smooth minimum: I. Quilez, "smooth minimum" (polynomial form), 2013; the ellipsoid's bound is his too. Neither is exact
far from the surface; near it (a few mm) the error is small, and only the surface counts here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modalities.simulate.image import Array

Point = Sequence[float]  # (z, y, x) in mm


def smin(a: Array, b: Array, seam: float) -> Array:
    """Return the union of two shapes; ``seam`` (mm) is how far their meeting line is rounded."""
    share = np.clip(0.5 + 0.5 * (b - a) / seam, 0, 1)
    return b + (a - b) * share - seam * share * (1 - share)


def smax(a: Array, b: Array, seam: float) -> Array:
    """Return what two shapes have in common; ``smax(a, -b)`` cuts b out of a."""
    return -smin(-a, -b, seam)


def ellipsoid(z: Array, y: Array, x: Array, middle: Point, radii: Point) -> Array:
    """Return the distance to an ellipsoid (a bound that is exact at its surface)."""
    parts = [(at - mid) / radius for at, mid, radius in zip((z, y, x), middle, radii, strict=True)]
    out = np.sqrt(sum(part**2 for part in parts))
    slope = np.sqrt(sum((part / radius) ** 2 for part, radius in zip(parts, radii, strict=True))) + 1e-6
    return out * (out - 1) / slope


def rod(
    z: Array,
    y: Array,
    x: Array,
    start: Point,
    end: Point,
    up: Point,
    high: float,
    wide: float,
    high_end: float | None = None,
    wide_end: float | None = None,
) -> Array:
    """Return the distance to a flattened rod with round ends.

    Its cross-section has the radius ``high`` along ``up`` and ``wide`` across; it may taper to other radii at its end.
    """
    first = np.asarray(start, float)
    run = np.asarray(end, float) - first
    length = float(np.linalg.norm(run))
    along = run / length
    upward = np.asarray(up, float) - np.dot(up, along) * along
    upward /= np.linalg.norm(upward)
    across = np.cross(along, upward)
    away = [at - float(begin) for at, begin in zip((z, y, x), first, strict=True)]

    def onto(direction: Array) -> Array:
        along_z, along_y, along_x = (part * float(share) for part, share in zip(away, direction, strict=True))
        return along_z + along_y + along_x

    at = onto(along)
    share = np.clip(at / length, 0, 1)
    radius_up = high + ((high if high_end is None else high_end) - high) * share
    radius_across = wide + ((wide if wide_end is None else wide_end) - wide) * share
    thin = np.minimum(radius_up, radius_across)
    beyond = at - share * length
    rho = (onto(upward) / radius_up) ** 2 + (onto(across) / radius_across) ** 2 + (beyond / thin) ** 2
    return (np.sqrt(rho) - 1) * thin
