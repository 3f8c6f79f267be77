"""Tests that err together: how often several results come at once in people who are alike in having it or not.

A latent normal model with one factor (Qu, Tan, Kutner, Biometrics 1996;52:797-810): each test is positive when

    √r · U + √(1 − r) · E > threshold

with U shared by all tests of a person, E each test's own, both standard normal; the threshold gives each test its
known share of positives. The one correlation r runs from 0 (they err apart; shares multiply) to 1 (their errors overlap
as far as the shares allow; a second test of the same accuracy then says nothing new).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from modalities.sampling import Shares

REACH = 8.5  # standard deviations; beyond it the normal density is below 1e-16
AT_ONCE = 400_000  # numbers in memory at once
FINEST = 0.007  # smallest step; enough up to a dependence of 0.9999


def joint(shares: Shares, positive: Sequence[bool], dependence: float) -> Shares:
    """Return how often exactly these results come together.

    Parameters
    ----------
    shares
        Each test's share of positive results in these people, shape ``(tests, ...)``.
    positive
        The result of each test.
    dependence
        The correlation r, from 0 to 1.

    Returns
    -------
    Shares of shape ``(...)``, exact at 0 and 1, else to 1e-7 (trapezoids on an analytic function); to 0.003 between
    0.9999 and 1.

    Raises
    ------
    ValueError
        If the dependence is not between 0 and 1, or a result is missing.

    """
    if not 0 <= dependence <= 1:
        raise ValueError(f"dependence must lie between 0 and 1; it is {dependence}")
    if len(shares) != len(positive):
        raise ValueError(f"{len(shares)} tests need as many results; there are {len(positive)}")
    signs = np.array([1.0 if found else -1.0 for found in positive]).reshape(-1, *[1] * (shares.ndim - 1))
    if dependence == 0:
        return np.asarray(np.prod(np.where(signs > 0, shares, 1 - shares), axis=0))
    if dependence == 1:
        least = np.min(np.where(signs > 0, shares, 1.0), axis=0)
        most = np.max(np.where(signs > 0, 0.0, shares), axis=0)
        return np.asarray(np.maximum(0.0, least - most))
    own = np.sqrt(1 - dependence)
    step = min(0.5, max(FINEST, 0.7 * own / np.sqrt(dependence)))  # fine enough for the steepest slope
    nodes = np.arange(-REACH, REACH + step, step)
    density = step * np.exp(-nodes * nodes / 2) / np.sqrt(2 * np.pi)
    thresholds, total = ndtri(shares), np.zeros(shares.shape[1:])
    at_once = max(1, AT_ONCE // shares.size)
    for start in range(0, len(nodes), at_once):
        shared = nodes[start : start + at_once].reshape(-1, *[1] * shares.ndim)
        alone = np.prod(ndtr(signs * (thresholds + np.sqrt(dependence) * shared) / own), axis=1)
        total += np.tensordot(density[start : start + at_once], alone, axes=1)
    return total
