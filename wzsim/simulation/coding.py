"""Real bits: fresh samples through the coders of a code, and back with the side information."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.contracts import (
    Code,
    CodingAdvanced,
    Distortion,
    Listener,
    Message,
    Pair,
    RateDistortionFunction,
    SlepianWolfCoder,
)
from wzsim.scenario.model import Coding
from wzsim.simulation.coding_figures import CodingFigures
from wzsim.simulation.coding_tally import CodedFrame, Tally
from wzsim.simulation.message_coder import EncodedFrame, Frame, MessageCoder
from wzsim.simulation.result import Array
from wzsim.simulation.seeds import derive_seed, generator_for
from wzsim.simulation.silence import Silence
from wzsim.simulation.stream_size import CHECKSUM, LAYER, frame_size, header_size
from wzsim.units import BIT_PER_NAT

FIRST_TRY = 0.5
"""With feedback, the share of frames that the first increment may leave undecoded."""

MOST_NUMBERS = 1 << 22
"""Of log q, in the frames that are decoded at once."""

CHUNK = 20_000
"""Source samples that pass through the parts of the code at once."""


@final
@attrs.frozen(kw_only=True)
class CodingProblem:
    """What is to be coded, and against what it is measured."""

    name: str
    seed: int
    pair: Pair
    """That the finished code meets."""
    distortion: Distortion
    uses_side_information: bool
    ideal_rate: Array | None
    """Entropy of the stages given what the decoder knows [bit/sample], where it is known."""
    binding: Sequence[RateDistortionFunction]
    """Bounds that no code can cross."""


def code_samples(
    code: Code, coding: Coding, problem: CodingProblem, listener: Listener
) -> CodingFigures:
    """Code fresh samples of the pair and decode them, frame by frame.

    code: on the CPU. Deterministic for a seed. Memory does not grow with the
    number of samples, but for a few numbers a frame. Raises CapabilityError for a code
    that cannot be coded.
    """
    component = coding.coder(uses_side_information=problem.uses_side_information)
    feedback = coding.feedback and isinstance(component, SlepianWolfCoder)
    coder = MessageCoder.designed(
        code,
        problem.pair,
        component,
        frame_length=coding.block_length,
        frame_error_rate=FIRST_TRY if feedback else coding.frame_error_rate,
        generator=generator_for(problem.seed, "coding design"),
        dither_seed=derive_seed(problem.seed, "coding dither"),
    )
    samples = generator_for(problem.seed, "coding samples")
    total = coder.frame_count(coding.samples)
    numbers = coder.frame_length * max(code.shape.alphabet_sizes)
    batch = max(1, MOST_NUMBERS // numbers)
    header = header_size(coder, problem.name, total * coder.frame_length)
    tally = Tally(code.shape.stages, header=header, layer=LAYER + CHECKSUM)
    passage = _Passage(code, coder, problem, feedback=feedback)
    for first in range(0, total, batch):
        for frame in passage.of(first, min(batch, total - first), samples):
            tally.add(frame)
        done = min(first + batch, total) * coder.frame_length
        listener(CodingAdvanced(problem.name, done, total * coder.frame_length))
    return tally.figures(
        coder=component.name,
        feedback=feedback,
        block_length=coder.frame_length,
        seconds=(passage.encode_seconds, passage.decode_seconds),
        ideal_rate=problem.ideal_rate,
        binding=problem.binding,
        is_power=problem.distortion.is_power,
    )


@final
class _Passage:
    """The way of samples to bits and back, and how long it takes."""

    def __init__(
        self, code: Code, coder: MessageCoder, problem: CodingProblem, *, feedback: bool
    ) -> None:
        self._code, self._coder, self._problem = code, coder, problem
        self._feedback = feedback
        self._silent: Silence | None = None
        self._entropy = not isinstance(coder.stages[0].coder, SlepianWolfCoder)
        self.encode_seconds = self.decode_seconds = 0.0

    def of(self, first: int, count: int, generator: torch.Generator) -> list[CodedFrame]:
        """The next frames of the pair; first: the number of the first of them."""
        blocks = self._coder.frame_length // self._code.block_length
        drawn = [self._problem.pair.sample(blocks, generator) for _ in range(count)]
        started = time.perf_counter()
        sent = [
            self._coder.encode(x.reshape(-1).numpy(), first + place)[0]
            for place, (x, _) in enumerate(drawn)
        ]
        self.encode_seconds += time.perf_counter() - started
        started = time.perf_counter()
        frames = [
            self._coder.frames(y.reshape(-1).numpy(), first + place)[0]
            for place, (_, y) in enumerate(drawn)
        ]
        increments = np.zeros((count, self._code.shape.stages), np.int64)
        for stage in range(self._code.shape.stages):
            frames, increments[:, stage] = self._decoded(stage, frames, sent)
        estimates = [self._estimates(frame) for frame in frames]
        self.decode_seconds += time.perf_counter() - started
        return [
            self._measured(x, frame, encoded, increments[place], estimates[place])
            for place, ((x, _), frame, encoded) in enumerate(zip(drawn, frames, sent, strict=True))
        ]

    def _decoded(
        self, stage: int, frames: list[Frame], sent: Sequence[EncodedFrame]
    ) -> tuple[list[Frame], list[int]]:
        """The frames after a stage, and how many increments of it each was sent.

        Without feedback nobody knows which frames have failed: the first increment is sent of all.
        """
        counts = [len(one.increments[stage]) if self._entropy else 1 for one in sent]
        received = [one.increments[stage][:n] for one, n in zip(sent, counts, strict=True)]
        decoded = self._coder.decode_stage(frames, received)
        open_ = [place for place, frame in enumerate(frames) if not frame.failed]
        while self._feedback:
            open_ = [
                place
                for place in open_
                if decoded[place].failed and counts[place] < len(sent[place].increments[stage])
            ]
            if not open_:
                break
            for place in open_:
                counts[place] += 1
            again = self._coder.decode_stage(
                [frames[place] for place in open_],
                [sent[place].increments[stage][: counts[place]] for place in open_],
            )
            for place, frame in zip(open_, again, strict=True):
                decoded[place] = frame
        return decoded, counts

    @torch.inference_mode()
    def _estimates(self, frame: Frame) -> list[Tensor]:
        """x_hat after each stage; after one that failed, what was decoded before it, or y alone."""
        blocks, stages = len(frame.y), self._code.shape.stages
        if not frame.stages:
            guess = torch.from_numpy(self._silence()(frame))
            return [guess.reshape(*frame.y.shape, *guess.shape[1:])] * stages
        message = [
            torch.from_numpy(part.astype(np.int64)).reshape(blocks, -1) for part in frame.stages
        ]
        step = max(1, CHUNK // self._code.block_length)
        parts = [
            self._code.decoder.reconstruct(
                Message(tuple(part[start : start + step] for part in message)),
                frame.y[start : start + step],
                None if frame.shared is None else frame.shared[start : start + step],
            )
            for start in range(0, blocks, step)
        ]
        found = [torch.cat(chunks) for chunks in zip(*parts, strict=True)]
        return found + found[-1:] * (stages - len(found))

    def _silence(self) -> Silence:
        """What a decoder says from y alone; most runs never need it."""
        if self._silent is None:
            problem = self._problem
            generator = generator_for(problem.seed, "coding silence")
            self._silent = Silence(self._coder, problem.pair, problem.distortion, generator)
        return self._silent

    @torch.inference_mode()
    def _measured(
        self,
        x: Tensor,
        frame: Frame,
        encoded: EncodedFrame,
        increments: NDArray[np.int64],
        estimates: Sequence[Tensor],
    ) -> CodedFrame:
        distortion = self._problem.distortion
        return CodedFrame(
            lengths=self._lengths(encoded, frame),
            distortions=np.stack(
                [distortion.measure(x, estimate).double().numpy() for estimate in estimates]
            ),
            sent=np.array(
                [
                    frame_size(parts[:count], checked=not self._entropy)
                    for parts, count in zip(encoded.increments, increments, strict=True)
                ]
            ),
            increments=increments,
            symbols=np.array([len(part) for part in encoded.stages]),
            wrong=np.array(
                [
                    int((got != true).sum())
                    for got, true in zip(frame.stages, encoded.stages, strict=False)
                ],
                np.int64,
            ),
        )

    def _lengths(self, encoded: EncodedFrame, frame: Frame) -> Array:
        """-log2 q of each block's own symbols: shape (K, blocks) [bit per source sample]."""
        blocks = len(frame.y)
        message = [
            torch.from_numpy(part.astype(np.int64)).reshape(blocks, -1) for part in encoded.stages
        ]
        step = max(1, CHUNK // self._code.block_length)
        parts = []
        for start in range(0, blocks, step):
            y = frame.y[start : start + step]
            lengths = self._code.rate_estimator.code_lengths(
                Message(tuple(part[start : start + step] for part in message)),
                y,
                None if frame.shared is None else frame.shared[start : start + step],
            )
            by_block = [stage.expand(len(y), -1).double().sum(dim=-1) for stage in lengths]
            parts.append(torch.stack(by_block))
        whole: Array = torch.cat(parts, dim=1).numpy()
        return whole * (BIT_PER_NAT / self._code.block_length)
