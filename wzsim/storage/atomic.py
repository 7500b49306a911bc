"""A file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from wzsim.errors import InputError, OutputError

StrPath = str | os.PathLike[str]


def write_atomically(path: StrPath, content: bytes) -> None:
    """Write a file as `written_atomically` does, at once."""
    with written_atomically(path) as file:
        file.write(content)


@contextlib.contextmanager
def written_atomically(path: StrPath) -> Iterator[BinaryIO]:
    """A file to write under a name ending in `.part`, renamed once it is safe on the disk.

    A file that was there before stays until then, and stays for good when the
    writing fails, or anything else within. Two processes that write the same file do
    not meet: the last one wins. A link stays, and what it points to is written; into a
    device or a pipe the content goes as it comes. Raises OutputError, with the file's
    name, where the system refuses.
    """
    path = Path(path).resolve()
    if path.exists() and not path.is_file():
        try:
            with path.open("wb") as file:
                yield file
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        return
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        # Gone already when all went well; also removed on Ctrl-C.
        with contextlib.suppress(OSError):
            part.unlink()
    _sync_directory(path.parent)


def check_outputs(outputs: Mapping[str, StrPath], inputs: Mapping[str, StrPath]) -> None:
    """Refuse files to write that are read, written twice, or cannot be written, before any work.

    outputs, inputs: what each path is, as an error says it. Raises InputError.
    """
    taken = {Path(path).resolve(): what for what, path in inputs.items()}
    for what, path in outputs.items():
        place = Path(path).resolve()
        if place in taken:
            raise InputError(f"{what} {path} is also {taken[place]}; give it another name")
        if place.is_dir():
            raise InputError(f"{what} {path} is a directory; name a file in it")
        if place.is_file() or not place.exists():  # devices and pipes are what they are
            taken[place] = what
            check_writable(place.parent)


def check_writable(directory: StrPath) -> None:
    """Make a directory and try to write in it, so that a long run does not fail at its end.

    Raises InputError where that is refused.
    """
    directory = Path(directory)
    probe = directory / f".{secrets.token_hex(4)}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch(exist_ok=False)
        probe.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"cannot write in {directory}: it is no directory") from error
    except OSError as error:
        raise InputError(f"cannot write in {directory}: {error.strerror or error}") from error


def _sync_directory(directory: Path) -> None:
    """Make the rename itself survive a power cut, where the file system knows how."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
