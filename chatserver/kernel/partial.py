"""Structs of which only some fields are given: what differs from something whole, and nothing else."""

from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import fields, replace

Whole = TypeVar("Whole", bound=Struct)


def partial(whole: type[Struct], name: str) -> type[Struct]:
    """The struct `name` with the fields of `whole`, none of which must be given; so it is with the structs in it."""
    return msgspec.defstruct(
        name,
        [(f.name, _part(f.type) | UnsetType, UNSET) for f in fields(whole)],
        namespace={"__doc__": whole.__doc__},
        module=whole.__module__,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def over(whole: Whole, given: Struct) -> Whole:
    """`whole` with what is `given` in its place."""
    changes = {}
    for f in fields(given):
        value, present = getattr(given, f.name), getattr(whole, f.name)
        if value is not UNSET:
            changes[f.name] = over(present, value) if isinstance(present, Struct) else value
    return replace(whole, **changes)


def _part(kind: object) -> object:
    return partial(kind, f"Own{kind.__name__}") if isinstance(kind, type) and issubclass(kind, Struct) else kind
