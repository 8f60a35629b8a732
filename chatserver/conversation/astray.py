"""迷路: a conversation whose place in its flow is not there any more. It goes on in the flow that holds now.

Earlier versions of flows are kept for those who are still in them, but not for ever. Knows no reason why one is gone.
"""

from chatserver.conversation import events as e
from chatserver.conversation.guide import facts_of, follow
from chatserver.conversation.model import ClosedBy, Conversation, FlowRef, Phase
from chatserver.conversation.settings import ConversationRules
from chatserver.flow import interpreter as flow
from chatserver.flow.model import Ask, Bot, LeaveMessage, Menu, ToGroup, Webhook
from chatserver.kernel.machine import Env

RESTS = {Phase.QUEUED: ToGroup, Phase.LEAVING_MESSAGE: LeaveMessage}
"""The kind of node at which a conversation rests; a guided one at whatever is answered."""


def is_astray(c: Conversation, env: Env[ConversationRules]) -> bool:
    """Whether the flow knows nothing of where the conversation rests."""
    present = env.settings.flow
    if present is None or c.place is None or c.flow != FlowRef(id=present.id, version=present.version):
        return True
    guided = Bot | Webhook if c.asking else Menu | Ask | Bot
    return not isinstance(present.node(c.place.node), RESTS.get(c.phase, guided))


def back(c: Conversation, env: Env[ConversationRules], words: str = "") -> list[e.AnyEvent]:
    """From the start of the flow that holds now, with what the visitor said before; without a flow it is over."""
    present = env.settings.flow
    if present is None:
        return [e.Closed(at=env.now, by=ClosedBy.FLOW)]
    began = e.FlowRestarted(at=env.now, flow=FlowRef(id=present.id, version=present.version))
    return [began, *follow(flow.enter(present, facts_of(c, env.settings, env.now), words), env.now)]
