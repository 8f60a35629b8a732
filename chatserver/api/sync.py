"""What a console is told when it starts, and when it comes back: all that this agent may see, and nothing else."""

from collections.abc import Sequence
from typing import Any

from chatserver.access import permissions as p
from chatserver.access.check import Actor, Target, allowed
from chatserver.agents.model import BUSY, OFFLINE, READY, REST, Agent
from chatserver.conversation.model import Conversation
from chatserver.conversation.sight import sees, target
from chatserver.hub.hub import Hub, id_of
from chatserver.hub.machines import kind_of
from chatserver.hub.ports import LogRecord
from chatserver.protocol import agent as wire
from chatserver.protocol.timeline import item
from chatserver.protocol.views import agent_card, card
from chatserver.protocol.wire import Sent
from chatserver.settings.workspace import Workspace


def snapshot(hub: Hub, me: Agent, who: Actor) -> wire.Snapshot:
    """Everything, to start from."""
    workspace: Workspace = hub.held("workspace", "main")
    conversations: list[Conversation] = [c for c in hub.memory.of_kind("conversation") if c.visit and sees(who, c)]
    return wire.Snapshot(
        me=_me(me, who),
        conversations=[card(c) for c in sorted(conversations, key=lambda c: c.id)],
        agents=colleagues(hub, who),
        groups=[wire.Named(id=g.id, name=g.name) for g in workspace.settings.groups],
        inboxes=_inboxes(workspace),
        statuses=_statuses(workspace),
    )


def _inboxes(workspace: Workspace) -> list[wire.Named]:
    return [wire.Named(id=x.id, name=x.name) for x in workspace.settings.ways]


def records(hub: Hub, who: Actor, missed: Sequence[LogRecord]) -> list[wire.ConversationRecord]:
    """What this agent may see of a stretch of the log, with each conversation's card as it is now."""
    found: list[wire.ConversationRecord] = []
    for r in missed:
        kind, _, id = r.stream.partition("/")
        c: Conversation | None = hub.at_hand("conversation", id) if kind == "conversation" else None
        if c is not None and sees(who, c):
            knows_all = allowed(who, p.CONVERSATION_READ_RECALLED, target(c))
            line = item(r.seq, id, r.version, hub.event(r), "overseer" if knows_all else "agent", c.changed)
            found.append(wire.ConversationRecord(seq=r.seq, card=card(c), item=line))
    return found


async def mend(hub: Hub, who: Actor, missed: Sequence[LogRecord]) -> list[tuple[str, Sent]]:
    """Pushes for what `records` have no place for: conversations that left this agent's sight, and colleagues.

    Only of conversations that it can have seen: no ids of other groups, and no flood that would cut it off.
    """
    mine = {r.stream for r in missed if who.agent in _named(hub.event(r))}
    talked = {r.stream: r.seq for r in missed if kind_of(r.stream) == "conversation"}
    pushes: list[tuple[str, Sent]] = []
    for name, seq in talked.items():
        c: Conversation = await hub.look("conversation", id_of(name))
        if not sees(who, c) and (c.group in who.groups or name in mine):
            pushes.append(("gone", wire.Gone(seq=seq, conversation=c.id)))
    return [*pushes, *(("agent", view) for view in colleagues(hub, who))]


def _named(event: Any) -> tuple[Any, Any]:
    """The agents whom an event is about."""
    return getattr(event, "agent", None), getattr(event, "to_agent", None)


def colleagues(hub: Hub, who: Actor) -> list[wire.AgentCard]:
    """Oneself, and the agents of groups that one may see."""
    floor = hub.memory.floor()
    known: list[Agent] = [a for a in hub.agents() if a.profile and a.profile.active and _knows(who, a)]
    return [agent_card(a, floor.seats.get(a.id)) for a in sorted(known, key=lambda a: a.id)]


def _knows(who: Actor, a: Agent) -> bool:
    groups = a.profile.groups if a.profile else ()
    return a.id == who.agent or any(allowed(who, p.AGENT_READ, Target(group=g)) for g in groups or (None,))


def _me(a: Agent, who: Actor) -> wire.Me:
    assert a.profile
    return wire.Me(
        id=a.id,
        account=a.profile.account,
        name=a.profile.name,
        nickname=a.profile.nickname,
        avatar=a.profile.avatar,
        roles=list(a.profile.roles),
        permissions={key: scope.name.lower() for key, scope in who.grants.items()},  # type: ignore[misc]
    )


def _statuses(workspace: Workspace) -> list[wire.StatusChoice]:
    built_in = [wire.StatusChoice(key=k, name="", takes_new=k == READY) for k in (READY, BUSY, REST, OFFLINE)]
    own = workspace.settings.agents.statuses
    return built_in + [wire.StatusChoice(key=s.key, name=s.name, takes_new=s.takes_new) for s in own]
