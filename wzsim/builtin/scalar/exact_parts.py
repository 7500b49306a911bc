"""The exact rate estimator and decoder beside a hard scalar encoder, dithered or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wzsim.builtin.decoders.mmse_exact import MmseDecoder
from wzsim.builtin.rates.exact import ExactConditional, ExactMarginal
from wzsim.builtin.scalar.dither import (
    DitheredConditional,
    DitheredEncoder,
    DitheredMarginal,
    DitheredMmse,
    shifted_pair,
)
from wzsim.builtin.scalar.exact_law import ExactLaw
from wzsim.builtin.scalar.partition_encoder import partition_state, restored_partition
from wzsim.builtin.scalar.sampled_law import BINS, SampledLaw, SampledMmse, SampledRate
from wzsim.contracts import (
    ComposedDensityPair,
    Decoder,
    DensityPair,
    DesignProblem,
    Encoder,
    RateEstimator,
    ScalarEncoder,
    State,
)
from wzsim.errors import CapabilityError
from wzsim.theory.encoder import encoder_partition

if TYPE_CHECKING:
    from torch import Generator


def build_rate(
    problem: DesignProblem, encoder: Encoder, generator: Generator, *, conditional: bool
) -> RateEstimator:
    """The encoder's own probabilities: exact with densities, counted with samples only."""
    if not isinstance(problem.pair, DensityPair):
        bins = BINS if conditional else 1
        return SampledRate(SampledLaw.count(problem, encoder, generator, bins=bins))
    return exact_rate(problem, encoder_state(problem, encoder), conditional=conditional)


def restore_rate(problem: DesignProblem, state: State, *, conditional: bool) -> RateEstimator:
    """The estimator of `build_rate` whose state this is."""
    if "counts" in state:
        return SampledRate(SampledLaw.from_state(problem.shape, state))
    return exact_rate(problem, state, conditional=conditional)


def build_decoder(problem: DesignProblem, encoder: Encoder, generator: Generator) -> Decoder:
    """The conditional mean: exact with densities, averaged with samples only."""
    if not isinstance(problem.pair, DensityPair):
        return SampledMmse(SampledLaw.count(problem, encoder, generator, bins=BINS))
    return exact_decoder(problem, encoder_state(problem, encoder))


def restore_decoder(problem: DesignProblem, state: State) -> Decoder:
    """The decoder of `build_decoder` whose state this is."""
    if "counts" in state:
        return SampledMmse(SampledLaw.from_state(problem.shape, state))
    return exact_decoder(problem, state)


def encoder_state(problem: DesignProblem, encoder: Encoder) -> State:
    """Partition, and width of the dither where there is one.

    Raises CapabilityError for an encoder that is no partition of the line.
    """
    if isinstance(encoder, DitheredEncoder):
        return encoder.state()
    if not isinstance(encoder, ScalarEncoder) or not isinstance(problem.pair, DensityPair):
        raise CapabilityError(
            "exact laws need an encoder that is a partition of the line, and densities"
        )
    return partition_state(encoder_partition(encoder, problem.pair)[0])


def exact_rate(problem: DesignProblem, state: State, *, conditional: bool) -> RateEstimator:
    """The encoder's own probabilities as rate estimator; state: from `encoder_state`."""
    partition = restored_partition(problem.shape, state)
    if "width" in state:
        width = float(np.asarray(state["width"], dtype=np.float64))
        if not conditional:
            assert isinstance(problem.pair, ComposedDensityPair)
            return DitheredMarginal(problem.pair, partition, width)
        law = ExactLaw(shifted_pair(problem.pair, width), partition)
        return DitheredConditional(ExactConditional(problem.shape, law), width)
    assert isinstance(problem.pair, DensityPair)
    law = ExactLaw(problem.pair, partition)
    return (ExactConditional if conditional else ExactMarginal)(problem.shape, law)


def exact_decoder(problem: DesignProblem, state: State) -> Decoder:
    """The conditional mean; state: from `encoder_state`."""
    partition = restored_partition(problem.shape, state)
    if "width" in state:
        width = float(np.asarray(state["width"], dtype=np.float64))
        law = ExactLaw(shifted_pair(problem.pair, width), partition)
        return DitheredMmse(MmseDecoder(problem.shape, law), width)
    assert isinstance(problem.pair, DensityPair)
    return MmseDecoder(problem.shape, ExactLaw(problem.pair, partition))
