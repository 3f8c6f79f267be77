"""How sure a share is: draws from what is known about it, so that a result can carry its uncertainty along.

A share known from counts is a Beta distribution with Jeffreys' prior; one known by its printed 95 % interval is
normal on the logit scale. Ends that are worked out from 10,000 draws are sure to about 0.01 (see the tests).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from modalities.evidence import Interval

Shares = NDArray[np.float64]
Z95 = 1.959964
SAMPLES = 10_000


def is_known(*shares: Interval) -> bool:
    """Say whether each share has an interval."""
    return all(share.low is not None for share in shares)


def draw(share: Interval, random: np.random.Generator) -> Shares:
    """Return ``SAMPLES`` draws from what is known about a share; the share itself where nothing is known."""
    if share.hits is not None and share.of is not None:
        return random.beta(share.hits + 0.5, share.of - share.hits + 0.5, SAMPLES)
    if share.low is None or share.high is None:  # a chance that a person chose
        return np.full(SAMPLES, share.value)
    low, middle, high = (_logit(value) for value in (share.low, share.value, share.high))
    drawn = random.standard_normal(SAMPLES)
    # Printed intervals are seldom even on the logit scale: each half keeps its own width.
    width = np.where(drawn < 0, middle - low, high - middle) / Z95
    return 1 / (1 + np.exp(-(middle + drawn * width)))


def interval_of(formula: Callable[..., Shares], shares: tuple[Interval, ...], seed: int) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of a formula over draws of its shares, in the order given."""
    random = np.random.default_rng(seed)
    low, high = np.quantile(formula(*(draw(share, random) for share in shares)), [0.025, 0.975])
    return float(low), float(high)


def _logit(share: float) -> float:
    held = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(held / (1 - held)))
