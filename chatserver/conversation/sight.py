"""Who may see a conversation. What one may not see does not exist for one."""

from chatserver.access import permissions as p
from chatserver.access.check import Actor, Target, allowed
from chatserver.conversation.model import Conversation, Phase


def target(c: Conversation) -> Target:
    """The conversation as permissions see it."""
    return Target(owner=c.agent, group=c.group)


def called(c: Conversation) -> tuple[str, ...]:
    """Who was called to it, wherever it belongs: those who help, who are mentioned, or who are to take it over."""
    return (*c.helpers, *c.mentioned, *([c.handover.to_agent] if c.handover else []))


def may_write(who: Actor, c: Conversation) -> bool:
    """Whoever helps writes as if it were their own."""
    owner = who.agent if who.agent in c.helpers else c.agent
    return allowed(who, p.CONVERSATION_REPLY, Target(owner=owner, group=c.group))


def sees(who: Actor, c: Conversation) -> bool:
    """Read permission that reaches it; or it waits in a queue from which this agent may take it; or this agent was
    called to it."""
    if allowed(who, p.CONVERSATION_READ, target(c)):
        return True
    if c.phase is Phase.QUEUED and allowed(who, p.CONVERSATION_TAKE, target(c)):
        return True
    return p.CONVERSATION_READ.key in who.grants and who.agent in called(c)
