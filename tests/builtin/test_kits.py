"""The built-in components pass the kits that plugins inherit."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from tests.contracts.test_pair import Coin, Erasure
from wzsim import app
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.coders.adaptive import AdaptiveCoder
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
from wzsim.builtin.executors.serial import SerialExecutor
from wzsim.builtin.rates.ideal_sw import IdealSlepianWolfConfig
from wzsim.builtin.rates.priors import ConditionalConfig, MarginalConfig
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import compose
from wzsim.testing import (
    BoundKit,
    ChannelKit,
    DecoderKit,
    DistortionKit,
    EncoderKit,
    EntropyCoderKit,
    ExecutorKit,
    RateEstimatorKit,
    SourceKit,
)

LAYERED = RnnLayeredEncoderConfig(hidden_size=8)
MONOLITHIC = MlpMonolithicEncoderConfig(hidden_size=8)
BOUNDS: Any = {name: app.registry().get("bound", name) for name in app.registry().names("bound")}
OTHER_BASE = compose(GaussianSource(variance=2.0), GaussianChannel(noise_variance=0.4), "x")
SYMBOLS = compose(Coin(p=0.3), Erasure(e=0.4), "x")


class TestGaussianSource(SourceKit):
    component = GaussianSource(variance=4.0)


class TestGaussianChannel(ChannelKit):
    component = GaussianChannel(noise_variance=0.1)


class TestSquaredError(DistortionKit):
    component = SquaredError()


@pytest.mark.skipif(find_spec("constriction") is None, reason="constriction is not here")
class TestRange(EntropyCoderKit):
    component = RangeCoder()


class TestRans(EntropyCoderKit):
    component = RansCoder()


class TestAdaptive(EntropyCoderKit):
    component = AdaptiveCoder()


class TestSerialExecutor(ExecutorKit):
    component = SerialExecutor()


class TestWynerZivBound(BoundKit):
    component = BOUNDS["wyner-ziv"]()


class TestConditionalBound(BoundKit):
    component = BOUNDS["conditional"]()
    pair = OTHER_BASE


class TestRateDistortionBound(BoundKit):
    component = BOUNDS["rate-distortion"]()


class TestNsq(EncoderKit):
    component = NsqConfig(step=0.45, offset=0.1)


class TestNsqWithItsDefaultStep(EncoderKit):
    component = NsqConfig(plane_order="least-significant-first")
    pair = OTHER_BASE


class TestDitheredNsq(EncoderKit):
    component = NsqConfig(step=0.5, dither=True)


class TestLloyd(EncoderKit):
    component = LloydConfig(nested_starts=1, annealed_starts=0, search_rounds=0)


class TestLayeredEncoder(EncoderKit):
    component = LAYERED


class TestLayeredEncoderWithFeatures(EncoderKit):
    component = RnnLayeredEncoderConfig(hidden_size=8, features="fourier")


class TestMonolithicEncoder(EncoderKit):
    component = MONOLITHIC
    alphabet_sizes = (5,)


class TestLayeredDecoder(DecoderKit):
    component = RnnLayeredDecoderConfig(hidden_size=8)
    alphabet_sizes = (2, 3, 2)
    encoder = LAYERED


class TestLayeredDecoderWithFeatures(DecoderKit):
    component = RnnLayeredDecoderConfig(hidden_size=8, features="fourier")
    encoder = LAYERED


class TestMonolithicDecoder(DecoderKit):
    component = MlpMonolithicDecoderConfig(hidden_size=8)
    alphabet_sizes = (5,)
    encoder = MONOLITHIC


class TestMmse(DecoderKit):
    component = MmseConfig()
    alphabet_sizes = (2, 3, 2)
    encoder = NsqConfig(step=0.25)
    tolerance = 0.01  # of the table that sampling reads, where y all but excludes the message


class TestMmseBesideDither(DecoderKit):
    component = MmseConfig()
    encoder = NsqConfig(step=0.5, dither=True)


class TestMmseBesideANetwork(DecoderKit):
    component = MmseConfig()
    encoder = LAYERED


class TestLayeredConditional(RateEstimatorKit):
    component = ConditionalConfig(hidden_size=8)
    alphabet_sizes = (2, 3, 2)
    encoder = LAYERED


class TestLayeredConditionalWithFeatures(RateEstimatorKit):
    component = ConditionalConfig(hidden_size=8, features="fourier")
    encoder = LAYERED


class TestLayeredMarginal(RateEstimatorKit):
    component = MarginalConfig(hidden_size=8)
    encoder = LAYERED


class TestMonolithicConditional(RateEstimatorKit):
    component = ConditionalConfig(hidden_size=8)
    alphabet_sizes = (5,)
    encoder = MONOLITHIC


class TestMonolithicMarginal(RateEstimatorKit):
    component = MarginalConfig(hidden_size=8)
    alphabet_sizes = (5,)
    encoder = MONOLITHIC


class TestExactConditional(RateEstimatorKit):
    component = ConditionalConfig()
    alphabet_sizes = (2, 3, 2)
    encoder = NsqConfig(step=0.25)


class TestExactMarginal(RateEstimatorKit):
    component = MarginalConfig()
    pair = OTHER_BASE


class TestExactConditionalBesideDither(RateEstimatorKit):
    component = ConditionalConfig()
    encoder = NsqConfig(step=0.5, dither=True)


class TestExactMarginalBesideDither(RateEstimatorKit):
    component = MarginalConfig()
    encoder = NsqConfig(step=0.5, dither=True)


class TestIdealSlepianWolf(RateEstimatorKit):
    component = IdealSlepianWolfConfig()
    encoder = LAYERED


class TestLayeredEncoderOfSymbols(EncoderKit):
    component = LAYERED
    pair = SYMBOLS
    alphabet_sizes = (2, 2)


class TestLayeredDecoderOfSymbols(DecoderKit):
    component = RnnLayeredDecoderConfig(hidden_size=8)
    pair = SYMBOLS
    encoder = LAYERED


class TestLayeredConditionalOfSymbols(RateEstimatorKit):
    component = ConditionalConfig(hidden_size=8)
    pair = SYMBOLS
    encoder = LAYERED
