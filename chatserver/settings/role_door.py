"""Roles over HTTP: what there is to grant, the roles as they are now, made and changed by whoever may."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.check import Actor, covers, require
from chatserver.access.permissions import PERMISSIONS, Permission
from chatserver.access.roles import FIXED, NAMES, ROLES, Role, ScopeName, all_roles, grants_of
from chatserver.agents.model import Agent
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings.parts import DropRole, SaveRole
from chatserver.settings.workspace import STREAM, Workspace


class PermissionView(msgspec.Struct, frozen=True, kw_only=True):
    """`scopes` are those with which it can be granted."""

    key: str
    title: str
    description: str
    scopes: tuple[ScopeName, ...]


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """`built_in`: it is there without being made; `fixed`: it cannot be changed. `agents` have it."""

    id: str
    name: str
    grants: dict[str, ScopeName]
    built_in: bool
    fixed: bool
    agents: int


class RoleList(msgspec.Struct, frozen=True, kw_only=True):
    roles: list[RoleView]
    permissions: list[PermissionView]


class RoleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole role: a permission that is left out is not granted."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    grants: Annotated[dict[str, ScopeName], Meta(max_length=200)]


class RoleDoor:
    """The operations. A changed role acts on the next request, on open connections too."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.operations = (
            Operation(
                name="listRoles", method="GET", path="/roles", requires=p.AGENT_READ, run=self.list, answers=RoleList,
            ),
            Operation(
                name="saveRole", method="PUT", path="/roles/{id}", requires=p.ROLE_MANAGE, run=self.save,
                body=RoleChange, answers=RoleList,
            ),
            Operation(
                name="dropRole", method="DELETE", path="/roles/{id}", requires=p.ROLE_MANAGE, run=self.drop,
                answers=RoleList,
            ),
        )  # fmt: skip

    async def list(self, call: Call) -> RoleList:
        """The roles as they are now, and all permissions that there are to grant."""
        holders: list[Agent] = list(self._hub.agents())
        return RoleList(
            roles=[_view(role, holders) for role in all_roles(self._own())],
            permissions=[_permission(x) for x in PERMISSIONS],
        )

    async def save(self, call: Call) -> RoleList:
        """Make or change a role.

        Nobody grants, or takes away, what they do not hold themselves. A built-in role can be changed, but for the
        administrator's.
        """
        try:
            role = msgspec.convert({"id": call.path["id"], **msgspec.to_builtins(call.body)}, Role)
        except msgspec.ValidationError as failure:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.id", reason=str(failure)) from None
        may_change(call.actor, self._own(), (*(r for r in self._own() if r.id != role.id), role))
        await self._send(call, SaveRole(role=role, by=call.actor.agent))
        return await self.list(call)

    async def drop(self, call: Call) -> RoleList:
        """Take a role of the workspace's own away; make a changed built-in role what it was."""
        id = call.path["id"]
        if all(r.id != id for r in self._own()):
            raise Refused(ErrorCode.NOT_FOUND, role=id)
        left = tuple(r for r in self._own() if r.id != id)
        may_let_go(self._own(), left, self._hub.agents())
        may_change(call.actor, self._own(), left)
        await self._send(call, DropRole(role=id, by=call.actor.agent))
        return await self.list(call)

    def _own(self) -> tuple[Role, ...]:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace.settings.roles

    async def _send(self, call: Call, input: SaveRole | DropRole) -> None:
        await self._hub.send(Envelope(STREAM, input, call.id))


def may_change(who: Actor, before: tuple[Role, ...], after: tuple[Role, ...]) -> None:
    """From one set of roles to another: only with the permission, and never beyond one's own."""
    if before == after:
        return
    require(who, p.ROLE_MANAGE)
    for id in {r.id for r in (*before, *after)}:
        old, new = grants_of(id, before), grants_of(id, after)
        if old != new and not (covers(who, old) and covers(who, new)):
            raise Refused(ErrorCode.FORBIDDEN, permission=p.ROLE_MANAGE.key, role=id)


def may_let_go(before: tuple[Role, ...], after: tuple[Role, ...], agents: Iterable[Agent]) -> None:
    """Nobody is left with a role that there is not: `Refused(role_in_use)`."""
    gone = {r.id for r in before} - {r.id for r in after} - ROLES.keys()
    held = Counter(role for a in agents if a.profile for role in a.profile.roles if role in gone)
    if held:
        role = min(held)
        raise Refused(ErrorCode.ROLE_IN_USE, role=role, agents=held[role])


def _permission(x: Permission) -> PermissionView:
    scopes = tuple(NAMES[scope] for scope in x.scopes)
    return PermissionView(key=x.key, title=x.title, description=x.description, scopes=scopes)


def _view(role: Role, holders: Iterable[Agent]) -> RoleView:
    return RoleView(
        id=role.id,
        name=role.name,
        grants=role.grants,
        built_in=role.id in ROLES,
        fixed=role.id == FIXED,
        agents=sum(role.id in a.profile.roles for a in holders if a.profile),
    )
