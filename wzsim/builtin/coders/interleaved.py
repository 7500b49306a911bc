"""Interleaved rANS: many states side by side, so that numpy works on all of them at once.

[Duda 2013, "Asymmetric numeral systems: entropy coding combining speed of Huffman coding with
compression rate of arithmetic coding"; Giesen 2014, "Interleaved entropy coders"]

A state is a number in [2^32, 2^64). A symbol of width f and start c takes it to

    2^24 floor(x / f) + c + x mod f,

and 32 bits of it go to a stack of words before that where it would outgrow 64. The encoder runs
from the last symbol to the first, the decoder back from the first to the last.

The first state begins with 1, which costs three bytes until it is large. Each further one begins
with a word from the stack, which the decoder puts back. The encoder doubles their number whenever
the stack has a word for each new one. At the end the payload has of each state a word, the length
of what is above it in 5 bits, and that itself. These 5 bits are what a state costs, since all
lengths are equally likely, and about half a bit at its beginning.
"""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.fixed_point import BITS, FixedPoint
from wzsim.contracts import Symbols
from wzsim.theory.varints import packed_varints, unpacked_varints

Words = NDArray[np.uint32]
States = NDArray[np.uint64]

MOST_LANES = 2**10
_BITS, _HALF = np.uint64(BITS), np.uint64(32)
_FULL = np.uint64(2**32)
_FRACTION = np.uint64(2**BITS - 1)
_ROOM = np.uint64(64 - BITS)
_LENGTH_BITS = 5
_SLAB = 2**16
"""Symbols whose intervals are looked up at once."""
_SMALL = 0x80
"""Flag of the first byte: one state, which never reached 2^32."""


def lanes_for(bits: float) -> int:
    """How many states a payload of this ideal length can pay for [bit].

    Each costs about 6 bits, and its part of the header; together at most 0.07% and 26 bytes, or
    2% of a short payload.

    >>> [lanes_for(bits) for bits in (100, 3_000, 1e5, 1e6, 1e7)]
    [1, 4, 32, 128, 1024]
    """
    budget = 0.0007 * bits + min(208, 0.02 * bits)
    lanes = 1
    while lanes < MOST_LANES and 12 * lanes + 16 * lanes.bit_length() <= budget:
        lanes *= 2
    return lanes


@final
class LaneEncoder:
    """Takes the segments of a message from the last to the first."""

    def __init__(self, lanes: int) -> None:
        self._most = lanes
        self._states: States = np.ones(1, dtype=np.uint64)
        self._stack: list[Words] = []
        self._height = 0
        self._phases = [0]
        """Symbols that were coded with 1, 2, 4, ... states."""

    def put(self, model: FixedPoint, places: NDArray[np.int32]) -> None:
        """Code a segment: symbols by their index in the model, shape (N,)."""
        stop = len(places)
        while stop:
            start = max(0, stop - _SLAB)  # a multiple of all numbers of lanes
            part = places[start:stop]
            stop = start + self._put_rows(model.width[part], model.start[part])

    def _put_rows(self, widths: States, starts: States) -> int:
        """Code rows from the last, until there are more states; how many symbols are left."""
        stop, lanes = len(widths), len(self._states)
        while stop:
            row = slice(max(0, stop - lanes), stop)
            state, width = self._states[: row.stop - row.start], widths[row]
            full = (state >> _ROOM) >= width
            if full.any():
                large = state[full]
                self._push(large.astype(np.uint32))
                state[full] = large >> _HALF
            whole = state // width
            state += (whole << _BITS) - whole * width + starts[row]
            self._phases[-1] += row.stop - row.start
            stop = row.start
            if lanes < self._most and self._height >= lanes:
                self._double()
                break
        return stop

    def payload(self) -> bytes:
        """What was coded, and with how many states."""
        states = self._states
        small = states[0] < _FULL  # then it is the only one
        if not small:
            self._push(states.astype(np.uint32))
            states = states >> _HALF
        head = bytes([(len(states).bit_length() - 1) | (_SMALL if small else 0)])
        phases = packed_varints(self._phases[:-1])
        words = np.concatenate([np.zeros(0, dtype=np.uint32), *self._stack])
        return head + phases + _packed_tops(states) + words.astype("<u4").tobytes()

    def _push(self, words: Words) -> None:
        self._stack.append(words)
        self._height += len(words)

    def _double(self) -> None:
        lanes = len(self._states)
        words = np.concatenate(self._stack)
        self._stack, self._height = [words[:-lanes]], len(words) - lanes
        self._states = np.concatenate([self._states, _FULL + words[-lanes:]])
        self._phases.append(0)


