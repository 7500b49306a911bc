"""What is installed: components by kind and name, and the plugins that provide them.

`load_registry` collects built-ins and plugins into a `Registry`; nothing here
knows a built-in, and nothing is kept between two calls but imported modules.
"""

from wzsim.registry.catalogue import Registry, UnknownComponentError
from wzsim.registry.loading import load_registry
from wzsim.registry.provider import Entry, PluginFailure, Provider

__all__ = [
    "Entry",
    "PluginFailure",
    "Provider",
    "Registry",
    "UnknownComponentError",
    "load_registry",
]
