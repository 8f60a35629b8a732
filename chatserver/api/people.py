"""Agents over HTTP: found, made, changed, deactivated."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.check import Actor, reaches
from chatserver.access.permissions import Permission
from chatserver.agents import inputs as ai
from chatserver.agents.check import Known
from chatserver.agents.model import Agent, AgentId, Profile
from chatserver.api.auth import Logins
from chatserver.api.management import check, known, manages, settings_of
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.paging import Page, Paged, listed
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms

Secret = Annotated[str, Meta(min_length=8, max_length=256)]


class AgentQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: Annotated[
        str,
        Meta(max_length=100, description="Part of the id, the account or a name: the agent's, a group's, a role's."),
    ] = ""
    group: Annotated[str, Meta(max_length=64)] = ""
    role: Annotated[str, Meta(max_length=64)] = ""
    status: Annotated[str, Meta(max_length=64)] = ""
    active: bool | None = None


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """`load` counts the conversations served now; `status_since` in epoch milliseconds, null for never."""

    id: str
    profile: Profile
    status: str
    status_since: int | None
    load: int


class NewAgent(Profile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` is made where it is not given. Without a password nobody can log in as this agent yet."""

    id: AgentId | None = None
    password: Secret | None = None


class NewNickname(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    nickname: Annotated[str, Meta(min_length=1, max_length=64)]


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`old` is needed for one's own."""

    password: Secret
    old: Annotated[str, Meta(max_length=256)] = ""


class NewStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: Annotated[str, Meta(min_length=1, max_length=64)]


class PeopleDoor:
    """The operations."""

    def __init__(self, hub: Hub, logins: Logins, turn: asyncio.Lock) -> None:
        self._hub = hub
        self._logins = logins
        self._turn = turn
        one, manage = "/agents/{id}", p.AGENT_MANAGE
        self.operations = (
            Operation(
                name="listAgents", method="GET", path="/agents", requires=p.AGENT_READ, run=self.list,
                query=AgentQuery, answers=Page[AgentView],
            ),
            Operation(
                name="getAgent", method="GET", path=one, requires=p.AGENT_READ, run=self.get, answers=AgentView,
            ),
            Operation(
                name="createAgent", method="POST", path="/agents", requires=manage, run=self.create,
                body=NewAgent, answers=AgentView, status=201,
            ),
            Operation(
                name="saveAgent", method="PUT", path=one, requires=manage, run=self.save,
                body=Profile, answers=AgentView,
            ),
            Operation(
                name="setNickname", method="PUT", path=f"{one}/nickname", requires=p.AGENT_NICKNAME,
                run=self.set_nickname, body=NewNickname, answers=AgentView,
            ),
            Operation(
                name="setStatus", method="PUT", path=f"{one}/status", requires=p.AGENT_STATUS,
                run=self.set_status, body=NewStatus, answers=AgentView,
            ),
            Operation(
                name="setPassword", method="PUT", path=f"{one}/password", requires=p.AGENT_PASSWORD,
                run=self.set_password, body=NewPassword,
            ),
        )  # fmt: skip

    async def list(self, call: Call) -> Page[AgentView]:
        """The agents that one may see, by account.

        `q` finds a part of the number (`id`), the name, the nickname or the account, or of the name of a group or a
        role that the agent has, whatever its case; the other filters must all hold.
        """
        q: AgentQuery = call.query
        agents: Iterable[Agent] = self._hub.agents()
        names = known(settings_of(self._hub))
        wanted = ((a.profile.account, a) for a in agents if a.profile and _wanted(q, names, a, a.profile))
        seen = ((account, a) for account, a in wanted if _reaches(call.actor, p.AGENT_READ, a))
        return listed(seen, q, lambda one: one[0], lambda one: self._view(one[1]))

    async def get(self, call: Call) -> AgentView:
        """One agent."""
        return self._view(self._agent(call, p.AGENT_READ))

    async def create(self, call: Call) -> AgentView:
        """Make an agent.

        Refused with `account_taken` when another agent has the account, and with the path of every other problem.
        """
        body: NewAgent = call.body
        id, profile = body.id or new_id(), profile_of(body)
        async with self._turn:
            if self._hub.at_hand("agent", id):
                raise Refused(ErrorCode.CONFLICT, path="$.id")
            check(self._hub, call.actor, None, profile)
            view = await self._send(call, id, ai.Saved(profile=profile, by=call.actor.agent))
        if body.password is not None:
            await self._logins.set_password(view.id, body.password)
        return view

    async def save(self, call: Call) -> AgentView:
        """Change an agent; what is left out has its default.

        Not `active`: from now on nobody can log in as this agent, and what the agent serves goes back to the queue.
        """
        agent = self._agent(call, p.AGENT_MANAGE)
        async with self._turn:
            check(self._hub, call.actor, agent, call.body)
            return await self._send(call, agent.id, ai.Saved(profile=call.body, by=call.actor.agent))

    async def set_nickname(self, call: Call) -> AgentView:
        """Change the name that visitors see."""
        agent = self._agent(call, p.AGENT_NICKNAME)
        return await self._send(call, agent.id, ai.Renamed(nickname=call.body.nickname, by=call.actor.agent))

    async def set_status(self, call: Call) -> AgentView:
        """Change the status: one's own, or a colleague's where that is allowed."""
        agent = self._agent(call, p.AGENT_STATUS)
        by = "" if agent.id == call.actor.agent else call.actor.agent
        return await self._send(call, agent.id, ai.StatusChosen(status=call.body.status, by=by))

    async def set_password(self, call: Call) -> None:
        """Change a password: one's own with the present one. Every login of the agent is over."""
        agent = self._agent(call, p.AGENT_PASSWORD)
        if agent.id == call.actor.agent:
            await self._logins.confirm(agent.id, call.body.old)
        manages(settings_of(self._hub), call.actor, agent)
        await self._logins.set_password(agent.id, call.body.password)
        await self._logins.forget(agent.id)

    async def _send(self, call: Call, id: str, input: ai.AnyInput) -> AgentView:
        receipt = await self._hub.send(Envelope(stream("agent", id), input, call.id))
        return self._view(self._hub.held("agent", id_of(receipt.stream)))

    def _agent(self, call: Call, permission: Permission) -> Agent:
        """Whom one may not see does not exist for one."""
        agent: Agent | None = self._hub.at_hand("agent", call.path["id"])
        if agent is None or agent.profile is None or not _reaches(call.actor, p.AGENT_READ, agent):
            raise Refused(ErrorCode.NOT_FOUND, agent=call.path["id"])
        if not _reaches(call.actor, permission, agent):
            raise Refused(ErrorCode.FORBIDDEN, permission=permission.key)
        return agent

    def _view(self, agent: Agent) -> AgentView:
        assert agent.profile
        seat = self._hub.memory.floor().seats.get(agent.id)
        return AgentView(
            id=agent.id,
            profile=agent.profile,
            status=agent.status,
            status_since=epoch_ms(agent.status_since) if agent.status_since else None,
            load=seat.load if seat else 0,
        )


def profile_of(body: NewAgent) -> Profile:
    return Profile(**{field: getattr(body, field) for field in Profile.__struct_fields__})


def _reaches(who: Actor, permission: Permission, agent: Agent) -> bool:
    return agent.profile is not None and reaches(who, permission, agent.id, agent.profile.groups)


def _wanted(q: AgentQuery, names: Known, agent: Agent, profile: Profile) -> bool:
    said = q.q.strip().casefold()
    return (
        (not said or any(said in x.casefold() for x in _known_by(names, agent, profile)))
        and (not q.group or q.group in profile.groups)
        and (not q.role or q.role in profile.roles)
        and (not q.status or q.status == agent.status)
        and (q.active is None or q.active == profile.active)
    )


def _known_by(names: Known, agent: Agent, profile: Profile) -> Iterator[str]:
    """What people type when they look for somebody."""
    yield from (agent.id, profile.account, profile.name, profile.nickname)
    yield from (names.groups.get(group, "") for group in profile.groups)
    yield from (names.roles.get(role, "") for role in profile.roles)
