"""From a stream of bytes and the side information to an array: `wzsim decode`."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.app.coders import coder_of_table
from wzsim.app.cutting import Advance, alphabets, batch_frames, symbols_shape, whole_blocks
from wzsim.app.decoded import UNDECODED, WRONG, Decoded, Failure
from wzsim.app.inside import errors_of
from wzsim.app.loading import StrPath
from wzsim.app.loading import registry as load_registry
from wzsim.app.results import open_result, restore
from wzsim.app.settings import Settings, torch_settings
from wzsim.contracts import SlepianWolfCoder
from wzsim.errors import InputError, StreamError, printable

if TYPE_CHECKING:
    from wzsim.simulation.frames import Frame
    from wzsim.simulation.result import Result
    from wzsim.simulation.silence import Silence

Keep = Callable[[NDArray[Any]], None]

MISSING = -1
"""Stands for a symbol that was not decoded."""


@final
@attrs.frozen(kw_only=True)
class DecodeOptions:
    """What a user may choose."""

    layers: int | None = None
    """The first of them that are decoded; None for all that there are."""
    threads: int = 1


@final
class Decoding:
    """A decoding that was checked and is ready to go.

    Raises StreamError for a stream that is none or another code's, InputError for
    side information that does not fit.
    """

    def __init__(
        self,
        result: Result,
        stream: BinaryIO,
        y: NDArray[Any],
        options: DecodeOptions,
        plugins: Sequence[str],
        names: tuple[str, str] = ("the stream", "Y"),
    ) -> None:
        from wzsim.simulation.message_coder import MessageCoder
        from wzsim.storage import StreamReader, code_sha256, require_samples

        name, side = names
        self._silent: Silence | None = None
        self._y, self._name = y, name
        self._settings = Settings(threads=options.threads)
        self._stream = StreamReader.open(stream, name)
        header = self._stream.header
        if header.code != code_sha256(result.scenario, result.model):
            raise StreamError(
                f"{name} was encoded with the code of '{printable(header.scenario)}' "
                f"({printable(header.code[:12])}), and not with that of '{result.name}'; give that "
                "result with --code"
            )
        registry = load_registry(plugins)
        self._scenario, code = restore(result, registry)
        try:
            self.coder = MessageCoder.from_data(header.coders, code, coder_of_table(registry))
        except ValueError as error:
            raise StreamError(f"{name} has a header that cannot be read here: {error}") from error
        if y.size != header.samples:
            raise InputError(
                f"{side} has {y.size} samples, and the array in {name} {header.samples} (shape "
                f"{header.shape}); side information is one sample for each of X"
            )
        size = alphabets(self._scenario.evaluation_pair())[1]
        require_samples(y, side, self.coder.input_types[1], size)
        layers, held = options.layers, len(self._stream.layers)
        wanted = layers or header.layers
        if not 1 <= wanted <= header.layers:
            raise InputError(f"--layers {layers}: {name} has layers 1 to {header.layers}")
        if layers is not None and held < layers and self._stream.damage is None:
            raise InputError(
                f"--layers {layers}: {name} ends after layer {held} of {header.layers}"
            )
        self.layers = min(held, wanted)
        self._damage = self._stream.damage
        if held >= wanted < header.layers:
            self._damage = None  # of what nobody asked for

    @property
    def shape(self) -> tuple[int, ...]:
        """Of X_hat; a distribution has one more axis."""
        return self._stream.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of X."""
        return np.dtype(self._stream.header.dtype)

    def run(self, keep: Keep, keep_symbols: Keep | None, advance: Advance) -> Decoded:
        """Decode everything.

        keep: gets x_hat in parts of shape (samples, ...). keep_symbols: symbols, shape
        (symbols, K), `MISSING` where there is none.
        """
        started = time.perf_counter()
        coder, total = self.coder, self._y.size
        step = batch_frames(coder) * coder.frame_length
        found: list[Failure] = []
        with torch_settings(self._settings):
            for start in range(0, total, step):
                stop = min(start + step, total)
                part = whole_blocks(self._y, start, stop, coder.code.block_length)
                with errors_of(f"decoding {self._name}"):
                    first = start // coder.frame_length
                    frames, reasons = self._frames(part, first)
                    estimates = self._estimates(frames)
                keep(estimates[: stop - start])
                if keep_symbols is not None:
                    keep_symbols(np.concatenate([self._symbols(frame) for frame in frames]))
                for frame, reason in zip(frames, reasons, strict=True):
                    if frame.failed:
                        self._note(found, frame, reason)
                advance(stop, total)
        return Decoded(
            samples=total,
            frames=self._stream.header.frames,
            layers=self.layers,
            of_layers=self._stream.header.layers,
            failures=tuple(found),
            damage=None if self._damage is None else f"{self._name} is damaged: {self._damage}",
            seconds=time.perf_counter() - started,
        )

    def _frames(self, y: NDArray[Any], first: int) -> tuple[list[Frame], list[str]]:
        """Frames with all stages that could be decoded, and why there are no more."""
        frames = self.coder.frames(y, first)
        reasons = [""] * len(frames)
        for stage in range(self.layers):
            slepian_wolf = isinstance(self.coder.stages[stage].coder, SlepianWolfCoder)
            received, checksums = [], []
            for place, frame in enumerate(frames):
                increments: tuple[bytes, ...] = ()
                if not frame.failed:
                    reasons[place] = UNDECODED if slepian_wolf else WRONG
                    try:
                        increments = self._stream.increments(stage, first + place)
                    except ValueError as error:
                        reasons[place] = f"is {error} in the file"
                checksums.append(increments[0] if increments else b"")
                received.append(increments[1:] if slepian_wolf else increments)
            before, frames = frames, self.coder.decode_stage(frames, received)
            if slepian_wolf:
                for place, frame in enumerate(frames):
                    if not frame.failed and checksums[place] != self.coder.checksum(
                        stage, frame.number, frame.stages[stage]
                    ):
                        frames[place] = attrs.evolve(before[place], failed=True)
                        reasons[place] = WRONG
        return frames, reasons

    def _estimates(self, frames: Sequence[Frame]) -> NDArray[Any]:
        parts = []
        for frame in frames:
            estimate = self.coder.reconstruct(frame)
            parts.append(self._silence(frame) if estimate is None else estimate)
        return np.concatenate(parts)

    def _silence(self, frame: Frame) -> NDArray[Any]:
        """x_hat of a frame without any stage."""
        from wzsim.simulation.seeds import generator_for
        from wzsim.simulation.silence import Silence

        if self._silent is None:
            self._silent = Silence(
                self.coder,
                self._scenario.evaluation_pair(),
                self._scenario.distortion,
                generator_for(0, "silence"),
            )
        return self._silent(frame)

    def _symbols(self, frame: Frame) -> NDArray[np.int32]:
        count = self.coder.symbols_of(0, frame.samples)
        symbols = np.full((count, len(self.coder.stages)), MISSING, dtype=np.int32)
        for stage, block in enumerate(frame.stages):
            symbols[:, stage] = block
        return symbols

    def _note(self, found: list[Failure], frame: Frame, reason: str) -> None:
        """Add a failure, to the one before it if it goes on."""
        start = frame.number * self.coder.frame_length
        stop = min(start + self.coder.frame_length, self._y.size)
        layer = len(frame.stages) + 1
        before = found[-1] if found else None
        if before is not None and (before.last + 1, before.layer, before.reason) == (
            frame.number,
            layer,
            reason,
        ):
            found[-1] = attrs.evolve(before, last=frame.number, stop=stop)
        else:
            found.append(Failure(frame.number, frame.number, start, stop, layer, reason))


