"""docs/anatomy.md is the map of the tree: nothing is missing from it, and it names nothing that is not there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ANATOMY = (ROOT / "docs" / "anatomy.md").read_text("utf-8")
FOLDERS = set(re.findall(r"^\| `([\w.]+)/` \|", ANATOMY, re.MULTILINE))
PARTS = set(re.findall(r"^\| `(\w+)` \|", ANATOMY, re.MULTILINE))


def kept_in_git() -> list[str]:
    """Paths that are in git or would be with the next commit."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode != 0:
        pytest.skip("not a git checkout, so nothing tells kept folders from made ones")
    return answer.stdout.splitlines()


def test_every_top_level_folder_is_on_the_map() -> None:
    """A new folder begins with a sentence about what lives there."""
    assert {path.split("/")[0] for path in kept_in_git() if "/" in path} == FOLDERS


def test_every_part_of_the_server_is_on_the_map() -> None:
    """Whoever looks for something finds it by reading one page."""
    server = [Path(path) for path in kept_in_git() if path.startswith("chatserver/")]
    below = {path.parts[1].removesuffix(".py") for path in server if (ROOT / path).is_file()}
    assert below - {"__init__", "__main__", "py.typed"} == PARTS


def test_every_link_between_documents_leads_somewhere() -> None:
    """A page that moved takes its links along."""
    dead = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changes").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert dead == []
