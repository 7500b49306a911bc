"""The kit of encoders."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from wzsim.contracts import (
    DensityPair,
    Encoder,
    EncoderConfig,
    LearnedEncoder,
    ScalarEncoder,
    StochasticEncoder,
)
from wzsim.networks.partition import prefix_index
from wzsim.networks.simplex import hard_choice
from wzsim.testing.code_part import CodePartKit, largest_difference
from wzsim.testing.draws import seeded
from wzsim.testing.messages import BATCH

DENSE = 5_000
"""Samples that are compared with a partition of the line."""


class EncoderKit(CodePartKit[Encoder]):
    """Tests of an encoder: inherit, and say which one.

        class TestMine(EncoderKit):
            component = MineConfig(step=0.5)

    It is built for X = Y + N, both Gaussian, with alphabets (2, 3); the attributes of the
    kit change that. An encoder that learns is tested as drawn.
    """

    component: EncoderConfig

    part_class = Encoder

    tolerance: float = 1e-4
    """How far sums of probabilities may be from one."""

    mismatch: float = 1e-3
    """Share of samples, in float32, for which `encode` and `message_index` may differ."""

    def build(self, seed: int = 0) -> Encoder:
        """The encoder of the kit's problem."""
        return self.component.build(self.problem(), seeded(seed))

    def test_says_whether_it_learns(self) -> None:
        """`learned` is what `build` gives."""
        encoder = self.built()
        assert isinstance(encoder, LearnedEncoder) == self.component.learned, (
            f"{self._who}: learned is {self.component.learned}, and build gives "
            f"{type(encoder).__name__}; `learned` says whether that is a LearnedEncoder"
        )

    def test_symbols_lie_in_their_alphabets(self) -> None:
        """int64 of shape (batch, S_k), 0 .. M_k - 1; for huge, tiny and no x too."""
        encoder, shape = self.built(), self.problem().shape
        assert encoder.shape == shape, (
            f"{self._who}: the encoder has the shape {encoder.shape}, and the problem {shape}"
        )
        x, _ = self._blocks()
        tried = [x, x[:1], x[:0]]
        if x.is_floating_point():
            extremes = (0.0, 1e-30, -1e-30, 1e30, -1e30)
            tried.append(torch.cat([torch.full_like(x[:1], value) for value in extremes]))
        for blocks in tried:
            message = encoder.encode(blocks, self._shared(encoder, len(blocks)))
            assert len(message.stages) == shape.stages, (
                f"{self._who}: the message has {len(message.stages)} stages of {shape.stages}"
            )
            for k, (symbols, size, count) in enumerate(
                zip(message.stages, shape.alphabet_sizes, shape.symbols_per_stage, strict=True),
                start=1,
            ):
                assert symbols.shape == (len(blocks), count), (
                    f"{self._who}: m_{k} has the shape {tuple(symbols.shape)} and not "
                    f"{(len(blocks), count)}"
                )
                assert symbols.dtype == torch.int64, (
                    f"{self._who}: m_{k} is {symbols.dtype} and not torch.int64"
                )
                assert not len(blocks) or 0 <= int(symbols.min()) <= int(symbols.max()) < size, (
                    f"{self._who}: m_{k} is {int(symbols.min())} .. {int(symbols.max())}, and its "
                    f"alphabet 0 .. {size - 1}"
                )

    def test_encodes_each_block_alone_and_always_alike(self) -> None:
        """One x, one message: again, in another order, with other blocks."""
        encoder = self.built()
        x, _ = self._blocks()
        shared = self._shared(encoder, len(x))
        some = torch.arange(len(x) - 1, -1, -3)
        message, again = encoder.encode(x, shared), encoder.encode(x, shared)
        part = encoder.encode(x[some], None if shared is None else shared[some])
        for k, (one, two, few) in enumerate(
            zip(message.stages, again.stages, part.stages, strict=True), start=1
        ):
            assert torch.equal(one, two), (
                f"{self._who}: m_{k} of the same x changes; encode draws nothing, a dither comes "
                "from draw_common_randomness"
            )
            assert torch.equal(one[some], few), (
                f"{self._who}: m_{k} of a block depends on the other blocks of the batch"
            )

    def test_common_randomness_comes_from_its_generator(self) -> None:
        """None, or (batch, n) that the seed decides."""
        encoder, length = self.built(), self.problem().shape.block_length
        one = encoder.draw_common_randomness(BATCH, seeded(1))
        if one is None:
            return
        two, other = (encoder.draw_common_randomness(BATCH, seeded(seed)) for seed in (1, 2))
        assert two is not None and other is not None
        assert one.shape == (BATCH, length), (
            f"{self._who}: common randomness has the shape {tuple(one.shape)} and not "
            f"{(BATCH, length)}"
        )
        assert torch.equal(one, two) and not torch.equal(one, other), (
            f"{self._who}: common randomness must depend on the generator, and on nothing else"
        )

    def test_probabilities_of_each_stage_sum_to_one(self) -> None:
        """Of a stochastic encoder: along the message that is drawn and for every prefix."""
        encoder = self._stochastic()
        x, _ = self._blocks()
        drawn, _ = encoder.draw(x, hard_choice)
        for name, stages in (("draw", drawn), ("tree_log_probs", self._tree(encoder, x))):
            for k, log_p in enumerate(stages, start=1):
                sums = log_p.detach().double().exp().sum(dim=-1)
                assert largest_difference(sums, torch.ones_like(sums)) <= self.tolerance, (
                    f"{self._who}: the probabilities of stage {k} from {name} sum to "
                    f"{float(sums.min()):.6g} .. {float(sums.max()):.6g} and not to 1 "
                    "(log_softmax)"
                )

    def test_draw_encode_and_tree_agree(self) -> None:
        """Hard choices in `draw` are `encode`, and its probabilities those of the tree."""
        encoder, shape = self._stochastic(), self.problem().shape
        x, _ = self._blocks()
        drawn, relaxed = encoder.draw(x, hard_choice)
        message = encoder.encode(x)
        for k, (symbols, weights) in enumerate(
            zip(message.stages, relaxed.stages, strict=True), start=1
        ):
            assert torch.equal(symbols, weights.argmax(dim=-1)), (
                f"{self._who}: encode sends another m_{k} than draw with the most likely symbols"
            )
        if any(count > 1 for count in shape.symbols_per_stage):
            return
        prefix = torch.zeros(len(x), 1, dtype=torch.int64)
        for k, (log_p, tree, symbols, size) in enumerate(
            zip(drawn, self._tree(encoder, x), message.stages, shape.alphabet_sizes, strict=True),
            start=1,
        ):
            along = tree.expand(-1, max(tree.shape[1], 1), -1)
            row = prefix if tree.shape[1] > 1 else torch.zeros_like(prefix)
            found = along.gather(1, row[..., None].expand(-1, -1, size))
            apart = largest_difference(found.exp(), log_p.exp())
            assert apart <= self.tolerance, (
                f"{self._who}: draw and tree_log_probs differ by {apart:.3g} in p(m_{k}); a prefix "
                "is numbered with m_1 as its most significant digit"
            )
            prefix = prefix * size + symbols

    def test_message_index_agrees_with_encode(self) -> None:
        """Of a scalar encoder: the whole message as one number, m_1 the most significant digit."""
        encoder = self._scalar()
        x, _ = self._blocks(DENSE // self.problem().shape.block_length)
        index = encoder.message_index(x.double().flatten().numpy())
        assert index.shape == (x.numel(),) and index.dtype == np.int64, (
            f"{self._who}: message_index of {x.numel()} samples has the shape {index.shape} and "
            f"the type {index.dtype}, not {(x.numel(),)} and int64"
        )
        sent = prefix_index(self.problem().shape.alphabet_sizes, encoder.encode(x).stages)[-1]
        differ = float((sent.flatten() != torch.from_numpy(index)).double().mean())
        assert differ <= self.mismatch, (
            f"{self._who}: message_index differs from encode for {differ:.2%} of the samples; m_1 "
            "is the most significant digit, and thresholds belong to the cell below"
        )

    def test_thresholds_are_where_the_message_changes(self) -> None:
        """All of them, and nothing between two of them; where the encoder lists them."""
        encoder = self._scalar()
        low, high = self._range()
        thresholds = encoder.thresholds(low, high)
        if thresholds is None:
            pytest.skip("it does not list its thresholds: wzsim searches them")
        edges = np.concatenate([[low], thresholds, [high]])
        assert (np.diff(thresholds) > 0).all() and (
            not len(thresholds) or (low <= thresholds[0] and thresholds[-1] <= high)
        ), f"{self._who}: thresholds(low, high) ascend strictly between low and high"
        share = np.array([0.01, 0.3, 0.5, 0.8, 0.99])
        inside = edges[:-1, None] + share * np.diff(edges)[:, None]
        labels = encoder.message_index(inside.ravel()).reshape(inside.shape)
        wrong = np.flatnonzero((labels != labels[:, :1]).any(axis=1))
        assert not len(wrong), (
            f"{self._who}: the message changes between {edges[wrong[0]]:.6g} and "
            f"{edges[wrong[0] + 1]:.6g}, and thresholds lists nothing there; list all of them, or "
            "return None"
        )

    def check_restored(self, part: Encoder, again: Encoder) -> None:
        x, _ = self._blocks(DENSE // self.problem().shape.block_length)
        shared = self._shared(part, len(x))
        sent = (encoder.encode(x, shared).stages for encoder in (part, again))
        for k, (one, two) in enumerate(zip(*sent, strict=True), start=1):
            assert torch.equal(one, two), (
                f"{self._who}: m_{k} of {float((one != two).double().mean()):.2%} of the samples "
                "changes after restore; is everything that decides it in state?"
            )
        if isinstance(part, StochasticEncoder):
            assert isinstance(again, StochasticEncoder)
            trees = (encoder.tree_log_probs(x) for encoder in (part, again))
            for k, (log_p, log_r) in enumerate(zip(*trees, strict=True), start=1):
                assert largest_difference(log_p, log_r) <= 1e-5, (
                    f"{self._who}: p(m_{k} | x) changes after restore; is every weight in state?"
                )

    def _range(self) -> tuple[float, float]:
        if isinstance(self.pair, DensityPair):
            return self.pair.x_interval(1e-9)
        x, _ = self._blocks(DENSE)
        return float(x.min()), float(x.max())

    def _encoder_config(self) -> EncoderConfig:
        return self.component

    def _shared(self, encoder: Encoder, batch: int) -> Tensor | None:
        return encoder.draw_common_randomness(batch, seeded(6))

    def _tree(self, encoder: StochasticEncoder, x: Tensor) -> tuple[Tensor, ...]:
        """No tree where a stage has several symbols."""
        single = all(count == 1 for count in self.problem().shape.symbols_per_stage)
        return encoder.tree_log_probs(x) if single else ()

    def _stochastic(self) -> StochasticEncoder:
        encoder = self.built()
        if not isinstance(encoder, StochasticEncoder):
            pytest.skip("it is no StochasticEncoder")
        return encoder

    def _scalar(self) -> ScalarEncoder:
        encoder = self.built()
        if not isinstance(encoder, ScalarEncoder):
            pytest.skip("it is no ScalarEncoder")
        if not self._blocks(1)[0].is_floating_point():
            pytest.skip("symbols have no thresholds")
        return encoder
