"""docs/settings.md: everything that can be set, read from the settings' own types."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec.inspect as mi

import chatserver
from chatserver.dispatch.model import Strategy
from chatserver.flow.problem import ProblemCode as FlowProblem
from chatserver.hours.check import ProblemCode as HoursProblem
from chatserver.settings.deployment import Deployment
from chatserver.settings.load import PREFIX
from chatserver.settings.model import Settings
from tools.reference.markdown import code, comments, page, paragraphs, table
from tools.reference.types import bounds, default, inner, plain, said, words

DEPLOYMENT = """
Read once, at the start, from environment variables. Lists are separated by commas. An unknown `CHATSERVER_` name stops
the server with the nearest known name; `chatserver check-config` says the same without starting. One more variable is
for developers: `CHATSERVER_WEB` names a folder with built front ends.
"""

WORKSPACE = """
What an administrator may change while the server runs: `GET` and `PUT /api/v1/settings`, or a JSON file with
`chatserver serve --settings FILE`. Every field has a default, so a file holds only what differs; ids and names of list
entries are required. A change counts at once, for open conversations too; only flows are kept in the version with which
a conversation began. `chatserver check-config FILE` checks a file. Durations are whole seconds. Every node of a flow
may also have `title`, `x` and `y`, for an editor's canvas; nothing else reads them.
"""

FOR_THE_EDITOR = ("title", "x", "y")
"""What every node has for the editor's canvas alone; said once instead of in each node's table."""

HEAD = ("Path", "中文", "Meaning", "Type", "Bounds", "Default")

Place = tuple[str, mi.StructType]
"""A path, and the struct that stands there."""


def settings() -> str:
    return page(
        "Settings 设置",
        "## Deployment 部署设置",
        DEPLOYMENT,
        table(("Variable", *HEAD[1:]), (variable(f) for f in struct(Deployment).fields)),
        "## Workspace 企业设置",
        WORKSPACE,
        *sections(),
        "## Strategies 分配策略",
        table(("Value", "中文"), ((code(k), v) for k, v in comments(Strategy).items())),
        "## Problems 校验",
        "What no single field can check is checked when settings are saved; the answer names each path with a code.",
        table(("About", "Code", "Meaning"), problems()),
    )


def struct(kind: type) -> mi.StructType:
    found = mi.type_info(kind)
    assert isinstance(found, mi.StructType)
    return found


def walk(path: str, s: mi.StructType) -> Iterator[Place]:
    """This struct, then those inside it, each with its path: `groups[]`, `flows[].nodes[]`."""
    yield path, s
    for f in s.fields:
        step = f"{path}.{f.encode_name}".removeprefix(".") + ("[]" if many(f.type) else "")
        for found in inner(f.type):
            yield from walk(step, found)


def sections() -> Iterator[str]:
    """One for each struct, under the first of its paths; the other paths are named there."""
    paths: dict[type, list[str]] = {}
    structs: dict[type, mi.StructType] = {}
    for path, s in walk("", struct(Settings)):
        paths.setdefault(s.cls, []).append(path)
        structs[s.cls] = s
    return (section(paths[kind], s) for kind, s in structs.items())


def many(t: mi.Type) -> bool:
    return isinstance(plain(t), mi.ListType | mi.VarTupleType)


def section(paths: list[str], s: mi.StructType) -> str:
    path, *others = paths
    kind = f" with `{s.tag_field}` = `{s.tag}`" if s.tag_field else ""
    head = f"### `{path}`{kind}" if path else "### The top"
    also = f"The same holds for {', '.join(code(o) for o in others)}." if others else ""
    prefix = f"{path}." if path else ""
    rows = (row(prefix, f) for f in s.fields if not s.tag_field or f.encode_name not in FOR_THE_EDITOR)
    return "\n\n".join(part for part in (head, *paragraphs(s.cls), also, table(HEAD, rows)) if part)


def row(prefix: str, f: mi.Field) -> tuple[str, ...]:
    return (code(prefix + f.encode_name), *cells(f))


def variable(f: mi.Field) -> tuple[str, ...]:
    """A deployment setting's row."""
    return (code(PREFIX + f.encode_name.upper()), *cells(f))


def cells(f: mi.Field) -> tuple[str, ...]:
    inside = inner(f.type)
    what = ("list, see below" if many(f.type) else "see below") if inside else words(f.type)
    return (said(f.type, "title"), said(f.type, "description"), what, bounds(f.type), default(f))


def problems() -> Iterator[tuple[str, str, str]]:
    """Codes of the whole, read from the one place that makes them; then those of flows and calendars."""
    source = (Path(chatserver.__file__).parent / "settings" / "validate.py").read_text("utf-8")
    for found in dict.fromkeys(re.findall(r'Problem\(.*?"([a-z_]+)"\)', source)):
        yield ("settings", code(found), plainly(found))
    for about, kind in (("a flow", FlowProblem), ("service hours", HoursProblem)):
        meaning = comments(kind)
        yield from ((about, code(p.value), meaning.get(p.value, plainly(p.value))) for p in kind)


def plainly(name: str) -> str:
    return name.replace("_", " ")
