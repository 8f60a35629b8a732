"""What the channels can do: one row a kind. A channel without a row can do none of it, and nobody is told otherwise."""

import msgspec

from chatserver.conversation.model import Conversation
from chatserver.kernel.errors import ErrorCode, Refused


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """`edit`, `recall`: a line that has arrived can still be changed, taken back; `quote`: shown with what it answers;
    `typing`, `read`: each side can see that the other one writes, and has read."""

    edit: bool = False
    recall: bool = False
    quote: bool = False
    typing: bool = False
    read: bool = False


PAGE = Capabilities(edit=True, recall=True, quote=True, typing=True, read=True)
"""Our own page in a browser."""

CAPABILITIES: dict[str, Capabilities] = {"web": PAGE, "h5": PAGE}
"""By kind of channel."""

NOTHING = Capabilities()


def of(c: Conversation) -> Capabilities:
    return CAPABILITIES.get(c.visit.channel, NOTHING) if c.visit else NOTHING


def check(c: Conversation, can: bool) -> None:
    """Refused rather than done on one side only."""
    if not can:
        raise Refused(ErrorCode.CHANNEL_CANNOT, channel=c.visit.channel if c.visit else "")


def names(c: Conversation) -> list[str]:
    """For consoles: what may be offered to the agent."""
    found = of(c)
    return [name for name in Capabilities.__struct_fields__ if getattr(found, name)]
