"""Facts that the project states in more than one place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import wzsim

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_citation_has_the_version_of_the_package() -> None:
    assert f"\nversion: {wzsim.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_constraints_pin_every_dependency_within_its_range() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = dict(
        re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    )
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    extras = PROJECT["project"]["optional-dependencies"].values()
    for text in [
        *PROJECT["project"]["dependencies"],
        *(text for extra in extras for text in extra),
    ]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text


def test_every_change_fragment_has_a_kind_that_towncrier_knows() -> None:
    kinds = {kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]}
    for fragment in (ROOT / "changelog").iterdir():
        assert re.fullmatch(rf"\+[\w-]+\.({'|'.join(kinds)})\.md", fragment.name), fragment.name
        assert fragment.read_text().strip()
