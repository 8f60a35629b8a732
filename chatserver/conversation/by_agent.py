"""What an agent's words lead to. Whether the agent may speak at all was asked at the door; here: does he serve?"""

from typing import assert_never

from chatserver.conversation import (
    capabilities,
    change,
    delivery,
    handover,
    helping,
    hold,
    offer,
    record,
    satisfaction,
)
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import ClosedBy, Conversation, Phase, Scene
from chatserver.conversation.settings import ConversationRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[ConversationRules]


def decide(c: Conversation, input: i.AgentInput, env: Rules) -> list[e.AnyEvent]:
    match input:
        case i.AgentSpoke() | i.AgentNoted() | i.AgentEdited() | i.AgentRecalled() | i.AgentSaw():
            return words(c, input, env)
        case i.AgentAnswered() | i.AgentTransferred() | i.HelperInvited() | i.HelperLeft():
            return handing_over(c, input, env)
        case i.AgentHeld():
            return hold.held(c, input, env.now)
        case i.AgentInvited():
            if c.phase is not Phase.SERVING or c.agent != input.agent:
                raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
            return satisfaction.ask(c, Scene.INVITED, env.settings.settings.satisfaction, env.now)
        case i.AgentTagged():
            return record.tagged(c, input, env.now)
        case i.AgentSummarised():
            return record.summarised(c, input, env.now)
        case i.AgentEnded():
            return [e.Closed(at=env.now, by=ClosedBy.AGENT, agent=input.agent)]
        case _:
            assert_never(input)


def words(c: Conversation, input: i.AgentWords, env: Rules) -> list[e.AnyEvent]:
    match input:
        case i.AgentSpoke():
            return spoke(c, input, env)
        case i.AgentNoted():
            return helping.noted(c, input, env.now)
        case i.AgentEdited():
            return change.edited(c, input, env)
        case i.AgentRecalled():
            return change.recalled_by_agent(c, input, env)
        case i.AgentSaw():
            return saw(c, input, env)
        case _:
            assert_never(input)


def handing_over(c: Conversation, input: i.AgentHandover, env: Rules) -> list[e.AnyEvent]:
    match input:
        case i.AgentAnswered():
            return handover.answered(c, input, env.now) if c.phase is Phase.SERVING else offer.answered(c, input, env)
        case i.AgentTransferred():
            return handover.transferred(c, input, env)
        case i.HelperInvited():
            return helping.invited(c, input, env.now)
        case i.HelperLeft():
            return helping.left(c, input, env.now)
        case _:
            assert_never(input)


def spoke(c: Conversation, input: i.AgentSpoke, env: Rules) -> list[e.AnyEvent]:
    """Whoever serves or helps; the visitor is not on hold any more."""
    if c.phase is Phase.CLOSED:
        raise Refused(ErrorCode.CONVERSATION_CLOSED)
    if c.phase is not Phase.SERVING or input.agent not in (c.agent, *c.helpers):
        raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
    if input.quote:
        capabilities.check(c, capabilities.of(c).quote)
    delivery.check(c, env.now)
    said = e.AgentMessage(
        at=env.now, id=input.id, agent=input.agent, face=input.face, content=input.content, quote=input.quote
    )
    return [*hold.ended(c, input.agent, env.now), said]


def saw(c: Conversation, input: i.AgentSaw, env: Rules) -> list[e.AnyEvent]:
    """Only the agent who serves makes a line "read": a supervisor who looks on promises no answer."""
    if c.phase is not Phase.SERVING or c.agent != input.agent or input.upto <= c.agent_read:
        return []
    shown = env.settings.settings.read_marks and capabilities.of(c).read
    return [e.AgentRead(at=env.now, agent=input.agent, upto=input.upto, shown=shown)] if shown or c.unread else []
