"""Encoders, rate estimators and decoders: each mistake is caught and named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from torch import Generator, Tensor, nn

from tests.contracts.test_trellis import AfterAChange, Independent, SignChanges, Signs
from tests.kits import complaints
from wzsim.builtin.decoders.mmse import MmseConfig
from wzsim.builtin.decoders.rnn_layered import RnnLayeredDecoderConfig
from wzsim.builtin.encoders.nsq import NsqConfig
from wzsim.builtin.encoders.rnn_layered import RnnLayeredEncoderConfig
from wzsim.builtin.rates.priors import ConditionalConfig
from wzsim.contracts import (
    Decoder,
    DecoderConfig,
    DesignProblem,
    Encoder,
    EncoderConfig,
    LearnedEncoder,
    Message,
    MessageShape,
    PrefixTreeDecoder,
    PrefixTreeRateEstimator,
    RateEstimatorConfig,
    RelaxedMessage,
    ScalarEncoder,
)
from wzsim.testing import ComponentKit, DecoderKit, EncoderKit, RateEstimatorKit

SMALL = RnnLayeredEncoderConfig(hidden_size=4)


class Around:
    """Passes everything on to the part that it wraps."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def state(self) -> Any:
        return self.inner.state()


def around(config: Any, wrapper: type, **also: Any) -> Any:
    """A component that builds the parts of `config` and wraps each of them."""

    @attrs.frozen(kw_only=True)
    class Wrapped(type(config)):  # type: ignore[misc]
        name = "wrapped"

        def refusal(self, problem: DesignProblem) -> str | None:
            return config.refusal(problem)

        def build(self, problem: DesignProblem, *rest: Any) -> Any:
            return wrapper(config.build(problem, *rest))

        def restore(self, problem: DesignProblem, state: Any) -> Any:
            return wrapper(config.restore(problem, state))

    for key, value in also.items():
        setattr(Wrapped, key, value)
    return Wrapped(**attrs.asdict(config, recurse=False))


def in_use(kit: type[ComponentKit]) -> dict[str, str]:
    """Its complaints but the one that no class of this page escapes: they are local."""
    found = complaints(kit)
    assert "define its class at the top of a module" in found.pop("test_comes_back_from_a_pickle")
    return found


class Tree(Around, PrefixTreeDecoder):
    """A right decoder, to go wrong from."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return self.inner.reconstruct(message, y, common_randomness)

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        return self.inner.tree(y)


class Peeks(Tree):
    """Its first reconstruction knows a little of the last symbol."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        first, *others = super().reconstruct(message, y, common_randomness)
        return (first + 0.01 * message.stages[-1], *others)


class WantsAll(Tree):
    """Cannot do with fewer stages."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        missing = 2 - len(message.stages)
        padded = (*message.stages, *[torch.zeros_like(message.stages[0])] * missing)
        return super().reconstruct(Message(padded), y)


class CentresTheBatch(Tree):
    """Takes the mean of y over the batch."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return super().reconstruct(message, y + 0.01 * y.mean())


class ReversedTree(Tree):
    """Counts m_1 as the least significant digit."""

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        first, second = super().tree(y)
        return first, second.reshape(-1, 2, 3).transpose(1, 2).flatten(1)


class Unknown(Tree):
    """Knows nothing of messages that never come."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        first, second = super().reconstruct(message, y)
        return first, torch.where(message.stages[1] == 2, torch.nan, second)


class Remembers(Tree):
    """Reads x from an encoder that keeps it."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return tuple(estimate + SEEN[0] for estimate in super().reconstruct(message, y))


SEEN = [0.0]


class Leaky(Around, Encoder):
    """Leaves a trace of what it encodes."""

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        SEEN[0] = float(x.mean())
        return self.inner.encode(x)


SUITED = {"cut": "test_a_cut_message_gives_the_first_reconstructions"}
AHEAD = "test_later_stages_leave_earlier_reconstructions"
ALONE = "test_sees_the_message_and_y_alone"
TREE = "test_tree_holds_the_reconstructions_of_every_prefix"

