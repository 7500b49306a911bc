"""Streams of `wzsim encode` that were damaged at random, and what `wzsim decode` makes of them.

Bits flipped, parts cut off, inserted, deleted, exchanged and taken from other streams, values of
the header replaced; half of them with checksums made anew. Each one is refused with an error for
people, or decodes to right symbols with the missing ones named: anything else ends the benchmark
with the number of the mutation. `MUTATIONS=10000` is the default; `SEED` makes others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from tests.stream_mutations import fuzzed
from tests.test_coded_streams import small_cases


def run() -> Iterator[str]:
    count, seed = int(os.environ.get("MUTATIONS", "10000")), int(os.environ.get("SEED", "0"))
    cases = small_cases()
    started = time.perf_counter()
    outcomes = fuzzed(cases, count, seed)
    seconds = time.perf_counter() - started
    yield f"| what became of {outcomes.total()} damaged streams ({seconds:.0f} s) | how many |"
    yield "| --- | ---: |"
    for what, number in outcomes.most_common():
        yield f"| {what} | {number} |"
