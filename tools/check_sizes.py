"""Holds files and functions to the sizes of the house: 300 lines a file and 30 a function are a hint, 500 and 60 fail.

There is no list of exceptions: what is too long is split. Only generated files are not counted. Functions are counted
in Python alone; how long a view may be is a question for the linter of the front ends.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
TOPS = ("chatserver", "tools", "bench", "tests", "client", "widget", "h5", "console", "widget_build", "hatch_build.py")
CODE = {".py", ".ts", ".tsx", ".mjs"}
NOT_OURS = {"node_modules", "dist", "__pycache__", ".vite"}
FILE_SOFT, FILE_HARD = 300, 500
FUNCTION_SOFT, FUNCTION_HARD = 30, 60


class Finding(msgspec.Struct, frozen=True):
    """One thing that is longer than it should be; `where` is `path` or `path:line name`."""

    where: str
    lines: int
    fails: bool


def code_files(root: Path) -> Iterator[Path]:
    """Every hand-written source file below the tops, in a fixed order."""
    for top in (root / name for name in TOPS):
        for file in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if NOT_OURS & set(file.relative_to(root).parts) or ".gen." in file.name:
                continue
            if file.suffix in CODE and file.is_file():
                yield file


def functions(source: str) -> Iterator[tuple[str, int, int]]:
    """(name, first line, lines of code) of each function; its docstring does not count, so nobody saves on words."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node, clean=False) is not None:
                said = node.body[0]
                lines -= (said.end_lineno or said.lineno) - said.lineno + 1
            yield node.name, node.lineno, lines


def judge(name: str, source: str) -> Iterator[Finding]:
    """What is too long in one file. `name` is its path from the root."""
    lines = source.count("\n")
    if lines > FILE_SOFT:
        yield Finding(name, lines, lines > FILE_HARD)
    if name.endswith(".py"):
        for function, at, length in functions(source):
            if length > FUNCTION_SOFT:
                yield Finding(f"{name}:{at} {function}", length, length > FUNCTION_HARD)


def main() -> int:
    """0 when nothing is over a hard limit; `--hints` also lists what is over a soft one."""
    found = [f for file in code_files(ROOT) for f in judge(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))]
    too_long = [f for f in found if f.fails]
    for finding in found if "--hints" in sys.argv[1:] else too_long:
        print(f"{'too long' if finding.fails else 'long'}: {finding.where}: {finding.lines} lines")
    print(f"sizes: {len(too_long)} too long, {len(found) - len(too_long)} worth a look (--hints lists them)")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
