"""Learned encoders as partitions of the line: every threshold, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.builtin.test_mlp_monolithic import monolithic_scenario
from tests.scenarios import paper_scenario
from wzsim.builtin.encoders.mlp_monolithic_network import MlpMonolithicEncoder
from wzsim.builtin.encoders.rnn_layered_network import RnnLayeredEncoder
from wzsim.contracts import MessageShape, ScalarEncoder
from wzsim.networks.dense import Dense
from wzsim.networks.leaky_relu_encoder import LeakyReluEncoder
from wzsim.scenario.model import Scenario
from wzsim.simulation.run import simulate

Array = NDArray[np.float64]

LOW, HIGH = -8.0, 8.0
SCAN_POINTS = 200_000

SHAPES = [(2,), (3,), (8,), (16,), (2, 2), (4, 4), (3, 16), (2, 2, 2), (2, 3, 4), (16, 2, 5)]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def encoder_of(
    sizes: tuple[int, ...], hidden_size: int = 16, num_layers: int = 2, seed: int = 0
) -> LeakyReluEncoder:
    kind = MlpMonolithicEncoder if len(sizes) == 1 else RnnLayeredEncoder
    return kind(MessageShape(sizes), hidden_size, num_layers, seeded(seed))


def head_of(encoder: LeakyReluEncoder) -> Dense:
    if isinstance(encoder, MlpMonolithicEncoder):
        return encoder.network.head
    assert isinstance(encoder, RnnLayeredEncoder)
    return encoder.head


@torch.no_grad()
def inflate(encoder: LeakyReluEncoder, gain: float) -> LeakyReluEncoder:
    for parameter in encoder.parameters():
        parameter.mul_(gain)
    return encoder


@torch.no_grad()
def roughen(encoder: LeakyReluEncoder, gain: float, seed: int) -> LeakyReluEncoder:
    """Kinks all over the interval, and outputs that go up and down with different phases."""
    generator = seeded(seed)
    for parameter in encoder.parameters():
        if parameter.ndim == 2:
            parameter.normal_(generator=generator).mul_(gain / parameter.shape[1] ** 0.5)
        else:
            parameter.uniform_(-4 * gain, 4 * gain, generator=generator)
    x = torch.linspace(LOW, HIGH, 4001)[:, None]
    *_, last = encoder.hidden(x)
    head = head_of(encoder)
    outputs = len(head.bias)
    wanted = torch.cos(4 * x.double() + torch.arange(outputs) * 2 * torch.pi / outputs)
    seen = torch.cat([last.double(), torch.ones(len(x), 1)], dim=1)
    fitted = torch.linalg.lstsq(seen, wanted, driver="gelsd").solution
    head.weight.copy_(fitted[:-1].T)
    head.bias.copy_(fitted[-1])
    return encoder


def assert_partition(
    encoder: ScalarEncoder,
    low: float = LOW,
    high: float = HIGH,
    points: int = SCAN_POINTS,
    seed: int = 0,
) -> Array:
    """Nothing changes between thresholds, and every change of a scan has one. Returns them."""
    thresholds = encoder.thresholds(low, high)
    assert thresholds is not None
    edges = np.concatenate([[low], thresholds, [high]])
    width = np.diff(edges)
    assert np.all(width > 0)
    assert thresholds.dtype == np.float64

    wide = width > 1e-9 * (high - low)
    share = np.random.default_rng(seed).uniform(1e-3, 1 - 1e-3, (int(wide.sum()), 50))
    inside = edges[:-1][wide][:, None] + share * width[wide][:, None]
    labels = encoder.message_index(inside.ravel()).reshape(inside.shape)
    assert np.all(labels == labels[:, :1])

    middles = encoder.message_index(0.5 * (edges[1:] + edges[:-1]))
    assert np.all(middles[1:] != middles[:-1])

    x = np.linspace(low, high, points)
    label = encoder.message_index(x)
    change = np.flatnonzero(label[1:] != label[:-1])
    slack = 1e-12 * (high - low)
    first = np.searchsorted(thresholds, x[change] - slack)
    last = np.searchsorted(thresholds, x[change + 1] + slack, side="right")
    assert np.all(last > first), "the scan changes where there is no threshold"
    return thresholds


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_rough_networks_with_many_thresholds(sizes: tuple[int, ...], gain: float) -> None:
    assert len(assert_partition(roughen(encoder_of(sizes), gain, seed=len(sizes)))) >= 10


@pytest.mark.parametrize("gain", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("sizes", [(8,), (4, 4)])
def test_networks_of_the_papers_size_as_they_are_drawn(sizes: tuple[int, ...], gain: float) -> None:
    found = [
        assert_partition(inflate(encoder_of(sizes, 100, seed=seed), gain), points=20_000)
        for seed in range(4)
    ]
    assert sum(map(len, found)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(16,), (2, 2, 2)])
def test_rough_networks_of_the_papers_size(sizes: tuple[int, ...]) -> None:
    assert len(assert_partition(roughen(encoder_of(sizes, 100), 2.0, seed=1))) >= 15


TRAINING = {"hidden_size": 24, "epochs": 12, "samples_per_epoch": 10_000, "batch_size": 500}


@pytest.mark.parametrize(
    "scenario",
    [monolithic_scenario(8, **TRAINING), paper_scenario(alphabet_sizes=(4, 4), **TRAINING)],  # type: ignore[arg-type]  # test keywords
    ids=["monolithic", "layered"],
)
def test_trained_networks(scenario: Scenario) -> None:
    encoder = simulate(scenario, "cpu", lambda event: None).code.encoder
    assert isinstance(encoder, ScalarEncoder)
    assert len(assert_partition(encoder)) >= 2


@settings(max_examples=150)
@given(
    st.lists(st.integers(2, 16), min_size=1, max_size=3).map(tuple),
    st.integers(1, 6),
    st.integers(1, 3),
    st.floats(-2, 2),
    st.sampled_from([(-8.0, 8.0), (-1e-3, 2e-3), (-1e5, 3.0)]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_any_tiny_network(
    sizes: tuple[int, ...],
    hidden_size: int,
    num_layers: int,
    log_scale: float,
    interval: tuple[float, float],
    sparse: bool,
    seed: int,
) -> None:
    encoder, generator = encoder_of(sizes, hidden_size, num_layers), seeded(seed)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.normal_(generator=generator).mul_(10**log_scale)
            if sparse:
                parameter.mul_(torch.rand(parameter.shape, generator=generator) < 0.5)
    assert_partition(encoder, *interval, points=5_000, seed=seed)


@pytest.mark.parametrize("sizes", [(4,), (2, 3)])
def test_constant_logits_have_no_thresholds_and_ties_go_to_the_lowest_symbol(
    sizes: tuple[int, ...],
) -> None:
    encoder = encoder_of(sizes)
    x = np.linspace(LOW, HIGH, 5_001)
    with torch.no_grad():
        head_of(encoder).weight.zero_()
        head_of(encoder).bias.fill_(0.3)
    assert assert_partition(encoder).size == 0
    assert set(encoder.message_index(x)) == {0}
    with torch.no_grad():
        head_of(encoder).bias[1] = 0.4
    assert assert_partition(encoder).size == 0
    assert set(encoder.message_index(x)) == {1 if sizes == (4,) else 4}


@pytest.mark.parametrize("outputs", [2, 5, 16])
def test_symbols_with_the_same_logits_go_to_the_lowest(outputs: int) -> None:
    encoder = roughen(encoder_of((outputs,)), 1.0, seed=3)
    head = head_of(encoder)
    with torch.no_grad():
        head.weight.copy_(head.weight[:1].expand_as(head.weight))
        head.bias.copy_(head.bias[:1].expand_as(head.bias))
    assert assert_partition(encoder).size == 0
    assert set(encoder.message_index(np.linspace(LOW, HIGH, 5_001))) == {0}


def known_encoder() -> MlpMonolithicEncoder:
    """Logits 0, 2 (x - 0.3) and 10 (x - 0.3) - 8: thresholds at 0.3 and, crossing later, at 1.3."""
    encoder = MlpMonolithicEncoder(MessageShape((3,)), 2, 1, seeded())
    (layer,) = encoder.network.layers
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        layer.bias.zero_()
        head = encoder.network.head
        # leaky(x) - leaky(-x) = 1.01 x, exactly linear in x.
        slopes = torch.tensor([0.0, 2.0, 10.0]) / 1.01
        head.weight.copy_(torch.stack([slopes, -slopes], dim=1))
        head.bias.copy_(torch.tensor([0.0, -0.6, -11.0]))
    return encoder


def test_thresholds_of_a_known_network_to_the_last_bits() -> None:
    encoder = known_encoder()
    thresholds = assert_partition(encoder)
    np.testing.assert_allclose(thresholds, [0.3, 1.3], rtol=1e-6)  # its weights are float32
    assert encoder.message_index(thresholds).tolist() == [0, 1]
    assert encoder.message_index(thresholds + 4 * np.spacing(thresholds)).tolist() == [1, 2]


def test_only_thresholds_of_the_interval_are_listed() -> None:
    encoder = known_encoder()
    assert len(assert_partition(encoder, -1, 1)) == 1
    assert len(assert_partition(encoder, 0.5, 1)) == 0


@pytest.mark.parametrize("sizes", [(8,), (2, 3, 4)])
def test_float64_and_float32_agree_away_from_thresholds(sizes: tuple[int, ...]) -> None:
    encoder = roughen(encoder_of(sizes), 1.0, seed=5)
    thresholds = encoder.thresholds(LOW, HIGH)
    x = torch.empty(4_000, 3).uniform_(LOW, HIGH, generator=seeded(1))
    values = x.flatten().double().numpy()
    near = np.abs(values[:, None] - thresholds).min(axis=1) < 1e-3
    assert near.mean() < 0.05
    index = np.zeros(len(values), dtype=np.int64)
    for symbols, size in zip(encoder.encode(x).stages, sizes, strict=True):
        assert symbols.shape == (4_000, 3)
        index = index * size + symbols.flatten().numpy()
    np.testing.assert_array_equal(encoder.message_index(values)[~near], index[~near])


def test_thresholds_follow_the_weights() -> None:
    encoder = known_encoder()
    before = encoder.thresholds(LOW, HIGH)
    x = np.array([0.4])
    assert encoder.message_index(x) == 1
    with torch.no_grad():
        encoder.network.head.bias[1] -= 0.4
    np.testing.assert_allclose(before, [0.3, 1.3], rtol=1e-6)
    np.testing.assert_allclose(encoder.thresholds(LOW, HIGH), [0.5, 1.25], rtol=1e-6)
    assert encoder.message_index(x) == 0
    assert all(parameter.dtype == torch.float32 for parameter in encoder.parameters())
