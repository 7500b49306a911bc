"""wzsim: Wyner-Ziv coding, simulated: lossy compression for a decoder with side information.

    import wzsim

    result = wzsim.run("scenarios/gauss_222.toml")
    print(result.stages.gap_db)

    result = wzsim.open_result("results/gauss_222.h5")

Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wzsim.app import compare, decode, encode, frame, open_result, restore_code, run

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "compare",
    "decode",
    "encode",
    "frame",
    "open_result",
    "restore_code",
    "run",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        from wzsim import app

        return getattr(app, name)
    raise AttributeError(f"module 'wzsim' has no attribute {name!r}")
