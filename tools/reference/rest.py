"""docs/rest.md: the REST API as a person looks it up, from the operations themselves."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, get_args, get_origin

import msgspec.inspect as mi

from chatserver.access.permissions import PUBLIC
from chatserver.api.openapi import ABOUT, NOT_JSON, said, tag
from chatserver.api.rest import PREFIX
from chatserver.hub.paging import Page
from chatserver.hub.plug import Download, Operation
from tools.reference.doors import operations
from tools.reference.markdown import code, page, paragraphs, table
from tools.reference.types import bounds, default, inner, words
from tools.reference.types import said as described

INTRO = f"""
Under `{PREFIX}`; how to begin is in [integrate/rest.md](integrate/rest.md). The same for programs is
[openapi.json](openapi.json), and `GET {PREFIX}/openapi.json` of a running server.
"""

ELSEWHERE = {"Settings": "[Settings](settings.md)"}
"""Structs that have a page of their own."""

HEAD = ("Field", "Type", "Bounds", "Default", "")


def rest() -> str:
    found = sorted(operations(), key=lambda o: (tag(o), o.path, o.method))
    parts = [part for name, of in groupby(found, key=tag) for part in (f"## {name}", *(map(_operation, of)))]
    taken = _structs(one.body for one in found)
    sent = _structs(one.answers for one in found)
    structs = (_struct(s, name in taken) for name, s in sorted((taken | sent).items()))
    return page("REST API 接口", INTRO, ABOUT, *parts, "## Structs", *structs)


def _operation(one: Operation) -> str:
    summary, more = said(one.run)
    asks = f"Permission {code(one.requires.key)}." if one.requires is not PUBLIC else "Open to everybody."
    takes = f" Takes {_kind(one.body)}." if one.body else ""
    answers = f" Answers {one.status} with {_kind(one.answers)}." if one.answers else " Answers 204."
    once = " The secret is shown this once." if one.shows_secret else ""
    query = table(HEAD, _fields(_info(one.query))) if one.query else ""
    title = f"### {code(f'{one.method} {one.path}')}"
    blocks = (title, summary, more, asks + takes + answers + once, query)
    return "\n\n".join(block for block in blocks if block)


def _kind(kind: Any) -> str:
    """A type of the API in words."""
    if kind in (bytes, Download):
        return "a file"
    if get_origin(kind) is Page:
        return f"a page of {_kind(get_args(kind)[0])}"
    return words(mi.type_info(kind), _link)


def _link(name: str) -> str:
    return ELSEWHERE.get(name) or f"[{name}](#{name.lower()})"


def _fields(s: mi.StructType) -> Iterator[tuple[str, ...]]:
    for f in s.fields:
        yield (code(f.encode_name), words(f.type, _link), bounds(f.type), default(f), described(f.type, "description"))


def _info(kind: Any) -> mi.StructType:
    info = mi.type_info(kind)
    assert isinstance(info, mi.StructType)
    return info


def _structs(kinds: Iterable[Any]) -> dict[str, mi.StructType]:
    """All that these types are made of, by name, except pages of it and what has a page of its own."""
    structs: dict[str, mi.StructType] = {}

    def walk(kind: mi.Type) -> None:
        for s in inner(kind):
            if s.cls.__name__ not in (*structs, *ELSEWHERE):
                structs[s.cls.__name__] = s
                for f in s.fields:
                    walk(f.type)

    for kind in kinds:
        for each in get_args(kind) if get_origin(kind) is Page else (kind,):
            if each not in NOT_JSON:
                walk(mi.type_info(each))
    return structs


def _struct(s: mi.StructType, taken: bool) -> str:
    """Of what the server sends nothing is checked, and nothing is ever left out."""
    tagged = f"`{s.tag_field}` is `{s.tag}`." if s.tag_field else ""
    short = ((field, kind, about) for field, kind, _, _, about in _fields(s))
    fields = table(HEAD, _fields(s)) if taken else table(("Field", "Type", ""), short)
    return "\n\n".join(part for part in (f"### {s.cls.__name__}", *paragraphs(s.cls), tagged, fields) if part)