WRONG_DECODERS = [
    (
        Peeks,
        AHEAD,
        r"looks ahead: x_hat_1 changes by 0\.0\d+ with m_2; it may depend on m_1 \.\. m_1",
    ),
    (WantsAll, SUITED["cut"], r"a message cut after 1 stages gives 2 reconstructions"),
    (CentresTheBatch, ALONE, r"x_hat_1 of a block depends on the other blocks"),
    (ReversedTree, TREE, r"differ by .* in x_hat_2 of the prefix \[0, 1\]; a prefix is numbered"),
    (Unknown, "test_reconstructs_each_stage", r"x_hat_2 is not finite for a message that the"),
]


@pytest.mark.parametrize(
    ("wrong", "test", "says"), WRONG_DECODERS, ids=[row[0].__name__ for row in WRONG_DECODERS]
)
def test_a_wrong_decoder_is_caught(wrong: type, test: str, says: str) -> None:
    class Wrong(DecoderKit):
        component = around(MmseConfig(), wrong)

    with pytest.raises(AssertionError, match=says):
        getattr(Wrong(), test)()


@attrs.frozen(kw_only=True)
class Spy(MmseConfig):
    """`mmse` that knows what its encoder saw."""

    name = "spy"

    def build(self, problem: DesignProblem, encoder: Encoder, generator: Generator) -> Decoder:
        assert isinstance(encoder, Leaky)
        return Remembers(MmseConfig().build(problem, encoder.inner, generator))


def test_a_decoder_that_sees_x_is_caught() -> None:
    class Wrong(DecoderKit):
        component = Spy()

        def _encoder(self, seed: int = 0) -> Encoder:
            return Leaky(super()._encoder(seed))

    with pytest.raises(AssertionError, match="after the encoder saw another x; a decoder knows"):
        Wrong().test_sees_the_message_and_y_alone()


def forgetful(config: Any) -> Any:
    """A component whose parts forget the last of their arrays."""

    @attrs.frozen(kw_only=True)
    class Forgetful(type(config)):  # type: ignore[misc]
        name = "forgetful"

        def restore(self, problem: DesignProblem, state: Any) -> Any:
            fresh = self._network(problem, Generator())
            kept = list(fresh.state())[:-1]
            values = {name: torch.tensor(state[name]) for name in kept}
            fresh.load_state_dict(values, strict=False)
            return fresh

    return Forgetful(**attrs.asdict(config, recurse=False))


@pytest.mark.parametrize(
    ("kit", "config", "says"),
    [
        (DecoderKit, RnnLayeredDecoderConfig(hidden_size=4), r"x_hat_1 differs by 0\.\d+ after"),
        (RateEstimatorKit, ConditionalConfig(hidden_size=4), r"code lengths of stage 2 differ by"),
        (EncoderKit, SMALL, r"(m_\d of \d.*% of the samples|p\(m_1 \| x\)) changes after restore"),
    ],
    ids=["decoder", "rate estimator", "encoder"],
)
def test_a_state_that_forgets_a_weight_is_caught(kit: Any, config: Any, says: str) -> None:
    wrong = type("Wrong", (kit,), {"component": forgetful(config), "encoder": SMALL})
    with pytest.raises(AssertionError, match=rf"{says}.*in state\?$"):
        wrong().test_comes_back_from_its_state()


class Estimator(Around, PrefixTreeRateEstimator):
    """A right rate estimator, to go wrong from."""

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return self.inner.code_lengths(message, y, common_randomness)

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        return self.inner.tree_log_probs(y)


class TooShort(Estimator):
    """Promises one percent less than every symbol costs."""

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return tuple(0.99 * length for length in super().code_lengths(message, y))


class UnnormalisedTree(Estimator):
    """Its tree sums to 1.02."""

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        return tuple(stage + 0.02 for stage in super().tree_log_probs(y))


class OtherTree(Estimator):
    """Its tree is that of another y."""

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        return super().tree_log_probs(y + 0.1)


class LooksAhead(Estimator):
    """q of the first symbol depends on the second."""

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        first, *rest = super().code_lengths(message, y)
        return (first + 0.01 * message.stages[-1], *rest)


