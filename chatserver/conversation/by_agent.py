"""What an agent's words lead to. Whether the agent may speak at all was asked at the door; here: does he serve?"""

from typing import assert_never

from chatserver.conversation import delivery, offer, satisfaction
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import ClosedBy, Conversation, Phase, Scene
from chatserver.conversation.settings import ConversationRules
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env


def decide(c: Conversation, input: i.AgentInput, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    match input:
        case i.AgentSpoke():
            if c.phase is Phase.CLOSED:
                raise Refused(ErrorCode.CONVERSATION_CLOSED)
            if c.phase is not Phase.SERVING or c.agent != input.agent:
                raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
            delivery.check(c, env.now)
            return [
                e.AgentMessage(at=env.now, id=input.id, agent=input.agent, face=input.face, content=input.content)
            ]
        case i.AgentNoted():
            return [e.NoteAdded(at=env.now, id=input.id, agent=input.agent, face=input.face, content=input.content)]
        case i.AgentInvited():
            if c.phase is not Phase.SERVING or c.agent != input.agent:
                raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
            return satisfaction.ask(c, Scene.INVITED, env.settings.settings.satisfaction, env.now)
        case i.AgentAnswered():
            return offer.answered(c, input, env.now)
        case i.AgentTransferred():
            return transferred(c, input, env)
        case i.AgentEnded():
            closed = e.Closed(at=env.now, by=ClosedBy.AGENT, agent=input.agent)
            return [closed, *satisfaction.after_close(c, closed, env.settings.settings.satisfaction)]
        case i.AgentSaw():
            # Only the agent who serves makes a line "read": a supervisor who looks on promises no answer.
            if c.phase is not Phase.SERVING or c.agent != input.agent:
                return []
            return [e.AgentRead(at=env.now, agent=input.agent, upto=input.upto)] if input.upto > c.agent_read else []
        case _:
            assert_never(input)


def transferred(c: Conversation, input: i.AgentTransferred, env: Env[ConversationRules]) -> list[e.AnyEvent]:
    """Whether the other side can take it, the floor says in the same step; if not, nothing has happened."""
    if c.phase is not Phase.SERVING or c.agent is None or c.group is None:
        raise Refused(ErrorCode.NOT_YOUR_CONVERSATION)
    return [
        e.Transferred(
            at=env.now,
            by=input.by,
            to_name=input.to_name,
            group=input.to_group or c.group,
            since=c.place_since or env.now,
            agent=c.agent,
            to_agent=input.to_agent,
        )
    ]
