"""How numbers of studies mislead: if few normal results are checked, or if spots are counted and not people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modalities.dependence import joint


@dataclass(frozen=True, slots=True)
class Apparent:
    """Sensitivity and specificity as a study would report them, beside the true ones."""

    sensitivity: float
    specificity: float


@dataclass(frozen=True, slots=True)
class Checked:
    """Results of one kind: how many there are, and what the checked ones turned out to be."""

    ill: float
    well: float
    of: float  # all results of this kind, checked or not

    @property
    def ill_share(self) -> float:
        """Return the share of the checked results that were ill."""
        return self.ill / (self.ill + self.well)


def partly_verified(
    sensitivity: float, specificity: float, prior: float, checked_found: float, checked_normal: float
) -> Apparent:
    """Return what a study reports that checks only a share of the findings and a share of the normal results.

    The cells of the fourfold table are thinned by the two shares (Begg, Greenes, Biometrics 1983;39:207-215).

    Raises
    ------
    ValueError
        If nothing is checked in those who have it, or in those who do not.

    """
    found, missed = prior * sensitivity * checked_found, prior * (1 - sensitivity) * checked_normal
    alarms, cleared = (1 - prior) * (1 - specificity) * checked_found, (1 - prior) * specificity * checked_normal
    if found + missed == 0 or alarms + cleared == 0:
        raise ValueError("nothing was checked in one of the two groups: no share can be reported")
    return Apparent(found / (found + missed), cleared / (cleared + alarms))


def begg_greenes(found: Checked, normal: Checked) -> Apparent:
    """Return the corrected sensitivity and specificity (Begg and Greenes 1983).

    Among all findings, and among all normal results, the illness is taken to be as common as among the checked ones.
    """
    ill_found, ill_normal = found.of * found.ill_share, normal.of * normal.ill_share
    well_found, well_normal = found.of - ill_found, normal.of - ill_normal
    return Apparent(ill_found / (ill_found + ill_normal), well_normal / (well_normal + well_found))


def any_of(share: float, spots: int, dependence: float) -> float:
    """Return the chance that at least one of several spots of a person is called positive.

    ``share`` is the share of single spots called positive; the spots err together as tests do (dependence.py).
    """
    return 1 - float(joint(np.full(spots, share), [False] * spots, dependence))
