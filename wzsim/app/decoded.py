"""What a decoding found, and what is wrong with it."""

from __future__ import annotations

from typing import final

import attrs

MOST_NAMED = 20
"""Failures that are spelt out."""

UNDECODED = "needs more syndrome, or better side information"
WRONG = "does not pass its checksum"


@final
@attrs.frozen
class Failure:
    """Blocks in a row that a layer failed for; they have the layers before it."""

    first: int
    last: int
    """Numbers of the blocks, from 0."""
    start: int
    stop: int
    """Their samples, `stop` not included."""
    layer: int
    """From 1."""
    reason: str

    def __str__(self) -> str:
        which = f"block {self.first}"
        if self.last > self.first:
            which = f"blocks {self.first} to {self.last}"
        samples = f"samples {self.start} to {self.stop - 1}"
        return f"{which} ({samples}): layer {self.layer} {self.reason}"


@final
@attrs.frozen(kw_only=True, eq=False)
class Decoded:
    """What a decoding found."""

    samples: int
    frames: int
    layers: int
    """That were decoded."""
    of_layers: int
    """K."""
    failures: tuple[Failure, ...]
    damage: str | None
    """What is wrong with the stream as a whole, and where."""
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether everything that was asked for is there."""
        return not self.failures and self.damage is None and not self.silent

    @property
    def silent(self) -> bool:
        """Whether there was no layer at all: all that is written comes from y alone."""
        return self.layers == 0 and self.samples > 0

    def complaints(self) -> list[str]:
        """What is wrong, in lines; empty where nothing is."""
        lines = [] if self.damage is None else [self.damage]
        if self.silent:
            lines.append("no layer is there: what is written is what Y alone says of X")
        lines += [str(failure) for failure in self.failures[:MOST_NAMED]]
        if len(self.failures) > MOST_NAMED:
            lines.append(f"and {len(self.failures) - MOST_NAMED} more")
        if any(failure.reason == UNDECODED for failure in self.failures):
            lines.append(
                "encode again with more syndrome (wzsim encode --extra-rate 0.05, or more) if the "
                "side information is right"
            )
        return lines
