"""The kit of rate estimators."""

from __future__ import annotations

from itertools import groupby

import pytest
import torch
from torch import Tensor

from wzsim.contracts import (
    LearnedRateEstimator,
    Message,
    PrefixTreeRateEstimator,
    RateEstimator,
    RateEstimatorConfig,
)
from wzsim.networks.partition import prefix_index
from wzsim.networks.simplex import log_prob_of
from wzsim.testing.code_part import (
    BesideEncoderKit,
    in_precision_of,
    largest_difference,
)
from wzsim.testing.messages import (
    BATCH,
    MOST_MESSAGES,
    any_message,
    block_messages,
    certain,
    every_message,
    reached_by_gradients,
    repeated,
    rows,
    with_other_symbols,
)


class RateEstimatorKit(BesideEncoderKit[RateEstimator]):
    """Tests of a rate estimator: inherit, and say which one.

        class TestMine(RateEstimatorKit):
            component = MineConfig()

    It is built for X = Y + N, both Gaussian, beside `nsq` with alphabets (2, 3); the
    attributes of the kit change that. An estimator that learns is tested as drawn.
    """

    component: RateEstimatorConfig

    part_class = RateEstimator

    def test_code_lengths_are_finite_and_not_negative(self) -> None:
        """One a symbol, for messages that the encoder may never send, and for 0 blocks too."""
        estimator, shape = self.built(), self.problem().shape
        for batch in (BATCH, 1, 0):
            message = any_message(shape, batch)
            lengths = self._lengths(estimator, message)
            found = [tuple(length.shape) for length in lengths]
            due = [tuple(symbols.shape) for symbols in message.stages]
            assert found == due, (
                f"{self._who}: code_lengths has the shapes {found} and not {due}; it is one number "
                "a symbol"
            )
            for k, length in enumerate(lengths, start=1):
                assert bool(torch.isfinite(length).all() & (length >= -self.tolerance).all()), (
                    f"{self._who}: a code length of stage {k} is {float(length.min()):.4g} .. "
                    f"{float(length.max()):.4g} nat; -log q is finite and not negative"
                )

    def test_every_prefix_has_a_distribution(self) -> None:
        """Over all values of a stage, given the stages before and y, exp(-length) sums to one."""
        estimator, shape = self.built(), self.problem().shape
        _, y = self._blocks()
        for stages in range(1, shape.stages + 1):
            if block_messages(shape, stages) > MOST_MESSAGES:
                pytest.skip("the problem of this kit has too many messages to try them all")
            for prefix, group in groupby(every_message(shape, stages), key=lambda m: m[:-1]):
                total: Tensor | float = 0.0
                for values in group:
                    lengths = self._lengths(estimator, repeated(values, len(y)), y)
                    total = total + (-lengths[-1].detach().double().sum(dim=1)).exp()
                assert isinstance(total, Tensor)
                worst = int((total - 1).abs().argmax())
                assert abs(float(total[worst]) - 1) <= self.tolerance, (
                    f"{self._who}: the probabilities of stage {stages} after {list(prefix)} sum to "
                    f"{float(total[worst]):.6g} at y = {y[worst].tolist()} and not to 1; normalise "
                    "q over the alphabet of the stage (log_softmax)"
                )

    def test_lengths_depend_on_earlier_symbols_only(self) -> None:
        """Later stages change nothing, nor does a message that is cut before them."""
        estimator, shape = self.built(), self.problem().shape
        message = any_message(shape)
        lengths = self._lengths(estimator, message)
        for stages in range(1, shape.stages):
            changed = self._lengths(estimator, with_other_symbols(message, shape, stages))
            cut = self._lengths(estimator, Message(message.stages[:stages]))
            assert len(cut) == stages, (
                f"{self._who}: a message cut after {stages} stages gives lengths of {len(cut)} "
                "stages; go through the stages that the message has"
            )
            for k in range(stages):
                for other in (changed, cut):
                    apart = largest_difference(lengths[k], other[k])
                    assert apart <= self.tolerance, (
                        f"{self._who} looks ahead: a code length of stage {k + 1} changes by "
                        f"{apart:.3g} nat with m_{stages + 1}"
                    )

    def test_sees_the_message_and_what_it_declares(self) -> None:
        """y only with `uses_side_information`; one block never another one."""
        estimator, shape = self.built(), self.problem().shape
        _, y = self._blocks()
        message, shared = any_message(shape), self._shared()
        lengths = estimator.code_lengths(message, y, shared)
        some = torch.arange(BATCH - 1, -1, -3)
        part = estimator.code_lengths(
            rows(message, some), y[some], None if shared is None else shared[some]
        )
        for k, (one, few) in enumerate(zip(lengths, part, strict=True), start=1):
            assert largest_difference(one[some], few) <= self.tolerance, (
                f"{self._who}: a code length of stage {k} depends on the other blocks of the batch"
            )
        if self.component.uses_side_information:
            return
        other = estimator.code_lengths(message, y.flip(0), shared)
        for k, (one, two) in enumerate(zip(lengths, other, strict=True), start=1):
            assert largest_difference(one, two) <= self.tolerance, (
                f"{self._who}: a code length of stage {k} depends on y; set "
                "uses_side_information = True, or leave y out"
            )

    def test_tree_holds_the_log_probs_of_every_prefix(self) -> None:
        """`tree_log_probs` agrees with `code_lengths`, and each of its rows sums to one."""
        estimator, shape = self.built(), self.problem().shape
        self._skip_without_tree(PrefixTreeRateEstimator)
        assert isinstance(estimator, PrefixTreeRateEstimator)
        _, y = self._blocks()
        tree = estimator.tree_log_probs(in_precision_of(estimator, y))
        before = (1, *shape.prefix_counts)
        for k, (stage, count, size) in enumerate(
            zip(tree, before, shape.alphabet_sizes, strict=False), start=1
        ):
            assert stage.shape in {(len(y), count, size), (1, count, size)}, (
                f"{self._who}: stage {k} of tree_log_probs has the shape {tuple(stage.shape)} and "
                f"not {(len(y), count, size)}"
            )
            sums = stage.detach().double().exp().sum(dim=-1)
            assert largest_difference(sums, torch.ones_like(sums)) <= self.tolerance, (
                f"{self._who}: the probabilities of stage {k} in tree_log_probs sum to "
                f"{float(sums.min()):.6g} .. {float(sums.max()):.6g} and not to 1"
            )
        for values in every_message(shape, shape.stages):
            message = repeated(values, len(y))
            lengths = estimator.code_lengths(message, y)
            prefixes = prefix_index(shape.alphabet_sizes, message.stages)
            likely = torch.ones(len(y), 1)
            for k, (stage, prefix, length) in enumerate(
                zip(tree, prefixes, lengths, strict=True), start=1
            ):
                found = stage.expand(len(y), -1, -1).flatten(1).gather(1, prefix).exp()
                # After a prefix that y excludes a table may be coarse.
                apart = largest_difference(likely * found, likely * (-length).exp())
                likely = likely * found
                assert apart <= self.tolerance, (
                    f"{self._who}: tree_log_probs and code_lengths differ by {apart:.3g} in the "
                    f"probability of stage {k} after {[s for (s,) in values[: k - 1]]}; a prefix "
                    "is numbered with m_1 as its most significant digit"
                )

    def test_a_relaxed_message_at_a_corner_is_a_hard_one(self) -> None:
        """Of an estimator that learns; no gradient flows into the message."""
        estimator, shape = self.built(), self.problem().shape
        if not isinstance(estimator, LearnedRateEstimator):
            pytest.skip("it does not learn")
        _, y = self._blocks()
        message = any_message(shape)
        relaxed = certain(message, shape)
        logs = estimator.log_probs(relaxed, y)
        for k, (log_q, symbols, length) in enumerate(
            zip(logs, message.stages, estimator.code_lengths(message, y), strict=True), start=1
        ):
            apart = largest_difference(log_prob_of(symbols, log_q), -length)
            assert apart <= self.tolerance, (
                f"{self._who}: log_probs and code_lengths of stage {k} differ by {apart:.3g} nat"
            )
        total = torch.stack([log_q.sum() for log_q in logs]).sum()
        if not total.requires_grad:
            return
        for k, reached in enumerate(reached_by_gradients(total, relaxed), start=1):
            assert not reached, (
                f"{self._who}: a gradient flows through q into m_{k}; detach the symbols"
            )

    def check_restored(self, part: RateEstimator, again: RateEstimator) -> None:
        message = any_message(self.problem().shape)
        lengths = zip(self._lengths(part, message), self._lengths(again, message), strict=True)
        for k, (one, two) in enumerate(lengths, start=1):
            apart = largest_difference(one, two)
            assert apart <= 1e-6, (
                f"{self._who}: code lengths of stage {k} differ by {apart:.3g} nat after restore; "
                "is everything that decides them in state?"
            )

    def _lengths(
        self, estimator: RateEstimator, message: Message, y: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        batch = len(message.stages[0])
        if y is None:
            _, y = self._blocks(batch)
        return estimator.code_lengths(message, y, self._shared(batch))
