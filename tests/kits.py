"""What a kit says of a component, without pytest around it."""

from __future__ import annotations

from _pytest.outcomes import Skipped

from wzsim.testing import ComponentKit


def complaints(kit: type[ComponentKit]) -> dict[str, str]:
    """The failing tests of a kit and what each says; an error that is no failure comes out."""
    found = {}
    for name in (name for name in dir(kit) if name.startswith("test_")):
        try:
            getattr(kit(), name)()
        except Skipped:
            pass
        except AssertionError as failure:
            found[name] = str(failure)
    return found


def complaint(kit: type[ComponentKit], test: str) -> str:
    """What one failing test of a kit says; empty where it passes."""
    try:
        getattr(kit(), f"test_{test}")()
    except AssertionError as failure:
        return str(failure)
    return ""
