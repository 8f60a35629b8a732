"""欢迎语: the first words in an agent's name. The agent has not said them: they are no answer and start no clock."""

from datetime import datetime

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Face
from chatserver.conversation.settings import ConversationSettings
from chatserver.kernel.placeholders import fill

BLANKS = ("agent", "visitor")

NAMELESS = {"zh-CN": "访客"}
"""How a visitor without a name is greeted, by language."""


def said(c: Conversation, agent: str, face: Face, own: str, s: ConversationSettings, now: datetime) -> list[e.AnyEvent]:
    """The agent's `own` words, or else the workspace's; never twice by the same agent in a row."""
    text = own or s.welcome
    if not text or c.welcomed == agent or c.visit is None:
        return []
    visitor = c.visit.name or NAMELESS.get(c.visit.locale, "there")
    return [e.Welcomed(at=now, agent=agent, face=face, text=fill(text, {"agent": face.name, "visitor": visitor}))]
