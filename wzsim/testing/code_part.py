"""What encoders, rate estimators and decoders have in common: a problem, and a state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import pytest
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
    Objective,
    Pair,
    RateEstimatorConfig,
    Stateful,
    Trainable,
    compose,
)
from wzsim.testing.component import ComponentKit
from wzsim.testing.draws import seeded
from wzsim.testing.messages import BATCH, MOST_MESSAGES

Arrays = Mapping[str, NDArray[np.generic]]

Part = TypeVar("Part", bound=Stateful)
"""Encoder, rate estimator or decoder."""


class CodePartKit(ComponentKit, Generic[Part]):
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

    part_class: ClassVar[type[Stateful]]
    """What `build` gives."""

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

    def build(self, seed: int = 0) -> Part:
        """The part, built with a generator of this seed."""
        raise NotImplementedError

    def built(self) -> Part:
        """The part, built once for all tests that only look at it."""
        cls = type(self)
        if "_part" not in vars(cls):
            cls._part = self.build()
        part: Part = cls._part
        assert isinstance(part, self.part_class), (
            f"{self._who}: build gives {type(part).__name__}, no {self.part_class.__name__}"
        )
        return part

    def check_restored(self, part: Part, again: Part) -> None:
        """A part and the one from its state do the same."""
        raise NotImplementedError

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
        state: Mapping[str, Any] = self.built().state()
        for name, array in state.items():
            assert re.fullmatch(r"\w+(\.\w+)*", name), (
                f"{self._who}: state has the name {name!r}; names are plain words joined by dots"
            )
            assert isinstance(array, np.ndarray) and array.dtype.kind in "fiub", (
                f"{self._who}: state[{name!r}] is {type(array).__name__} and no array of numbers"
            )

    def test_comes_back_from_its_state(self) -> None:
        """`restore` of `state` does the same."""
        component: Any = self.component
        part = self.build()
        moved(part)
        self.check_restored(part, component.restore(self.problem(), copied(part.state())))

    def _encoder_config(self) -> EncoderConfig:
        return self.encoder

    def _encoder(self, seed: int = 0) -> Encoder:
        return self.encoder.build(self.problem(), seeded(100 + seed))

    def _blocks(self, count: int = BATCH) -> tuple[Tensor, Tensor]:
        """x and y, each of shape (count, n)."""
        return self.pair.sample(count, seeded(5))


class BesideEncoderKit(CodePartKit[Part]):
    """A rate estimator or a decoder, which is built for an encoder."""

    tolerance: float = 1e-4
    """How far numbers that should be equal may differ."""

    def build(self, seed: int = 0) -> Part:
        component: Any = self.component
        part: Part = component.build(self.problem(), self._encoder(), seeded(seed))
        return part

    def _shared(self, batch: int = BATCH) -> Tensor | None:
        return self._encoder().draw_common_randomness(batch, seeded(6))

    def _skip_without_tree(self, tree_class: type) -> None:
        """Skip a test of all prefixes for a part, or a problem, that has no tree of them."""
        shape = self.problem().shape
        if not isinstance(self.built(), tree_class):
            pytest.skip(f"it is no {tree_class.__name__}")
        if shape.prefix_counts[-1] > MOST_MESSAGES or shape.block_length > 1:
            pytest.skip("the problem of this kit is too large for a tree")


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


def largest_difference(one: Tensor, other: Tensor) -> float:
    """The largest |one - other|; inf where one of them is not finite alone."""
    if one.shape != other.shape:
        return float("inf")
    if one.numel() == 0:
        return 0.0
    apart = (one.detach().double() - other.detach().double()).abs()
    return float(apart.nan_to_num(nan=float("inf")).max())
