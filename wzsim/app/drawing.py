"""What a drawing library says of impossible numbers, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from wzsim.errors import InputError, WzsimError


@contextmanager
def drawing(names: Sequence[str]) -> Iterator[None]:
    """matplotlib refuses numbers near the largest ones, each in words of its own.

    names: of the results. Raises InputError.
    """
    try:
        yield
    except WzsimError:
        raise
    except (ArithmeticError, MemoryError, ValueError) as error:
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        listed = ", ".join(f"'{name}'" for name in names[:10]) + more
        raise InputError(
            f"the numbers of {listed} cannot be drawn: {type(error).__name__}: {error}"
        ) from error
