"""Why a plugin cannot be used, in one line that its author can act on."""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path

import pluggy

from wzsim.errors import PluginError


class DefectError(PluginError):
    """One defect of one plugin. The text does not say which plugin: the loader adds that."""


def one_line(error: BaseException) -> str:
    """Type, first line and place of an error that came out of a plugin.

    >>> one_line(ModuleNotFoundError("No module named 'numba'"))
    "ModuleNotFoundError: No module named 'numba'"
    """
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    place = _place(error)
    return f"{text} ({place})" if place else text


# Frames of the machinery that called the plugin say nothing about the plugin.
_MACHINERY = tuple(
    f"{Path(file).parent}/" for file in (importlib.__file__, pluggy.__file__, __file__)
)


def _place(error: BaseException) -> str | None:
    """`file:line` of the innermost frame that is the plugin's own or its library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if not f.filename.startswith((*_MACHINERY, "<frozen "))]
    # The library importlib_metadata takes the place of importlib's, once anything imports it.
    own = [f for f in own if Path(f.filename).parent.name != "importlib_metadata"]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else None
