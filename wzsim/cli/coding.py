"""What `encode` and `decode` show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wzsim.app import Decoded, Encoded


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """advance(done, total): a bar on a terminal's standard error, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def print_encoded(encoded: Encoded, output: str) -> None:
    """A line a layer, and one for the whole."""
    click.echo(f"{'layer':>5}  {'bytes':>12}  {'bit/sample':>10}  {'ideal':>8}  {'more':>6}")
    rows = list(zip(encoded.layer_bytes, encoded.rates, encoded.ideal_rates, strict=True))
    whole = 8 * encoded.bytes / max(encoded.samples, 1)
    rows.append((encoded.bytes, whole, sum(encoded.ideal_rates)))
    for layer, (size, rate, ideal) in enumerate(rows, start=1):
        which = layer if layer < len(rows) else "all"
        more = f"{100 * (rate / ideal - 1):+5.2f}%" if ideal > 1e-9 and encoded.samples else "-"
        sent = f"{rate:.4f}" if encoded.samples else "-"
        click.echo(f"{which:>5}  {size:>12,}  {sent:>10}  {ideal:>8.4f}  {more:>6}")
    click.echo(
        f"{output}: {encoded.samples:,} samples in {encoded.frames:,} blocks by {encoded.coder}, "
        f"header {encoded.header_bytes:,} bytes, {_speed(encoded.samples, encoded.seconds)}; "
        "ideal: of the rate estimator, as in the result"
    )


def print_decoded(decoded: Decoded, output: str) -> None:
    """One line."""
    failed = sum(failure.last - failure.first + 1 for failure in decoded.failures)
    layers = f"{decoded.layers} of {decoded.of_layers} layers"
    click.echo(
        f"{output}: {decoded.samples:,} samples, {layers}, {failed} of {decoded.frames:,} blocks "
        f"failed, {_speed(decoded.samples, decoded.seconds)}"
    )


def _speed(samples: int, seconds: float) -> str:
    return f"{samples / max(seconds, 1e-9) / 1e6:.2f} Msample/s"
