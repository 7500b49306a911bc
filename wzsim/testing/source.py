"""The kit of sources."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wzsim.contracts import DensitySource, DiscreteSource, Source
from wzsim.testing import law
from wzsim.testing.component import ComponentKit
from wzsim.testing.discrete import check_rows, check_symbols
from wzsim.testing.draws import check_draws, check_like, devices, seeded
from wzsim.testing.extremes import WHERE_EXTREME, ExtremeUniforms
from wzsim.testing.law import Law


class SourceKit(ComponentKit):
    """Tests of a source: inherit, and say which one.

        class TestUniform(SourceKit):
            component = Uniform(half_width=2.0)

    Tests of a capability that the source does not have are skipped, and say
    which base class has it.
    """

    component: Source

    samples: int = 2_000_000
    """A scale that is off by 2% does not pass, whatever the usual law."""

    def test_the_generator_alone_decides_the_sample(self) -> None:
        """One seed, one sample."""
        check_draws(self._who, lambda generator: self.component.sample(1_000, generator))

    def test_samples_have_the_shape_type_and_device_that_is_due(self) -> None:
        """(batch, n) of float32, or int64 for symbols, where the generator is."""
        dtype = torch.int64 if isinstance(self.component, DiscreteSource) else torch.float32
        for device in devices():
            for batch in (0, 1, 7):
                due = torch.empty((batch, self.component.block_length), dtype=dtype, device=device)
                drawn = self.component.sample(batch, seeded(1, device))
                check_like(f"{self._who}: sample({batch})", drawn, due)

    def test_samples_are_finite(self) -> None:
        """A generator draws an exact zero about once in 2^24."""
        drawn = self.component.sample(self._batch(), seeded(2))
        assert bool(torch.isfinite(drawn).all()), (
            f"{self._who}: sample gives {float(drawn[~torch.isfinite(drawn)][0])}"
        )

    def test_extreme_draws_give_finite_samples(self) -> None:
        """The ends of a uniform draw."""
        with ExtremeUniforms():
            drawn = self.component.sample(30, seeded(2))
        assert bool(torch.isfinite(drawn).all()), (
            f"{self._who}: sample gives {float(drawn[~torch.isfinite(drawn)][0])} {WHERE_EXTREME}"
        )

    def test_intervals_grow_as_their_tail_shrinks(self) -> None:
        """`interval(tail)`."""
        law.check_intervals(self._law())

    def test_density_integrates_to_one(self) -> None:
        """With no more missing than the tail of an interval."""
        law.check_mass(self._law())

    def test_samples_follow_the_density(self) -> None:
        """Kolmogorov-Smirnov at a false-alarm rate of 1e-6; the seed is fixed."""
        one = self._law()
        drawn = self.component.sample(self._batch(), seeded(1))
        law.check_samples(one, drawn.double().flatten().numpy(), "sample")

    def test_samples_of_a_block_follow_the_single_letter_law(self) -> None:
        """The first and the last one, of a source with memory that names such a law."""
        letter = self.component.single_letter()
        if letter is None or isinstance(self.component, DensitySource):
            pytest.skip("it has no law of single letters beside its own")
        drawn = self.component.sample(self._batch(), seeded(1)).double().numpy()
        for place in {0, self.component.block_length - 1}:
            law.check_samples(_law_of(self._who, letter), drawn[:, place], "sample")

    def test_log_prob_is_elementwise(self) -> None:
        """Any shape in, the same shape out."""
        one = self._law()
        values = torch.from_numpy(one.middles()[0])
        logs = one.log_prob(values.repeat(2, 3, 1))
        assert logs.shape == (2, 3, len(values)), (
            f"{self._who}: log_prob of {(2, 3, len(values))} has the shape {tuple(logs.shape)}"
        )
        alone = torch.stack([one.log_prob(value) for value in values])
        assert torch.allclose(logs[1, 2], alone), (
            f"{self._who}: log_prob of a value depends on the other values"
        )

    def test_log_prob_in_single_precision(self) -> None:
        """float32 and float64 agree."""
        law.check_precisions(self._law())

    def test_log_prob_has_finite_gradients(self) -> None:
        """And they are its slope."""
        law.check_gradients(self._law())

    def test_log_prob_far_away_is_a_number(self) -> None:
        """Or -inf where there is no density."""
        law.check_far_away(self._law())

    def test_variance_is_that_of_the_density(self) -> None:
        """The integral of the squared deviation from the mean, `inf` where it diverges."""
        law.check_variance(self._law(), self._density().variance, "variance")

    def test_probabilities_sum_to_one(self) -> None:
        """Of a discrete source."""
        check_rows(self._who, self._probabilities()[None], "probabilities")

    def test_symbols_follow_the_probabilities(self) -> None:
        """Chi-square at a false-alarm rate of 1e-6; the seed is fixed."""
        row = self._probabilities()
        drawn = self.component.sample(200_000, seeded(3)).flatten().numpy()
        check_symbols(self._who, drawn, row, "probabilities")

    def _batch(self) -> int:
        return self.samples // self.component.block_length

    def _density(self) -> DensitySource:
        if not isinstance(self.component, DensitySource):
            pytest.skip("it has no density: it is no DensitySource")
        return self.component

    def _probabilities(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        if not isinstance(self.component, DiscreteSource):
            pytest.skip("it has no table of probabilities: it is no DiscreteSource")
        return self.component.probabilities()

    def _law(self) -> Law:
        return _law_of(self._who, self._density())


def _law_of(who: str, source: DensitySource) -> Law:
    return Law(
        who, source.log_prob, source.interval, source.breakpoints(), ("log_prob", "interval")
    )
