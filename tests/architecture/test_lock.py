"""The lock file of the front ends works on every machine, not only on the one that wrote it."""

import json
from pathlib import Path

LOCK = Path(__file__).parents[2] / "package-lock.json"
PACKAGES = json.loads(LOCK.read_text("utf-8"))["packages"]


def test_every_platforms_binary_is_in_the_lock_file() -> None:
    """npm silently leaves out what its registry did not have that day, and then refuses to install from the result."""
    missing = [
        f"{path} wants {name}"
        for path, package in PACKAGES.items()
        for name in package.get("optionalDependencies", {})
        if f"node_modules/{name}" not in PACKAGES and f"{path}/node_modules/{name}" not in PACKAGES
    ]
    assert missing == []


def test_every_package_is_checked_against_its_hash() -> None:
    """What is installed is what was locked, from whatever registry it comes."""
    installed = [p for path, p in PACKAGES.items() if "node_modules/" in path and not p.get("link")]
    assert [p for p in installed if "integrity" not in p] == []
