"""The kit of decoders."""

from __future__ import annotations

import pytest
import torch

from wzsim.contracts import (
    Decoder,
    DecoderConfig,
    LearnedDecoder,
    Message,
    PrefixTreeDecoder,
)
from wzsim.networks.partition import prefix_index
from wzsim.testing.code_part import (
    BesideEncoderKit,
    in_precision_of,
    largest_difference,
)
from wzsim.testing.draws import seeded
from wzsim.testing.messages import (
    BATCH,
    any_message,
    certain,
    every_message,
    reached_by_gradients,
    repeated,
    rows,
    with_other_symbols,
)


class DecoderKit(BesideEncoderKit[Decoder]):
    """Tests of a decoder: inherit, and say which one.

        class TestMine(DecoderKit):
            component = MineConfig()

    It is built for X = Y + N, both Gaussian, beside `nsq` with alphabets (2, 3); the
    attributes of the kit change that. A decoder that learns is tested as drawn.
    """

    component: DecoderConfig

    part_class = Decoder

    def test_says_whether_it_learns(self) -> None:
        """`learned` is what `build` gives."""
        decoder = self.built()
        assert isinstance(decoder, LearnedDecoder) == self.component.learned, (
            f"{self._who}: learned is {self.component.learned}, and build gives "
            f"{type(decoder).__name__}; `learned` says whether that is a LearnedDecoder"
        )

    def test_reconstructs_each_stage(self) -> None:
        """x_hat_1 .. x_hat_K, each with the batch and block of y; finite, for 0 blocks too."""
        decoder, shape = self.built(), self.problem().shape
        for batch in (BATCH, 1, 0):
            _, y = self._blocks(batch)
            x_hat = decoder.reconstruct(any_message(shape, batch), y, self._shared(batch))
            assert len(x_hat) == shape.stages, (
                f"{self._who}: reconstruct gives {len(x_hat)} reconstructions of {shape.stages} "
                "stages"
            )
            for stage, estimate in enumerate(x_hat, start=1):
                assert estimate.shape[: y.ndim] == y.shape, (
                    f"{self._who}: x_hat_{stage} has the shape {tuple(estimate.shape)} for y of "
                    f"{tuple(y.shape)}"
                )
                assert bool(torch.isfinite(estimate).all()), (
                    f"{self._who}: x_hat_{stage} is not finite for a message that the encoder may "
                    "never send; give it E[X | y] there"
                )

    def test_later_stages_leave_earlier_reconstructions(self) -> None:
        """x_hat_k is a function of m_1 .. m_k and y."""
        decoder, shape = self.built(), self.problem().shape
        _, y = self._blocks()
        message, shared = any_message(shape), self._shared()
        x_hat = decoder.reconstruct(message, y, shared)
        for stage in range(1, shape.stages):
            other = decoder.reconstruct(with_other_symbols(message, shape, stage), y, shared)
            for k in range(stage):
                apart = largest_difference(x_hat[k], other[k])
                assert apart <= self.tolerance, (
                    f"{self._who} looks ahead: x_hat_{k + 1} changes by {apart:.3g} with "
                    f"m_{stage + 1}; it may depend on m_1 .. m_{k + 1} and y only"
                )

    def test_a_cut_message_gives_the_first_reconstructions(self) -> None:
        """A decoder that got k stages gives x_hat_1 .. x_hat_k."""
        decoder, shape = self.built(), self.problem().shape
        _, y = self._blocks()
        message, shared = any_message(shape), self._shared()
        x_hat = decoder.reconstruct(message, y, shared)
        for stages in range(1, shape.stages):
            cut = decoder.reconstruct(Message(message.stages[:stages]), y, shared)
            assert len(cut) == stages, (
                f"{self._who}: a message cut after {stages} stages gives {len(cut)} "
                "reconstructions; go through the stages that the message has"
            )
            for k, (one, other) in enumerate(zip(cut, x_hat, strict=False), start=1):
                apart = largest_difference(one, other)
                assert apart <= self.tolerance, (
                    f"{self._who}: x_hat_{k} differs by {apart:.3g} once the message is cut after "
                    f"stage {stages}"
                )

    def test_sees_the_message_and_y_alone(self) -> None:
        """The same message and y give the same x_hat: whatever was encoded, in any batch."""
        encoder = self._encoder()
        decoder = self.component.build(self.problem(), encoder, seeded(0))
        x, y = self._blocks()
        message, shared = any_message(self.problem().shape), self._shared()
        x_hat = decoder.reconstruct(message, y, shared)
        encoder.encode(x.flip(0), shared)
        again = decoder.reconstruct(message, y, shared)
        some = torch.arange(BATCH - 1, -1, -3)
        part = decoder.reconstruct(
            rows(message, some), y[some], None if shared is None else shared[some]
        )
        for k, (one, two, few) in enumerate(zip(x_hat, again, part, strict=True), start=1):
            assert largest_difference(one, two) <= self.tolerance, (
                f"{self._who}: x_hat_{k} of the same message and y changes after the encoder saw "
                "another x; a decoder knows m_1 .. m_k and y only"
            )
            assert largest_difference(one[some], few) <= self.tolerance, (
                f"{self._who}: x_hat_{k} of a block depends on the other blocks of the batch"
            )

    def test_tree_holds_the_reconstructions_of_every_prefix(self) -> None:
        """`tree` agrees with `reconstruct`, m_1 the most significant digit."""
        decoder, shape = self.built(), self.problem().shape
        self._skip_without_tree(PrefixTreeDecoder)
        assert isinstance(decoder, PrefixTreeDecoder)
        _, y = self._blocks()
        tree = decoder.tree(in_precision_of(decoder, y))
        found = [tuple(stage.shape[:2]) for stage in tree]
        due = [(len(y), count) for count in shape.prefix_counts]
        assert found == due, f"{self._who}: tree has the shapes {found} and not {due}"
        for values in every_message(shape, shape.stages):
            message = repeated(values, len(y))
            x_hat = decoder.reconstruct(message, y)
            prefixes = prefix_index(shape.alphabet_sizes, message.stages)
            for k, (stage, prefix, estimate) in enumerate(
                zip(tree, prefixes, x_hat, strict=True), start=1
            ):
                along = stage[torch.arange(len(y))[:, None], prefix]
                if along.ndim > estimate.ndim:
                    continue  # a distribution, of which the hard decoder gives the best symbol
                apart = largest_difference(along, estimate)
                assert apart <= self.tolerance, (
                    f"{self._who}: tree and reconstruct differ by {apart:.3g} in x_hat_{k} of the "
                    f"prefix {[symbol for (symbol,) in values[:k]]}; a prefix is numbered with m_1 "
                    "as its most significant digit"
                )

    def test_a_relaxed_message_at_a_corner_is_a_hard_one(self) -> None:
        """Of a decoder that learns: one-hot symbols give `reconstruct`, and gradients flow."""
        decoder, shape = self.built(), self.problem().shape
        if not isinstance(decoder, LearnedDecoder):
            pytest.skip("it does not learn")
        _, y = self._blocks()
        message = any_message(shape)
        relaxed = certain(message, shape)
        soft = decoder.reconstruct_relaxed(relaxed, y)
        for k, (one, two) in enumerate(
            zip(soft, decoder.reconstruct(message, y), strict=True), start=1
        ):
            assert one.ndim > two.ndim or largest_difference(one, two) <= self.tolerance, (
                f"{self._who}: x_hat_{k} of one-hot symbols differs from that of the same symbols"
            )
        total = torch.stack([estimate.sum() for estimate in soft]).sum()
        assert total.requires_grad, f"{self._who}: no gradient reaches its parameters"
        for k, reached in enumerate(reached_by_gradients(total, relaxed), start=1):
            assert reached, (
                f"{self._who}: no gradient reaches m_{k}; the encoder could not learn from it"
            )

    def check_restored(self, part: Decoder, again: Decoder) -> None:
        _, y = self._blocks()
        message, shared = any_message(self.problem().shape), self._shared()
        stages = (decoder.reconstruct(message, y, shared) for decoder in (part, again))
        for k, (one, two) in enumerate(zip(*stages, strict=True), start=1):
            apart = largest_difference(one, two)
            assert apart <= 1e-6, (
                f"{self._who}: x_hat_{k} differs by {apart:.3g} after restore; is everything that "
                "decides it in state?"
            )
