"""Spectra of X-ray tubes and attenuation of a few materials: the small table that X-ray and CT share.

``data/spectra.npz`` was computed once, in steps of 2 keV. Spectra: spekpy 2.5.4 (Poludniowski, Omar, Bujila and Andreo,
Med Phys 2021), tungsten anode at 12 degrees; 75 to 95 kV behind 3 mm Al, 120 and 140 kV (CT) behind 7 mm Al and 0.15 mm
Cu.
Attenuation: xraydb 4.5.8 (Elam, Ravel and Sieber, Radiat Phys Chem 2002), total with coherent scatter; cortical bone of
ICRU Report 46 (1992), 1.92 g/cm3.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import numpy as np

from modalities.simulate.image import Array
from modalities.simulate.phantom import DATA

Beam = Literal["ap75", "ap80", "lat90", "lat95", "ct120", "ct140"]
Material = Literal["water", "cortical_bone", "iodine", "cesium_iodide"]
BEAMS: tuple[Beam, ...] = get_args(Beam)


@cache
def _table() -> dict[str, Array]:
    with np.load(DATA / "spectra.npz") as stored:
        table = {name: stored[name] for name in stored.files}
    for values in table.values():
        values.setflags(write=False)
    return table


def energies_kev() -> Array:
    """Return the photon energies of all tables (keV, 20 to 140)."""
    return _table()["energies_kev"]


def spectrum(beam: Beam) -> Array:
    """Return the share of a tube's photons at each energy (sum 1); the number in the name is the tube voltage in kV."""
    return _table()[beam]


def attenuation(material: Material) -> Array:
    """Return a material's attenuation at each energy.

    Per cm at its density (water 1, cortical bone 1.92, cesium iodide 4.51 g/cm3); for iodine in cm2/g: times g/cm3 it
    is per cm.
    """
    return _table()[f"mu_{material}"]
