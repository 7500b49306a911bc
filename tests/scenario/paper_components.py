"""The built-in components of the paper's scenario, as a plugin of their own."""

from __future__ import annotations

from wzsim.builtin.bounds.conditional import ConditionalBound
from wzsim.builtin.bounds.rate_distortion import RateDistortionBound
from wzsim.builtin.bounds.wyner_ziv import WynerZivBound
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.decoders.rnn_layered import RnnLayeredDecoderConfig
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.encoders.rnn_layered import RnnLayeredEncoderConfig
from wzsim.builtin.rates.priors import ConditionalConfig, MarginalConfig
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    Bound,
    Channel,
    DecoderConfig,
    Distortion,
    EncoderConfig,
    RateEstimatorConfig,
    Source,
)
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    return [GaussianSource]


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    return [GaussianChannel]


@hookimpl
def wzsim_encoders() -> list[type[EncoderConfig]]:
    return [RnnLayeredEncoderConfig]


@hookimpl
def wzsim_rate_estimators() -> list[type[RateEstimatorConfig]]:
    return [MarginalConfig, ConditionalConfig]


@hookimpl
def wzsim_decoders() -> list[type[DecoderConfig]]:
    return [RnnLayeredDecoderConfig]


@hookimpl
def wzsim_distortions() -> list[type[Distortion]]:
    return [SquaredError]


@hookimpl
def wzsim_bounds() -> list[type[Bound]]:
    return [WynerZivBound, ConditionalBound, RateDistortionBound]
