"""Says which generated files are not what `make gen` would write now. Writes nothing."""

import sys
from pathlib import Path

from tools import gen_ts

ROOT = Path(__file__).parents[1]


def stale(root: Path, files: dict[str, str]) -> list[str]:
    """The paths (from `root`) whose text differs from `files`, or that are missing."""
    return [path for path, text in files.items() if not same(root / path, text)]


def same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def main() -> int:
    """0 when every generated file is fresh."""
    old = stale(ROOT, gen_ts.files())
    for path in old:
        print(f"stale: {path} (run `make gen`)")
    print(f"generated: {len(old)} stale")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
