"""From messages to bytes and back: the lossless coders of one code, as both sides know them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Self, final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from wzsim.contracts import Code, Message, Pair, SlepianWolfCoder, Symbols
from wzsim.simulation.coder_design import design_stages
from wzsim.simulation.frames import EncodedFrame, Frame
from wzsim.simulation.seeds import generator_for
from wzsim.simulation.stage_coder import LookUp, LosslessCoder, StageCoder, symbol_checksum
from wzsim.simulation.symbol_law import SymbolLaw, as_block_tensor, chunks

__all__ = ["EncodedFrame", "Frame", "LookUp", "LosslessCoder", "MessageCoder", "StageCoder"]

TYPES = ("float32", "float64", "int32", "int64", "uint8")
"""Types of samples that a pair may give."""

MOST_SAMPLES = 1 << 26
"""Of a frame."""


@final
@attrs.frozen(kw_only=True, eq=False)
class MessageCoder:
    """The lossless coders of one code, stage by stage.

    A *frame* is `frame_length` source samples, a block of the lossless coder; the
    last one of an array may be shorter, down to one block of the code. Each frame
    passes through the code alone, so that its bytes depend on nothing but its
    samples and its number. `as_data` and `from_data` carry all of it but the code.
    """

    code: Code
    stages: tuple[StageCoder, ...]
    frame_length: int
    """Source samples a frame, a multiple of `code.block_length`."""
    dither_seed: int
    """Of a stream: part of its dither, and of the checksums of its symbols."""
    input_types: tuple[str, str]
    """Types of x and y that the code was designed on, such as `float32`."""

    _law: SymbolLaw = attrs.field(init=False, repr=False)

    @_law.default
    def _law_of_code(self) -> SymbolLaw:
        return SymbolLaw(self.code)

    def __attrs_post_init__(self) -> None:
        if not 0 < self.frame_length <= MOST_SAMPLES or self.frame_length % self.code.block_length:
            raise ValueError(
                f"frame length {self.frame_length} is no multiple of the {self.code.block_length} "
                f"samples of a block, or not in 1 .. {MOST_SAMPLES}"
            )
        sizes = tuple(stage.alphabet_size for stage in self.stages)
        if sizes != self.code.shape.alphabet_sizes:
            raise ValueError(f"coders for alphabets {sizes}, not {self.code.shape.alphabet_sizes}")
        if not set(self.input_types) <= set(TYPES):
            raise ValueError(f"samples of types {self.input_types}, not out of {TYPES}")

    @classmethod
    def designed(
        cls,
        code: Code,
        pair: Pair,
        coder: LosslessCoder,
        *,
        frame_length: int,
        frame_error_rate: float,
        generator: Generator,
        dither_seed: int = 0,
    ) -> Self:
        """Coders for the messages of a code on a pair, from a sample of some 4e5 of its symbols.

        frame_length: rounded down to whole blocks of the code. frame_error_rate: of
        one stage with its first increment alone. generator: on the CPU. Raises
        CapabilityError for a code whose stages cannot be coded at once.
        """
        blocks = max(1, frame_length // code.block_length)
        x, y = pair.sample(1, generator)
        return cls(
            code=code,
            stages=design_stages(
                code,
                pair,
                coder,
                blocks=blocks,
                frame_error_rate=frame_error_rate,
                generator=generator,
            ),
            frame_length=blocks * code.block_length,
            dither_seed=dither_seed,
            input_types=(str(x.numpy().dtype), str(y.numpy().dtype)),
        )

    @property
    def ideal_rates(self) -> NDArray[np.float64]:
        """Mean -log2 q of each stage on the design's sample: shape (K,) [bit/symbol]."""
        return np.array([stage.ideal_rate for stage in self.stages])

    def frame_count(self, samples: int) -> int:
        """Frames of that many samples."""
        return -(-samples // self.frame_length)

    def symbols_of(self, stage: int, samples: int) -> int:
        """Symbols of a stage (k - 1) in a frame of that many samples."""
        per_block = self.code.shape.symbols_per_stage[stage]
        return samples // self.code.block_length * per_block

    def checksum(self, stage: int, number: int, symbols: Symbols) -> bytes:
        """Of the symbols of a stage (k - 1) of a frame, in this stream and place; 4 bytes."""
        return symbol_checksum(symbols, self._place(stage, number))

    def encode(self, x: NDArray[Any], first_frame: int = 0) -> list[EncodedFrame]:
        """All increments of the frames of x, shape (samples,), a multiple of the block length.

        first_frame: number of its first frame in the stream.
        """
        return [
            self._encode_frame(samples, first_frame + place)
            for place, samples in enumerate(self._cut(x, self.input_types[0]))
        ]

    def frames(self, y: NDArray[Any], first_frame: int = 0) -> list[Frame]:
        """Frames of which nothing is decoded yet, beside y of shape (samples,)."""
        return [
            Frame(
                number=number,
                y=samples,
                shared=self._common_randomness(len(samples), number),
            )
            for number, samples in enumerate(self._cut(y, self.input_types[1]), start=first_frame)
        ]

    def decode_stage(
        self, frames: Sequence[Frame], received: Sequence[Sequence[bytes]]
    ) -> list[Frame]:
        """The frames with their next stage, from its first increments; `failed` where it is not.

        received: by frame; nothing at all where a frame's increments are lost. All
        frames have the same number of stages, or have failed; a failed one stays as it
        is. Never raises for what stands in increments: what cannot be decoded has failed.
        """
        decoded = [
            frame if frame.failed or increments else attrs.evolve(frame, failed=True)
            for frame, increments in zip(frames, received, strict=True)
        ]
        due = [place for place, frame in enumerate(decoded) if not frame.failed]
        if not due:
            return decoded
        (stage,) = {len(frames[place].stages) for place in due}
        coder = self.stages[stage]
        if isinstance(coder.coder, SlepianWolfCoder):
            blocks = self._decode_syndromes(
                coder.coder, [frames[place] for place in due], [received[place] for place in due]
            )
        else:
            blocks = [
                coder.decode_entropy(
                    received[place],
                    frames[place].stages,
                    self.symbols_of(stage, frames[place].samples),
                    self._place(stage, frames[place].number),
                )
                for place in due
            ]
        for place, block in zip(due, blocks, strict=True):
            frame = frames[place]
            if self._fits(stage, frame, block):
                assert block is not None
                stages = (*frame.stages, block.astype(np.int32))
                decoded[place] = attrs.evolve(frame, stages=stages)
            else:
                decoded[place] = attrs.evolve(frame, failed=True)
        return decoded

    def decode(
        self, frames: Sequence[Frame], layers: Sequence[Sequence[Sequence[bytes]]]
    ) -> list[Frame]:
        """The frames after some stages; layers: by stage and frame, the increments received."""
        decoded = list(frames)
        for received in layers:
            decoded = self.decode_stage(decoded, received)
        return decoded

    @torch.inference_mode()
    def reconstruct(self, frame: Frame) -> NDArray[Any] | None:
        """x_hat from the stages that a frame has: shape (samples,), or (samples, A); None for none.

        A distribution has its A probabilities along the last axis.
        """
        if not frame.stages:
            return None
        blocks = len(frame.y)
        stages = [as_block_tensor(symbols, blocks) for symbols in frame.stages]
        parts = [
            self.code.decoder.reconstruct(
                Message(tuple(stage[part] for stage in stages)),
                frame.y[part],
                None if frame.shared is None else frame.shared[part],
            )[-1]
            for part in chunks(blocks, self.code.block_length)
        ]
        estimate = torch.cat(parts)
        array: NDArray[Any] = estimate.reshape(frame.samples, *estimate.shape[2:]).cpu().numpy()
        return array

    def as_data(self) -> dict[str, Any]:
        """All but the code, as plain JSON data."""
        return {
            "frame_length": self.frame_length,
            "dither_seed": self.dither_seed,
            "input_types": list(self.input_types),
            "stages": [stage.as_data() for stage in self.stages],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any], code: Code, look_up: LookUp) -> Self:
        """The coders whose `as_data` this is. Raises ValueError for anything else."""
        try:
            frame_length, seed = data["frame_length"], data["dither_seed"]
            types, stages = data["input_types"], data["stages"]
            if type(frame_length) is not int or type(seed) is not int or not 0 <= seed < 2**63:
                raise ValueError("frame_length and dither_seed must be integers")
            if len(stages) != code.shape.stages or len(types) != 2:
                raise ValueError(f"coders of {len(stages)} stages, not {code.shape.stages}")
            return cls(
                code=code,
                stages=tuple(
                    StageCoder.from_data(table, code.shape, stage, look_up)
                    for stage, table in enumerate(stages)
                ),
                frame_length=frame_length,
                dither_seed=seed,
                input_types=(types[0], types[1]),
            )
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"no data of coders: {type(error).__name__}: {error}") from error

    def _cut(self, values: NDArray[Any], type_: str) -> list[Tensor]:
        """Frames of shape (blocks, n), in the type that the code was designed on."""
        n = self.code.block_length
        if values.ndim != 1 or len(values) % n:
            raise ValueError(f"{values.shape} samples are not whole blocks of {n}")
        return [
            torch.from_numpy(values[start : start + self.frame_length].astype(type_)).reshape(-1, n)
            for start in range(0, len(values), self.frame_length)
        ]

    @torch.inference_mode()
    def _encode_frame(self, x: Tensor, number: int) -> EncodedFrame:
        shared = self._common_randomness(len(x), number)
        messages = [
            self.code.encoder.encode(x[part], None if shared is None else shared[part]).stages
            for part in chunks(len(x), self.code.block_length)
        ]
        symbols = tuple(
            torch.cat(stage).reshape(-1).cpu().numpy().astype(np.int32)
            for stage in zip(*messages, strict=True)
        )
        return EncodedFrame(
            number=number,
            stages=symbols,
            increments=tuple(
                coder.encode(block, symbols[:stage], self._place(stage, number))
                for stage, (coder, block) in enumerate(zip(self.stages, symbols, strict=True))
            ),
        )

    def _place(self, stage: int, number: int) -> bytes:
        return struct.pack("<QQI", self.dither_seed, number, stage + 1)

    def _common_randomness(self, blocks: int, number: int) -> Tensor | None:
        """Of a frame, drawn on the CPU: both sides have the same."""
        generator = generator_for(self.dither_seed, f"dither of frame {number}")
        return self.code.encoder.draw_common_randomness(blocks, generator)

    def _decode_syndromes(
        self,
        coder: SlepianWolfCoder,
        frames: Sequence[Frame],
        received: Sequence[Sequence[bytes]],
    ) -> list[Symbols | None]:
        log_probs = [
            self._law.log_probs(len(frame.stages), frame.stages, frame.y, frame.shared)
            for frame in frames
        ]
        try:
            return coder.decode_blocks(received, log_probs)
        except Exception:  # noqa: BLE001 - bytes from outside; which block it was is found below
            pass
        blocks: list[Symbols | None] = []
        for increments, table in zip(received, log_probs, strict=True):
            try:
                blocks += coder.decode_blocks([increments], [table])
            except Exception:  # noqa: BLE001 - a block that cannot be read has failed
                blocks.append(None)
        return blocks

    def _fits(self, stage: int, frame: Frame, block: Symbols | None) -> bool:
        """Whether it is a block of the right number of symbols of the alphabet."""
        count, size = self.symbols_of(stage, frame.samples), self.stages[stage].alphabet_size
        return (
            block is not None
            and block.shape == (count,)
            and block.dtype.kind == "i"
            and bool(0 <= block.min() <= block.max() < size)
        )
