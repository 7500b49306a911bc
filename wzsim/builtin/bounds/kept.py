"""Functions that took seconds to certify, kept on disk for the next process.

A file is named after a hash of the law itself (values of its density, or its table),
of the distortion, and of the program that certifies: a plugin whose formula changes is
another law, and never meets an old curve. Set `WZSIM_CACHE` to another folder, or to
nothing to keep nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wzsim.cache import cache_directory
from wzsim.contracts import AdditiveChannel, ComposedDensityPair, DensityPair
from wzsim.theory.certified import CertifiedFunction, Lines

Array = NDArray[np.float64]

PROGRAM = ("certified", "continuous_bounds", "exact", "finite_bounds", "hull", "pair_bounds")
"""Modules of `wzsim.theory` whose change makes old files unknown."""

POINTS = 257
TAILS = (0.5, 1e-3, 1e-9)


def kept(
    law: Iterable[NDArray[Any]], compute: Callable[[], CertifiedFunction]
) -> CertifiedFunction:
    """The function of a law, read where it is kept, else computed and kept.

    law: arrays that tell it from every other law, and what is asked of it.
    """
    cache = cache_directory()
    if cache is None:
        return compute()
    digest = hashlib.sha256(_program())
    for array in law:
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    file = cache / "bounds" / f"{digest.hexdigest()[:32]}.npz"
    found = _read(file)
    if found is None:
        found = compute()
        _write(file, found)
    return found


def law_of_pair(pair: DensityPair) -> Iterator[Array]:
    """What certified functions of the pair depend on."""
    for tail in TAILS:
        ends = pair.x_interval(tail), pair.y_interval(tail)
        yield np.array(ends)
        x, y = (np.linspace(low, high, POINTS) for low, high in ends)
        yield pair.density(x[:, None], y[::8])
    if isinstance(pair, ComposedDensityPair):
        yield np.array([pair.source.variance, float(pair.base == "x")])
        yield np.array(pair.source.breakpoints())
        if isinstance(pair.channel, AdditiveChannel):
            channel = pair.channel
            yield np.array([channel.noise_variance, *channel.noise_breakpoints()])
            for tail in TAILS:
                low, high = channel.noise_interval(tail)
                yield np.array([low, high])
                yield channel.noise_density(np.linspace(low, high, POINTS))


@lru_cache(maxsize=1)
def _program() -> bytes:
    digest = hashlib.sha256(np.__version__.encode())
    for name in PROGRAM:
        file = import_module(f"wzsim.theory.{name}").__file__
        assert file is not None
        digest.update(Path(file).read_bytes())
    return digest.digest()


def _read(file: Path) -> CertifiedFunction | None:
    """What is kept; None for no file or a damaged one."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            shannon = float(arrays["shannon"])
            return CertifiedFunction(
                certificate=str(arrays["certificate"]),
                lines=Lines(slope=arrays["slope"], height=arrays["height"]),
                achieved=(arrays["rate"], arrays["distortion"]),
                shannon=None if np.isnan(shannon) else shannon,
                is_power=bool(arrays["is_power"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(file: Path, function: CertifiedFunction) -> None:
    """Keep a function, whole or not at all; a folder that cannot be written keeps nothing."""
    rate, distortion = function.achieved
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            np.savez(
                part,
                certificate=np.array(function.certificate),
                slope=function.lines.slope,
                height=function.lines.height,
                rate=rate,
                distortion=distortion,
                shannon=np.array(np.nan if function.shannon is None else function.shannon),
                is_power=np.array(function.is_power),
            )
        Path(part.name).replace(file)
    except OSError:
        return
