"""The built-in components, registered through the hooks that every plugin uses."""

from __future__ import annotations

from wzsim.builtin.bounds.conditional import ConditionalBound
from wzsim.builtin.bounds.rate_distortion import RateDistortionBound
from wzsim.builtin.bounds.wyner_ziv import WynerZivBound
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.coders.adaptive import AdaptiveCoder
from wzsim.builtin.coders.ldpc.coder import LdpcCoder
from wzsim.builtin.coders.range import RangeCoder
from wzsim.builtin.coders.rans import RansCoder
from wzsim.builtin.decoders.mlp_monolithic import MlpMonolithicDecoderConfig
from wzsim.builtin.decoders.mmse import MmseConfig
from wzsim.builtin.decoders.rnn_layered import RnnLayeredDecoderConfig
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.encoders.lloyd import LloydConfig
from wzsim.builtin.encoders.mlp_monolithic import MlpMonolithicEncoderConfig
from wzsim.builtin.encoders.nsq import NsqConfig
from wzsim.builtin.encoders.rnn_layered import RnnLayeredEncoderConfig
from wzsim.builtin.executors.dask import DaskExecutor
from wzsim.builtin.executors.process import ProcessExecutor
from wzsim.builtin.executors.serial import SerialExecutor
from wzsim.builtin.rates.ideal_sw import IdealSlepianWolfConfig
from wzsim.builtin.rates.priors import ConditionalConfig, MarginalConfig
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    Bound,
    Channel,
    DecoderConfig,
    Distortion,
    EncoderConfig,
    EntropyCoder,
    Executor,
    RateEstimatorConfig,
    SlepianWolfCoder,
    Source,
)
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    """`gaussian`."""
    return [GaussianSource]


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    """`gaussian`."""
    return [GaussianChannel]


@hookimpl
def wzsim_encoders() -> list[type[EncoderConfig]]:
    """`rnn-layered`, `mlp-monolithic`, `nsq`, `lloyd`."""
    return [RnnLayeredEncoderConfig, MlpMonolithicEncoderConfig, NsqConfig, LloydConfig]


@hookimpl
def wzsim_rate_estimators() -> list[type[RateEstimatorConfig]]:
    """`marginal`, `conditional`, `ideal-sw`."""
    return [MarginalConfig, ConditionalConfig, IdealSlepianWolfConfig]


@hookimpl
def wzsim_decoders() -> list[type[DecoderConfig]]:
    """`rnn-layered`, `mlp-monolithic`, `mmse`."""
    return [RnnLayeredDecoderConfig, MlpMonolithicDecoderConfig, MmseConfig]


@hookimpl
def wzsim_entropy_coders() -> list[type[EntropyCoder]]:
    """`range`, `rans`, `adaptive`."""
    return [RangeCoder, RansCoder, AdaptiveCoder]


@hookimpl
def wzsim_slepian_wolf_coders() -> list[type[SlepianWolfCoder]]:
    """Lossless coders for a decoder with side information."""
    return [LdpcCoder]


@hookimpl
def wzsim_distortions() -> list[type[Distortion]]:
    """`squared-error`."""
    return [SquaredError]


@hookimpl
def wzsim_bounds() -> list[type[Bound]]:
    """`wyner-ziv`, `conditional`, `rate-distortion`."""
    return [WynerZivBound, ConditionalBound, RateDistortionBound]


@hookimpl
def wzsim_executors() -> list[type[Executor]]:
    """`serial`, `process`, `dask`."""
    return [SerialExecutor, ProcessExecutor, DaskExecutor]
