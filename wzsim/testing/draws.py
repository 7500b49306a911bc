"""What every draw owes to its generator: repeatable, and nothing from anywhere else."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

Draw = Callable[[Generator], Tensor]


def seeded(seed: int, device: str = "cpu") -> Generator:
    """A generator with this seed."""
    return Generator(device).manual_seed(seed)


def devices() -> list[str]:
    """The devices of this machine that kits use."""
    return ["cpu", "cuda:0"] if torch.cuda.is_available() else ["cpu"]


def check_draws(who: str, draw: Draw) -> None:
    """The generator, and it alone, decides what is drawn."""
    before = torch.random.get_rng_state()
    one, same, other = draw(seeded(1)), draw(seeded(1)), draw(seeded(2))
    assert torch.equal(one, same), (
        f"{who} draws different samples from two generators with one seed; pass `generator` to "
        "everything that draws"
    )
    assert torch.equal(before, torch.random.get_rng_state()), (
        f"{who} uses or seeds the global generator of torch; pass `generator` to everything that "
        "draws"
    )
    assert not torch.equal(one, other), (
        f"{who} draws the same samples whatever the seed; draw from `generator`"
    )


def check_like(who: str, drawn: Tensor, expected: Tensor) -> None:
    """Shape, dtype and device are those of `expected`."""
    for what in ("shape", "dtype", "device"):
        found, due = getattr(drawn, what), getattr(expected, what)
        assert found == due, f"{who} has the {what} {found} and not {due}"
