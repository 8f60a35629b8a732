"""One group or one role of the settings, put or taken away: whoever edits one does not overwrite the others."""

from typing import TypeVar, assert_never

from msgspec.structs import replace

from chatserver.access.roles import Role
from chatserver.dispatch.settings import Group
from chatserver.kernel.machine import Input
from chatserver.settings.model import Settings


class SaveGroup(Input, frozen=True, kw_only=True):
    """In the place of the group with the same id, or at the end."""

    group: Group
    by: str


class DropGroup(Input, frozen=True, kw_only=True):
    group: str
    by: str


class SaveRole(Input, frozen=True, kw_only=True):
    """In the place of the role with the same id, or at the end."""

    role: Role
    by: str


class DropRole(Input, frozen=True, kw_only=True):
    """A built-in role is as it was in the beginning."""

    role: str
    by: str


P = TypeVar("P", Group, Role)
PartInput = SaveGroup | DropGroup | SaveRole | DropRole


def changed(s: Settings, input: PartInput) -> Settings:
    match input:
        case SaveGroup():
            return replace(s, groups=_put(s.groups, input.group))
        case DropGroup():
            return replace(s, groups=tuple(g for g in s.groups if g.id != input.group))
        case SaveRole():
            return replace(s, roles=_put(s.roles, input.role))
        case DropRole():
            return replace(s, roles=tuple(r for r in s.roles if r.id != input.role))
        case _:
            assert_never(input)


def _put(parts: tuple[P, ...], part: P) -> tuple[P, ...]:
    return tuple(({p.id: p for p in parts} | {part.id: part}).values())
