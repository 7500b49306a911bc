"""The tree of prefixes and the walk along one path are the same network."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from wzsim.networks.dense import Dense
from wzsim.networks.prefix_rnn import PrefixRnn
from wzsim.networks.simplex import gumbel_softmax, hard_choice, one_hot, pad_symbols
from wzsim.networks.state import load_module_state, module_state


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("num_layers", [1, 2, 3])
def test_branch_visits_every_path_that_step_walks(num_layers: int) -> None:
    rnn = PrefixRnn(1, 3, 8, num_layers, seeded()).double()
    static = torch.randn(5, 1, generator=seeded(1), dtype=torch.float64)
    projected = rnn.project(static, 5)
    first = rnn.branch(projected, None, 2)
    tree = rnn.branch(projected, first, 3)[-1]
    for index, path in enumerate(itertools.product(range(2), range(3))):
        states = None
        for symbol in path:
            states = rnn.step(projected, one_hot(torch.full((5,), symbol), 3, static.dtype), states)
        assert states is not None
        torch.testing.assert_close(tree[:, index], states[-1], rtol=0, atol=1e-13)


def test_step_is_the_stacked_leaky_relu_recurrence() -> None:
    """h_l <- LeakyReLU(W in + U h + b), against torch.nn's own linear layers."""
    rnn = PrefixRnn(1, 2, 4, 2, seeded())
    static, symbol = torch.randn(3, 1, generator=seeded(1)), torch.eye(2)[[0, 1, 1]]
    states = (torch.randn(3, 4, generator=seeded(2)), torch.randn(3, 4, generator=seeded(3)))
    activation = nn.LeakyReLU()
    assert rnn.static_weight is not None
    assert rnn.symbol_weight is not None
    first = activation(
        static @ rnn.static_weight.T
        + symbol @ rnn.symbol_weight.T
        + states[0] @ rnn.recurrent_weights[0].T
        + rnn.biases[0]
    )
    second = activation(
        first @ rnn.deep_weights[0].T + states[1] @ rnn.recurrent_weights[1].T + rnn.biases[1]
    )
    stepped = rnn.step(rnn.project(static, 3), symbol, states)
    torch.testing.assert_close(stepped[0], first)
    torch.testing.assert_close(stepped[1], second)


def test_gumbel_softmax_draws_each_symbol_with_its_probability() -> None:
    """argmax(log p + Gumbel) has law p: chi-square below its 1e-6 quantile."""
    log_p = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(200_000, 4)
    drawn = gumbel_softmax(0.7, seeded())(0, log_p)
    torch.testing.assert_close(drawn.sum(dim=-1), torch.ones(200_000))
    counts = torch.bincount(drawn.argmax(dim=-1), minlength=4).double()
    expected = log_p[0].exp().double() * 200_000
    assert float(((counts - expected) ** 2 / expected).sum()) < 30.7  # chi2(3), 1 - 1e-6


def test_gumbel_softmax_hardens_as_the_temperature_falls() -> None:
    log_p = torch.tensor([0.6, 0.4]).log().expand(10_000, 2)
    peaks = [gumbel_softmax(t, seeded())(0, log_p).amax(dim=-1).mean() for t in (5.0, 1.0, 0.1)]
    assert peaks[0] < peaks[1] < peaks[2]
    assert peaks[2] > 0.95


def test_hard_choice_is_the_one_hot_argmax() -> None:
    log_p = torch.tensor([[[0.1, 0.9]], [[0.8, 0.2]]]).log()
    assert hard_choice(0, log_p).tolist() == [[[0.0, 1.0]], [[1.0, 0.0]]]


def test_pad_symbols_only_adds_zeros() -> None:
    assert pad_symbols(torch.ones(2, 3), 5).tolist() == [[1, 1, 1, 0, 0]] * 2
    same = torch.ones(2, 3)
    assert pad_symbols(same, 3) is same


def test_state_round_trip_is_exact_and_detached() -> None:
    dense = Dense(3, 2, seeded())
    state = module_state(dense)
    other = load_module_state(Dense(3, 2, seeded(9)), state)
    assert all(
        torch.equal(a, b) for a, b in zip(dense.parameters(), other.parameters(), strict=True)
    )
    state["weight"][:] = 0  # type: ignore[index]  # a generic array is writable all the same
    assert bool((other.weight != 0).any())
    assert bool((dense.weight != 0).any())
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_module_state(Dense(4, 2, seeded()), state)


def test_same_generator_same_weights() -> None:
    one, two = (PrefixRnn(1, 2, 16, 2, seeded(5)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    bound = 1 / 4
    assert all(float(p.detach().abs().max()) <= bound for p in one.parameters())
