"""The size check itself: it must catch what it is there for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import check_sizes


def module(function_lines: int, docstring_lines: int = 0) -> str:
    """A module with one function of exactly so many lines, its docstring not counted."""
    doc = ['    """first', *["    word"] * (docstring_lines - 2), '    """'] if docstring_lines else []
    return "\n".join(["def work():", *doc, *["    x = 1"] * (function_lines - 1), ""])


def findings(source: str, name: str = "chatserver/x.py") -> list[tuple[int, bool]]:
    return [(f.lines, f.fails) for f in check_sizes.judge(name, source)]


def test_a_function_of_60_lines_passes_and_one_of_61_fails() -> None:
    """The hard limit is exact."""
    assert findings(module(60)) == [(60, False)]
    assert findings(module(61)) == [(61, True)]


def test_a_short_function_is_not_mentioned() -> None:
    """Up to 30 lines there is nothing to say."""
    assert findings(module(30)) == []


def test_a_docstring_makes_no_function_too_long() -> None:
    """Nobody saves on words to stay below the limit."""
    assert findings(module(30, docstring_lines=40)) == []


def test_a_method_is_measured_like_a_function() -> None:
    """Hiding a long function in a class does not help."""
    inside = "\n".join(f"    {line}" for line in module(61).splitlines())
    assert findings(f"class Engine:\n{inside}\n") == [(61, True)]


@pytest.mark.parametrize("name", ["chatserver/x.py", "client/src/x.ts", "console/src/x.tsx"])
def test_a_file_of_500_lines_passes_and_one_of_501_fails(name: str) -> None:
    """In every language."""
    assert findings("\n" * 500, name) == [(500, False)]
    assert findings("\n" * 501, name) == [(501, True)]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    for path in ("chatserver/a.py", "client/b.gen.ts", "client/b.ts", "client/node_modules/c/c.ts", "docs/d.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    yield tmp_path


def test_only_code_that_we_write_is_measured(tree: Path) -> None:
    """Generated files and installed packages are not."""
    found = [file.relative_to(tree).as_posix() for file in check_sizes.code_files(tree)]
    assert found == ["chatserver/a.py", "client/b.ts"]
