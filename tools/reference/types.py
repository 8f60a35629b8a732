"""msgspec's types in words: what a field holds, within which bounds, and what stands there when nobody says."""

from collections.abc import Callable
from typing import Any

import msgspec
import msgspec.inspect as mi

from tools.reference.markdown import as_json, code

Link = Callable[[str], str]
"""A struct's name -> how a page writes it."""


def plain(t: mi.Type) -> mi.Type:
    """Without the title and description around it."""
    return plain(t.type) if isinstance(t, mi.Metadata) else t


def said(t: mi.Type, key: str) -> str:
    """`title` (Chinese) or `description` (English) of a field's type; empty when it has none."""
    if not isinstance(t, mi.Metadata):
        return ""
    return str((t.extra_json_schema or {}).get(key, "")) or said(t.type, key)


def words(t: mi.Type, link: Link = code) -> str:
    """The kind of value, with the values to choose from."""
    match plain(t):
        case mi.StructType() as s:
            return link(s.cls.__name__)
        case mi.StrType():
            return "text"
        case mi.IntType():
            return "whole number"
        case mi.FloatType():
            return "number"
        case mi.BoolType():
            return "yes/no"
        case mi.NoneType():
            return "null"
        case mi.DateType():
            return "date"
        case mi.LiteralType() as one:
            return ", ".join(code(str(v)) for v in one.values)
        case mi.EnumType() as enum:
            return ", ".join(code(str(m.value)) for m in enum.cls)
        case mi.UnionType() as union:
            return " or ".join(words(u, link) for u in union.types)
        case mi.ListType() | mi.VarTupleType() as many:
            return f"list of {words(many.item_type, link)}"
        case mi.DictType() as table:
            return f"{words(table.key_type, link)} → {words(table.value_type, link)}"
        case mi.AnyType():
            return "anything"
        case other:
            raise TypeError(f"no words for {other!r}")


def bounds(t: mi.Type) -> str:
    """What is checked beyond the type; empty when nothing is."""
    match plain(t):
        case mi.StrType() as s:
            return _joined(_between(s.min_length, s.max_length, "characters"), code(s.pattern) if s.pattern else "")
        case mi.IntType() | mi.FloatType() as n:
            return _between(n.ge, n.le, "")
        case mi.ListType() | mi.VarTupleType() as many:
            each = bounds(many.item_type)
            return _joined(_between(many.min_length, many.max_length, "entries"), each and f"each {each}")
        case mi.DictType() as table:
            each = bounds(table.value_type)
            return _joined(_between(table.min_length, table.max_length, "entries"), each and f"each value {each}")
        case mi.UnionType() as union:
            return _joined(*(bounds(u) for u in union.types))
        case _:
            return ""


def default(f: mi.Field) -> str:
    """What holds when the field is left out."""
    if f.required:
        return "required"
    if f.default is msgspec.NODEFAULT and f.default_factory is msgspec.NODEFAULT:  # UNSET
        return "unchanged"
    value: Any = f.default_factory() if f.default is msgspec.NODEFAULT else f.default
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    return code(as_json(msgspec.to_builtins(value)))


def inner(t: mi.Type) -> list[mi.StructType]:
    """The structs that a field can hold, directly or in a list."""
    match plain(t):
        case mi.StructType() as s:
            return [s]
        case mi.ListType() | mi.VarTupleType() as many:
            return inner(many.item_type)
        case mi.DictType() as table:
            return inner(table.value_type)
        case mi.UnionType() as union:
            return [s for u in union.types for s in inner(u)]
        case _:
            return []


def _between(low: float | None, high: float | None, what: str) -> str:
    match (low, high):
        case (None, None):
            return ""
        case (None, _):
            text = f"at most {high:,}"
        case (_, None):
            text = f"at least {low:,}"
        case _:
            text = f"{low:,} to {high:,}"
    return f"{text} {what}".strip()


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
