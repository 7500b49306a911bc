"""A channel with Laplacian noise, as a plugin file."""

from tests.laplace import LaplaceChannel
from wzsim.contracts import Component
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_channels() -> list[type[Component]]:
    return [LaplaceChannel]
