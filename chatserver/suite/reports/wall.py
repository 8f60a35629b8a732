"""实时大屏: who waits, who serves, and how today is going, at this moment. From memory, but for today's sums."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from chatserver.access import permissions as p
from chatserver.access.check import Actor
from chatserver.access.permissions import Scope
from chatserver.agents.model import OFFLINE, Agent
from chatserver.conversation.model import Conversation, Phase
from chatserver.dispatch.model import Seat
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Operation
from chatserver.hub.tables import Rows
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.reports import answers
from chatserver.suite.reports import questions as q
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.kinds import KINDS
from chatserver.suite.reports.measures import Number
from chatserver.suite.reports.people import near


class Longest(msgspec.Struct, frozen=True, kw_only=True):
    """Who has waited longest, since when (epoch milliseconds)."""

    conversation: str
    since: int


class WallGroup(msgspec.Struct, frozen=True, kw_only=True):
    """`ready` agents take new conversations now; `load` of `max` counts all that the group's agents serve, those of
    other groups too, because one agent has one capacity. `unanswered` visitors are served and wait for words."""

    id: str
    name: str
    waiting: int
    longest: Longest | None
    serving: int
    unanswered: int
    on_duty: int
    ready: int
    load: int
    max: int


class WallAgent(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who is not offline. `since`: when the status began."""

    id: str
    name: str
    status: str
    since: int | None
    load: int
    max: int
    groups: list[str]


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """`today` holds the figures of the reports `volume`, `waiting`, `response` and `satisfaction` since local midnight,
    by report. `waits` is who waits longest for an agent, `unanswered` who waits longest for an agent's words."""

    at: int
    waiting: int
    serving: int
    waits: Longest | None
    unanswered: Longest | None
    statuses: dict[str, int]
    groups: list[WallGroup]
    agents: list[WallAgent]
    today: dict[str, dict[str, Number]]


class WallDoor:
    """One operation, which consoles repeat every few seconds."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows
        self.operations: Sequence[Operation] = (
            Operation(name="readWall", method="GET", path="/wall", requires=p.WALL_READ, run=self.wall, answers=Wall),
        )

    async def wall(self, call: Call) -> Wall:
        """Who waits, who serves and how today is going, at this moment. Supervisors see their groups."""
        who, settings = call.actor, self._settings()
        everything = who.grants[p.WALL_READ.key] is Scope.ALL
        groups = [group for group in settings.groups if everything or group.id in who.groups]
        ids = {group.id for group in groups}
        under_way: Iterable[Conversation] = self._hub.memory.of_kind("conversation")
        seen = [c for c in under_way if everything or c.group in ids]
        waits = [c for c in seen if c.phase is Phase.QUEUED]
        serves = [c for c in seen if c.phase is Phase.SERVING]
        agents = self._agents(who, everything)
        seats = [seat for agent in agents if (seat := self._seat(agent.id)) and seat.on_duty]
        waiting, serving = _by_group(waits), _by_group(serves)
        return Wall(
            at=epoch_ms(self._hub.now()),
            waiting=len(waits),
            serving=len(serves),
            waits=_longest(_waiting(waits)),
            unanswered=_longest(_unanswered(serves)),
            statuses=dict(sorted(Counter(agent.status for agent in agents).items())),
            groups=[_group(group, waiting[group.id], serving[group.id], seats) for group in groups],
            agents=[self._agent(agent) for agent in agents if agent.status != OFFLINE],
            today=await self._today(who),
        )

    def _agent(self, agent: Agent) -> WallAgent:
        seat = self._seat(agent.id)
        assert agent.profile
        return WallAgent(
            id=agent.id,
            name=agent.profile.name,
            status=agent.status,
            since=epoch_ms(agent.status_since) if agent.status_since else None,
            load=seat.load if seat else 0,
            max=agent.profile.max,
            groups=list(agent.profile.groups),
        )

    def _agents(self, who: Actor, everybody: bool) -> list[Agent]:
        colleagues = set(near(self._hub, who))
        found: list[Agent] = [a for a in self._hub.agents() if a.profile and (everybody or a.id in colleagues)]
        return sorted(found, key=lambda agent: agent.id)

    def _seat(self, agent: str) -> Seat | None:
        return self._hub.memory.floor().seats.get(agent)

    async def _today(self, who: Actor) -> dict[str, dict[str, Number]]:
        now = epoch_ms(self._hub.now())
        day = date.fromisoformat(Days(self._settings().timezone).moment(now).day)
        found = {}
        for kind in (KINDS[key] for key in ("volume", "waiting", "response", "satisfaction")):
            where = (q.Period(day, day).term, *q.reach(kind, q.Question(), who, p.WALL_READ, ()))
            wanted = q.tally(kind, where)
            found[kind.key] = answers.total(kind, wanted, await self._rows.tally(wanted))
        return found

    def _settings(self) -> Any:
        workspace: Any = self._hub.held("workspace", "main")
        return workspace.settings


Since = tuple[Conversation, datetime | None]


def _group(group: Any, waits: list[Conversation], serves: list[Conversation], seats: list[Seat]) -> WallGroup:
    own = [seat for seat in seats if group.id in seat.groups]
    return WallGroup(
        id=group.id,
        name=group.name,
        waiting=len(waits),
        longest=_longest(_waiting(waits)),
        serving=len(serves),
        unanswered=sum(1 for _ in _unanswered(serves)),
        on_duty=len(own),
        ready=sum(seat.ready for seat in own),
        load=sum(seat.load for seat in own),
        max=sum(seat.max for seat in own),
    )


def _by_group(conversations: Iterable[Conversation]) -> Mapping[str | None, list[Conversation]]:
    found = defaultdict[str | None, list[Conversation]](list)
    for c in conversations:
        found[c.group].append(c)
    return found


def _waiting(waits: Iterable[Conversation]) -> Iterator[Since]:
    return ((c, c.queued_at) for c in waits)


def _unanswered(serves: Iterable[Conversation]) -> Iterator[Since]:
    return ((c, c.soothing.since) for c in serves if c.soothing.since)


def _longest(found: Iterable[Since]) -> Longest | None:
    since, conversation = min(((at, c.id) for c, at in found if at), default=(None, ""))
    return Longest(conversation=conversation, since=epoch_ms(since)) if since else None
