"""Facts that the project states in more than one place."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import wzsim

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_citation_has_the_version_of_the_package() -> None:
    assert f"\nversion: {wzsim.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_constraints_pin_every_dependency_within_its_range() -> None:
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
        if requirement.name == "wzsim":  # with extras of its own, which are checked themselves
            continue
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text


def third_party_imports(package: Path) -> set[str]:
    trees = [ast.parse(file.read_text()) for file in package.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"wzsim"}


def test_every_library_that_is_imported_is_declared_and_no_other() -> None:
    owners = metadata.packages_distributions()
    package = ROOT / "wzsim"
    in_testing = third_party_imports(package / "testing") & {"hypothesis", "pytest"}
    imported = {
        canonicalize_name(owner)
        for module in third_party_imports(package) - in_testing
        for owner in owners.get(module, [module])  # constriction is not everywhere
    }
    project = PROJECT["project"]
    extras = [
        text
        for name in ("dask", "fast", "frame")
        for text in project["optional-dependencies"][name]
    ]
    declared = {Requirement(text).name for text in (*project["dependencies"], *extras)}
    assert imported == {canonicalize_name(name) for name in declared}


def test_every_change_fragment_has_a_kind_that_towncrier_knows() -> None:
    kinds = {kind["directory"] for kind in PROJECT["tool"]["towncrier"]["type"]}
    for fragment in (ROOT / "changelog").iterdir():
        assert re.fullmatch(rf"\+[\w-]+\.({'|'.join(kinds)})\.md", fragment.name), fragment.name
        assert fragment.read_text().strip()


def test_type_checkers_of_plugins_see_the_types() -> None:
    assert (ROOT / "wzsim" / "py.typed").is_file()
