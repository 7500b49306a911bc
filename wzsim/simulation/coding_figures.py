"""What real coders made of a code's messages: bits that were sent, and what came out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


@final
@attrs.frozen(kw_only=True, eq=False)
class CodingFigures:
    """Real bits by stage; every array has length K.

    A frame is a block of samples that the coders code at once. Stage k of a frame
    is decoded where the decoder accepted stages 1 .. k of it. `errors` holds the standard error
    of an array under the same name, where there are frames enough to know it.
    """

    coder: str
    """Its name."""
    feedback: bool
    """Whether the decoder might ask for more."""
    frames: int
    block_length: int
    """Source samples a frame."""
    header_bytes: int
    """Of the stream, which all stages need: they are counted in stage 1."""
    encode_seconds: float
    """Wall-clock time, from samples to bits."""
    decode_seconds: float
    """Wall-clock time, from bits and y to reconstructions."""

    ideal_rate: Array | None = None
    """Entropy of m_k given m_1^{k-1} (and y), where it is known exactly [bit/sample]."""
    model_rate: Array
    """Cross-entropy of the coded messages under the rate estimator [bit/sample]."""
    coded_rate: Array
    """All that was sent for the stage, over the samples of all frames [bit/sample]."""
    coded_sum_rate: Array
    """Of stages 1 .. k [bit/sample]."""
    frame_error_rate: Array
    """Share of the frames in `frame_errors`."""
    frame_error_rate_lower: Array
    frame_error_rate_upper: Array
    """Ends of its 95 % interval (Clopper and Pearson)."""
    symbol_error_rate: Array
    """Share of wrong symbols of stage k in frames that were accepted."""
    symbol_error_rate_lower: Array
    symbol_error_rate_upper: Array
    """Ends of its 95 % interval, however errors lie together in a frame."""
    distortion: Array
    """Of the frames that were decoded; NaN where none was."""
    distortion_db: Array | None = None
    distortion_all: Array
    """Of all frames: in place of a stage that failed stands what came before it, or y alone."""
    coded_gap_db: Array | None = None
    """10 log10(`distortion` / D(`coded_sum_rate`)), D(R) the bound [dB]."""

    decoded: Counts
    """Frames of which stages 1 .. k were accepted."""
    frame_errors: Counts
    """Frames of which a stage up to k was not decoded, or decoded wrong."""
    undetected: Counts
    """Frames that were accepted with wrong symbols in stage k."""
    bytes: Counts
    """All that was sent for the stage."""
    increments: Counts
    """Increments that were sent, of all frames; one a frame where there is no feedback."""
    requests: Counts
    """How often the decoder asked for more."""
    errors: Mapping[str, Array] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        arrays, shape = self.arrays(), self.model_rate.shape
        if stray := sorted(set(self.errors) - set(arrays)):
            raise ValueError(f"standard errors of figures that are absent: {', '.join(stray)}")
        for name, array in (arrays | self.counts() | dict(self.errors)).items():
            if array.shape != shape or array.ndim != 1:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")

    @property
    def stages(self) -> int:
        """K."""
        return len(self.model_rate)

    @property
    def samples(self) -> int:
        """Source samples that were coded."""
        return self.frames * self.block_length

    @property
    def survivors_only(self) -> NDArray[np.bool_]:
        """Whether `distortion` leaves frames out: no bound holds for such a number."""
        return self.decoded < self.frames

    def arrays(self) -> dict[str, Array]:
        """The figures that are present, by name, without counts and errors."""
        return {name: value for name in FIGURES if (value := getattr(self, name)) is not None}

    def counts(self) -> dict[str, Counts]:
        """The counts by name."""
        return {name: getattr(self, name) for name in COUNTS}

    def only(self, places: Sequence[int]) -> CodingFigures:
        """The figures of some stages, by their places from 0."""
        chosen = list(places)
        arrays = self.arrays() | self.counts()
        some: dict[str, Any] = {name: array[chosen] for name, array in arrays.items()}
        errors = {name: array[chosen] for name, array in self.errors.items()}
        return attrs.evolve(self, **some, errors=errors)


COUNTS: Final = ("decoded", "frame_errors", "undetected", "bytes", "increments", "requests")

ABOUT: Final = (
    "coder",
    "feedback",
    "frames",
    "block_length",
    "header_bytes",
    "encode_seconds",
    "decode_seconds",
)
"""What is the same for all stages."""

FIGURES: Final = tuple(
    field.name
    for field in attrs.fields(CodingFigures)
    if field.name not in (*ABOUT, *COUNTS, "errors")
)
