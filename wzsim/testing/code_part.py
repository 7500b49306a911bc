"""What encoders, rate estimators and decoders have in common: a problem, and a state."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.encoders.nsq import NsqConfig
from wzsim.builtin.rates.priors import ConditionalConfig
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    DesignProblem,
    Distortion,
    Encoder,
    EncoderConfig,
    Message,
    MessageShape,
    Objective,
    Pair,
    RateEstimatorConfig,
    Stateful,
    Trainable,
    compose,
)
from wzsim.testing.component import ComponentKit
from wzsim.testing.draws import seeded

BATCH = 64
"""Blocks of most tests."""

MOST_MESSAGES = 4096
"""Messages of the largest block of which all are tried."""

Arrays = Mapping[str, NDArray[np.generic]]


class CodePartKit(ComponentKit):
    """The problem in which a part of a code is tested; a kit may change each of these."""

    pair: Pair = compose(GaussianSource(), GaussianChannel(noise_variance=0.1), "y")
    """The pair (X, Y)."""

    alphabet_sizes: tuple[int, ...] = (2, 3)
    """M_1 .. M_K; unequal ones find more mistakes."""

    encoder: EncoderConfig = NsqConfig(step=0.5)
    """The encoder beside which a rate estimator or decoder is tested."""

    rate_estimator: RateEstimatorConfig = ConditionalConfig(hidden_size=8)
    """The rate estimator of the problem; an encoder may look at it for its price."""

    distortion: Distortion = SquaredError()

    lagrange_multiplier: float = 20.0
    """lambda of every stage [nat per unit of distortion]; only the total rate is priced."""

    _part: ClassVar[Any]

    def problem(self) -> DesignProblem:
        """What `build` is given."""
        sizes = self.alphabet_sizes
        stages = len(sizes)
        return DesignProblem(
            pair=self.pair,
            distortion=self.distortion,
            shape=self._encoder_config().message_shape(sizes, self.pair.block_length),
            objective=Objective(
                (self.lagrange_multiplier,) * stages, (0.0,) * (stages - 1) + (1.0,)
            ),
            target_rate=None,
            encoder=self._encoder_config(),
            rate_estimator=self.rate_estimator,
        )

    def build(self, seed: int = 0) -> Any:
        """The part, built with a generator of this seed."""
        raise NotImplementedError

    def built(self) -> Any:
        """The part, built once for all tests that only look at it."""
        cls = type(self)
        if "_part" not in vars(cls):
            cls._part = self.build()
        return cls._part

    def test_serves_the_problem_of_the_kit(self) -> None:
        """`refusal` says nothing against it."""
        component: Any = self.component
        reason = component.refusal(self.problem())
        assert reason is None, (
            f"{self._who} refuses the problem of this kit: {reason}. Give the kit what it serves: "
            "pair, alphabet_sizes, encoder, distortion"
        )

    def test_the_generator_alone_decides_what_is_built(self) -> None:
        """Built twice from one seed, the parts have one state."""
        before = torch.random.get_rng_state()
        one, two = self.built().state(), self.build().state()
        assert torch.equal(before, torch.random.get_rng_state()), (
            f"{self._who}: build uses the global generator of torch; pass `generator` on"
        )
        assert one.keys() == two.keys() and all(
            np.array_equal(one[name], two[name], equal_nan=True) for name in one
        ), f"{self._who}: two parts built from one seed differ; draw from `generator` alone"

    def test_state_is_arrays_of_numbers(self) -> None:
        """What a result file can hold: names of plain words, arrays of numbers."""
        for name, array in self.built().state().items():
            assert re.fullmatch(r"\w+(\.\w+)*", name), (
                f"{self._who}: state has the name {name!r}; names are plain words joined by dots"
            )
            assert isinstance(array, np.ndarray) and array.dtype.kind in "fiub", (
                f"{self._who}: state[{name!r}] is {type(array).__name__} and no array of numbers"
            )

    def _encoder_config(self) -> EncoderConfig:
        return self.encoder

    def _encoder(self, seed: int = 0) -> Encoder:
        return self.encoder.build(self.problem(), seeded(100 + seed))

    def _blocks(self, count: int = BATCH) -> tuple[Tensor, Tensor]:
        """x and y, each of shape (count, n)."""
        return self.pair.sample(count, seeded(5))


def copied(state: Arrays) -> dict[str, NDArray[np.generic]]:
    """A state as it comes from a file: the same numbers in arrays of their own."""
    return {name: np.array(array) for name, array in state.items()}


def moved(part: Stateful) -> None:
    """Move the parameters of a part that learns: none has then the value that it began with."""
    if isinstance(part, Trainable):
        generator = seeded(7)
        with torch.no_grad():
            for parameter in part.parameters():
                noise = torch.rand(parameter.shape, generator=generator).to(parameter)
                parameter.add_(0.5 * noise - 0.25)


def in_precision_of(part: Stateful, y: Tensor) -> Tensor:
    """y as quadrature passes it: in double precision, but to networks."""
    return y.double() if y.is_floating_point() and not isinstance(part, Trainable) else y


def any_message(shape: MessageShape, batch: int = BATCH) -> Message:
    """Symbols drawn evenly, whatever an encoder would send."""
    generator = seeded(9)
    return Message(
        tuple(
            torch.randint(size, (batch, count), generator=generator)
            for size, count in zip(shape.alphabet_sizes, shape.symbols_per_stage, strict=True)
        )
    )


def rows(message: Message, chosen: Tensor) -> Message:
    """Some blocks of a message."""
    return Message(tuple(stage[chosen] for stage in message.stages))


def every_message(shape: MessageShape, stages: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All values of m_1 .. m_stages of one block, each stage a tuple of its symbols."""
    each = zip(shape.alphabet_sizes[:stages], shape.symbols_per_stage[:stages], strict=True)
    return itertools.product(
        *(itertools.product(range(size), repeat=count) for size, count in each)
    )


def block_messages(shape: MessageShape, stages: int) -> int:
    """How many values m_1 .. m_stages of one block has."""
    each = zip(shape.alphabet_sizes[:stages], shape.symbols_per_stage[:stages], strict=True)
    count = 1
    for size, symbols in each:
        count *= size**symbols
    return count


def repeated(values: tuple[tuple[int, ...], ...], batch: int) -> Message:
    """One message for `batch` blocks."""
    return Message(tuple(torch.tensor(symbols).expand(batch, -1).clone() for symbols in values))


def largest_difference(one: Tensor, other: Tensor) -> float:
    """The largest |one - other|; inf where one of them is not finite alone."""
    if one.shape != other.shape:
        return float("inf")
    if one.numel() == 0:
        return 0.0
    apart = (one.detach().double() - other.detach().double()).abs()
    return float(apart.nan_to_num(nan=float("inf")).max())
