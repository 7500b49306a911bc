"""The law of Y', of the sources that are installed and have a fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

import attrs
import numpy as np
from numpy.typing import NDArray
from wzsim.registry import Registry

from wzsim_data import families
from wzsim_data.noise import Observed

Array = NDArray[np.float64]

SOURCES: Final[Mapping[str, tuple[families.Fit, Mapping[str, str]]]] = {
    "gaussian": (families.gaussian, {"noise_variance": "variance"}),
    "laplace": (families.laplace, {"scale": "scale"}),
}
"""By the name of the source component: a fit, and what the component calls its parameters.

All have mean zero and one parameter, so that their likelihoods compare as they are.
"""


@final
@attrs.frozen
class FittedSource:
    """One law of Y'."""

    name: str
    keys: Mapping[str, object]
    score: float
    """Mean log-likelihood [nat/sample]."""


def fit_sources(side: Array, registry: Registry) -> tuple[FittedSource, ...]:
    """Each source that is installed and has a fit, the likeliest first; Y' without its mean."""
    observed = Observed.of(side - side.mean(), 0.0)
    installed = registry.names("source")
    fitted = []
    for name in (name for name in SOURCES if name in installed):
        fit, called = SOURCES[name]
        law = fit(observed)
        keys = {called[key]: value for key, value in law.keys.items()}
        fitted.append(FittedSource(name, keys, observed.score(law)))
    return tuple(sorted(fitted, key=lambda source: -source.score))
