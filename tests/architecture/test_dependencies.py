"""The server installs what it imports, and imports what it installs."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
INSTALLED = packages_distributions()
# Read by others without an import of ours: zoneinfo looks for time zones in it on machines that have none.
NEVER_IMPORTED = {"tzdata"}


def declared() -> set[str]:
    """The names of the runtime dependencies, without versions, extras and conditions."""
    return {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in PROJECT["dependencies"]}


def imported() -> dict[str, str]:
    """Outside package -> the first file of the server that imports it."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "chatserver").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Import(names=names):
                    tops = {alias.name.split(".")[0] for alias in names}
                case ast.ImportFrom(module=str(module), level=0):
                    tops = {module.split(".")[0]}
                case _:
                    continue
            for top in tops - sys.stdlib_module_names - {"chatserver"}:
                found.setdefault(top, str(file.relative_to(ROOT)))
    return found


def owners(top: str) -> set[str]:
    """The distributions that bring a package, by the names that pyproject.toml uses."""
    return {name.lower().replace("_", "-") for name in INSTALLED.get(top, [])}


def test_every_import_is_a_declared_dependency() -> None:
    """What happens to be installed because of something else may be gone tomorrow."""
    undeclared = {top: where for top, where in imported().items() if not owners(top) & declared()}
    assert undeclared == {}


def test_every_declared_dependency_is_imported() -> None:
    """Nobody downloads, or has to trust, what nothing uses."""
    used = {name for top in imported() for name in owners(top)}
    assert declared() - used - NEVER_IMPORTED == set()
