"""One GPU to each worker: which one, and how a process is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "CUDA_VISIBLE_DEVICES"
"""What CUDA reads once, before its first call: the GPUs of a process, which then count from 0."""


def gpu_of(place: int, gpus: int) -> str | None:
    """The GPU of a worker, by the name that CUDA has for it; None where none is dealt out.

    place: of the worker, from 0. gpus: how many there are; more workers than GPUs share them.

    >>> gpu_of(3, gpus=2)
    '1'
    """
    if not gpus:
        return None
    mine = os.environ.get(VARIABLE)
    names = mine.split(",") if mine else [str(index) for index in range(gpus)]
    return names[place % min(gpus, len(names))]


@contextmanager
def visible_gpu(gpu: str | None) -> Iterator[None]:
    """What processes that start meanwhile see: that GPU alone, or with None what this one sees."""
    before = os.environ.get(VARIABLE)
    if gpu is not None:
        os.environ[VARIABLE] = gpu
    try:
        yield
    finally:
        if gpu is not None:
            if before is None:
                del os.environ[VARIABLE]
            else:
                os.environ[VARIABLE] = before
