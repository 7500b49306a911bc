"""The monolithic learned coder: structure, and that it is the layered one with one stage."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch

from tests.builtin.test_rnn_layered import build, column
from tests.scenarios import paper_scenario
from wzsim.builtin.decoders.mlp_monolithic import MlpMonolithicDecoderConfig
from wzsim.builtin.decoders.mlp_monolithic_network import MlpMonolithicDecoder
from wzsim.builtin.decoders.rnn_layered_network import RnnLayeredDecoder
from wzsim.builtin.encoders.mlp_monolithic import MlpMonolithicEncoderConfig
from wzsim.builtin.encoders.mlp_monolithic_network import MlpMonolithicEncoder
from wzsim.builtin.encoders.rnn_layered_network import RnnLayeredEncoder
from wzsim.builtin.rates.monolithic_prior import MonolithicPrior
from wzsim.builtin.rates.rnn_prior import RnnPrior
from wzsim.contracts import LearnedRateEstimator, Message, MessageShape, RelaxedMessage
from wzsim.networks.mlp import Mlp
from wzsim.networks.prefix_rnn import PrefixRnn
from wzsim.scenario.model import Scenario
from wzsim.simulation.run import simulate

ALPHABETS = [2, 4, 8, 16]


def monolithic_scenario(
    size: int = 4, rate_estimator: str = "conditional", **changes: object
) -> Scenario:
    scenario = paper_scenario(alphabet_sizes=(size,), rate_estimator=rate_estimator, **changes)  # type: ignore[arg-type]  # test keywords
    width = {"hidden_size": scenario.code.encoder.hidden_size}  # type: ignore[attr-defined]  # of the layered one
    code = attrs.evolve(
        scenario.code,
        encoder=MlpMonolithicEncoderConfig(**width),
        decoder=MlpMonolithicDecoderConfig(**width),
    )
    return attrs.evolve(scenario, code=code)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_marginal_prior_is_a_vector_of_logits_that_begins_uniform() -> None:
    _, prior, _ = build(monolithic_scenario(8, "marginal"))
    assert isinstance(prior, LearnedRateEstimator)
    (logits,) = prior.parameters()
    assert logits.shape == (8,)
    torch.testing.assert_close(
        prior.tree_log_probs(column())[0].exp(), torch.full((1, 1, 8), 0.125)
    )
    with torch.no_grad():
        logits.copy_(torch.arange(8.0))
    (length,) = prior.code_lengths(Message((torch.tensor([[7], [0]]),)), column(2))
    assert float((length[1] - length[0]).detach()) == pytest.approx(7)


def test_parameter_counts_are_two_layers_of_100() -> None:
    encoder, prior, decoder = build(monolithic_scenario(4))
    deep = 100 * 100 + 100
    counts = [
        sum(parameter.numel() for parameter in part.parameters())
        for part in (encoder, prior, decoder)
    ]
    assert counts == [
        (100 + 100) + deep + (100 * 4 + 4),
        (100 + 100) + deep + (100 * 4 + 4),
        (100 * 5 + 100) + deep + (100 + 1),
    ]


@pytest.mark.parametrize("kind", ["marginal", "conditional"])
def test_blocks_are_coded_sample_by_sample(kind: str) -> None:
    shape, generator = MessageShape((4,), 3, (3,)), seeded()
    encoder = MlpMonolithicEncoder(shape, 8, 2, generator)
    prior = MonolithicPrior(
        shape, conditional=kind == "conditional", hidden_size=8, num_layers=2, generator=generator
    )
    decoder = MlpMonolithicDecoder(shape, 8, 2, generator)
    x = torch.randn(5, 3, generator=seeded(1))
    y = x + 0.3 * torch.randn(5, 3, generator=seeded(2))
    message = encoder.encode(x)
    (symbols,) = message.stages
    relaxed = RelaxedMessage((encoder.log_probs(x)[0].exp(),))
    assert symbols.shape == (5, 3)
    assert relaxed.stages[0].shape == prior.log_probs(relaxed, y)[0].shape == (5, 3, 4)
    columns = [Message((symbols[:, i : i + 1],)) for i in range(3)]
    for i, one in enumerate(columns):
        own_x, own_y = x[:, i : i + 1], y[:, i : i + 1]
        assert torch.equal(encoder.encode(own_x).stages[0], one.stages[0])
        own_relaxed = RelaxedMessage((relaxed.stages[0][:, i : i + 1],))
        for whole, single in (
            (encoder.log_probs(x), encoder.log_probs(own_x)),
            (prior.code_lengths(message, y), prior.code_lengths(one, own_y)),
            (prior.log_probs(relaxed, y), prior.log_probs(own_relaxed, own_y)),
            (decoder.reconstruct(message, y), decoder.reconstruct(one, own_y)),
            (
                decoder.reconstruct_relaxed(relaxed, y),
                decoder.reconstruct_relaxed(own_relaxed, own_y),
            ),
        ):
            torch.testing.assert_close(whole[0][:, i : i + 1], single[0])


def copy_first_step(rnn: PrefixRnn, mlp: Mlp, heads: torch.nn.Module) -> None:
    """Give an MLP the weights that a stacked RNN uses at its first step."""
    seen = [weight for weight in (rnn.static_weight, rnn.symbol_weight) if weight is not None]
    weights = [torch.cat(seen, dim=1)[:, : mlp.layers[0].weight.shape[1]], *rnn.deep_weights]
    with torch.no_grad():
        for layer, weight, bias in zip(mlp.layers, weights, rnn.biases, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    mlp.head.load_state_dict(heads.state_dict())


def test_one_stage_of_the_layered_coder_is_the_monolithic_coder() -> None:
    """The same functions once they have the same weights; recurrences do nothing at one step."""
    shape, generator = MessageShape((8,)), seeded()
    x, y = column(300), column(300).flip(0)

    layered = RnnLayeredEncoder(shape, 100, 2, generator)
    monolithic = MlpMonolithicEncoder(shape, 100, 2, generator)
    copy_first_step(layered.rnn, monolithic.network, layered.head)
    torch.testing.assert_close(monolithic.log_probs(x), layered.log_probs(x))
    np.testing.assert_array_equal(
        monolithic.message_index(x[:, 0].double().numpy()),
        layered.message_index(x[:, 0].double().numpy()),
    )

    layered_decoder = RnnLayeredDecoder(shape, 100, 2, generator)
    monolithic_decoder = MlpMonolithicDecoder(shape, 100, 2, generator)
    copy_first_step(layered_decoder.rnn, monolithic_decoder.network, layered_decoder.head)
    torch.testing.assert_close(monolithic_decoder.tree(y), layered_decoder.tree(y))
    relaxed = RelaxedMessage((layered.log_probs(x)[0].exp(),))
    torch.testing.assert_close(
        monolithic_decoder.reconstruct_relaxed(relaxed, y),
        layered_decoder.reconstruct_relaxed(relaxed, y),
    )


def test_one_stage_of_the_layered_priors_is_the_monolithic_prior() -> None:
    shape, y, sizes = MessageShape((8,)), column(300), {"hidden_size": 100, "num_layers": 2}
    layered = RnnPrior(shape, conditional=True, generator=seeded(), **sizes)
    monolithic = MonolithicPrior(shape, conditional=True, generator=seeded(), **sizes)
    assert monolithic.network is not None
    copy_first_step(layered.rnn, monolithic.network, layered.heads[0])
    torch.testing.assert_close(monolithic.tree_log_probs(y), layered.tree_log_probs(y))

    layered = RnnPrior(shape, conditional=False, generator=seeded(), **sizes)
    monolithic = MonolithicPrior(shape, conditional=False, generator=seeded(), **sizes)
    assert monolithic.logits is not None
    with torch.no_grad():
        monolithic.logits.copy_(layered.tree_log_probs(y)[0][0, 0])
    torch.testing.assert_close(monolithic.tree_log_probs(y), layered.tree_log_probs(y))


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 4)])
def test_more_than_one_stage_is_refused_in_words(sizes: tuple[int, ...]) -> None:
    problem = paper_scenario(alphabet_sizes=sizes).problem()
    words = (
        f"and alphabet_sizes has {len(sizes)} stages: use [{int(np.prod(sizes))}], or rnn-layered"
    )
    assert MlpMonolithicEncoderConfig().refusal(problem) == f"it sends one message, {words}"
    assert MlpMonolithicDecoderConfig().refusal(problem) == f"it takes one message, {words}"


def test_one_stage_is_not_refused() -> None:
    problem = monolithic_scenario(8).problem()
    assert MlpMonolithicEncoderConfig().refusal(problem) is None
    assert MlpMonolithicDecoderConfig().refusal(problem) is None


@pytest.mark.parametrize("kind", ["marginal", "conditional"])
def test_training_lowers_the_loss(kind: str) -> None:
    scenario = monolithic_scenario(
        4, kind, hidden_size=16, epochs=10, samples_per_epoch=10_000, batch_size=500
    )
    history = simulate(scenario, "cpu", lambda event: None).training
    assert history is not None
    assert history.loss[-1] < 0.5 * history.loss[0]
