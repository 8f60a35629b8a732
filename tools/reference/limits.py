"""The limits of the doors, read from the source: every number that has a name and a sentence behind it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import chatserver
from tools.reference.markdown import code, table

SERVER = Path(chatserver.__file__).parent
WHERE = ("conversation/content.py", "api/*.py")


def limits() -> str:
    files = (file for pattern in WHERE for file in sorted(SERVER.glob(pattern)))
    rows = ((code(name), code(file.name), value, said) for file in files for name, value, said in numbers(file))
    return table(("Name", "In", "How much", "What"), rows)


def numbers(file: Path) -> Iterator[tuple[str, str, str]]:
    """(name, value, sentence); neighbours that share a sentence stand together above it, with no empty line between."""
    waiting: list[tuple[str, str]] = []
    last = 0
    for node in ast.parse(file.read_text("utf-8")).body:
        if node.lineno > last + 1:
            waiting = []
        last = node.end_lineno or node.lineno
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper() and (text := amount(value)):
                waiting.append((name, text))
            case ast.Expr(value=ast.Constant(value=str(sentence))):
                yield from ((name, text, sentence) for name, text in waiting)
                waiting = []
            case _:
                waiting = []


def amount(value: ast.expr) -> str:
    """A number, or a rate, in words; empty for anything else."""
    match value:
        case ast.Constant(value=int(number) | float(number)):
            return f"{number:,g}" if number < 1e6 else f"{number:,}"
        case ast.Call(func=ast.Name(id="Rate"), keywords=keywords):
            rate = {k.arg: ast.literal_eval(k.value) for k in keywords}
            return f"{rate['burst']:g} at once, then {rate['per_second']:g} a second"
        case _:
            return ""
