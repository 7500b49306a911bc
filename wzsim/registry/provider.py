"""Who provides what: the plain data that listings, provenance and errors show."""

from __future__ import annotations

from typing import final

import attrs

from wzsim.contracts import Component


@final
@attrs.frozen(order=True)
class Provider:
    """A plugin that was loaded, and where it comes from.

    >>> print(Provider("laplace", "wzsim-laplace", "1.0"))
    wzsim-laplace 1.0 (plugin laplace)
    >>> print(Provider("noise.py", "", "sha256:5891b5b522d5"))
    noise.py (no distribution, sha256:5891b5b522d5)
    """

    plugin: str
    """Name of the entry point, or what was given with `-p`; `-p no:PLUGIN` blocks it."""

    distribution: str
    """Installed distribution, empty for a file or a module that belongs to none."""

    version: str
    """Version of the distribution; for a file the start of its SHA-256; else empty."""

    def __str__(self) -> str:
        if self.distribution:
            return f"{self.distribution} {self.version} (plugin {self.plugin})"
        version = f", {self.version}" if self.version else ""
        return f"{self.plugin} (no distribution{version})"


@final
@attrs.frozen
class Entry:
    """One component and who provides it."""

    kind: str
    name: str
    component: type[Component]
    provider: Provider


@final
@attrs.frozen
class PluginFailure:
    """An installed plugin that was skipped whole, and why."""

    plugin: str
    distribution: str
    version: str
    reason: str

    def __str__(self) -> str:
        return f"{Provider(self.plugin, self.distribution, self.version)}: {self.reason}"
