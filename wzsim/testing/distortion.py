"""The kit of distortions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from wzsim.contracts import Distortion, LogarithmicLoss, SymbolDistortion
from wzsim.networks.simplex import one_hot
from wzsim.testing.component import ComponentKit
from wzsim.testing.draws import devices, seeded


class DistortionKit(ComponentKit):
    """Tests of a distortion: inherit, and say which one.

    class TestMine(DistortionKit):
        component = Mine()
    """

    component: Distortion

    alphabet: int | None = None
    """Symbols of X, 0 .. alphabet - 1. None: numbers, or three symbols where the class says so."""

    tolerance: float = 1e-5
    """How far numbers that should be equal may differ, of those around one."""

    def test_says_its_unit(self) -> None:
        """`unit` is a word to print, `is_power` says whether decibels make sense."""
        unit, power = (
            getattr(self.component, "unit", None),
            getattr(self.component, "is_power", None),
        )
        assert isinstance(unit, str) and unit.strip(), (
            f'{self._who} has no unit: write unit = "units^2" or what it is, without annotation'
        )
        assert isinstance(power, bool), (
            f"{self._who}: is_power is {power!r}; write is_power = True where 10 log10(D) makes "
            "sense, else False"
        )

    def test_measure_gives_one_number_a_block(self) -> None:
        """Shape (batch,), finite and not negative, for no block too; the arguments stay."""
        for device in devices():
            for batch, length in ((0, 1), (1, 1), (7, 3)):
                x, x_hat = (part.to(device) for part in self._blocks(batch, length))
                kept = x.clone(), x_hat.clone()
                found = self.component.measure(x, x_hat)
                assert found.shape == (batch,) and found.is_floating_point(), (
                    f"{self._who}: measure of x {tuple(x.shape)} and x_hat {tuple(x_hat.shape)} "
                    f"gives {found.dtype} of shape {tuple(found.shape)} and not floats of shape "
                    f"{(batch,)}: one number a block"
                )
                assert found.device == x.device, f"{self._who}: measure leaves the device of x"
                assert bool((torch.isfinite(found) & (found >= -self.tolerance)).all()), (
                    f"{self._who}: measure gives {float(found.min()):g} .. {float(found.max()):g}; "
                    "a distortion is finite and not negative"
                )
                assert torch.equal(x, kept[0]) and torch.equal(x_hat, kept[1]), (
                    f"{self._who}: measure changes its arguments in place"
                )

    def test_measure_is_the_mean_over_the_block(self) -> None:
        """One sample after the other, and then the mean."""
        x, x_hat = self._blocks(7, 3)
        whole = self.component.measure(x, x_hat)
        each = self.component.measure(x.reshape(-1, 1), x_hat.flatten(0, 1).unsqueeze(1))
        self._check_equal(
            "measure of blocks and the mean over their samples", whole, each.reshape(7, 3).mean(1)
        )

    def test_what_is_known_costs_nothing(self) -> None:
        """The best x_hat of a certain X has distortion 0, or the least of its row in `table`."""
        values = self._values()
        x_hat = self.component.bayes(values, torch.eye(len(values), dtype=torch.float64))
        found = self.component.measure(values[:, None], x_hat.unsqueeze(1)).double()
        least = torch.zeros(len(values), dtype=torch.float64)
        if isinstance(self.component, SymbolDistortion):
            least = torch.from_numpy(self.component.table(len(values)).min(axis=1))
        apart = (found - least).abs()
        at = int(apart.argmax())
        assert float(apart[at]) <= self.tolerance, (
            f"{self._who}: where X is {float(values[at]):g} for certain, the x_hat of bayes has "
            f"distortion {float(found[at]):.6g} and not {float(least[at]):.6g}"
        )

    def test_bayes_is_the_best(self) -> None:
        """No other x_hat that is tried has a smaller expected distortion."""
        values, weights = self._values(), self._weights(16)
        best = self.component.bayes(values, weights)
        others = self._others(best)
        blocks = values[:, None].expand(-1, len(others))
        # Shape (values, others): the distortion of each value with each x_hat.
        table = torch.stack(
            [self.component.measure(row[:, None], others.unsqueeze(1)).double() for row in blocks]
        )
        cost = weights / weights.sum(dim=1, keepdim=True) @ table
        own, least = cost.diagonal(), cost.min(dim=1)
        worst = int((own - least.values).argmax())
        assert bool((own <= least.values + self.tolerance * (1 + own.abs())).all()), (
            f"{self._who}: bayes gives {_few(best[worst])} where X has the weights "
            f"{_few(weights[worst])} on {_few(values)}: expected distortion "
            f"{float(own[worst]):.6g}, and {_few(others[least.indices[worst]])} has "
            f"{float(least.values[worst]):.6g}"
        )

    def test_bayes_takes_weights_of_any_scale_and_shape(self) -> None:
        """They are not normalised; values and weights broadcast."""
        values, weights = self._values(), self._weights(6)
        best = self.component.bayes(values, weights)
        self._check_equal(
            "bayes of weights and of their multiple",
            best,
            self.component.bayes(values, 7 * weights),
        )
        shaped = self.component.bayes(values.expand(2, 3, -1), weights.reshape(2, 3, -1))
        assert shaped.shape == (2, 3, *best.shape[1:]), (
            f"{self._who}: bayes of weights {(2, 3, len(values))} has the shape "
            f"{tuple(shaped.shape)} and not {(2, 3, *best.shape[1:])}"
        )
        self._check_equal("bayes of one row and of several", best, shaped.flatten(0, 1))

    def test_gradients_are_finite_and_the_slope(self) -> None:
        """In x_hat where it is a number or a distribution: networks learn from them."""
        x, x_hat = self._blocks(50, 2)
        if self._symbols is not None:
            x_hat = self._weights(100).reshape(50, 2, -1)
            x_hat = x_hat / x_hat.sum(dim=-1, keepdim=True)
        else:
            x, x_hat = x.double(), x_hat.double()
        point = x_hat.detach().requires_grad_()
        found = self._measured(x, point)
        if not found.requires_grad:
            pytest.skip("it has no gradient: networks cannot learn from it")
        (slope,) = torch.autograd.grad(found.sum(), point)
        way = torch.rand(x_hat.shape, generator=seeded(4), dtype=x_hat.dtype) - 0.5
        step = 1e-6
        up, down = (self.component.measure(x, x_hat + sign * step * way) for sign in (1, -1))
        expected = (up - down) / (2 * step)
        along = (slope * way).flatten(1).sum(dim=1)
        apart = (along - expected).abs()
        assert bool((apart <= 1e-3 * (1 + expected.abs())).all()), (
            f"{self._who}: the gradient of measure is not its slope; is a part of it detached, or "
            "is torch.where hiding a NaN?"
        )
        self._check_corner(x)

    def test_a_distribution_that_is_certain_is_a_symbol(self) -> None:
        """Of symbols: a network gives distributions, a one-hot one is the hard symbol."""
        distortion, size = self._table_of_symbols()
        pairs = torch.cartesian_prod(torch.arange(size), torch.arange(size))
        x, x_hat = pairs[:, :1], pairs[:, 1:]
        self._check_equal(
            "measure of a symbol and of the distribution that is certain of it",
            distortion.measure(x, x_hat),
            self._measured(x, one_hot(x_hat, size)),
        )

    def test_table_agrees_with_measure(self) -> None:
        """Of a SymbolDistortion: d(x, x_hat) of every pair."""
        distortion, size = self._table_of_symbols()
        table = distortion.table(size)
        assert table.ndim == 2 and len(table) == size and table.shape[1] > 0, (
            f"{self._who}: table({size}) has the shape {table.shape} and not "
            f"({size}, reproductions)"
        )
        assert np.isfinite(table).all() and (table >= 0).all(), (
            f"{self._who}: table({size}) has entries that are not finite or negative"
        )
        for x, row in enumerate(table):
            x_hat = torch.arange(len(row))[:, None]
            found = distortion.measure(torch.full_like(x_hat, x), x_hat).double().numpy()
            wrong = np.flatnonzero(np.abs(found - row) > self.tolerance)
            assert not len(wrong), (
                f"{self._who}: measure of x = {x} and x_hat = {wrong[0]} is "
                f"{found[wrong[0]]:.6g}, and table has {row[wrong[0]]:.6g}"
            )

    @property
    def _symbols(self) -> int | None:
        of_symbols = isinstance(self.component, SymbolDistortion | LogarithmicLoss)
        return self.alphabet or (3 if of_symbols else None)

    def _values(self) -> Tensor:
        """What X may be, shape (J,)."""
        if self._symbols is not None:
            return torch.arange(self._symbols)
        return torch.linspace(-2.0, 2.5, 8, dtype=torch.float64)

    def _weights(self, rows: int) -> Tensor:
        """How likely each value is: shape (rows, J), not normalised, none zero."""
        shape = rows, len(self._values())
        return torch.rand(shape, generator=seeded(3), dtype=torch.float64) ** 3 + 1e-3

    def _blocks(self, batch: int, length: int) -> tuple[Tensor, Tensor]:
        """x of shape (batch, length) and an x_hat that fits it."""
        values = self._values()
        x = values[torch.randint(len(values), (batch, length), generator=seeded(2))]
        x_hat = self.component.bayes(values, self._weights(batch * length))
        x_hat = x_hat.reshape(batch, length, *x_hat.shape[1:])
        return single(x), single(x_hat)

    def _others(self, best: Tensor) -> Tensor:
        """Every x_hat in `best`, and some more."""
        if best.ndim > 1:  # distributions
            return torch.cat([best, *(0.9 * best + 0.1 * best.roll(k, 0) for k in (1, 2))])
        if isinstance(self.component, SymbolDistortion):
            size = len(self._values())
            return torch.cat([best, torch.arange(self.component.table(size).shape[1])])
        if not best.is_floating_point():
            return torch.cat([best, self._values()])
        return torch.cat([best, *(best + change for change in (-0.1, -0.01, 0.01, 0.1))])

    def _table_of_symbols(self) -> tuple[SymbolDistortion, int]:
        if not isinstance(self.component, SymbolDistortion):
            pytest.skip("it is no SymbolDistortion")
        assert self._symbols is not None
        return self.component, self._symbols

    def _measured(self, x: Tensor, x_hat: Tensor) -> Tensor:
        """What a network learns from: `measure` of numbers, or of distributions over symbols."""
        if isinstance(self.component, SymbolDistortion):
            distortion, size = self._table_of_symbols()
            if distortion.table(size).shape[1] != size:
                pytest.skip("its reproductions are not the symbols of X: no network gives them")
        try:
            return self.component.measure(x, x_hat)
        except (IndexError, RuntimeError, TypeError) as error:
            raise AssertionError(
                f"{self._who}: measure fails for x_hat of shape {tuple(x_hat.shape)} ({error}); "
                "where x_hat has an axis more than x it is a distribution, which a network gives "
                "while it learns"
            ) from error

    def _check_corner(self, x: Tensor) -> None:
        """Where x_hat is x itself, or a distribution that excludes all symbols but one."""
        if self._symbols is None:
            corners = [x.clone()]
        else:
            size = self._symbols
            corners = [one_hot((x + shift) % size, size).double() for shift in range(size)]
        for corner in corners:
            found = self.component.measure(x, corner.requires_grad_())
            (slope,) = torch.autograd.grad(found.sum(), corner)
            assert bool(torch.isfinite(found).all() and torch.isfinite(slope).all()), (
                f"{self._who}: measure or its gradient is not finite where x_hat is x itself or a "
                "distribution is certain; keep away from log(0) and from sqrt at 0 (clamp)"
            )

    def _check_equal(self, what: str, one: Tensor, other: Tensor) -> None:
        scale = float(one.abs().max()) if one.numel() else 0.0
        apart = float((one.double() - other.double()).abs().max()) if one.numel() else 0.0
        assert apart <= self.tolerance * (1 + scale), f"{self._who}: {what} differ by {apart:.3g}"


def single(values: Tensor) -> Tensor:
    """Numbers in the precision of samples; symbols stay what they are."""
    return values.float() if values.is_floating_point() else values


def _few(row: Tensor) -> str:
    """Numbers as a message shows them."""
    numbers = [f"{float(number):.3g}" for number in row.reshape(-1)]
    return numbers[0] if row.ndim == 0 else f"[{', '.join(numbers)}]"
