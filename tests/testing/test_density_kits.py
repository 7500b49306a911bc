"""Channels and sources with a density: right ones pass, and each mistake is caught and named."""

from __future__ import annotations

import math

import attrs
import pytest
import torch
from torch import Generator, Tensor

from tests.kits import complaint, complaints
from tests.laplace import LaplaceChannel, UniformChannel, UniformSource
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import AdditiveChannel, Channel, DensityChannel, Source
from wzsim.testing import ChannelKit, SourceKit
from wzsim.testing.draws import seeded
from wzsim.testing.extremes import ExtremeUniforms
from wzsim.testing.law import check_samples


class TestLaplace(ChannelKit):
    component = LaplaceChannel(scale=0.2)
    plugin = None


class TestUniformNoise(ChannelKit):
    component = UniformChannel(half_width=2.0)
    plugin = None


class TestUniformSource(SourceKit):
    component = UniformSource()
    plugin = None


@attrs.frozen(kw_only=True)
class Multiplicative(DensityChannel):
    """output = given N + 0.1 M, both normal: a scale that depends on the input."""

    name = "multiplicative"

    def _scale(self, given: Tensor) -> Tensor:
        return (0.01 + given.square()).sqrt()

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        return self._scale(given) * given.new_empty(given.shape).normal_(generator=generator)

    def log_prob(self, output: Tensor, given: Tensor) -> Tensor:
        scale = self._scale(given)
        return -0.5 * (output / scale).square() - scale.log() - 0.5 * math.log(2 * math.pi)

    def interval(self, given: float, tail: float) -> tuple[float, float]:
        low, high = GaussianSource().interval(tail)
        scale = math.sqrt(0.01 + given**2)
        return scale * low, scale * high


class TestMultiplicative(ChannelKit):
    component = Multiplicative()
    plugin = None
    inputs = (0.0, 2.0)

    def test_extreme_inputs_give_finite_outputs(self) -> None:
        """Not this channel: the square of 1e30 is infinite in float32."""


@attrs.frozen(kw_only=True)
class Student(AdditiveChannel):
    """Student's t: the variance is dof / (dof - 2), infinite up to dof = 2."""

    name = "student"
    dof: float = 3.0
    stated: float | None = None

    @property
    def noise_variance(self) -> float:
        right = self.dof / (self.dof - 2) if self.dof > 2 else math.inf
        return right if self.stated is None else self.stated

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        normal = given.new_empty(given.shape).normal_(generator=generator)
        gamma = torch._standard_gamma(given.new_full(given.shape, self.dof / 2), generator)
        return normal * (self.dof / (2 * gamma)).sqrt()

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        half = 0.5 * (self.dof + 1)
        scale = math.lgamma(half) - math.lgamma(half - 0.5) - 0.5 * math.log(math.pi * self.dof)
        return scale - half * torch.log1p(noise.square() / self.dof)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        from scipy.stats import t

        return float(t.ppf(tail / 2, self.dof)), float(-t.ppf(tail / 2, self.dof))


@pytest.mark.parametrize("dof", [1.0, 2.3, 3.0])
def test_heavy_tails_pass(dof: float) -> None:
    class Heavy(ChannelKit):
        component = Student(dof=dof)
        plugin = None
        samples = 200_000

    assert complaints(Heavy) == {}


@pytest.mark.parametrize(
    ("dof", "stated", "says"),
    [
        (3.0, 3.2, r"noise_variance is 3\.2, and the integral .* is 3;?"),
        (3.0, math.inf, r"noise_variance is inf, and the integral .* is 3;?"),
        (1.0, 100.0, r"noise_variance is 100, and the integral .* grows without limit"),
    ],
)
def test_wrong_variances_of_heavy_tails(dof: float, stated: float, says: str) -> None:
    class Heavy(ChannelKit):
        component = Student(dof=dof, stated=stated)

    with pytest.raises(AssertionError, match=says):
        Heavy().test_noise_variance_is_that_of_the_noise()


class TwoPercentDense(LaplaceChannel):
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return super().noise_log_prob(noise) + math.log(1.02)


class ForgottenFactor(LaplaceChannel):
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return -noise.abs() / self.scale


class WrongVariance(LaplaceChannel):
    @property
    def noise_variance(self) -> float:
        return 2 * self.scale**2 * 1.02