@final
class LaneDecoder:
    """Gives the segments of a message from the first to the last.

    total: symbols of all segments. Raises ValueError where the payload is damaged and that
    is seen.
    """

    def __init__(self, payload: bytes, total: int) -> None:
        if not payload:
            raise ValueError("the payload is empty")
        doublings, small = payload[0] & ~_SMALL, bool(payload[0] & _SMALL)
        if 2**doublings > MOST_LANES or (small and doublings):
            raise ValueError(f"no payload of interleaved rANS begins with {payload[0]:#04x}")
        phases, used = unpacked_varints(payload[1:], doublings)
        self._phases: list[int] = phases.tolist()
        self._left = total - sum(self._phases)
        if self._left < 0:
            raise ValueError(f"the payload has more than {total} symbols")
        tops, end = _unpacked_tops(payload[1 + used :], 2**doublings)
        rest = payload[1 + used + end :]
        if len(rest) % 4:
            raise ValueError("the payload does not end with a whole word")
        self._words: Words = np.frombuffer(rest, dtype="<u4").astype(np.uint32)
        self._height = len(self._words)
        self._states: States = tops
        if not small:
            self._states = (tops << _HALF) | self._pop(len(tops))

    def take(self, model: FixedPoint, contexts: NDArray[np.int32]) -> Symbols:
        """The next symbols, shape (N,), one for each context."""
        model.check(contexts)
        found = np.empty(len(contexts), dtype=np.int32)
        start = 0
        while start < len(contexts):
            while not self._left:
                self._halve()
            stop = start + min(self._left, len(contexts) - start, _SLAB)
            if stop - start == _SLAB:  # a row that is not full comes first, as it was put
                whole = min(self._left, len(contexts) - start)
                stop -= (_SLAB - whole) % len(self._states)
            self._take_rows(model, contexts[start:stop], found[start:stop])
            self._left -= stop - start
            start = stop
        return found

    def finish(self) -> None:
        """ValueError where something is left that no encoder leaves."""
        while len(self._states) > 1 and not self._left:
            self._halve()
        if self._left or self._height or self._states[0] != 1:
            raise ValueError("the payload is damaged: it does not end where its symbols do")

    def _take_rows(self, model: FixedPoint, contexts: NDArray[np.int32], found: Symbols) -> None:
        lanes, stop = len(self._states), 0
        keys = contexts.astype(np.uint64) << _BITS
        indices = np.empty(len(found), dtype=np.int64)
        while stop < len(found):
            row = slice(stop, stop + ((len(found) - stop) % lanes or lanes))
            stop = row.stop
            state = self._states[: row.stop - row.start]
            fraction = state & _FRACTION
            index = model.key.searchsorted(keys[row] + fraction, side="right") - 1
            indices[row] = index
            state >>= _BITS
            state *= model.width[index]
            state += fraction - model.start[index]
            low = state < _FULL
            count = int(np.count_nonzero(low))
            if count and (lanes > 1 or self._height):
                state[low] = (state[low] << _HALF) | self._pop(count)
        found[:] = model.symbol[indices]

    def _pop(self, count: int) -> Words:
        self._height -= count
        if self._height < 0:
            raise ValueError("the payload is damaged: it ends before its symbols do")
        return self._words[self._height : self._height + count]

    def _halve(self) -> None:
        """Put the words back that half of the states began with."""
        kept = len(self._states) // 2
        if not kept:
            raise ValueError("more symbols are asked for than the payload was made of")
        began = self._states[kept:] - _FULL
        if began.max() >= _FULL:
            raise ValueError("the payload is damaged: a state begins with what none begins with")
        self._states = self._states[:kept].copy()
        self._words = np.concatenate([self._words[: self._height], began.astype(np.uint32)])
        self._height = len(self._words)
        self._left = self._phases.pop()


def _packed_tops(tops: States) -> bytes:
    """Numbers of 1 to 2^32 - 1: the length of each, then what follows its leading one."""
    lengths = np.frexp(tops.astype(np.float64))[1] - 1
    fields = _bits_of(lengths.astype(np.uint64))[:, -_LENGTH_BITS:].reshape(-1)
    rest = _bits_of(tops)[_within(lengths)]
    return np.packbits(np.concatenate([fields, rest])).tobytes()


def _unpacked_tops(packed: bytes, count: int) -> tuple[States, int]:
    """`count` numbers, and how many bytes they took; ValueError where there are fewer."""
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8, count=min(len(packed), 5 * count)))
    fields = bits[: _LENGTH_BITS * count]
    if len(fields) < _LENGTH_BITS * count:
        raise ValueError("the payload is damaged: it ends before its states do")
    powers = 1 << np.arange(_LENGTH_BITS)[::-1]
    lengths = fields.reshape(count, _LENGTH_BITS) @ powers
    end = _LENGTH_BITS * count + int(lengths.sum())
    if len(bits) < end:
        raise ValueError("the payload is damaged: it ends before its states do")
    rest = np.zeros((count, 32), dtype=np.uint8)
    rest[_within(lengths)] = bits[_LENGTH_BITS * count : end]
    octets = np.packbits(rest, axis=1).view(">u4").reshape(count)
    tops = octets.astype(np.uint64) | (np.uint64(1) << lengths.astype(np.uint64))
    return tops, -(-end // 8)


def _bits_of(numbers: States) -> NDArray[np.uint8]:
    """Binary digits, the highest first, shape (J, 32)."""
    octets = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return np.unpackbits(octets, axis=1)


def _within(lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of 32 digits are the last `lengths`, shape (J, 32)."""
    within: NDArray[np.bool_] = np.arange(32) >= 32 - lengths[:, None]
    return within
