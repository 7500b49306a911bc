"""Channels for wzsim: Gaussian mixtures, impulses, heavy tails, state-dependent noise."""

from __future__ import annotations

from wzsim.contracts import Channel
from wzsim.hookspecs import hookimpl

from wzsim_mixture.bernoulli_gaussian import BernoulliGaussianChannel
from wzsim_mixture.gaussian_mixture import GaussianMixtureChannel
from wzsim_mixture.state_dependent import StateDependentChannel
from wzsim_mixture.student_t import StudentTChannel

__all__ = [
    "BernoulliGaussianChannel",
    "GaussianMixtureChannel",
    "StateDependentChannel",
    "StudentTChannel",
]

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    """`gaussian-mixture`, `bernoulli-gaussian`, `student-t` and `state-dependent`."""
    return [
        GaussianMixtureChannel,
        BernoulliGaussianChannel,
        StudentTChannel,
        StateDependentChannel,
    ]
