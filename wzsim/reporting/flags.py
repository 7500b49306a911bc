"""What the flags of a result mean, in words."""

from __future__ import annotations

from typing import Final

MEANINGS: Final = {
    "collapsed": (
        "rate is paid without gain in distortion, or the loss lies above that of sending nothing; "
        "try another price or, where it was trained, another seed or learning rate"
    ),
    "missed-target": (
        "a rate is more than 0.05 bit/sample off its target; where it was trained, try more steps"
    ),
}


def meaning(flag: str) -> str:
    """A flag in words; one of a later version speaks for itself.

    >>> meaning("collapsed").split(",")[0]
    'rate is paid without gain in distortion'
    >>> meaning("odd-one")
    'odd one'
    """
    return MEANINGS.get(flag, flag.replace("-", " "))
