"""A real data set through `wzsim encode` and `wzsim decode`, on disk, beside gzip and the ideals.

`DATA=photo` or `elevation` of docs/data.md, whose commands make the files: `wzsim fit` finds
the law, three codes are designed for it by `wzsim run`, and the rows held out are encoded and
decoded by the command line, with `cmp` between the symbols of both sides. Bytes are those of the
whole stream, its header included.

The coders of a stream need an expectation of the messages: that of the fitted law, or of the rows
that the law was fitted to (a pair `data` under `[evaluation.correlation]`). In no case is it
the rows held out, and so real data fails where the expectation was wrong; the second table has
every failure, and what `--frame-error-rate` and `--extra-rate` do about it. Blocks are all rows
at once, 10,000 in the order of the file, or 10,000 of the rows shuffled (x and y alike).
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray

import wzsim
from wzsim import app
from wzsim.contracts import Code
from wzsim.simulation.bounds import bound_functions
from wzsim.simulation.symbol_law import SymbolLaw
from wzsim.units import power_db

ROOT = Path(__file__).parents[1]

PLUGINS = ("wzsim_data", "wzsim_laplace", "wzsim_mixture")

COLUMNS = {"photo": ("photo.csv", "line", "above"), "elevation": ("elevation.npy", "0", "1")}

CODES = {"nsq": "mmse", "lloyd": "mmse", "rnn-layered": "rnn-layered"}
"""Encoders and their decoders."""

TRIED = ("nsq", "lloyd")
"""Codes of the second table; encoding with networks takes too long to try so often."""

EXTRA = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Tried one after another until every block is decoded [bit/symbol]."""

SHORT = 10_000

Floats = NDArray[np.float32]


@final
@attrs.frozen(eq=False)
class Rows:
    """Files of rows, and what shell commands work on."""

    folder: Path
    x: Floats
    y: Floats

    def save(self) -> None:
        np.save(self.folder / "X.npy", self.x)
        np.save(self.folder / "Y.npy", self.y)


@final
@attrs.frozen
class Turn:
    """What came of encoding and decoding once."""

    bytes: int
    blocks: int
    failed: tuple[str, ...]
    """A line of `wzsim decode` for each block or run of blocks."""
    distortion: float

    @property
    def failures(self) -> str:
        """By layer."""
        layers = Counter(re.findall(r"layer (\d+) needs more", "\n".join(self.failed)))
        if not self.failed:
            return f"none of {self.blocks}"
        named = ", ".join(f"{count} in layer {layer}" for layer, count in sorted(layers.items()))
        return f"{named or self.failed[0]}, of {self.blocks}"


def run() -> Iterator[str]:
    name = os.environ.get("DATA", "photo")
    for package in sorted(ROOT.glob("plugins/*/src")):
        sys.path.insert(0, str(package))
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        yield from of_data(name, Path(folder))


def of_data(name: str, folder: Path) -> Iterator[str]:
    """Both tables of a data set."""
    (script,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs/data.md").read_text(), re.MULTILINE | re.DOTALL
    )
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    path, x, y = COLUMNS[name]
    wzsim_command(folder, "fit", path, "--x", x, "--y", y, "-o", f"{name}.toml", "--no-bounds")
    scale = scale_of((folder / f"{name}_coders.toml").read_text())
    training, rows = columns(folder, name, scale, "training"), columns(folder, name, scale)
    rows.save()
    yield f"{name}: {len(rows.x):,} rows held out, {rows.x.nbytes:,} bytes as float32; bytes:"
    yield ""
    yield (
        "| code | D, dB | gzip -9 of the samples | gzip -9 of the symbols | range coder without y "
        "| its ideal | syndromes | its ideal given y | Wyner-Ziv bound of the law at D |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for encoder in CODES:
        for designed_on in ("law", "rows"):
            write_scenario(folder, name, encoder, designed_on, scale)
            wzsim_command(folder, "run", f"{encoder}-{designed_on}.toml", "-o", ".")
        yield sizes(folder, encoder, training, rows)
    yield ""
    yield (
        "| code | coder expects | blocks | bytes | failed | with --frame-error-rate 1e-9 | failed "
        "| --extra-rate that decodes all | bytes |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for encoder in TRIED:
        yield from attempts(folder, encoder, rows)


def sizes(folder: Path, encoder: str, training: Rows, rows: Rows) -> str:
    """The line of a code in the first table."""
    result = wzsim.open_result(folder / f"{encoder}-law.h5")
    registry = app.registry(PLUGINS)
    code = wzsim.restore_code(result, plugins=PLUGINS)
    ranged = turn(folder, f"{encoder}-rows", rows, ["--coder", "range"])
    symbols = np.load(folder / "M.npy").astype(np.int64)
    spent = next(
        found
        for extra in (0.0, *EXTRA)
        if not (found := turn(folder, f"{encoder}-rows", rows, ["--extra-rate", str(extra)])).failed
    )
    joint, known = messages(symbols), messages(symbols_of(code, training.x))
    chances = (np.bincount(known, minlength=8) + 0.5) / (len(known) + 4)
    marginal = -np.log2(chances[joint]).sum() / 8
    given = sum(
        float(part.sum())
        for part in SymbolLaw(code).check(
            tuple(symbols.astype(np.int32).T), torch.from_numpy(rows.y)[:, None], None
        )
    )
    loaded = app.load(folder / f"{encoder}-law.toml", registry)
    _, bound = bound_functions(loaded.scenario)["wyner-ziv"]
    rate = bound.rate(spent.distortion)
    low, high = (float(end) * len(rows.x) / 8 for end in (rate.lower, rate.upper))
    return (
        f"| {encoder} | {float(power_db(np.array(spent.distortion))):.2f} "
        f"| {len(gzip.compress((folder / 'X.npy').read_bytes(), 9)):,} "
        f"| {len(gzip.compress(joint.astype(np.uint8).tobytes(), 9)):,} "
        f"| {ranged.bytes:,} | {marginal:,.0f} | {spent.bytes:,} | {given / 8:,.0f} "
        f"| {low:,.0f} to {high:,.0f} |"
    )


def attempts(folder: Path, encoder: str, rows: Rows) -> Iterator[str]:
    """Lines of a code in the second table."""
    order = np.random.default_rng(0).permutation(len(rows.x))
    shuffled = Rows(folder, rows.x[order], rows.y[order])
    short = ["--frame-length", str(SHORT)]
    for expects, title, some, options in (
        ("law", "one", rows, []),
        ("rows", "one", rows, []),
        ("rows", f"of {SHORT:,}", rows, short),
        ("rows", f"of {SHORT:,}, shuffled", shuffled, short),
    ):
        some.save()
        name = f"{encoder}-{expects}"
        first = turn(folder, name, some, options)
        careful = turn(folder, name, some, [*options, "--frame-error-rate", "1e-9"])
        extra, last = 0.0, first
        for extra in EXTRA if first.failed else ():
            last = turn(folder, name, some, [*options, "--extra-rate", str(extra)])
            if not last.failed:
                break
        yield (
            f"| {encoder} | {expects} | {title} | {first.bytes:,} | {first.failures} | "
            f"{careful.bytes:,} | {careful.failures} | "
            f"{'not even ' if last.failed else ''}{extra:g} | {last.bytes:,} |"
        )
    rows.save()


def turn(folder: Path, name: str, rows: Rows, options: list[str]) -> Turn:
    """`wzsim encode` and `wzsim decode`, and `cmp` of the symbols where nothing failed."""
    code = ["--code", f"{name}.h5"]
    said = wzsim_command(
        folder, "encode", *code, "X.npy", "-o", "X.wz", "--symbols", "M.npy", *options
    ).stdout
    back = wzsim_command(
        folder, "decode", *code, "--side", "Y.npy", "X.wz", "-o", "X_hat.npy",
        "--symbols", "M_hat.npy", status=(0, 1),
    )  # fmt: skip
    failed = tuple(re.findall(r"^error: (blocks? .*)$", back.stderr, re.MULTILINE))
    assert bool(failed) == (back.returncode == 1), back.stderr
    if not failed:
        subprocess.run(["cmp", "M.npy", "M_hat.npy"], cwd=folder, check=True)
    sent, found = np.load(folder / "M.npy"), np.load(folder / "M_hat.npy")
    assert np.all((found == sent) | (found == -1))
    (blocks,) = re.findall(r"samples in ([\d,]+) blocks", said)
    error = np.load(folder / "X_hat.npy") - rows.x
    return Turn(
        (folder / "X.wz").stat().st_size,
        int(blocks.replace(",", "")),
        failed,
        float(np.square(error.astype(np.float64)).mean()),
    )


def wzsim_command(
    folder: Path, command: str, *arguments: str, status: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, with the plugins of this repository."""
    paths = os.pathsep.join(str(path) for path in sorted(ROOT.glob("plugins/*/src")))
    loaded = [part for plugin in PLUGINS for part in ("-p", plugin)]
    done = subprocess.run(
        [sys.executable, "-m", "wzsim", command, *arguments, *loaded],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((paths, str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in status:
        sys.exit(f"wzsim {command} {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done


def write_scenario(
    folder: Path, name: str, encoder: str, designed_on: str, scale: dict[str, float]
) -> None:
    """A scenario of a code for the law; its coders expect the law, or rows that it came from."""
    path, x, y = COLUMNS[name]
    text = (
        f'extends = "{name}.toml"\nname = "{encoder}-{designed_on}"\n'
        f'code.encoder = {{ name = "{encoder}" }}\ncode.decoder = {{ name = "{CODES[encoder]}" }}\n'
    )
    if designed_on == "rows":
        offsets = "".join(f"{key} = {value}\n" for key, value in scale.items())
        text += (
            "[evaluation]\nsamples = 200_000\n[evaluation.correlation.pair]\n"
            f'name = "data"\npath = "{path}"\nx = "{x}"\ny = "{y}"\npart = "training"\n{offsets}'
        )
    (folder / f"{encoder}-{designed_on}.toml").write_text(text)


def scale_of(text: str) -> dict[str, float]:
    """`x_offset`, `y_slope` and `y_offset` of the scenario that `wzsim fit` wrote."""
    found = re.findall(r"^(x_offset|y_slope|y_offset) = (\S+)$", text, re.MULTILINE)
    return {key: float(value) for key, value in found}


def columns(folder: Path, name: str, scale: dict[str, float], part: str = "held-out") -> Rows:
    """Rows of the data as the code takes them."""
    from wzsim_data.reading import read_pairs

    path, x, y = COLUMNS[name]
    pairs = read_pairs(str(folder / path), x, y).part(part)
    return Rows(
        folder,
        (pairs.x + scale["x_offset"]).astype(np.float32),
        (pairs.y * scale["y_slope"] + scale["y_offset"]).astype(np.float32),
    )


@torch.inference_mode()
def symbols_of(code: Code, x: Floats) -> NDArray[np.int64]:
    """Shape (samples, stages)."""
    stages = code.encoder.encode(torch.from_numpy(x)[:, None], None).stages
    return torch.cat(stages, dim=1).numpy()


def messages(symbols: NDArray[np.int64]) -> NDArray[np.int64]:
    """Stages of one bit each as one number, shape (samples,)."""
    return symbols @ (1 << np.arange(symbols.shape[1])[::-1])
