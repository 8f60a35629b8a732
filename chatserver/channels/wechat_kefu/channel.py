"""The channel as `app.py` sees it: one object with routes, operations and a subscriber, started and stopped."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from chatserver.channels.wechat_kefu.arrivals import Arrivals
from chatserver.channels.wechat_kefu.callback import Callbacks
from chatserver.channels.wechat_kefu.corp_door import CorpDoor
from chatserver.channels.wechat_kefu.corps import Bound, Corps
from chatserver.channels.wechat_kefu.files import Files
from chatserver.channels.wechat_kefu.provider import Provider
from chatserver.channels.wechat_kefu.pull import Puller
from chatserver.channels.wechat_kefu.send import Links, Sender
from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Operation
from chatserver.hub.relay import Entry, Subscriber
from chatserver.kernel.tasks import spawn, stop


class WechatKefu:
    """微信客服 of one workspace. The accounts that it reads follow the settings and the bound corps."""

    def __init__(self, hub: Hub, corps: Corps, files: Files, workspace: str, url: str, links: Links) -> None:
        self._hub = hub
        self._corps = corps
        self._arrivals = Arrivals(hub, corps, files)
        self._sender = Sender(hub, corps, files, workspace, links)
        provider = Provider(corps, hub.clock, url)
        self._callbacks = Callbacks(corps, provider, self.hint, self.changed)
        self._door = CorpDoor(hub, corps, provider, url, self.problem)
        self._pullers: dict[str, tuple[Puller, Bound, asyncio.Task[Any]]] = {}
        self._told = Subscriber("wechat_settings", self._settings)

    @property
    def subscribers(self) -> Sequence[Subscriber]:
        return (self._sender.subscriber, self._told)

    @property
    def operations(self) -> Sequence[Operation]:
        return self._door.operations

    def routes(self) -> list[web.RouteDef]:
        return self._callbacks.routes()

    async def open(self) -> None:
        """Before the hub starts: its subscriber may be told at once."""
        await self._corps.open()
        self._corps.changed.append(self.refresh)

    def start(self) -> None:
        """When the hub runs."""
        self._sender.started()
        self.refresh()

    async def stop(self) -> None:
        for _, _, task in self._pullers.values():
            await stop(task)
        await self._corps.close()

    def refresh(self) -> None:
        """One puller for each inbox whose corp is bound; a changed inbox or corp gets a new one."""
        wanted = {i.id: (i, b) for i in self._inboxes() if (b := self._corps.find(i.corp))}
        for id, (puller, bound, task) in list(self._pullers.items()):
            if wanted.get(id) != (puller.inbox, bound):
                task.cancel()
                del self._pullers[id]
        for id, (inbox, bound) in wanted.items():
            if id not in self._pullers:
                puller = Puller(inbox, bound.api, self._hub.store, self._hub.clock, self._arrivals.take)
                self._pullers[id] = (puller, bound, spawn(puller.run(), f"wechat {id}"))

    def hint(self, bound: Bound, open_kfid: str, token: str) -> None:
        """Old editions of the callback name no account: then all of the corp are looked at."""
        for puller, of, _ in self._pullers.values():
            if of is bound and open_kfid in ("", puller.inbox.open_kfid):
                puller.wake(token)

    def changed(self, bound: Bound) -> None:
        """Rights were given or taken: look at once whether reading works now."""
        self.hint(bound, "", "")

    def problem(self, inbox: str) -> int:
        puller = self._pullers.get(inbox)
        return puller[0].problem if puller else 0

    def _inboxes(self) -> tuple[KefuInbox, ...]:
        inboxes: tuple[KefuInbox, ...] = self._hub.held("workspace", "main").settings.kefu
        return inboxes

    async def _settings(self, entries: Sequence[Entry]) -> None:
        if any(happened.stream == "workspace/main" for _, happened in entries):
            self.refresh()
