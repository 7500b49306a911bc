"""Plugins for tests: their source text, and distributions as an installer leaves them."""

from __future__ import annotations

from pathlib import Path

PLUGINS_PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
"""Where the messages about collisions are quoted."""

HEADER = """\
import attrs
from wzsim.contracts import Channel, Source
from wzsim.hookspecs import hookimpl
WZSIM_CONTRACT = 1
"""


def channel_source(*names: str) -> str:
    """The text of a plugin with one channel for each name.

    >>> "name = 'laplace'" in channel_source("laplace")
    True
    """
    classes = "".join(
        f"""
@attrs.frozen(kw_only=True)
class Channel{index}(Channel):
    name = {name!r}
    def sample(self, given, generator):
        return given
"""
        for index, name in enumerate(names)
    )
    listed = ", ".join(f"Channel{index}" for index in range(len(names)))
    return f"{HEADER}{classes}\n@hookimpl\ndef wzsim_channels():\n    return [{listed}]\n"


def install(
    site: Path, distribution: str, version: str, entry_point: str, module: str, source: str
) -> None:
    """Lay out a distribution in `site` with one entry point that is a module of this source."""
    (site / f"{module}.py").write_text(source)
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    )
    (info / "entry_points.txt").write_text(f"[wzsim]\n{entry_point} = {module}\n")
    (info / "RECORD").write_text(f"{module}.py,,\n{info.name}/METADATA,,\n")