class BitsBelowZero(Estimator):
    """Confuses log q and -log q."""

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        return tuple(-length for length in super().code_lengths(message, y))


WRONG_ESTIMATORS = [
    (
        TooShort,
        "test_every_prefix_has_a_distribution",
        r"stage 1 after \[\] sum to 1\.0\d+ at y = ",
    ),
    (
        UnnormalisedTree,
        "test_tree_holds_the_log_probs_of_every_prefix",
        r"stage 1 in tree_log_probs sum to 1\.0202 \.\. 1\.0202 and not to 1",
    ),
    (
        OtherTree,
        "test_tree_holds_the_log_probs_of_every_prefix",
        r"tree_log_probs and code_lengths differ by .* stage 1 after \[\]",
    ),
    (
        LooksAhead,
        "test_lengths_depend_on_earlier_symbols_only",
        r"looks ahead: a code length of stage 1 changes by 0\.0\d+ nat with m_2",
    ),
    (
        BitsBelowZero,
        "test_code_lengths_are_finite_and_not_negative",
        r"is -\d.* nat; -log q is finite and not negative",
    ),
]


@pytest.mark.parametrize(
    ("wrong", "test", "says"), WRONG_ESTIMATORS, ids=[row[0].__name__ for row in WRONG_ESTIMATORS]
)
def test_a_wrong_rate_estimator_is_caught(wrong: type, test: str, says: str) -> None:
    class Wrong(RateEstimatorKit):
        component = around(ConditionalConfig(), wrong)

    with pytest.raises(AssertionError, match=says):
        getattr(Wrong(), test)()


def test_an_estimator_that_does_not_declare_y_is_caught() -> None:
    class Wrong(RateEstimatorKit):
        component = around(ConditionalConfig(), Estimator, uses_side_information=False)
        plugin = None

    assert in_use(Wrong) == {
        "test_sees_the_message_and_what_it_declares": (
            "rate estimator 'wrapped': a code length of stage 1 depends on y; set "
            "uses_side_information = True, or leave y out"
        )
    }


class Scalar(Around, ScalarEncoder):
    """A right scalar encoder, to go wrong from."""

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return self.inner.encode(x)

    def message_index(self, x: Any) -> Any:
        return self.inner.message_index(x)

    def thresholds(self, low: float, high: float) -> Any:
        return self.inner.thresholds(low, high)


class WrongOrder(Scalar):
    """m_1 as the least significant digit of the index."""

    def message_index(self, x: Any) -> Any:
        index = super().message_index(x)
        return 2 * (index % 3) + index // 3


class MissesAThreshold(Scalar):
    """Lists every threshold but one."""

    def thresholds(self, low: float, high: float) -> Any:
        return np.delete(super().thresholds(low, high), 3)


class Draws(Scalar):
    """Encodes with noise from nowhere."""

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return self.inner.encode(x + 0.3 * torch.rand_like(x))


class TooLarge(Scalar):
    """Sends symbols that no alphabet has."""

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        first, second = self.inner.encode(x).stages
        return Message((first, second + 1))


class AsFloats(Scalar):
    """Sends numbers for symbols."""

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return Message(tuple(symbols.float() for symbols in self.inner.encode(x).stages))


WRONG_ENCODERS = [
    (WrongOrder, "test_message_index_agrees_with_encode", r"differs from encode for \d+\.\d+% of"),
    (
        MissesAThreshold,
        "test_thresholds_are_where_the_message_changes",
        r"the message changes between -\d.* and -\d.*, and thresholds lists nothing there",
    ),
    (
        Draws,
        "test_encodes_each_block_alone_and_always_alike",
        r"m_\d of the same x changes; encode",
    ),
    (
        TooLarge,
        "test_symbols_lie_in_their_alphabets",
        r"m_2 is \d \.\. 3, and its alphabet 0 \.\. 2",
    ),
    (AsFloats, "test_symbols_lie_in_their_alphabets", r"m_1 is torch.float32 and not torch.int64"),
]


