"""A file is there whole or not at all, whatever happens while it is written."""

import contextlib
import errno
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from wzsim.errors import InputError, OutputError
from wzsim.storage import check_writable, read_result, write_atomically, write_result
from wzsim.testing.example import example_result
from wzsim.testing.results import assert_same

KILLED_WRITERS = """
import os, random, signal, sys, time
import attrs, numpy as np
from wzsim.storage import write_result
from wzsim.testing.example import example_result

# An array of some MB, so that the disk takes about as long as the rest.
weights = np.random.default_rng(0).normal(size=2**19)
result = attrs.evolve(example_result(), model={"encoder": {"weight": weights}})
random.seed(20240414)
for attempt in range(int(sys.argv[2])):
    writer = os.fork()
    if writer == 0:
        while True:
            write_result(result, f"{sys.argv[1]}/{attempt}.h5")
    time.sleep(random.uniform(0.0, 0.3))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
"""


def test_killed_at_random_moments_it_leaves_whole_files(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED_WRITERS, tmp_path, "30"], check=True)
    written = [read_result(path) for path in tmp_path.glob("*.h5")]
    assert written
    for result in written:
        assert_same(written[0], result)


@pytest.fixture
def earlier(tmp_path):
    write_result(example_result("earlier"), tmp_path / "result.h5")
    return tmp_path / "result.h5"


@contextlib.contextmanager
def largest_file(size):
    """The system refuses a write beyond this many bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1, 4096, 50_000])
def test_write_that_ends_early_leaves_what_was_there(size, earlier):
    message = rf"cannot write {re.escape(str(earlier))}: File too large"
    with largest_file(size), pytest.raises(OutputError, match=message):
        write_result(example_result("later"), earlier)
    assert read_result(earlier).name == "earlier"
    assert [path.name for path in earlier.parent.iterdir()] == ["result.h5"]


@pytest.mark.parametrize(("owner", "call"), [(os, "fsync"), (Path, "replace")])
def test_error_after_writing_leaves_what_was_there(owner, call, earlier, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(owner, call, refuse)
    with pytest.raises(OutputError, match="Input/output error"):
        write_result(example_result("later"), earlier)
    assert read_result(earlier).name == "earlier"
    assert [path.name for path in earlier.parent.iterdir()] == ["result.h5"]


def test_interrupt_leaves_what_was_there(earlier, monkeypatch):
    def interrupted(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_result(example_result("later"), earlier)
    assert [path.name for path in earlier.parent.iterdir()] == ["result.h5"]


def test_directories_are_made(tmp_path):
    write_result(example_result(), tmp_path / "a" / "b" / "result.h5")
    assert read_result(tmp_path / "a" / "b" / "result.h5").name == "example"


def test_file_where_a_directory_should_be(tmp_path):
    (tmp_path / "results").touch()
    with pytest.raises(OutputError, match=f"cannot make the directory {tmp_path / 'results'}"):
        write_result(example_result(), tmp_path / "results" / "result.h5")
    with pytest.raises(InputError, match=f"cannot write in {tmp_path / 'results'}"):
        check_writable(tmp_path / "results")


def test_directory_where_the_file_should_be(tmp_path):
    (tmp_path / "result.h5").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*result\.h5: Is a directory"):
        write_result(example_result(), tmp_path / "result.h5")
    assert [path.name for path in tmp_path.iterdir()] == ["result.h5"]


def test_missing_directory_of_a_plain_file_is_no_surprise(tmp_path):
    with pytest.raises(OutputError, match="No such file or directory"):
        write_atomically(tmp_path / "nowhere" / "figure.png", b"")


def test_check_writable_makes_the_directory_and_leaves_it_empty(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", b"content")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
