"""退出排队, in three ways: give the place up, keep it while away, or leave a message instead; and not being kept."""

from collections import deque
from typing import assert_never

from chatserver.conversation import astray
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.guide import facts_of, flow_of, follow, place
from chatserver.conversation.model import Conversation, Phase, QueueExit, TurnedAwayFor
from chatserver.conversation.settings import ConversationRules
from chatserver.flow import interpreter as flow
from chatserver.flow.model import Flow, LeaveMessage, ToGroup, edges
from chatserver.flow.step import FormAsked, Step
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[ConversationRules]


def quit_queue(c: Conversation, input: i.VisitorQuit, env: Rules) -> list[e.AnyEvent]:
    if c.phase is not Phase.QUEUED:
        raise Refused(ErrorCode.NOT_WAITING)
    match input.mode:
        case QueueExit.DROP:
            return [e.QueueLeft(at=env.now), *turned_away(c, env)]
        case QueueExit.KEEP:
            return [] if c.away else [e.PlaceKept(at=env.now)]
        case QueueExit.CALL_BACK:
            form = None if astray.is_astray(c, env) else form_behind(flow_of(env.settings), place(c).node)
            if form is None:
                raise Refused(ErrorCode.NO_CALL_BACK)
            asked = Step(form.id, 0, (FormAsked(form.text, form.fields),))
            return [e.QueueLeft(at=env.now), *follow(asked, env.now)]
        case _:
            assert_never(input.mode)


def not_kept(c: Conversation, reason: TurnedAwayFor, env: Rules) -> list[e.AnyEvent]:
    """The queue lets them go: whoever was handed over to it goes back, all others on in the flow."""
    if c.handed_over_by and c.handed_over_from:
        back = {"agent": c.handed_over_by, "group": c.handed_over_from}
        return [e.HandoverReturned(at=env.now, **back, since=c.place_since or env.now)]
    return [e.TurnedAway(at=env.now, reason=reason), *turned_away(c, env)]


def turned_away(c: Conversation, env: Rules) -> list[e.AnyEvent]:
    """The flow goes on where its to_group node says, for whoever is not served there."""
    if astray.is_astray(c, env):
        return astray.back(c, env)
    step = flow.turned_away(flow_of(env.settings), place(c).node, facts_of(c, env.settings, env.now))
    return follow(step, env.now)


def form_behind(flow_: Flow, node: str) -> LeaveMessage | None:
    """The nearest form to which the way of those whom this group does not serve can lead."""
    group = flow_.node(node)
    ahead = deque([group.otherwise] if isinstance(group, ToGroup) else [])
    seen: set[str] = set()
    while ahead:
        id = ahead.popleft()
        found = flow_.node(id)
        if isinstance(found, LeaveMessage):
            return found
        if found is None or id in seen:
            continue
        seen.add(id)
        ahead.extend(edge.to for edge in edges(found))
    return None