def decode(
    result: Result | StrPath,
    stream: bytes,
    y: NDArray[Any],
    layers: int | None = None,
    *,
    plugins: Sequence[str] = (),
) -> NDArray[Any]:
    """X_hat from what `wzsim.encode` gave and the side information, after some layers or all.

    Blocks that fail are named in a RuntimeWarning, and have what the layers before give.
    Raises StreamError for a stream that is none or another code's, InputError for
    side information that does not fit.
    """
    from wzsim.simulation.result import Result

    options = DecodeOptions(layers=layers)
    opened = result if isinstance(result, Result) else open_result(result)
    decoding = Decoding(opened, io.BytesIO(stream), np.asarray(y), options, plugins)
    parts: list[NDArray[Any]] = []
    decoded = decoding.run(parts.append, None, lambda _done, _all: None)
    if not decoded.whole:
        warnings.warn("; ".join(decoded.complaints()), RuntimeWarning, stacklevel=2)
    if not parts:
        return np.empty(decoding.shape, dtype=output_type(decoding, np.empty(0)))
    values = np.concatenate(parts)
    values = values.astype(output_type(decoding, values), copy=False)
    return values.reshape((*decoding.shape, *values.shape[1:]))


def decode_file(
    result: StrPath,
    stream: StrPath,
    y: StrPath,
    output: StrPath,
    options: DecodeOptions,
    plugins: Sequence[str],
    advance: Advance,
    symbols: StrPath | None = None,
) -> Decoded:
    """Decode into a `.npy` file in memory that does not grow with it; nothing half-written is left.

    symbols: where the message goes beside it. Raises InputError before any work.
    """
    from wzsim.storage import check_outputs, open_array, written_array

    side = open_array(y)
    outputs = {"--output": output} | ({} if symbols is None else {"--symbols": symbols})
    inputs = {"the stream": stream, "the side information": y, "the result of --code": result}
    check_outputs(outputs, inputs)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(stream).open("rb"))
        except OSError as error:
            raise InputError(f"cannot read {stream}: {error.strerror or error}") from error
        if not file.seekable():
            raise InputError(f"cannot read {stream}: it is a pipe; layers are read from a file")
        names = printable(str(stream)), printable(str(y))
        decoding = Decoding(open_result(result), file, side, options, plugins, names)
        keep_symbols = None
        if symbols is not None:
            shape = symbols_shape(decoding.coder, side.size)
            keep_symbols = stack.enter_context(written_array(symbols, np.dtype("<i4"), shape))
        appends: list[Keep] = []

        def keep(values: NDArray[Any]) -> None:
            if not appends:  # its type and axes are known now
                whole = (*decoding.shape, *values.shape[1:])
                writer = written_array(output, output_type(decoding, values), whole)
                appends.append(stack.enter_context(writer))
            appends[0](values)

        decoded = decoding.run(keep, keep_symbols, advance)
        if not appends:
            keep(np.empty(0))
        return decoded


def output_type(decoding: Decoding, values: NDArray[Any]) -> np.dtype[Any]:
    """That of X for X of float32 or float64, else what the code's decoder gives."""
    return decoding.dtype if decoding.dtype.str in ("<f4", "<f8") else values.dtype
