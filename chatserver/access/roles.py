"""角色: which permissions, and how far each reaches. The built-in ones, and those that a workspace makes of its own."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.permissions import PERMISSIONS, Scope

Grants = dict[str, Scope]
"""Permission key -> scope."""

ScopeName = Literal["own", "group", "all"]
RoleId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role as an administrator writes it. One with the id of a built-in role stands in its place."""

    id: RoleId
    name: Annotated[str, Meta(min_length=1, max_length=100, title="角色名称")]
    grants: Annotated[
        dict[str, ScopeName], Meta(max_length=200, title="权限", description="Permission key -> own, group or all.")
    ] = {}


AGENT: Grants = {
    p.CONVERSATION_READ.key: Scope.OWN,
    p.CONVERSATION_REPLY.key: Scope.OWN,
    p.CONVERSATION_TAKE.key: Scope.GROUP,
    p.CONVERSATION_TRANSFER.key: Scope.OWN,
    p.CONVERSATION_CLOSE.key: Scope.OWN,
    p.CONVERSATION_RECORD.key: Scope.OWN,
    p.VISITOR_BAN.key: Scope.OWN,
    p.CONTACT_READ.key: Scope.OWN,
    p.CONTACT_EDIT.key: Scope.OWN,
    p.AGENT_READ.key: Scope.GROUP,
    p.AGENT_STATUS.key: Scope.OWN,
    p.AGENT_NICKNAME.key: Scope.OWN,
    p.AGENT_PASSWORD.key: Scope.OWN,
    p.TAG_READ.key: Scope.ALL,
    p.FORM_READ.key: Scope.ALL,
    p.QUICK_REPLY_USE.key: Scope.OWN,
    p.LEAVE_MESSAGE_READ.key: Scope.GROUP,
    p.LEAVE_MESSAGE_MANAGE.key: Scope.GROUP,
    p.REPORT_READ.key: Scope.OWN,
}

SUPERVISOR: Grants = AGENT | {
    p.CONVERSATION_READ.key: Scope.GROUP,
    p.CONVERSATION_TRANSFER.key: Scope.GROUP,
    p.CONVERSATION_CLOSE.key: Scope.GROUP,
    p.CONVERSATION_TAKE_OVER.key: Scope.GROUP,
    p.CONVERSATION_RECORD.key: Scope.GROUP,
    p.CONVERSATION_READ_RECALLED.key: Scope.GROUP,
    p.CONVERSATION_EXPLAIN.key: Scope.GROUP,
    p.VISITOR_BAN.key: Scope.GROUP,
    p.CONTACT_READ.key: Scope.GROUP,
    p.CONTACT_EDIT.key: Scope.GROUP,
    p.CONTACT_MARK.key: Scope.GROUP,
    p.AGENT_STATUS.key: Scope.GROUP,
    p.QUICK_REPLY_MANAGE.key: Scope.ALL,
    p.REPORT_READ.key: Scope.GROUP,
    p.REPORT_EXPORT.key: Scope.GROUP,
    p.WALL_READ.key: Scope.GROUP,
    p.SETTINGS_READ.key: Scope.ALL,
}

ADMIN: Grants = {permission.key: Scope.ALL for permission in p.PERMISSIONS}

ROLES: dict[str, Grants] = {"agent": AGENT, "supervisor": SUPERVISOR, "admin": ADMIN}
"""角色: 座席, 班长, 管理员."""

TITLES = {"agent": "座席", "supervisor": "班长", "admin": "管理员"}

BY_KEY = {permission.key: permission for permission in PERMISSIONS}

FIXED = "admin"
"""Always holds everything: nobody can lock the last administrator out, and what is new is theirs from the first day."""


def grants_of(role: str, own: tuple[Role, ...]) -> Grants:
    """What a role grants in a workspace with these roles of its own; an unknown role and an
    unknown permission grant nothing."""
    changed = next((r for r in own if r.id == role), None)
    if changed is None or role == FIXED:
        return ROLES.get(role, {})
    return {key: Scope[name.upper()] for key, name in changed.grants.items() if key in BY_KEY}


def all_roles(own: tuple[Role, ...]) -> list[Role]:
    """The built-in roles, each as it is now, and then the workspace's own."""
    changed = {r.id: r for r in own if r.id != FIXED}
    built_in = [changed.pop(id, _role(id)) for id in ROLES]
    return [*built_in, *changed.values()]


def _role(id: str) -> Role:
    grants: dict[str, ScopeName] = {key: NAMES[scope] for key, scope in ROLES[id].items()}
    return Role(id=id, name=TITLES[id], grants=grants)


NAMES: dict[Scope, ScopeName] = {Scope.OWN: "own", Scope.GROUP: "group", Scope.ALL: "all"}


def problems(own: tuple[Role, ...]) -> Iterator[tuple[str, str]]:
    """(path, code) for what is wrong with a workspace's roles."""
    for n, role in enumerate(own):
        if role.id == FIXED:
            yield f"$.roles[{n}].id", "admin_fixed"
        for key, code in wrong(role.grants):
            yield f"$.roles[{n}].grants.{key}", code


def wrong(grants: dict[str, ScopeName]) -> Iterator[tuple[str, str]]:
    """(permission, code) for what cannot be granted at all, or not so."""
    for key, name in grants.items():
        if key not in BY_KEY:
            yield key, "unknown_permission"
        elif Scope[name.upper()] not in BY_KEY[key].scopes:
            yield key, "all_only"