@pytest.mark.parametrize(
    ("wrong", "test", "says"), WRONG_ENCODERS, ids=[row[0].__name__ for row in WRONG_ENCODERS]
)
def test_a_wrong_encoder_is_caught(wrong: type, test: str, says: str) -> None:
    class Wrong(EncoderKit):
        component = around(NsqConfig(step=0.5), wrong)

    with pytest.raises(AssertionError, match=says):
        getattr(Wrong(), test)()


class OffBalance(Around, LearnedEncoder):
    """Probabilities that sum to 1.02."""

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return self.inner.encode(x)

    def draw(self, x: Tensor, choose: Any) -> tuple[tuple[Tensor, ...], RelaxedMessage]:
        logs, message = self.inner.draw(x, choose)
        return tuple(log_p + 0.02 for log_p in logs), message

    def tree_log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(log_p + 0.02 for log_p in self.inner.tree_log_probs(x))

    def parameters(self) -> Iterator[nn.Parameter]:
        return self.inner.parameters()


class SendsTheLeastLikely(OffBalance):
    """Right probabilities, wrong symbols."""

    def draw(self, x: Tensor, choose: Any) -> tuple[tuple[Tensor, ...], RelaxedMessage]:
        return self.inner.draw(x, choose)

    def tree_log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.inner.tree_log_probs(x)

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return Message(tuple(log_p.argmin(dim=-1) for log_p in self.inner.log_probs(x)))


def test_wrong_stochastic_encoders_are_caught() -> None:
    class Wrong(EncoderKit):
        component = around(SMALL, OffBalance)
        plugin = None

    assert in_use(Wrong) == {
        "test_probabilities_of_each_stage_sum_to_one": (
            "encoder 'wrapped': the probabilities of stage 1 from draw sum to 1.0202 .. 1.0202 and "
            "not to 1 (log_softmax)"
        )
    }

    class Contrary(EncoderKit):
        component = around(SMALL, SendsTheLeastLikely)
        plugin = None

    assert in_use(Contrary) == {
        "test_draw_encode_and_tree_agree": (
            "encoder 'wrapped': encode sends another m_1 than draw with the most likely symbols"
        )
    }


@attrs.frozen(kw_only=True)
class TrellisEncoder(EncoderConfig):
    """Six symbols a block."""

    name = "sign-changes"

    def message_shape(self, alphabet_sizes: tuple[int, ...], block_length: int) -> MessageShape:
        return SignChanges.shape

    def build(self, problem: DesignProblem, generator: Generator) -> Encoder:
        return SignChanges()

    def restore(self, problem: DesignProblem, state: Any) -> Encoder:
        return SignChanges()


@attrs.frozen(kw_only=True)
class TrellisRate(RateEstimatorConfig):
    """q depends on the symbol before."""

    name = "after-a-change"
    uses_side_information = False

    def build(self, problem: DesignProblem, *_: Any) -> AfterAChange:
        return AfterAChange()

    restore = build


@attrs.frozen(kw_only=True)
class TrellisDecoder(DecoderConfig):
    """Follows the changes."""

    name = "signs"

    def build(self, problem: DesignProblem, *_: Any) -> Signs:
        return Signs()

    restore = build


class OfATrellis:
    """Blocks of six samples; a message has 2^6 values."""

    alphabet_sizes = (2,)
    pair: Any = Independent()
    encoder = TrellisEncoder()
    plugin = None


class TestTrellisEncoder(OfATrellis, EncoderKit):
    component = TrellisEncoder()


class TestTrellisRate(OfATrellis, RateEstimatorKit):
    component = TrellisRate()


class TestTrellisDecoder(OfATrellis, DecoderKit):
    component = TrellisDecoder()


def test_a_part_that_refuses_the_problem_says_why() -> None:
    class Two(EncoderKit):
        component = NsqConfig()
        alphabet_sizes = (2,)

        def problem(self) -> DesignProblem:
            return attrs.evolve(super().problem(), objective=None)

    with pytest.raises(
        AssertionError, match=r"refuses the problem of this kit: it needs a 'step'.* Give the kit"
    ):
        Two().test_serves_the_problem_of_the_kit()
