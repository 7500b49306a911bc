"""The LeakyReLU network without memory."""

from __future__ import annotations

import torch
from torch import nn

from wzsim.networks.mlp import Mlp


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_it_is_linear_layers_with_leaky_relu_between() -> None:
    """Against torch.nn's own layers, given the same weights in the same order."""
    ours = Mlp(3, 8, 2, 5, seeded())
    theirs = nn.Sequential(
        nn.Linear(3, 8), nn.LeakyReLU(), nn.Linear(8, 8), nn.LeakyReLU(), nn.Linear(8, 5)
    )
    names = {"0": "layers.0", "2": "layers.1", "4": "head"}
    theirs.load_state_dict(
        {
            f"{name}.{part}": ours.state_dict()[f"{our_name}.{part}"]
            for name, our_name in names.items()
            for part in ("weight", "bias")
        }
    )
    value = 3 * torch.randn(4, 6, 3, generator=seeded(1))
    torch.testing.assert_close(ours(value), theirs(value))
    assert ours(value).shape == (4, 6, 5)


def test_hidden_layers_come_lowest_first() -> None:
    mlp = Mlp(1, 4, 3, 2, seeded())
    value = torch.randn(7, 1, generator=seeded(1))
    hidden = list(mlp.hidden(value))
    assert [tuple(layer.shape) for layer in hidden] == [(7, 4)] * 3
    torch.testing.assert_close(hidden[0], nn.functional.leaky_relu(mlp.layers[0](value)))
    torch.testing.assert_close(mlp.head(hidden[-1]), mlp(value))


def test_same_generator_same_weights() -> None:
    one, two, other = (Mlp(2, 16, 2, 3, seeded(seed)) for seed in (5, 5, 6))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.head.weight, other.head.weight)
