"""THE port of every bot: a turn goes in, a reply comes out. Knows no bot and no flow."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What the visitor wrote, and who that is. `id` is the same when a turn is asked again after a restart; `answers`
    are the values that the flow has asked for so far, by their keys."""

    id: str
    bot: str
    text: str
    conversation: str
    contact: str = ""
    channel: str = ""
    locale: str = ""
    answers: Mapping[str, str] = {}


class BotReply(msgspec.Struct, frozen=True, kw_only=True):
    """`suggestions` are questions that the visitor may ask next, shown as a menu; they need a `text`.

    Not `understood`: the bot had no answer, and `text` says so. `handoff`: a person is needed.
    """

    text: str = ""
    suggestions: tuple[str, ...] = ()
    understood: bool = True
    handoff: bool = False


class Bot(Protocol):
    """Anything that answers. To raise, or to take too long, is to fail; the flow then goes on without an answer."""

    async def answer(self, turn: Turn) -> BotReply: ...