class NarrowInterval(LaplaceChannel):
    def noise_interval(self, tail: float) -> tuple[float, float]:
        return self.scale * math.log(2 * tail), -self.scale * math.log(2 * tail)


class FixedInterval(LaplaceChannel):
    def noise_interval(self, tail: float) -> tuple[float, float]:
        return -5 * self.scale, 5 * self.scale


class InfiniteInterval(LaplaceChannel):
    def noise_interval(self, tail: float) -> tuple[float, float]:
        low, high = super().noise_interval(tail)
        return (-math.inf, math.inf) if tail < 1e-14 else (low, high)


class GlobalGenerator(LaplaceChannel):
    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        return super().noise_like(given, torch.default_generator)


class OwnSeed(LaplaceChannel):
    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        return super().noise_like(given, torch.Generator().manual_seed(4))


class InPlace(LaplaceChannel):
    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        return given.add_(self.noise_like(given, generator))


class DoubleOut(LaplaceChannel):
    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        return super().sample(given.double(), generator)


class Infinite(LaplaceChannel):
    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        noise = super().noise_like(given, generator)
        return torch.where(noise > 6 * self.scale, torch.inf, noise)


class Detached(LaplaceChannel):
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return super().noise_log_prob(noise).detach() + 0 * noise


class SingleOnly(LaplaceChannel):
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return super().noise_log_prob(noise.float())


class NotANumber(LaplaceChannel):
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        # log(1 + e^t) by its formula: inf - inf far out.
        return super().noise_log_prob(noise) + 0 * (noise.exp() - noise.exp())


class OverTheBatch(LaplaceChannel):
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return super().noise_log_prob(noise) + 1e-3 * noise.numel()


MASS, SAMPLES = "test_density_integrates_to_one", "test_samples_follow_the_density"
VARIANCE = "test_noise_variance_is_that_of_the_noise"
SHAPE = "test_output_has_the_shape_type_and_device_of_the_input"
SEED = "test_the_generator_alone_decides_the_output"

WRONG: list[tuple[type[LaplaceChannel], str, str]] = [
    (TwoPercentDense, MASS, r"integrates to 1\.02\d* and not to 1; correct noise_log_prob"),
    (ForgottenFactor, MASS, r"integrates to 0\.4 and not to 1; .*factor in front"),
    (WrongVariance, VARIANCE, r"noise_variance is 0\.0816, and the integral .* is 0\.08; correct"),
    (
        NarrowInterval,
        MASS,
        r"noise_interval\(0\.5\) misses 1 of the probability, and may miss 0\.5; half",
    ),
    (FixedInterval, MASS, r"integrates to 0\.993\d* and not to 1; .* noise_interval, which"),
    (InfiniteInterval, "test_intervals_grow_as_their_tail_shrinks", r"\(1e-15\) is \(-inf, inf\)"),
    (GlobalGenerator, SEED, r"from two generators with one seed; pass `generator`"),
    (OwnSeed, SEED, r"draws the same samples whatever the seed"),
    (InPlace, SHAPE, r"sample changes its input in place"),
    (DoubleOut, SHAPE, r"has the dtype torch.float64 and not torch.float32"),
    (Infinite, SAMPLES, r"sample draws inf; look for the logarithm or the inverse of a zero"),
    (Detached, "test_log_prob_has_finite_gradients", r"is not its slope; is a part of it detached"),
    (SingleOnly, "test_log_prob_in_single_precision", r"of torch.float64 gives torch.float32"),
    (NotANumber, "test_log_prob_far_away_is_a_number", r"noise_log_prob is NaN at 1e\+30"),
    (OverTheBatch, "test_log_prob_broadcasts", r"depends on the other outputs"),
]


@pytest.mark.parametrize(("wrong", "test", "says"), WRONG, ids=[row[0].__name__ for row in WRONG])
def test_a_wrong_channel_is_caught(wrong: type[LaplaceChannel], test: str, says: str) -> None:
    class Wrong(ChannelKit):
        component = wrong(scale=0.2)
        samples = 200_000

    with pytest.raises(AssertionError, match=says):
        getattr(Wrong(), test)()


def stretched(channel: AdditiveChannel, factor: float) -> Channel:
    """A channel whose sampler has another scale than its density."""

    class Wrong(type(channel)):  # type: ignore[misc]
        def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
            return factor * super().noise_like(given, generator)

    return Wrong(**attrs.asdict(channel))


