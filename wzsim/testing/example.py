"""A result without a run: a known code, worked out by quadrature, for tests and documentation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wzsim.simulation.coding_figures import CodingFigures
from wzsim.simulation.result import (
    Array,
    Binning,
    BoundCurve,
    Decomposition,
    Reconstruction,
    Result,
    StageFigures,
    TrainingHistory,
)
from wzsim.theory.proportion import clopper_pearson
from wzsim.units import power_db

SAMPLES = 10_000_000


def example_result(
    name: str = "example",
    *,
    alphabet_sizes: tuple[int, ...] = (2, 2, 2),
    noise_variance: float = 0.1,
    step: float = 1.66,
) -> Result:
    """A nested scalar quantizer on Y ~ N(0, 1), X = Y + N, its index sent most significant first.

    m = floor(x / (step sigma)) mod (M_1 ... M_K), MMSE reconstruction, ideal
    Slepian-Wolf rates. The numbers are exact up to the grid; the standard errors
    are about those of `SAMPLES` samples, and the training history is made up.
    """
    sigma = math.sqrt(noise_variance)
    x, y = np.linspace(-4.5, 4.5, 901), np.linspace(-4.0, 4.0, 161)
    index = np.floor(x / (step * sigma)).astype(np.int64) % math.prod(alphabet_sizes)
    symbols, prefixes = _symbols(index, alphabet_sizes)
    given_y = np.exp(-((x - y[:, None]) ** 2) / (2 * noise_variance))
    given_y /= given_y.sum(axis=1, keepdims=True)
    weight = np.exp(-(y**2) / 2)
    weight /= weight.sum()
    sum_rate, marginal_rate, distortion, curves = [], [], [], []
    for prefix in prefixes:
        member = np.arange(prefix.max() + 1)[:, None] == prefix
        mass = given_y @ member.T
        x_hat = given_y @ (member * x).T / np.maximum(mass, 1e-300)
        sum_rate.append(weight @ _entropy(mass))
        marginal_rate.append(_entropy(weight @ mass))
        distortion.append(weight @ (given_y @ (x**2) - (mass * x_hat**2).sum(axis=1)))
        curves.append(x_hat.T)
    figures = _figures(np.array(sum_rate), np.array(distortion), noise_variance)
    return Result(
        name=name,
        title=f"nested scalar quantizer {alphabet_sizes}, noise variance {noise_variance:g}",
        scenario_toml=f'schema = 1\nname = "{name}"\n',
        scenario={"schema": 1, "name": name, **_scenario(alphabet_sizes, noise_variance, step)},
        provenance=_provenance(),
        start_time="2024-04-14T09:00:00+09:00",
        end_time="2024-04-14T09:12:24+09:00",
        stages=figures,
        decomposition=_decomposition(figures, np.diff(marginal_rate, prepend=0.0)),
        bounds=_bounds(noise_variance, math.ceil(2.2 * sum_rate[-1]) / 2),
        model={
            "encoder": {"step": np.array(step * sigma), "offset": np.array(0.0)},
            "rate_estimator": {},
            "decoder": {"stages.0.table": curves[0].astype(np.float32)},
        },
        training=_history(figures),
        binning=Binning(x=x, stage_symbols=symbols, message_index=index),
        reconstruction=Reconstruction(y=y, x_hat=tuple(curves)),
        evaluation={"method": "monte-carlo", "samples": SAMPLES, "loss": 5.87, "seconds": 21.5},
    )


def example_coding(result: Result, *, failed: tuple[int, ...] = (0, 0, 1)) -> CodingFigures:
    """Made-up real bits of an example: 3 % above its rates, of 10 frames of 100,000 samples.

    failed: how many of the frames fail at each stage, those before included.
    """
    stages, frames, length = result.stages, 10, 100_000
    assert result.decomposition is not None
    assert stages.distortion_db is not None
    assert stages.gap_db is not None
    size = np.rint(1.03 * stages.stage_rate * frames * length / 8).astype(np.int64)
    rate = 8 * size / (frames * length)
    errors = np.array(failed)
    interval = np.array([clopper_pearson(int(count), frames) for count in failed])
    nothing, one = np.zeros(stages.stages), np.ones(stages.stages)
    counts = np.zeros(stages.stages, np.int64)
    return CodingFigures(
        coder="ldpc",
        feedback=False,
        frames=frames,
        block_length=length,
        header_bytes=840,
        encode_seconds=0.8,
        decode_seconds=41.5,
        ideal_rate=result.decomposition.conditional_entropy,
        model_rate=stages.stage_rate + 1e-4,
        coded_rate=rate,
        coded_sum_rate=np.cumsum(rate),
        frame_error_rate=errors / frames,
        frame_error_rate_lower=interval[:, 0],
        frame_error_rate_upper=interval[:, 1],
        symbol_error_rate=nothing,
        symbol_error_rate_lower=nothing,
        symbol_error_rate_upper=0.31 * one,
        distortion=stages.distortion,
        distortion_db=stages.distortion_db,
        distortion_all=stages.distortion * (1 + errors / frames),
        coded_gap_db=stages.gap_db + 6.0206 * (np.cumsum(rate) - stages.sum_rate),
        decoded=frames - errors,
        frame_errors=errors,
        undetected=counts,
        bytes=size,
        increments=np.full(stages.stages, frames),
        requests=counts,
        errors={
            "model_rate": 4e-4 * one,
            "coded_rate": nothing,
            "coded_sum_rate": nothing,
            "distortion": 1.5e-3 * stages.distortion,
            "distortion_db": 6.5e-3 * one,
            "distortion_all": 1.5e-3 * stages.distortion,
            "coded_gap_db": 6.5e-3 * one,
        },
    )


def _symbols(
    index: NDArray[np.int64], alphabet_sizes: tuple[int, ...]
) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Symbol of each stage, shape (K, J), and the number of each message prefix."""
    rest = [math.prod(alphabet_sizes[k + 1 :]) for k in range(len(alphabet_sizes))]
    prefixes = [index // count for count in rest]
    symbols = [prefix % size for prefix, size in zip(prefixes, alphabet_sizes, strict=True)]
    return np.stack(symbols), prefixes


def _entropy(probability: Array) -> Array:
    """Entropy over the last axis [bit]."""
    bits = -probability * np.log2(np.maximum(probability, 1e-300))
    return np.asarray(bits.sum(axis=-1))


def _decomposition(stages: StageFigures, marginal_entropy: Array) -> Decomposition:
    """Rate estimator and decoder are ideal: the quantizer alone makes the gap."""
    assert stages.gap_db is not None
    nothing = np.zeros(stages.stages)
    return Decomposition(
        marginal_entropy=marginal_entropy,
        conditional_entropy=stages.stage_rate,
        least_distortion=stages.distortion,
        prior_mismatch_db=nothing,
        decoder_mismatch_db=nothing,
        quantizer_gap_db=stages.gap_db,
    )


def _figures(sum_rate: Array, distortion: Array, noise_variance: float) -> StageFigures:
    db = power_db(distortion)
    gap_bits = sum_rate - 0.5 * np.log2(noise_variance / distortion)
    one = np.full(len(sum_rate), 1 / math.sqrt(SAMPLES))
    return StageFigures(
        stage_rate=np.diff(sum_rate, prepend=0.0),
        sum_rate=sum_rate,
        distortion=distortion,
        distortion_db=db,
        gap_db=gap_bits * 20 * math.log10(2),
        gap_bits=gap_bits,
        errors={
            "stage_rate": 0.4 * one,
            "sum_rate": 0.6 * one,
            "distortion": 1.5 * distortion * one,
            "distortion_db": 6.5 * one,
            "gap_db": 8.0 * one,
            "gap_bits": 1.3 * one,
        },
    )


def _bounds(noise_variance: float, highest_rate: float) -> dict[str, BoundCurve]:
    rate = np.linspace(0.0, highest_rate, 101)
    curves = {}
    for name, title, variance in (
        ("wyner-ziv", "Wyner-Ziv bound", noise_variance),
        ("rate-distortion", "no side information", 1 + noise_variance),
    ):
        distortion = variance * 4.0**-rate
        curves[name] = BoundCurve(
            title=title,
            certificate="closed form",
            rate=rate,
            distortion=distortion,
            distortion_upper=distortion,
            distortion_db=power_db(distortion),
        )
    return curves


def _history(stages: StageFigures) -> TrainingHistory:
    epoch = np.arange(60)
    progress = (1 - np.exp(-epoch / 8))[:, None]
    rates, distortions = stages.stage_rate * progress, 0.1 + (stages.distortion - 0.1) * progress
    return TrainingHistory(
        loss=rates.sum(axis=1) * math.log(2) + 160 * distortions.sum(axis=1),
        stage_rate=rates,
        stage_distortion=distortions,
        temperature=0.2 ** (epoch / 59),
        learning_rate=np.float64(1e-3) * 0.3 ** (epoch // 20),
        seconds=744.0,
    )


def _scenario(
    alphabet_sizes: tuple[int, ...], noise_variance: float, step: float
) -> dict[str, object]:
    return {
        "seed": 2023,
        "correlation": {
            "base": "y",
            "source": {"name": "gaussian", "variance": 1.0},
            "channel": {"name": "gaussian", "noise_variance": noise_variance},
        },
        "code": {
            "alphabet_sizes": list(alphabet_sizes),
            "encoder": {"name": "nsq", "step": step * math.sqrt(noise_variance)},
            "rate_estimator": {"name": "ideal-sw"},
            "decoder": {"name": "mmse"},
        },
        "evaluation": {"method": "monte-carlo", "samples": SAMPLES},
    }


def _provenance() -> dict[str, object]:
    return {
        "wzsim": "0.1.0",
        "git_commit": "0123456789abcdef0123456789abcdef01234567",
        "git_dirty": False,
        "device": "cpu",
        "threads": 1,
        "seeds": {"scenario": 2023, "evaluation samples": 11},
        "plugins": [
            {"name": "nsq", "distribution": "wzsim", "version": "0.1.0"},
            {"name": "gaussian", "distribution": "wzsim", "version": "0.1.0"},
        ],
        "inputs": {"wzsim": "0.1.0"},
        "host": {"name": "example", "platform": "Linux"},
    }
