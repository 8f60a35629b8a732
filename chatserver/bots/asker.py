"""Asks bots and servers what flows want to know, outside the step, and brings their answers back as inputs.

What is still to be asked is not remembered here: an open conversation says what it waits for, after a restart too. An
answer that comes twice or too late is the conversation's to pass over.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from chatserver.bots.bot import Bot, Turn
from chatserver.bots.webhooks import Caller
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.model import Conversation
from chatserver.flow.model import Bot as BotNode
from chatserver.flow.model import Flow, Webhook
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry, Subscriber
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.tasks import spawn, stop

_log = logging.getLogger("chatserver.bots")

AT_ONCE = 100
"""Questions of one node of a flow under way; more wait their turn, and those that waited too long are not asked any
more. Each node has places of its own: nobody waits for the slow answers that others wait for."""

AGAIN_AFTER = 1.0
"""Seconds until an answer that the server was too busy to take is brought again."""

FlowOf = Callable[[str, int], Flow | None]
BotOf = Callable[[str], Bot | None]


class Asker:
    """`flow_of` finds a flow by id and version, `bot_of` a bot by id; both as the settings are now."""

    def __init__(self, hub: Hub, flow_of: FlowOf, bot_of: BotOf, caller: Caller) -> None:
        self._hub = hub
        self._flow_of = flow_of
        self._bot_of = bot_of
        self._caller = caller
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._places: dict[tuple[str, str], asyncio.Semaphore] = defaultdict(partial(asyncio.Semaphore, AT_ONCE))
        self.subscriber = Subscriber("asker", self._heard)
        hub.engine.recovered.append(self._recovered)

    async def close(self) -> None:
        for task in list(self._tasks.values()):
            await stop(task)
        await self._caller.close()

    async def _heard(self, entries: Sequence[Entry]) -> None:
        asked = [h.stream for _, h in entries if isinstance(h.event, e.BotAsked | e.WebhookAsked)]
        self._ask_all(c for name in asked if (c := self._hub.at_hand(kind_of(name), id_of(name))))

    def _recovered(self) -> None:
        """After a start, and when another process has written: whoever waits is asked for."""
        self._ask_all(self._hub.memory.of_kind("conversation"))

    def _ask_all(self, conversations: Iterable[Conversation]) -> None:
        for c in conversations:
            if c.asking and c.flow and c.place and c.asking.id not in self._tasks:
                places = self._places[c.flow.id, c.place.node]
                self._tasks[c.asking.id] = spawn(self._ask(c.id, c.asking.id, places), "asker")

    async def _ask(self, conversation: str, asked: str, places: asyncio.Semaphore) -> None:
        try:
            async with places:
                c: Conversation | None = self._hub.at_hand("conversation", conversation)
                if c is None or c.asking is None or c.asking.id != asked:
                    return
                answer = await self._answer(c, asked)
            await self._bring(stream("conversation", conversation), answer)
        finally:
            self._tasks.pop(asked, None)

    async def _answer(self, c: Conversation, asked: str) -> i.OutsideInput:
        try:
            answer = await self._of(c, asked)
        except Exception:
            # A bot may be anybody's code. What the conversation does about it stands in its flow.
            _log.exception("nobody answered", extra={"conversation": c.id})
            return i.NotAnswered(asked=asked)
        return answer or i.NotAnswered(asked=asked)

    async def _of(self, c: Conversation, asked: str) -> i.OutsideInput | None:
        """The answer; None when there is nobody to ask, or no answer of use."""
        flow = self._flow_of(c.flow.id, c.flow.version) if c.flow else None
        node = flow.node(c.place.node) if flow and c.place else None
        match node:
            case BotNode() if (bot := self._bot_of(node.bot)) and c.asking and c.visit:
                reply = await asyncio.wait_for(bot.answer(_turn(c, asked, node.bot, c.asking.text)), node.timeout)
                return i.BotAnswered(
                    asked=asked,
                    text=reply.text,
                    suggestions=reply.suggestions,
                    understood=reply.understood,
                    handoff=reply.handoff,
                )
            case Webhook() if flow:
                values = await self._caller.call(flow, node, c, asked)
                return None if values is None else i.WebhookAnswered(asked=asked, values=values)
            case _:
                return None

    async def _bring(self, to: str, answer: i.OutsideInput) -> None:
        """While the store is away the answer waits; the conversation gives up in its own time."""
        while True:
            try:
                await self._hub.send(Envelope(to, answer))
            except Refused as refused:
                if refused.code is not ErrorCode.BUSY:
                    raise
                await asyncio.sleep(AGAIN_AFTER)
            else:
                return


def _turn(c: Conversation, asked: str, bot: str, text: str) -> Turn:
    assert c.visit, "whoever asks has come"
    return Turn(
        id=asked,
        bot=bot,
        text=text,
        conversation=c.id,
        contact=c.visit.contact,
        channel=c.visit.channel,
        locale=c.visit.locale,
        answers={answer.key: answer.value for answer in c.answers},
    )