LAWS = [
    GaussianChannel(noise_variance=0.1),
    LaplaceChannel(scale=0.2),
    UniformChannel(half_width=1.0),
    Student(dof=1.0),
]


@pytest.mark.parametrize("channel", LAWS, ids=lambda channel: str(channel.name))
def test_a_scale_that_is_off_by_2_percent_is_caught(channel: AdditiveChannel) -> None:
    """The kit's own number of samples suffices, for a light tail, a kink, a jump and no variance.

    The largest difference of two distribution functions is 0.0048, 0.0037, 0.0098 and 0.0032;
    chance explains 0.0019.
    """
    for factor in (0.98, 1.02):

        class Wrong(ChannelKit):
            component = stretched(channel, factor)
            inputs = (0.0,)

        assert "of 2000000 samples" in complaint(Wrong, "samples_follow_the_density")


def test_a_right_sampler_is_not_accused() -> None:
    """40 seeds at a chance of 1e-6 each."""
    channel = LaplaceChannel(scale=0.2)
    (law,) = type("One", (ChannelKit,), {"component": channel, "inputs": (0.0,)})()._laws()
    given = torch.zeros(20_000, dtype=torch.float64)
    for seed in range(40):
        check_samples(law, channel.sample(given, seeded(seed)).numpy(), "sample")


@attrs.frozen(kw_only=True)
class WideUniform(UniformSource):
    """Draws on (-1.02, 1.02), and states a wrong variance where it is told to."""

    name = "wide"
    stated: float = 1 / 3

    @property
    def variance(self) -> float:
        return self.stated

    def sample(self, batch: int, generator: Generator) -> Tensor:
        return 1.02 * super().sample(batch, generator)


@attrs.frozen(kw_only=True)
class Flat(UniformSource):
    """No second axis."""

    name = "flat"

    def sample(self, batch: int, generator: Generator) -> Tensor:
        return super().sample(batch, generator)[:, 0]


def source_complaints(source: Source) -> dict[str, str]:
    return complaints(type("Wrong", (SourceKit,), {"component": source, "plugin": None}))


def test_wrong_sources_are_caught() -> None:
    wide = source_complaints(WideUniform(stated=0.34))
    assert list(wide) == ["test_samples_follow_the_density", "test_variance_is_that_of_the_density"]
    assert (
        "source 'wide': sample and log_prob do not belong together"
        in wide["test_samples_follow_the_density"]
    )
    assert (
        "variance is 0.34, and the integral of the squared deviation"
        in wide["test_variance_is_that_of_the_density"]
    )
    flat = source_complaints(Flat())
    assert flat == {
        "test_samples_have_the_shape_type_and_device_that_is_due": (
            "source 'flat': sample(0) has the shape torch.Size([0]) and not torch.Size([0, 1])"
        )
    }


@attrs.frozen(kw_only=True)
class Logistic(AdditiveChannel):
    """log(u / (1 - u)): infinite at both ends of u, unless it is kept away from them."""

    name = "logistic"
    least: float = 0.0
    noise_variance = math.pi**2 / 3

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        u = torch.rand(given.shape, generator=generator, dtype=given.dtype)
        return u.clamp(min=self.least).logit()

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return -noise - 2 * torch.nn.functional.softplus(-noise)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return 2 * math.log(tail / 2), -2 * math.log(tail / 2)


def test_a_sampler_that_is_infinite_once_in_2_24_draws_is_caught() -> None:
    test = "extreme_draws_give_finite_outputs"
    wrong, right = (
        type("Kit", (ChannelKit,), {"component": Logistic(least=least)}) for least in (0.0, 1e-9)
    )
    says = complaint(wrong, test)
    assert "sample gives -inf where a uniform draw is its least or greatest value" in says
    assert complaint(right, test) == ""


def test_a_sampler_may_draw_again() -> None:
    with ExtremeUniforms():
        drawn = torch.empty(9).uniform_(-2, 1)
        assert (drawn == -2).sum() == (drawn == torch.tensor(1.0).nextafter(drawn[0])).sum() == 3
        while (torch.rand(1, 100) == 0).any():
            pass
        assert torch.rand(0).shape == (0,)
