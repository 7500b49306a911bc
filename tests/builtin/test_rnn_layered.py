"""The paper's networks: structure, prefixes, masks and state."""

from __future__ import annotations

import itertools

import pytest
import torch

from tests.scenarios import paper_scenario
from wzsim.contracts import (
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
    Message,
    RelaxedMessage,
)
from wzsim.networks.simplex import hard_choice
from wzsim.scenario.model import Scenario

SIZES = [(2, 2, 2), (4, 4), (2, 3), (8,)]


def build(
    scenario: Scenario, seed: int = 0
) -> tuple[LearnedEncoder, LearnedRateEstimator, LearnedDecoder]:
    problem, generator = scenario.problem(), torch.Generator().manual_seed(seed)
    encoder = scenario.code.encoder.build(problem, generator)
    estimator = scenario.code.rate_estimator.build(problem, encoder, generator)
    decoder = scenario.code.decoder.build(problem, encoder, generator)
    assert isinstance(encoder, LearnedEncoder)
    assert isinstance(estimator, LearnedRateEstimator)
    assert isinstance(decoder, LearnedDecoder)
    return encoder, estimator, decoder


def column(values: int = 7) -> torch.Tensor:
    return torch.randn(values, 1, generator=torch.Generator().manual_seed(4))


def every_message(sizes: tuple[int, ...], batch: int) -> list[tuple[int, Message]]:
    return [
        (index, Message(tuple(torch.full((batch, 1), symbol) for symbol in path)))
        for index, path in enumerate(itertools.product(*(range(size) for size in sizes)))
    ]


@pytest.mark.parametrize("sizes", SIZES)
def test_encoder_gives_a_distribution_a_stage_and_encodes_its_argmax(
    sizes: tuple[int, ...],
) -> None:
    encoder, _, _ = build(paper_scenario(alphabet_sizes=sizes))
    x = column()
    log_p, message = encoder.draw(x, hard_choice)
    assert [tuple(stage.shape) for stage in log_p] == [(7, 1, size) for size in sizes]
    for stage, log_probs in enumerate(log_p):
        torch.testing.assert_close(log_probs.exp().sum(-1), torch.ones(7, 1))
        hard = encoder.encode(x).stages[stage]
        assert torch.equal(hard, message.stages[stage].argmax(-1))
        assert torch.equal(log_probs, encoder.tree_log_probs(x)[stage])


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", ["marginal", "conditional"])
def test_prior_is_one_distribution_for_every_prefix(sizes: tuple[int, ...], kind: str) -> None:
    _, prior, _ = build(paper_scenario(alphabet_sizes=sizes, rate_estimator=kind))
    y = column()
    tree = prior.tree_log_probs(y)
    for stage, log_q in enumerate(tree):
        torch.testing.assert_close(log_q.exp().sum(-1), torch.ones(log_q.shape[:2]))
        assert log_q.shape[0] == (7 if kind == "conditional" else 1), stage
    for index, message in every_message(sizes, 7):
        total = sum(length[:, 0] for length in prior.code_lengths(message, y))
        from_tree, parent = torch.zeros(7), 0
        for log_q, symbols, size in zip(tree, message.stages, sizes, strict=True):
            from_tree = from_tree - log_q[:, parent, int(symbols[0, 0])]
            parent = parent * size + int(symbols[0, 0])
        assert parent == index
        torch.testing.assert_close(total, from_tree, rtol=1e-5, atol=1e-6)


def test_marginal_prior_cannot_see_y_and_conditional_one_does() -> None:
    message = RelaxedMessage(tuple(torch.full((7, 1, 2), 0.5) for _ in range(3)))
    _, marginal, _ = build(paper_scenario(rate_estimator="marginal"))
    _, conditional, _ = build(paper_scenario(rate_estimator="conditional"))
    for one, two in zip(
        marginal.log_probs(message, column()),
        marginal.log_probs(message, 3 - column()),
        strict=True,
    ):
        assert torch.equal(one, two)
    assert not torch.equal(
        conditional.log_probs(message, column())[0], conditional.log_probs(message, -column())[0]
    )


def test_no_gradient_reaches_the_codes_through_the_prior() -> None:
    _, prior, decoder = build(paper_scenario())
    stages = tuple(torch.full((7, 1, 2), 0.5, requires_grad=True) for _ in range(3))
    torch.stack(prior.log_probs(RelaxedMessage(stages), column())).sum().backward()
    assert all(stage.grad is None for stage in stages)
    torch.stack(decoder.reconstruct_relaxed(RelaxedMessage(stages), column())).sum().backward()
    assert all(stage.grad is not None and bool((stage.grad != 0).any()) for stage in stages)


@pytest.mark.parametrize("sizes", SIZES)
def test_decoder_tree_is_reconstruction_of_every_message(sizes: tuple[int, ...]) -> None:
    _, _, decoder = build(paper_scenario(alphabet_sizes=sizes))
    y = column()
    tree = decoder.tree(y)
    for index, message in every_message(sizes, 7):
        estimates = decoder.reconstruct(message, y)
        prefix = index
        for stage in reversed(range(len(sizes))):
            torch.testing.assert_close(tree[stage][:, prefix], estimates[stage][:, 0])
            prefix //= sizes[stage]


def test_reconstruction_never_looks_ahead() -> None:
    _, _, decoder = build(paper_scenario())
    y = column()
    messages = [message for _, message in every_message((2, 2, 2), 7)]
    first, last = decoder.reconstruct(messages[0], y), decoder.reconstruct(messages[1], y)
    assert torch.equal(first[0], last[0])
    assert torch.equal(first[1], last[1])
    assert not torch.equal(first[2], last[2])
    cut = decoder.reconstruct(Message(messages[0].stages[:2]), y)
    torch.testing.assert_close(torch.stack(cut), torch.stack(first[:2]))


@pytest.mark.parametrize("kind", ["marginal", "conditional"])
def test_restored_parts_are_the_same_parts(kind: str) -> None:
    scenario = paper_scenario(alphabet_sizes=(2, 3), rate_estimator=kind)
    encoder, prior, decoder = build(scenario)
    problem, x = scenario.problem(), column(50)
    encoder_2 = scenario.code.encoder.restore(problem, encoder.state())
    prior_2 = scenario.code.rate_estimator.restore(problem, prior.state())
    decoder_2 = scenario.code.decoder.restore(problem, decoder.state())
    message = encoder.encode(x)
    assert all(map(torch.equal, message.stages, encoder_2.encode(x).stages))
    assert all(map(torch.equal, prior.code_lengths(message, x), prior_2.code_lengths(message, x)))
    assert all(map(torch.equal, decoder.reconstruct(message, x), decoder_2.reconstruct(message, x)))


def test_parameter_counts_are_the_papers_networks() -> None:
    """Two layers of 100: recurrences 2 x 100^2, one layer-to-layer 100^2, inputs, biases, heads."""
    encoder, prior, decoder = build(paper_scenario())
    core = 3 * 100 * 100 + 2 * 100
    counts = [
        sum(parameter.numel() for parameter in part.parameters())
        for part in (encoder, prior, decoder)
    ]
    assert counts == [
        core + 100 * 1 + (100 * 2 + 2),
        core + 100 * (1 + 2) + 3 * (100 * 2 + 2),
        core + 100 * (1 + 2) + (100 * 1 + 1),
    ]
