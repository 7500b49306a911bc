"""`[coding]`: real coders for the messages, and how many samples they code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import attrs
import numpy as np

from wzsim.contracts import EntropyCoder, Range, SlepianWolfCoder, doc
from wzsim.errors import Problem, ScenarioError
from wzsim.scenario.faults import in_words


@final
@attrs.frozen(kw_only=True)
class Coding:
    """`[coding]`: the messages become bits, which are decoded again with the side information."""

    slepian_wolf_coder: SlepianWolfCoder | None = attrs.field(
        default=None,
        metadata=doc("codes for a decoder that knows y, where the rate does; default: ldpc"),
    )
    entropy_coder: EntropyCoder | None = attrs.field(
        default=None,
        metadata=doc(
            "codes without y, where the rate does not know it; default: range, or rans without it"
        ),
    )
    samples: int = attrs.field(
        default=1_000_000,
        validator=Range(ge=1, le=10**12),
        metadata=doc("source samples that are coded, rounded up to whole blocks"),
    )
    block_length: int = attrs.field(
        default=100_000,
        validator=Range(ge=64, le=10_000_000),
        metadata=doc("source samples that a coder codes at once"),
    )
    frame_error_rate: float = attrs.field(
        default=1e-3,
        validator=Range(gt=0, lt=1),
        metadata=doc("share of blocks that a Slepian-Wolf coder may leave undecoded"),
    )
    feedback: bool = attrs.field(
        default=False,
        metadata=doc("whether the decoder may ask for more until its checksum fits"),
    )

    def __attrs_post_init__(self) -> None:
        if self.samples < self.block_length:
            message = (
                f"samples must be at least one block of {self.block_length:_}, not {self.samples:_}"
            )
            raise ScenarioError([Problem(message, "$.samples", hint="or give block_length")])

    @property
    def frames(self) -> int:
        """How many blocks are coded."""
        return -(-self.samples // self.block_length)

    def coder(self, *, uses_side_information: bool) -> SlepianWolfCoder | EntropyCoder:
        """The coder of a rate estimator that sees y, or of one that does not."""
        chosen = self.slepian_wolf_coder if uses_side_information else self.entropy_coder
        assert chosen is not None  # the checks of a scenario refuse it
        return chosen


def key_of_coder(*, uses_side_information: bool) -> str:
    """The key of `[coding]` that names the coder which is used.

    >>> key_of_coder(uses_side_information=True)
    'slepian_wolf_coder'
    """
    return "slepian_wolf_coder" if uses_side_information else "entropy_coder"


def coder_problems(
    coding: Coding, alphabet_sizes: tuple[int, ...], *, uses_side_information: bool
) -> Iterator[Problem]:
    """A coder that is needed and neither given nor installed, or that fails at one symbol.

    It is tried before any work: what it does not take, or what it lacks, would else be known only
    after a training.
    """
    key = key_of_coder(uses_side_information=uses_side_information)
    if getattr(coding, key) is None:
        which = "a Slepian-Wolf" if uses_side_information else "an entropy"
        of = "with" if uses_side_information else "without"
        message = f"needs {which} coder, since the rate is that of a coder {of} side information"
        yield Problem(message, f"$.coding.{key}", hint=f"give {key}")
        return
    coder = coding.coder(uses_side_information=uses_side_information)
    symbol = np.zeros(1, dtype=np.int32)
    for size in sorted(set(alphabet_sizes)):
        try:
            if isinstance(coder, SlepianWolfCoder):
                coder.encode(symbol, size)
            else:
                coder.encode(symbol, symbol, np.ones((1, size), dtype=np.uint32))
        except Exception as error:  # noqa: BLE001 - a component of a plugin may raise anything
            message = f"'{coder.name}' cannot code an alphabet of {size}: {in_words(error)}"
            yield Problem(message, f"$.coding.{key}")
            return
