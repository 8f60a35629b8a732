"""Which tests name which requirement: in a scenario's comments, in a test's docstring, in a front end's test."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
ID = re.compile(r"\b(?:S[12]-\d+(?:\.\d+)*[a-z]?|C-\d+)\b")
FROM_TO = re.compile(r"\b(S[12]-[\d.]+)([a-z]) (?:to|–|-) (?:\1)?([a-z])\b")
"""`S1-3.1b to S1-3.1h` names the seven of them."""
FRONT_ENDS = ("client", "widget", "h5", "console", "widget_build")


class Mention(msgspec.Struct, frozen=True, order=True):
    """`file` from the root; `test` is the test's name, or empty when the whole file is about it."""

    requirement: str
    file: str
    test: str = ""


def mentions() -> list[Mention]:
    """All of them, in a fixed order, each once."""
    return sorted({*in_scenarios(), *in_python(), *in_typescript()})


def scenario_files() -> list[Path]:
    return sorted((ROOT / "tests" / "scenarios").glob("*.scenario"))


def comment_of(file: Path) -> str:
    """The first line of a scenario, which says what it is about."""
    return file.read_text("utf-8").splitlines()[0].lstrip("# ")


def numbers(text: str) -> Iterator[str]:
    """The requirements that a text names."""
    yield from ID.findall(text)
    for chapter, first, last in FROM_TO.findall(text):
        yield from (f"{chapter}{chr(letter)}" for letter in range(ord(first), ord(last) + 1))


def in_scenarios() -> Iterator[Mention]:
    for file in scenario_files():
        for line in file.read_text("utf-8").splitlines():
            _, hash, comment = line.partition("#")
            yield from (Mention(id, name(file)) for id in numbers(comment if hash else ""))


def in_python() -> Iterator[Mention]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                test = "" if isinstance(node, ast.Module) else node.name
                yield from (Mention(id, name(file), test) for id in numbers(ast.get_docstring(node) or ""))


def in_typescript() -> Iterator[Mention]:
    for front in FRONT_ENDS:
        for file in sorted((ROOT / front).rglob("*.test.ts*")):
            if "node_modules" not in file.parts:
                yield from (Mention(id, name(file)) for id in numbers(file.read_text("utf-8")))


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()
