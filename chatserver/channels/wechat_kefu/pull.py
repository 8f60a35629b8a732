"""Reads one account's messages: when a hint came, and now and then by itself, because a hint can be lost.

There is one task an account, so two hints never read at once. A page is acted upon before its cursor is kept; each
item has its own input id, so that a page which is read again changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chatserver.channels.wechat_kefu.items import AnyInbound, read
from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.channels.wechat_kefu.wecom import ApiError, WeCom
from chatserver.hub.ports import Store
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import Refused

_log = logging.getLogger("chatserver.wechat")

TOKEN_LIVES = timedelta(minutes=9, seconds=30)
"""A hint's token is good for ten minutes; without one, WeCom lets us ask only rarely."""

EVERY_ACTIVE, EVERY_QUIET = timedelta(seconds=60), timedelta(minutes=10)
ACTIVE_FOR = timedelta(hours=1)
"""How often to look without a hint: more often where somebody wrote lately."""

AGAIN_AFTER = timedelta(seconds=3)
"""A hint can come before its message can be read."""

BACK_OFF = (1, 2, 4, 8, 16, 32, 60)
"""Seconds between tries after a failure."""

PROBE = timedelta(minutes=5)
"""How often to try again where only an administrator can help."""

LIMITED = 45009
BAD_PULL_TOKEN = 95007
BAD_CURSOR = 40058
CONFIGURATION = frozenset({40001, 40013, 40091, 48002, 48004, 48006, 48007, 50003, 60020, 95000, 95004, 95011, 95012})
"""No repetition helps: secrets, rights, or the account itself are wrong."""

OLD = timedelta(minutes=10)
"""On the first look at an account, what is older than this is history, and nobody waits for an answer to it."""

Take = Callable[[KefuInbox, Sequence[AnyInbound]], Awaitable[None]]


class Puller:
    """`take` is given each page; `problem` is the WeCom code that stands in the way, 0 for none."""

    def __init__(self, inbox: KefuInbox, api: WeCom, store: Store, clock: Clock, take: Take) -> None:
        self.inbox = inbox
        self.problem = 0
        self._api = api
        self._store = store
        self._clock = clock
        self._take = take
        self._news = asyncio.Event()
        self._token = ""
        self._token_at = clock.now()
        self._heard_at: datetime | None = None
        self._failures = 0

    def wake(self, token: str) -> None:
        """There is something new; `token` allows to ask for it."""
        if token:
            self._token, self._token_at = token, self._clock.now()
        self._news.set()

    async def run(self) -> None:
        while True:
            hinted = self._news.is_set()
            self._news.clear()
            try:
                found = await self._drain()
            except ApiError as failure:
                await self._rest(failure.code)
            except Refused as refused:
                # The hub is busy or its store is away: nothing is lost, the page is read again.
                _log.warning("a page is put off", extra={"inbox": self.inbox.id, "code": refused.code.value})
                await self._rest(0)
            else:
                self._failures = self.problem = 0
                if hinted and not found:
                    await self._clock.sleep_until(self._clock.now() + AGAIN_AFTER, self._news)
                    await self._again()
                await self._clock.sleep_until(self._clock.now() + self._every(), self._news)

    async def _again(self) -> None:
        try:
            await self._drain()
        except (ApiError, Refused):
            self._news.set()

    async def _drain(self) -> int:
        """All pages there are; how many items."""
        kept = await self._store.get_document("wechat_cursor", self.inbox.id)
        cursor, found = kept.decode() if kept else "", 0
        first = not cursor
        while True:
            answer = await self._page(cursor)
            items = [i for i in map(read, _list(answer)) if i and i.id and i.user]
            if first:
                oldest = int((self._clock.now() - OLD).timestamp())
                items = [i for i in items if i.at >= oldest]
            if items:
                self._heard_at = self._clock.now()
                await self._take(self.inbox, items)
            found += len(items)
            after = str(answer.get("next_cursor") or cursor)
            if after != cursor:
                await self._store.put_document("wechat_cursor", self.inbox.id, after.encode())
            if not answer.get("has_more"):
                return found
            if after == cursor:
                _log.error("the cursor stands still", extra={"inbox": self.inbox.id})
                return found
            cursor = after

    async def _page(self, cursor: str) -> dict[str, Any]:
        body: dict[str, Any] = {"open_kfid": self.inbox.open_kfid, "limit": 1000, "voice_format": 0}
        if cursor:
            body["cursor"] = cursor
        if self._token and self._clock.now() < self._token_at + TOKEN_LIVES:
            try:
                return await self._api.post("kf/sync_msg", {**body, "token": self._token})
            except ApiError as failure:
                if failure.code != BAD_PULL_TOKEN:
                    raise
                self._token = ""
        try:
            return await self._api.post("kf/sync_msg", body)
        except ApiError as failure:
            if failure.code != BAD_CURSOR or not cursor:
                raise
            _log.error("the cursor is not known any more", extra={"inbox": self.inbox.id})
            await self._store.delete_document("wechat_cursor", self.inbox.id)
            raise

    async def _rest(self, code: int) -> None:
        if code in CONFIGURATION:
            _log.error("an account cannot be read", extra={"inbox": self.inbox.id, "code": code})
            self.problem = code
            wait = PROBE
        else:
            seconds = 60 if code == LIMITED else BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
            wait = timedelta(seconds=seconds)
            self._failures += 1
        # A hint does not shorten it: it would come with each message.
        await self._clock.sleep_until(self._clock.now() + wait, asyncio.Event())

    def _every(self) -> timedelta:
        active = self._heard_at and self._clock.now() < self._heard_at + ACTIVE_FOR
        return EVERY_ACTIVE if active else EVERY_QUIET


def _list(answer: dict[str, Any]) -> list[dict[str, Any]]:
    items = answer.get("msg_list")
    return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []
