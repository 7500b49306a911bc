"""`wzsim encode` and `wzsim decode`, and `wzsim.encode` and `wzsim.decode`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import wzsim
from wzsim.app import cutting
from wzsim.cli import main
from wzsim.errors import InputError, StreamError

CODERS = str(Path(__file__).parents[1] / "coders.py")

SCENARIO = """
schema = 1
name = "{name}"
[correlation]
source = "gaussian"
channel = {{ name = "gaussian", noise_variance = 0.1 }}
[code]
alphabet_sizes = [2, 4]
rate_estimator = "{rate}"
encoder = {{ name = "nsq", step = 0.5 }}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two codes, and X and Y of shape (30, 40)."""
    folder = tmp_path_factory.mktemp("coding")
    rng = np.random.default_rng(1)
    y = rng.normal(size=(30, 40))
    np.save(folder / "Y.npy", y.astype("f4"))
    np.save(folder / "X.npy", (y + 0.1**0.5 * rng.normal(size=y.shape)).astype("f4"))
    for rate in ("marginal", "conditional"):
        (folder / "s.toml").write_text(SCENARIO.format(name=rate, rate=rate))
        ran = run("run", folder / "s.toml", "-o", folder, "-q")
        assert ran.exit_code == 0, ran.output
    return folder


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def encode(place: Path, *options: Any, code: str = "marginal", coder: str = "plain") -> Result:
    return run(
        "encode", "--code", place / f"{code}.h5", place / "X.npy", "-o", place / "X.wz",
        "--coder", coder, "-p", CODERS, *options,
    )  # fmt: skip


def decode(place: Path, *options: Any, code: str = "marginal", side: str = "Y.npy") -> Result:
    return run(
        "decode", "--code", place / f"{code}.h5", "--side", place / side, place / "X.wz",
        "-o", place / "X_hat.npy", "-p", CODERS, *options,
    )  # fmt: skip


def mse(place: Path) -> float:
    return float(np.mean((np.load(place / "X.npy") - np.load(place / "X_hat.npy")) ** 2))


def test_an_array_goes_there_and_back(place: Path) -> None:
    ended = encode(place, "--symbols", place / "M.npy", "--frame-length", 500)
    assert ended.exit_code == 0, ended.output
    header, one, two, whole, last = ended.output.splitlines()
    assert header.split() == ["layer", "bytes", "bit/sample", "ideal", "more"]
    exact = wzsim.open_result(place / "marginal.h5").stages.stage_rate
    assert [one.split()[3], two.split()[3]] == [f"{rate:.4f}" for rate in exact]
    size = (place / "X.wz").stat().st_size
    assert whole.split()[:2] == ["all", f"{size:,}"]
    assert "X.wz: 1,200 samples in 3 blocks by plain, header " in last
    ended = decode(place, "--symbols", place / "M2.npy")
    assert ended.exit_code == 0, ended.output
    assert "X_hat.npy: 1,200 samples, 2 of 2 layers, 0 of 3 blocks failed" in ended.output
    assert (place / "M.npy").read_bytes() == (place / "M2.npy").read_bytes()
    assert np.load(place / "M.npy").shape == (1200, 2)
    x_hat = np.load(place / "X_hat.npy")
    assert (x_hat.shape, x_hat.dtype) == ((30, 40), np.float32)
    assert mse(place) == pytest.approx(0.0172, abs=0.002)
    assert not list(place.glob("*.part"))


def test_layers_refine(place: Path) -> None:
    encode(place)
    errors = []
    for layers in (1, 2):
        assert decode(place, "--layers", layers).exit_code == 0
        errors.append(mse(place))
    assert errors[1] < errors[0] < 0.1
    assert "has layers 1 to 2" in decode(place, "--layers", 3).output
    # A file that ends after a layer is a whole one of that layer.
    whole = (place / "X.wz").read_bytes()
    (place / "X.wz").write_bytes(whole[: whole.index(b"LAYR\x02")])
    ended = decode(place)
    assert ended.exit_code == 0
    assert "1 of 2 layers, 0 of 1 blocks failed" in ended.output
    assert mse(place) == errors[0]
    ended = decode(place, "--layers", 2)
    assert ended.exit_code == 2
    assert "X.wz ends after layer 1 of 2" in ended.output


def test_a_stream_that_was_cut_off_decodes_as_far_as_it_goes(place: Path) -> None:
    encode(place, "--frame-length", 300)
    whole = (place / "X.wz").read_bytes()
    second = whole.index(b"LAYR\x02")
    (place / "X.wz").write_bytes(whole[: second + 1000])
    ended = decode(place, "--symbols", place / "M.npy")
    assert ended.exit_code == 1
    assert "2 of 2 layers, 3 of 4 blocks failed" in ended.output
    assert "blocks 1 to 3 (samples 300 to 1199): layer 2 is cut off in the file" in ended.output
    symbols = np.load(place / "M.npy")
    assert (symbols[:300] >= 0).all()
    assert (symbols[300:, 0] >= 0).all()
    assert (symbols[300:, 1] == -1).all()
    # Damage of a layer that nobody asks for is none.
    assert decode(place, "--layers", 1).exit_code == 0
    # Without any layer: the mean given y.
    (place / "X.wz").write_bytes(whole[: whole.index(b"LAYR\x01") + 20])
    ended = decode(place)
    assert ended.exit_code == 1
    assert re.search(r"X\.wz is damaged: layer 1 at byte \d+: cut off in its index", ended.output)
    assert mse(place) == pytest.approx(0.1, abs=0.02)


def test_a_block_that_fails_is_named_and_the_way_out_works(place: Path) -> None:
    """`pieces` guesses from y: fewer symbols than it would take are sent at first."""
    assert encode(place, code="conditional", coder="pieces").exit_code == 0
    ended = decode(place, code="conditional")
    assert ended.exit_code == 1
    assert (
        "error: block 0 (samples 0 to 1199): layer 1 needs more syndrome, or better side "
        "information\n"
        "error: encode again with more syndrome (wzsim encode --extra-rate 0.05, or more) if the "
        "side information is right\n"
    ) in ended.output
    ended = encode(place, "--extra-rate", 20, code="conditional", coder="pieces")
    assert ended.exit_code == 0
    assert decode(place, code="conditional").exit_code == 0
    assert mse(place) < 0.02
    ended = encode(place, "--extra-rate", 1)
    assert ended.exit_code == 2
    assert "--extra-rate is for Slepian-Wolf coders" in ended.output


def test_another_code_is_refused(place: Path) -> None:
    encode(place)
    before = (place / "X_hat.npy").read_bytes()
    ended = decode(place, code="conditional")
    assert ended.exit_code == 2
    assert re.search(
        r"X\.wz was encoded with the code of 'marginal' \([0-9a-f]{12}\), and not with that of "
        r"'conditional'; give that result with --code",
        ended.output,
    )
    assert (place / "X_hat.npy").read_bytes() == before


def test_wrong_arrays_are_refused_before_any_work(place: Path) -> None:
    encode(place)
    for name, array, says in (
        ("short.npy", np.zeros(7), "short.npy has 7 samples, and the array in "),
        ("nan.npy", np.full((30, 40), np.nan), "nan.npy has nan at sample 0: not a finite float32"),
        ("words.npy", np.full((30, 40), "a"), "samples are real numbers"),
    ):
        np.save(place / name, array)
        ended = decode(place, side=name)
        assert ended.exit_code == 2
        assert says in ended.output
    np.save(place / "objects.npy", np.array([None]), allow_pickle=True)
    ended = decode(place, side="objects.npy")
    assert ended.exit_code == 2
    assert "Python objects, which are never loaded" in ended.output
    ended = run(
        "encode", "--code", place / "marginal.h5", place / "nan.npy", "-o", place / "n.wz",
        "--coder", "plain", "-p", CODERS,
    )  # fmt: skip
    assert ended.exit_code == 2
    assert not (place / "n.wz").exists()
    ended = encode(place, coder="plian")
    assert ended.exit_code == 2
    assert "unknown coder 'plian'; did you mean 'plain'?" in ended.output


def test_a_coder_that_is_not_here_is_named(place: Path) -> None:
    encode(place)
    ended = run(
        "decode", "--code", place / "marginal.h5", "--side", place / "Y.npy", place / "X.wz",
        "-o", place / "X_hat.npy",
    )  # fmt: skip
    assert ended.exit_code == 2
    assert "unknown entropy coder 'plain'" in ended.output


@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (3, 0, 2), (2, 3, 5)])
@pytest.mark.parametrize("dtype", ["f8", ">f4", "f2", "i2"])
def test_any_shape_and_type(place: Path, shape: tuple[int, ...], dtype: str) -> None:
    rng = np.random.default_rng(2)
    x = np.asarray(rng.normal(size=shape) * 3).astype(dtype)
    y = np.asarray(rng.normal(size=shape)).astype(dtype)
    for order in "CF":
        stream = wzsim.encode(
            place / "marginal.h5", np.asarray(x, order=order), coder="plain", plugins=[CODERS]
        )
        x_hat = wzsim.decode(place / "marginal.h5", stream, y, plugins=[CODERS])
        assert x_hat.shape == shape
        assert x_hat.dtype == (np.float64 if dtype != ">f4" else np.float32)
    if shape and x.size:
        for name, array in (("A.npy", np.asfortranarray(x)), ("B.npy", np.asfortranarray(y))):
            np.save(place / name, array)
        ended = run(
            "encode", "--code", place / "marginal.h5", place / "A.npy", "-o", place / "A.wz",
            "--coder", "plain", "-p", CODERS,
        )  # fmt: skip
        assert ended.exit_code == 0, ended.output
        assert (place / "A.wz").read_bytes() == stream
        ended = run(
            "decode", "--code", place / "marginal.h5", "--side", place / "B.npy", place / "A.wz",
            "-o", place / "A_hat.npy", "-p", CODERS,
        )  # fmt: skip
        assert ended.exit_code == 0, ended.output
        np.testing.assert_array_equal(np.load(place / "A_hat.npy"), x_hat)


def test_batches_are_no_part_of_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One frame at a time and all at once give the same bytes, and the same X_hat."""
    found = []
    for numbers in (1, 1 << 22):
        monkeypatch.setattr(cutting, "MOST_NUMBERS", numbers)
        assert encode(place, "--frame-length", 100).exit_code == 0
        assert decode(place).exit_code == 0
        found.append([(place / name).read_bytes() for name in ("X.wz", "X_hat.npy")])
    assert found[0] == found[1]


def test_threads_are_no_part_of_it(place: Path) -> None:
    """Nor is the process."""
    encode(place, "--symbols", place / "M.npy", "--frame-length", 200)
    for threads in (1, 2):
        command = [
            sys.executable, "-m", "wzsim", "decode", "--code", place / "marginal.h5",
            "--side", place / "Y.npy", place / "X.wz", "-o", place / "X_hat.npy", "-p", CODERS,
            "--symbols", place / "M2.npy", "--threads", str(threads),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        assert (place / "M.npy").read_bytes() == (place / "M2.npy").read_bytes()


def test_notebooks_hear_of_blocks_that_fail(place: Path) -> None:
    x, y = np.load(place / "X.npy"), np.load(place / "Y.npy")
    result = wzsim.open_result(place / "conditional.h5")
    stream = wzsim.encode(result, x, coder="pieces", plugins=[CODERS])
    with pytest.warns(RuntimeWarning, match=r"block 0 \(samples 0 to 1199\): layer 1 needs more"):
        x_hat = wzsim.decode(result, stream, y, plugins=[CODERS])
    assert np.mean((x - x_hat) ** 2) < 0.15
    with pytest.raises(StreamError, match="is empty"):
        wzsim.decode(result, b"", y)
    with pytest.raises(InputError, match="Y has 40 samples"):
        wzsim.decode(result, stream, y[0], plugins=[CODERS])


def test_blocks_of_several_samples(place: Path) -> None:
    """The last one is filled up, and what was added is taken off again."""
    text = SCENARIO.format(name="blocks", rate="conditional")
    text = text.replace('source = "gaussian"', 'source = "blocks"')
    text += "[evaluation]\nsamples = 4000\n"
    (place / "s.toml").write_text(text)
    assert run("run", place / "s.toml", "-o", place, "-q", "-p", CODERS).exit_code == 0
    ended = encode(place, "--frame-length", 37, "--symbols", place / "M.npy", code="blocks")
    assert ended.exit_code == 0, ended.output
    assert "1,200 samples in 34 blocks" in ended.output
    assert decode(place, code="blocks").exit_code == 0
    assert mse(place) < 0.02
    ended = encode(place, "--frame-length", 3, code="blocks")
    assert ended.exit_code == 2
    assert "--frame-length 4 is the least" in ended.output
    rng = np.random.default_rng(3)
    for size in (0, 1, 7):
        x = rng.normal(size=size)
        stream = wzsim.encode(place / "blocks.h5", x, coder="plain", plugins=[CODERS])
        x_hat = wzsim.decode(place / "blocks.h5", stream, x, plugins=[CODERS])
        assert x_hat.shape == (size,)
        assert np.all(np.abs(x_hat - x) < 0.6)


def test_help_teaches() -> None:
    for name in ("encode", "decode"):
        text = run(name, "--help").output
        assert "Ends with 0 when" in text
        assert "--code RESULT.h5" in text


@pytest.mark.parametrize(
    ("rate", "coder", "problem"),
    [
        (
            "conditional",
            'slepian_wolf_coder = { name = "ldpc", rates = [0.5] }',
            "'ldpc' cannot code an alphabet of 4: 1 rates, and symbols of 2 planes",
        ),
        (
            "marginal",
            'entropy_coder = "range"',
            "'range' cannot code an alphabet of 2: entropy coder 'range' needs the library",
        ),
    ],
)
def test_a_coder_that_cannot_code_is_found_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: str, coder: str, problem: str
) -> None:
    monkeypatch.setitem(sys.modules, "constriction", None)
    file = tmp_path / "s.toml"
    file.write_text(SCENARIO.format(name="s", rate=rate) + f"[coding]\n{coder}\n")
    for command in (("validate", file), ("run", file, "-o", tmp_path / "out")):
        ran = run(*command)
        assert ran.exit_code == 2, ran.output
        assert problem in ran.output
        assert f"@ $.coding.{coder.split(' ', maxsplit=1)[0]}" in ran.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "X.npy"), "--output X.npy is also the array"),
        (("-o", "marginal.h5"), "--output marginal.h5 is also the result of --code"),
        (("-o", "a.wz", "--symbols", "X.npy"), "--symbols X.npy is also the array"),
        (("-o", "a.wz", "--symbols", "./a.wz"), "--symbols ./a.wz is also --output"),
        (("-o", "."), "--output . is a directory"),
    ],
)
def test_an_output_that_is_something_else_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(place)
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    ran = run(
        "encode", "--code", "marginal.h5", "X.npy", "--coder", "plain", "-p", CODERS, *options
    )
    assert ran.exit_code == 2
    assert said in ran.output
    assert {file.name: file.read_bytes() for file in place.iterdir()} == before


def test_decode_overwrites_no_input(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert encode(place).exit_code == 0
    monkeypatch.chdir(place)
    for output, said in (("X.wz", "the stream"), ("Y.npy", "the side information")):
        ran = run("decode", "--code", "marginal.h5", "--side", "Y.npy", "X.wz", "-o", output)
        assert ran.exit_code == 2
        assert f"--output {output} is also {said}" in ran.output


def test_links_and_devices_stay_what_they_are(place: Path) -> None:
    assert encode(place).exit_code == 0
    link, target = place / "link.npy", place / "target.npy"
    link.symlink_to(target)
    ran = decode(place, "-o", link)
    assert ran.exit_code == 0, ran.output
    assert link.is_symlink()
    assert np.load(target).shape == (30, 40)
    pipe = place / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        assert decode(place, "-o", pipe).exit_code == 0
        assert reader.stdout is not None
        assert reader.stdout.read() == target.read_bytes()
    assert pipe.is_fifo()
    if Path("/dev/full").exists():
        ran = decode(place, "-o", "/dev/full")
        assert ran.exit_code == 1
        assert "cannot write /dev/full: No space left on device" in ran.output
        assert Path("/dev/full").is_char_device()


def test_a_stream_in_a_pipe_is_refused(place: Path) -> None:
    assert encode(place).exit_code == 0
    pipe = place / "stream"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", place / "X.wz", pipe]):
        ran = run(
            "decode", "--code", place / "marginal.h5", "--side", place / "Y.npy", pipe,
            "-o", place / "X_hat.npy", "-p", CODERS,
        )  # fmt: skip
    assert ran.exit_code == 2
    assert "it is a pipe" in ran.output


def test_a_header_alone_is_the_mean_given_y_and_a_failure(place: Path) -> None:
    said = re.search(r"header ([\d,]+) bytes", encode(place).output)
    assert said is not None
    header = int(said[1].replace(",", ""))
    (place / "X.wz").write_bytes((place / "X.wz").read_bytes()[:header])
    ran = decode(place)
    assert ran.exit_code == 1
    assert "no layer is there" in ran.output
    # Of X = Y + N it is Y itself.
    np.testing.assert_allclose(np.load(place / "X_hat.npy"), np.load(place / "Y.npy"), atol=1e-6)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--extra-rate", "nan"), "--extra-rate must be a number"),
        (("--frame-error-rate", "0.1"), "--frame-error-rate is for Slepian-Wolf coders"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    place: Path, option: tuple[str, str], said: str
) -> None:
    ran = encode(place, *option)
    assert ran.exit_code == 2
    assert said in ran.output


def test_the_smallest_error_rate_is_a_rate(place: Path) -> None:
    ran = encode(place, "--frame-error-rate", "1e-300", code="conditional", coder="ldpc")
    assert ran.exit_code == 0, ran.output


def test_what_is_no_directory_and_what_is_cut_off_is_said(place: Path) -> None:
    ran = encode(place, "-o", place / "X.npy" / "a.wz")
    assert ran.exit_code == 2
    assert "X.npy: it is no directory" in ran.output
    (place / "cut.npy").write_bytes((place / "X.npy").read_bytes()[:-100])
    assert encode(place).exit_code == 0
    ran = decode(place, side="cut.npy")
    assert ran.exit_code == 2
    assert "cut.npy: the file ends before its samples do" in ran.output
