"""The kit of channels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from wzsim.contracts import AdditiveChannel, Channel, DensityChannel, DiscreteChannel
from wzsim.testing import law
from wzsim.testing.component import ComponentKit
from wzsim.testing.discrete import check_rows, check_symbols
from wzsim.testing.draws import check_draws, check_like, devices, seeded
from wzsim.testing.extremes import WHERE_EXTREME, ExtremeUniforms
from wzsim.testing.law import Law


class ChannelKit(ComponentKit):
    """Tests of a channel: inherit, and say which one.

        class TestLaplace(ChannelKit):
            component = Laplace(scale=0.2)

    Tests of a capability that the channel does not have are skipped, and say
    which base class has it.
    """

    component: Channel

    inputs: tuple[float, ...] = (0.0, 1.0, -3.0)
    """Inputs at which a density is tested; the first one also in float32."""

    samples: int = 2_000_000
    """Samples at each input: a scale that is off by 2% does not pass, whatever the usual law."""

    def test_the_generator_alone_decides_the_output(self) -> None:
        """One seed, one output."""
        given = self._given(1_000)
        check_draws(self._who, lambda generator: self.component.sample(given, generator))

    def test_output_has_the_shape_type_and_device_of_the_input(self) -> None:
        """Blocks of any length and number, also none."""
        for device in devices():
            for shape in ((0, 1), (1, 1), (7, 3)):
                given = self._given(shape[0] * shape[1]).reshape(shape).to(device)
                kinds = [given] if given.dtype == torch.int64 else [given, given.double()]
                for one in kinds:
                    kept = one.clone()
                    output = self.component.sample(one, seeded(1, device))
                    check_like(f"{self._who}: sample of {tuple(shape)}", output, one)
                    assert torch.equal(one, kept), f"{self._who}: sample changes its input in place"

    def test_extreme_inputs_give_finite_outputs(self) -> None:
        """Huge and tiny inputs, in float32."""
        if isinstance(self.component, DiscreteChannel):
            pytest.skip("a discrete channel has no extreme inputs")
        for value in (0.0, 1e-30, -1e-30, 1e30, -1e30):
            given = torch.full((1_000, 1), value)
            output = self.component.sample(given, seeded(1))
            assert bool(torch.isfinite(output).all()), (
                f"{self._who}: sample of the input {value:g} gives "
                f"{float(output[~torch.isfinite(output)][0])}"
            )

    def test_extreme_draws_give_finite_outputs(self) -> None:
        """The ends of a uniform draw."""
        given = self._given(30)
        with ExtremeUniforms():
            output = self.component.sample(given, seeded(2))
        assert bool(torch.isfinite(output).all()), (
            f"{self._who}: sample gives {float(output[~torch.isfinite(output)][0])} {WHERE_EXTREME}"
        )

    def test_intervals_grow_as_their_tail_shrinks(self) -> None:
        """`interval(given, tail)`."""
        for one in self._laws():
            law.check_intervals(one)

    def test_density_integrates_to_one(self) -> None:
        """At every input, with no more missing than the tail of an interval."""
        for one in self._laws():
            law.check_mass(one)

    def test_samples_follow_the_density(self) -> None:
        """Kolmogorov-Smirnov at a false-alarm rate of 1e-6; the seed is fixed."""
        for index, (one, given) in enumerate(zip(self._laws(), self.inputs, strict=True)):
            dtype = torch.float64 if index else torch.float32
            drawn = self.component.sample(
                torch.full((self.samples, 1), given, dtype=dtype), seeded(1)
            )
            law.check_samples(one, drawn.double().flatten().numpy(), "sample")

    def test_log_prob_broadcasts(self) -> None:
        """Outputs of shape (J, 1) and inputs of shape (1, I) give (J, I)."""
        channel = self._density()
        given = torch.tensor(self.inputs, dtype=torch.float64)
        output = torch.from_numpy(self._laws()[0].middles()[0])
        table = channel.log_prob(output[:, None], given[None, :])
        assert table.shape == (len(output), len(given)), (
            f"{self._who}: log_prob of {(len(output), 1)} and {(1, len(given))} has the shape "
            f"{tuple(table.shape)}; it is elementwise, with broadcasting"
        )
        for column, value in enumerate(given):
            alone = channel.log_prob(output, value.expand(len(output)))
            assert torch.allclose(table[:, column], alone, equal_nan=True), (
                f"{self._who}: log_prob of an output depends on the other outputs"
            )

    def test_log_prob_in_single_precision(self) -> None:
        """float32 and float64 agree."""
        law.check_precisions(self._laws()[0])

    def test_log_prob_has_finite_gradients(self) -> None:
        """And they are its slope."""
        for one in self._laws():
            law.check_gradients(one)

    def test_log_prob_far_away_is_a_number(self) -> None:
        """Or -inf where there is no density."""
        for one in self._laws():
            law.check_far_away(one)

    def test_noise_variance_is_that_of_the_noise(self) -> None:
        """The integral of n^2 p(n), `inf` where it diverges."""
        channel = self.component
        if not isinstance(channel, AdditiveChannel):
            pytest.skip("it is no AdditiveChannel")
        noise = Law(
            f"{self._who}, noise",
            channel.noise_log_prob,
            channel.noise_interval,
            channel.noise_breakpoints(),
            ("noise_log_prob", "noise_interval"),
        )
        law.check_variance(noise, channel.noise_variance, "noise_variance")

    def test_rows_of_the_transition_matrix_sum_to_one(self) -> None:
        """p(output | given) of a discrete channel."""
        check_rows(self._who, self._matrix(), "transition_matrix")

    def test_symbols_follow_the_transition_matrix(self) -> None:
        """Chi-square for each input symbol, at a false-alarm rate of 1e-6; the seed is fixed."""
        matrix = self._matrix()
        for symbol, row in enumerate(matrix):
            given = torch.full((200_000, 1), symbol)
            drawn = self.component.sample(given, seeded(3 + symbol)).flatten().numpy()
            check_symbols(
                f"{self._who}, input {symbol},", drawn, row, f"row {symbol} of transition_matrix"
            )

    def _given(self, count: int) -> Tensor:
        """Inputs of the type that the channel takes, shape (count, 1)."""
        if isinstance(self.component, DiscreteChannel):
            return torch.arange(count)[:, None] % len(self.component.transition_matrix())
        return torch.tensor(self.inputs).repeat(count)[:count, None]

    def _density(self) -> DensityChannel:
        if not isinstance(self.component, DensityChannel):
            pytest.skip("it has no density: it is no DensityChannel and no AdditiveChannel")
        return self.component

    def _matrix(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        if not isinstance(self.component, DiscreteChannel):
            pytest.skip("it has no transition matrix: it is no DiscreteChannel")
        return self.component.transition_matrix()

    def _laws(self) -> list[Law]:
        """The law of the output, by input."""
        return [self._law(given) for given in self.inputs]

    def _law(self, given: float) -> Law:
        channel = self._density()
        additive = isinstance(channel, AdditiveChannel)
        return Law(
            f"{self._who}, output given {given:g}",
            lambda output: channel.log_prob(output, torch.full_like(output, given)),
            lambda tail: channel.interval(given, tail),
            channel.breakpoints(given),
            ("noise_log_prob", "noise_interval") if additive else ("log_prob", "interval"),
        )
