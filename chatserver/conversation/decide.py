"""What happens next in a conversation: one entry, then by who speaks. Pure: no clock, no ids, no I/O."""

from datetime import datetime
from typing import assert_never

from chatserver.conversation import (
    asking,
    by_agent,
    by_visitor,
    delivery,
    handover,
    idle,
    leaving,
    left_answer,
    offer,
    record,
    satisfaction,
    soothe,
    waiting,
    welcome,
)
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation, Phase, TurnedAwayFor
from chatserver.conversation.settings import ConversationRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[ConversationRules]
Answer = i.AgentGiven | i.AgentAsked | i.PositionGiven | i.QueueMoved | i.QueueRefused
"""What the floor says to whoever has just asked for an agent."""

AFTERWARDS = (
    i.VisitorSaw,
    i.VisitorRated,
    i.VisitorRecalled,
    i.AgentNoted,
    i.AgentEdited,
    i.AgentRecalled,
    i.AgentTagged,
    i.AgentSummarised,
)
"""What still makes sense when a conversation is over."""


def decide(c: Conversation, input: i.AnyInput, env: Rules) -> list[e.AnyEvent]:
    """What follows from an input; and from an end, whoever brought it, the question how it was."""
    events = follows(c, input, env)
    ended = next((x for x in events if isinstance(x, e.Closed)), None)
    if ended is None or (isinstance(input, i.AgentEnded) and not input.asks):
        return events
    return [*events, *satisfaction.after_close(c, ended, env.settings.settings.satisfaction)]


def follows(c: Conversation, input: i.AnyInput, env: Rules) -> list[e.AnyEvent]:
    """Most inputs of a conversation that is over are refused; `goes_on` says which are not."""
    match input:
        case i.VisitorCame() | i.VisitorSpoke():
            return by_visitor.decide(c, input, env)
        case i.VisitorChose() | i.VisitorSubmitted() | i.VisitorRated():
            return by_visitor.decide(c, input, env) if goes_on(c, input) else []
        case i.VisitorRecalled() | i.VisitorQuit() | i.VisitorEnded() | i.VisitorSaw():
            return by_visitor.decide(c, input, env) if goes_on(c, input) else []
        case i.AgentSpoke() | i.AgentNoted() | i.AgentEdited() | i.AgentRecalled() | i.AgentSaw():
            return by_agent.decide(c, input, env) if goes_on(c, input) else []
        case i.AgentAnswered() | i.AgentTransferred() | i.HelperInvited() | i.HelperLeft():
            return by_agent.decide(c, input, env) if goes_on(c, input) else []
        case i.AgentHeld() | i.AgentInvited() | i.AgentTagged() | i.AgentSummarised() | i.AgentEnded():
            return by_agent.decide(c, input, env) if goes_on(c, input) else []
        case i.AgentLost():
            return agent_lost(c, input, env)
        case i.AgentGiven() | i.AgentAsked() | i.PositionGiven() | i.QueueMoved() | i.QueueRefused():
            return by_floor(c, input, env)
        case i.TagsGone():
            return record.without(c, input, env.now)
        case i.AnswerSaid():
            return left_answer.said(c, input.answer, env.now)
        case i.DeliveryReported():
            return delivery.reported(input, env.now)
        case i.BotAnswered() | i.WebhookAnswered() | i.NotAnswered():
            return asking.decide(c, input, env)
        case i.Ticked():
            return due(c, env)
        case _:
            assert_never(input)


def agent_lost(c: Conversation, input: i.AgentLost, env: Rules) -> list[e.AnyEvent]:
    """Nobody is left with an agent who is gone, unless the group says that its agents come back; told either way."""
    if c.phase is Phase.QUEUED:
        return offer.lost(c, input, env.now)
    rule = env.settings.queues.get(c.group or "")
    if c.phase is not Phase.SERVING or c.agent != input.agent or c.group is None:
        return []
    if rule is not None and rule.keeps and not input.for_good:
        return [e.AgentAway(at=env.now, agent=input.agent)]
    return [e.ReturnedToQueue(at=env.now, agent=input.agent, group=c.group, since=c.place_since or env.now)]


def by_floor(c: Conversation, input: Answer, env: Rules) -> list[e.AnyEvent]:
    """The floor answers in the same step as it was asked, so the conversation still waits; anything else is a bug."""
    assert c.phase is Phase.QUEUED, f"the floor answered a conversation that is {c.phase.value}"
    match input:
        case i.AgentGiven():
            assigned = e.Assigned(at=env.now, agent=input.agent, face=input.face, taken=input.taken)
            s = env.settings.settings
            return [assigned, *welcome.said(c, input.agent, input.face, input.welcome, s, env.now)]
        case i.AgentAsked():
            return offer.asked(input, env.now)
        case i.PositionGiven():
            return [e.PositionTold(at=env.now, ahead=input.ahead)]
        case i.QueueMoved():
            return [e.Overflowed(at=env.now, group=input.group)]
        case i.QueueRefused():
            return leaving.not_kept(c, input.reason, env)
        case _:
            assert_never(input)


def due(c: Conversation, env: Rules) -> list[e.AnyEvent]:
    """Everything that is due by now: the wait's end first, then what is said to those who still wait."""
    rules, s = env.settings, env.settings.settings
    if waiting.over(c, rules, env.now):
        return leaving.not_kept(c, TurnedAwayFor.TIMEOUT, env)
    if unanswered := asking.due(c, env):
        return unanswered
    asked = [*waiting.overflow_due(c, rules, env.now), *offer.due(c, env.now), *handover.due(c, env.now)]
    return [*asked, *soothe.due(c, s, env.now), *idle.due(c, s, env.now)]


def wake_at(c: Conversation, rules: ConversationRules) -> datetime | None:
    """When this conversation wants to be told that time has passed."""
    s = rules.settings
    asked = (waiting.wake_at(c, rules), asking.wake_at(c), offer.wake_at(c), handover.wake_at(c))
    return min((t for t in (*asked, soothe.wake_at(c, s), idle.wake_at(c, s)) if t), default=None)


def goes_on(c: Conversation, input: i.AnyInput) -> bool:
    """False: there is nothing left to do. Ending twice is no error: two people may click at once."""
    if c.phase is Phase.NEW:
        raise Refused(ErrorCode.CONVERSATION_NOT_STARTED)
    if c.phase is not Phase.CLOSED or isinstance(input, AFTERWARDS):
        return True
    if isinstance(input, i.VisitorEnded | i.AgentEnded | i.AgentSaw | i.HelperLeft):
        return False
    raise Refused(ErrorCode.CONVERSATION_CLOSED)
