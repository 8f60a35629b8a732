"""Service groups over HTTP: found, made and changed one by one; who is in them stands with the agents."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.agents.model import Agent
from chatserver.dispatch.settings import Group
from chatserver.hub.hub import Hub
from chatserver.hub.paging import Page, Paged, listed
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings.parts import DropGroup, SaveGroup
from chatserver.settings.workspace import STREAM, Workspace


class GroupQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: Annotated[str, Meta(max_length=100, description="Part of the name or the id.")] = ""


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    """`agents` are in it and active, `on_duty` of them are there now, `waiting` visitors queue for it."""

    group: Group
    agents: int
    on_duty: int
    waiting: int


class GroupDoor:
    """The operations."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        one, write = "/groups/{id}", p.SETTINGS_WRITE
        self.operations = (
            Operation(
                name="listGroups", method="GET", path="/groups", requires=p.AGENT_READ, run=self.list,
                query=GroupQuery, answers=Page[GroupView],
            ),
            Operation(
                name="saveGroup", method="PUT", path=one, requires=write, run=self.save, body=Group, answers=GroupView,
            ),
            Operation(name="dropGroup", method="DELETE", path=one, requires=write, run=self.drop),
        )  # fmt: skip

    async def list(self, call: Call) -> Page[GroupView]:
        """The groups by id."""
        q: GroupQuery = call.query
        wanted = q.q.strip().casefold()
        found = (g for g in self._groups() if wanted in g.name.casefold() or wanted in g.id.casefold())
        members = self._members()
        return listed(found, q, lambda g: g.id, lambda g: self._view(g, members))

    async def save(self, call: Call) -> GroupView:
        """Make or change a group; what is left out has its default."""
        if call.body.id != call.path["id"]:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.id", reason="not the id of the path")
        await self._hub.send(Envelope(STREAM, SaveGroup(group=call.body, by=call.actor.agent), call.id))
        self._hub.scheduler.refresh()
        return self._view(next(g for g in self._groups() if g.id == call.body.id), self._members())

    async def drop(self, call: Call) -> None:
        """Take a group away that no agent is in, no flow leads to, and no other group flows over to."""
        id = call.path["id"]
        if all(g.id != id for g in self._groups()):
            raise Refused(ErrorCode.NOT_FOUND, group=id)
        may_let_go(self._groups(), tuple(g for g in self._groups() if g.id != id), self._hub.agents())
        await self._hub.send(Envelope(STREAM, DropGroup(group=id, by=call.actor.agent), call.id))
        self._hub.scheduler.refresh()

    def _groups(self) -> tuple[Group, ...]:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace.settings.groups

    def _members(self) -> Counter[str]:
        return members(self._hub.agents())

    def _view(self, group: Group, members: Counter[str]) -> GroupView:
        floor = self._hub.memory.floor()
        return GroupView(
            group=group,
            agents=members[group.id],
            on_duty=floor.on_duty(group.id),
            waiting=len(floor.queue(group.id)),
        )


def members(agents: Iterable[Agent]) -> Counter[str]:
    """How many are in each group and active."""
    return Counter(g for a in agents if a.profile and a.profile.active for g in a.profile.groups)


def may_let_go(before: tuple[Group, ...], after: tuple[Group, ...], agents: Iterable[Agent]) -> None:
    """Nobody is left in a group that there is not: `Refused(group_in_use)`."""
    gone = {g.id for g in before} - {g.id for g in after}
    inside = members(agents)
    if held := sorted(gone & inside.keys()):
        raise Refused(ErrorCode.GROUP_IN_USE, group=held[0], agents=inside[held[0]])
