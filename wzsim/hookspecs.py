"""The hooks of wzsim, one for each kind of component, and the life-cycle of a run.

A plugin is a module (or a file) that states the contract it was written for and
implements hooks:

    import attrs
    import wzsim.hookspecs

    WZSIM_CONTRACT = 1

    @wzsim.hookspecs.hookimpl
    def wzsim_channels():
        return [MyChannel]

All component hooks collect: every plugin's answer counts, and the same (kind,
name) twice is an error. Built-ins register through the same hooks.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from wzsim.contracts import (
    Bound,
    Channel,
    DecoderConfig,
    Distortion,
    EncoderConfig,
    EntropyCoder,
    EpochFinished,
    Executor,
    PairSource,
    RateEstimatorConfig,
    RunFinished,
    RunStarted,
    SlepianWolfCoder,
    Source,
)

PROJECT = "wzsim"
"""pluggy's project name, and the entry-point group of installed plugins."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def wzsim_sources() -> Sequence[type[Source]]:
    """Laws of the variable that a scenario draws first (`[correlation.source]`).

    >>> import math
    >>> import attrs
    >>> from wzsim.contracts import DensitySource
    >>> @attrs.frozen(kw_only=True)
    ... class Uniform(DensitySource):
    ...     '''Uniform on (-half_width, half_width).'''
    ...     name = "uniform"
    ...     half_width: float = 1.0
    ...     @property
    ...     def variance(self):
    ...         return self.half_width**2 / 3
    ...     def sample(self, batch, generator):
    ...         import torch
    ...         unit = torch.rand(batch, 1, generator=generator, device=generator.device)
    ...         return self.half_width * (2 * unit - 1)
    ...     def log_prob(self, value):
    ...         inside = (value.abs() <= self.half_width).to(value.dtype)
    ...         return (inside / (2 * self.half_width)).log()
    ...     def interval(self, tail):
    ...         return -self.half_width, self.half_width
    ...     def breakpoints(self):
    ...         return -self.half_width, self.half_width
    >>> @hookimpl
    ... def wzsim_sources():
    ...     return [Uniform]
    """
    raise NotImplementedError


@hookspec
def wzsim_channels() -> Sequence[type[Channel]]:
    """Correlation channels (`[correlation.channel]`).

    >>> import math
    >>> import attrs
    >>> from wzsim.contracts import AdditiveChannel, Range
    >>> @attrs.frozen(kw_only=True)
    ... class Laplace(AdditiveChannel):
    ...     '''Laplacian noise with density exp(-|n| / scale) / (2 scale).'''
    ...     name = "laplace"
    ...     scale: float = attrs.field(validator=Range(gt=0))
    ...     @property
    ...     def noise_variance(self):
    ...         return 2 * self.scale**2
    ...     def noise_like(self, given, generator):
    ...         first = given.new_empty(given.shape).exponential_(generator=generator)
    ...         second = given.new_empty(given.shape).exponential_(generator=generator)
    ...         return self.scale * (first - second)
    ...     def noise_log_prob(self, noise):
    ...         return -noise.abs() / self.scale - math.log(2 * self.scale)
    ...     def noise_interval(self, tail):
    ...         return self.scale * math.log(tail), -self.scale * math.log(tail)
    ...     def noise_breakpoints(self):
    ...         return (0.0,)
    >>> @hookimpl
    ... def wzsim_channels():
    ...     return [Laplace]
    """
    raise NotImplementedError


@hookspec
def wzsim_pairs() -> Sequence[type[PairSource]]:
    """Pairs that sample (x, y) jointly (`[correlation.pair]`)."""
    raise NotImplementedError


@hookspec
def wzsim_encoders() -> Sequence[type[EncoderConfig]]:
    """Encoders (`[code.encoder]`)."""
    raise NotImplementedError


@hookspec
def wzsim_rate_estimators() -> Sequence[type[RateEstimatorConfig]]:
    """Rate estimators (`[code.rate_estimator]`)."""
    raise NotImplementedError


@hookspec
def wzsim_decoders() -> Sequence[type[DecoderConfig]]:
    """Decoders (`[code.decoder]`)."""
    raise NotImplementedError


@hookspec
def wzsim_entropy_coders() -> Sequence[type[EntropyCoder]]:
    """Lossless coders driven by frequency tables."""
    raise NotImplementedError


@hookspec
def wzsim_slepian_wolf_coders() -> Sequence[type[SlepianWolfCoder]]:
    """Lossless coders for a decoder with side information."""
    raise NotImplementedError


@hookspec
def wzsim_distortions() -> Sequence[type[Distortion]]:
    """Distortion measures (`[distortion]`)."""
    raise NotImplementedError


@hookspec
def wzsim_bounds() -> Sequence[type[Bound]]:
    """Rate-distortion bounds (`evaluation.bounds`)."""
    raise NotImplementedError


@hookspec
def wzsim_executors() -> Sequence[type[Executor]]:
    """Where the points of a sweep run."""
    raise NotImplementedError


@hookspec
def wzsim_run_started(event: RunStarted) -> None:
    """Called when a run begins."""


@hookspec
def wzsim_epoch_finished(event: EpochFinished) -> None:
    """Called after each epoch of training."""


@hookspec
def wzsim_run_finished(event: RunFinished) -> None:
    """Called when a run ended, well or not."""
