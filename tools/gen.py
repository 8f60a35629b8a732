"""`make gen` runs every generator beside this file; with `--check` nothing is written, and what is stale is named.

A generator is a module `tools/gen_*.py` with `files()`: path from the project's root -> text. There is no list to keep.
"""

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]


def files() -> dict[str, str]:
    """Everything that is generated: path from the root -> text."""
    names = sorted(path.stem for path in (ROOT / "tools").glob("gen_*.py"))
    made: dict[str, str] = {}
    for name in names:
        made |= import_module(f"tools.{name}").files()
    return made


def stale(root: Path, wanted: dict[str, str]) -> list[str]:
    """The paths whose text below `root` is another than wanted, or that are missing."""
    return [path for path, text in wanted.items() if not _is(root / path, text)]


def write(root: Path, wanted: dict[str, str]) -> list[str]:
    """Make every file what it should be, touching only those that are not; the paths that were written."""
    old = stale(root, wanted)
    for path in old:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], "utf-8")
    return old


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def main() -> int:
    """1 when `--check` found something stale."""
    wanted = files()
    check = "--check" in sys.argv[1:]
    old = stale(ROOT, wanted) if check else write(ROOT, wanted)
    for path in old:
        print(f"stale: {path} (run `make gen`)" if check else f"written: {path}")
    print(f"generated: {len(wanted)} files, {len(old)} {'stale' if check else 'written'}")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
