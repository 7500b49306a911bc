"""What belongs to the machine and not to the scenario: device and threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

import attrs

from wzsim.errors import InputError


@final
@attrs.frozen(kw_only=True)
class Settings:
    """What belongs to the machine and not to the scenario."""

    device: str = "cpu"
    """A torch device: `cpu`, `cuda`, `cuda:1`."""

    threads: int = 1
    """Threads of one run; another number may change the last digits."""


def check_device(device: str) -> None:
    """Raise InputError for a device that torch does not know or this machine does not have."""
    if device == "cpu":
        return
    import torch

    try:
        torch.rand(1, device=device, generator=torch.Generator(device)).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"device '{device}' cannot be used here: {reason}; try cpu") from error


@contextmanager
def torch_settings(settings: Settings) -> Iterator[None]:
    """Threads of this run; and no denormal numbers, which slow a collapsed network tenfold."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(settings.threads)
    torch.set_flush_denormal(True)
    try:
        with threadpool_limits(settings.threads):  # of numpy's BLAS
            yield
    finally:
        torch.set_num_threads(before)
        torch.set_flush_denormal(False)
