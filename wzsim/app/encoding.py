"""From an array to a stream of bytes: `wzsim encode`."""

from __future__ import annotations

import io
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.app.coders import choose_coder
from wzsim.app.cutting import (
    Advance,
    alphabets,
    batch_frames,
    frame_length,
    symbols_shape,
    whole_blocks,
)
from wzsim.app.inside import errors_of
from wzsim.app.loading import StrPath
from wzsim.app.loading import registry as load_registry
from wzsim.app.results import open_result, restore
from wzsim.app.settings import Settings, torch_settings
from wzsim.contracts import SlepianWolfCoder
from wzsim.errors import InputError, printable

if TYPE_CHECKING:
    from wzsim.simulation.frames import EncodedFrame
    from wzsim.simulation.message_coder import MessageCoder
    from wzsim.simulation.result import Result
    from wzsim.storage import StreamHeader

FRAME_LENGTH = 100_000
"""Most source samples a block of the lossless coder."""

FRAME_ERROR_RATE = 1e-5
"""Of a block and layer: a file cannot ask for more, so that few may fail."""

SHORT = 0.9
"""A last block shorter than this share of the others is sent whole: its coder was not designed."""


@final
@attrs.frozen(kw_only=True)
class EncodeOptions:
    """What a user may choose. None stands for the scenario's `[coding]`, or else the default."""

    coder: str | None = None
    frame_length: int | None = None
    """Most source samples a block of the lossless coder; blocks are made equally long."""
    frame_error_rate: float | None = None
    """Share of the blocks of a layer that may fail at the decoder."""
    extra_rate: float = 0.0
    """How much more of a Slepian-Wolf code is sent [bit/symbol]."""
    threads: int = 1
    seed: int = 0
    """Of the design's sample and the dither."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Encoded:
    """What an encoding made."""

    samples: int
    frames: int
    header_bytes: int
    layer_bytes: tuple[int, ...]
    ideal_rates: tuple[float, ...]
    """By layer [bit/sample]: of the rate estimator, as the result has measured it."""
    coder: str
    seconds: float

    @property
    def bytes(self) -> int:
        """Of the whole stream."""
        return self.header_bytes + sum(self.layer_bytes)

    @property
    def rates(self) -> tuple[float, ...]:
        """By layer [bit/sample], its index and checksums included, without the header."""
        return tuple(8 * size / max(self.samples, 1) for size in self.layer_bytes)


@final
class Encoding:
    """An encoding that was checked and is ready to go.

    Raises InputError for samples that the code does not take, CapabilityError for
    a code that cannot be coded.
    """

    def __init__(
        self,
        result: Result,
        x: NDArray[Any],
        options: EncodeOptions,
        plugins: Sequence[str],
        name: str = "X",
    ) -> None:
        from wzsim.simulation.message_coder import MessageCoder
        from wzsim.simulation.seeds import derive_seed, generator_for
        from wzsim.storage import (
            StreamHeader,
            code_sha256,
            digest_of,
            portable_dtype,
            require_samples,
        )

        self._x, self._extra, self._name = x, options.extra_rate, name
        self._settings = Settings(threads=options.threads)
        self._ideal_rates = tuple(float(rate) for rate in result.stages.stage_rate)
        registry = load_registry(plugins)
        scenario, code = restore(result, registry)
        pair, n = scenario.evaluation_pair(), code.block_length
        type_ = str(pair.sample(1, generator_for(0, "type"))[0].numpy().dtype)
        require_samples(x, name, type_, alphabets(pair)[0])
        dtype = portable_dtype(x.dtype)
        assert dtype is not None
        component = choose_coder(scenario, registry, options.coder)
        if not math.isfinite(self._extra):
            raise InputError(f"--extra-rate must be a number, not {self._extra}")
        if not isinstance(component, SlepianWolfCoder):
            for given, option in (
                (self._extra, "--extra-rate"),
                (options.frame_error_rate, "--frame-error-rate"),
            ):
                if given:
                    raise InputError(
                        f"{option} is for Slepian-Wolf coders; '{component.name}' is decoded "
                        "without the side information, and never fails by it"
                    )
        table = scenario.coding
        longest = options.frame_length or (table.block_length if table else FRAME_LENGTH)
        chance = options.frame_error_rate or (table.frame_error_rate if table else FRAME_ERROR_RATE)
        with torch_settings(self._settings), errors_of(f"coder '{component.name}'"):
            self.coder: MessageCoder = MessageCoder.designed(
                code,
                pair,
                component,
                frame_length=frame_length(x.size, longest, n),
                frame_error_rate=chance,
                generator=generator_for(options.seed, "coder design"),
                dither_seed=derive_seed(options.seed, f"stream {digest_of(x)}"),
            )
        self.header: StreamHeader = StreamHeader(
            code=code_sha256(result.scenario, result.model),
            scenario=result.name,
            shape=x.shape,
            dtype=dtype,
            coders=self.coder.as_data(),
        )

    def write(
        self,
        file: BinaryIO,
        spools: Sequence[BinaryIO],
        advance: Advance,
        keep_symbols: Callable[[NDArray[np.int32]], None] | None = None,
    ) -> Encoded:
        """Encode all samples; spools: an empty file a layer, for the time being."""
        from wzsim.storage import StreamWriter

        started = time.perf_counter()
        writer, shape = StreamWriter(self.header, spools), self.coder.code.shape
        step = batch_frames(self.coder) * self.coder.frame_length
        with torch_settings(self._settings):
            for start in range(0, self._x.size, step):
                stop = min(start + step, self._x.size)
                part = whole_blocks(self._x, start, stop, shape.block_length)
                with errors_of(f"encoding {self._name}"):
                    frames = self.coder.encode(part, start // self.coder.frame_length)
                for frame in frames:
                    writer.add(self._sent(frame))
                    if keep_symbols is not None:
                        keep_symbols(np.stack(frame.stages, axis=1))
                advance(stop, self._x.size)
        header, *layers = writer.finish(file)
        return Encoded(
            samples=self._x.size,
            frames=self.header.frames,
            header_bytes=header,
            layer_bytes=tuple(layers),
            ideal_rates=self._ideal_rates,
            coder=self.coder.stages[0].coder.name,
            seconds=time.perf_counter() - started,
        )

    def _sent(self, frame: EncodedFrame) -> list[tuple[bytes, ...]]:
        """The increments that go into the file, by stage.

        Before those of a Slepian-Wolf coder stands a checksum of the symbols in their
        place; an entropy coder's have it within.
        """
        sent = []
        for stage, (coder, symbols, increments) in enumerate(
            zip(self.coder.stages, frame.stages, frame.increments, strict=True)
        ):
            full = self.coder.symbols_of(stage, self.coder.frame_length)
            if not isinstance(coder.coder, SlepianWolfCoder):
                sent.append(increments)
                continue
            count = len(increments)
            if len(symbols) >= SHORT * full:
                wanted = len(increments[0]) + self._extra * len(symbols) / 8
                totals = np.cumsum([len(increment) for increment in increments])
                count = min(int(np.searchsorted(totals, wanted)) + 1, count)
            checksum = self.coder.checksum(stage, frame.number, symbols)
            sent.append((checksum, *increments[:count]))
        return sent


def encode(
    result: Result | StrPath,
    x: NDArray[Any],
    *,
    coder: str | None = None,
    frame_length: int | None = None,
    frame_error_rate: float | None = None,
    extra_rate: float = 0.0,
    plugins: Sequence[str] = (),
) -> bytes:
    """The stream of an array of any shape, by the code of a result; `wzsim.decode` reads it.

    The options are those of `wzsim encode`. Raises InputError for an array that
    the code does not take.
    """
    from wzsim.simulation.result import Result

    options = EncodeOptions(
        coder=coder,
        frame_length=frame_length,
        frame_error_rate=frame_error_rate,
        extra_rate=extra_rate,
    )
    opened = result if isinstance(result, Result) else open_result(result)
    encoding = Encoding(opened, np.asarray(x), options, plugins)
    file = io.BytesIO()
    encoding.write(file, [io.BytesIO() for _ in encoding.coder.stages], lambda _done, _all: None)
    return file.getvalue()


def encode_file(
    result: StrPath,
    x: StrPath,
    output: StrPath,
    options: EncodeOptions,
    plugins: Sequence[str],
    advance: Advance,
    symbols: StrPath | None = None,
) -> Encoded:
    """Encode a `.npy` file in memory that does not grow with it; nothing half-written is left.

    symbols: where the message goes beside it, as a `.npy` file. Raises InputError before any work.
    """
    from wzsim.storage import check_outputs, open_array, written_array, written_atomically

    array = open_array(x)
    outputs = {"--output": output} | ({} if symbols is None else {"--symbols": symbols})
    check_outputs(outputs, {"the array": x, "the result of --code": result})
    encoding = Encoding(open_result(result), array, options, plugins, printable(str(x)))
    with ExitStack() as stack:
        keep = None
        if symbols is not None:
            shape = symbols_shape(encoding.coder, array.size)
            keep = stack.enter_context(written_array(symbols, np.dtype("<i4"), shape))
        file = stack.enter_context(written_atomically(output))
        spools = [
            stack.enter_context(tempfile.TemporaryFile(dir=Path(output).resolve().parent))
            for _ in encoding.coder.stages
        ]
        return encoding.write(file, spools, advance, keep)
