"""Figures as files: the same figure gives the same bytes."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from wzsim.errors import InputError
from wzsim.reporting.style import SCREEN, Look
from wzsim.storage.atomic import write_atomically

# What matplotlib would add to each format and that changes from run to run is left out.
METADATA: Final[dict[str, dict[str, Any]]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
}

SETTINGS: Any = {
    "pdf.fonttype": 42,  # TrueType, as publishers ask; Type 3 by default
    "svg.fonttype": "path",
    "svg.hashsalt": "wzsim",  # names inside the file are random by default
}


def save_figure(figure: Figure, path: str | os.PathLike[str], look: Look = SCREEN) -> None:
    """Write a figure as .png, .pdf or .svg, whole or not at all; look: that it was drawn with.

    Raises InputError for another ending, OutputError where the file cannot be written.
    """
    kind = picture_kind(path)
    if Path(path).is_dir() or not Path(path).absolute().parent.is_dir():
        what = "is a directory" if Path(path).is_dir() else "lies in no directory that exists"
        raise InputError(f"cannot write {os.fspath(path)}: it {what}")
    content = io.BytesIO()
    with mpl.rc_context({**look.rc, **SETTINGS}):
        figure.savefig(content, format=kind, metadata=METADATA[kind])
    write_atomically(path, content.getvalue())


def picture_kind(path: str | os.PathLike[str]) -> str:
    """The format of a picture by its name. Raises InputError for an ending that is none."""
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in METADATA:
        found = f"not '{path.suffix}'" if path.suffix else "and it has no ending"
        endings = ", ".join(f".{name}" for name in METADATA)
        raise InputError(f"{path}: a picture's name ends in one of {endings}, {found}")
    return kind
