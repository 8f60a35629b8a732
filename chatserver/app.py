"""The composition root: builds every part and ties them together. The only file that sees all of them."""

import asyncio
import gc
import logging
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from chatserver.agents import inputs as ai
from chatserver.agents.model import Agent
from chatserver.api import openapi
from chatserver.api.agent_door import AgentDoor
from chatserver.api.assets import Assets, web_dir
from chatserver.api.auth import Logins
from chatserver.api.callers import Callers
from chatserver.api.desks import Desks
from chatserver.api.devices import Devices
from chatserver.api.dismissal import Dismissal
from chatserver.api.importing import ImportDoor
from chatserver.api.initial_passwords import InitialPasswords
from chatserver.api.links import Links
from chatserver.api.media_door import MediaDoor
from chatserver.api.members import owner_of
from chatserver.api.metrics import Metrics
from chatserver.api.peers import Peers
from chatserver.api.people import PeopleDoor
from chatserver.api.push import Push
from chatserver.api.repeats import Repeats
from chatserver.api.rest import Rest
from chatserver.api.routes import Api
from chatserver.api.server import MAX_BODY, NEXT_REQUEST_WITHIN, Front, Listener
from chatserver.api.socket import Sockets
from chatserver.api.visitor_door import VisitorDoor
from chatserver.api.waits import Waits
from chatserver.bots.asker import Asker
from chatserver.bots.bot import Bot
from chatserver.bots.rules import RuleBased
from chatserver.bots.webhooks import Caller, webhook_key
from chatserver.channels.web.identity import VisitorTokens
from chatserver.channels.web.inbox_door import InboxDoor
from chatserver.channels.web.origins import origin_of
from chatserver.channels.wechat_kefu.channel import WechatKefu
from chatserver.channels.wechat_kefu.corps import Corps
from chatserver.hub.hub import Hub, stream
from chatserver.hub.machines import Machine
from chatserver.hub.plug import Door, Operation, Plug, Site
from chatserver.hub.ports import Store
from chatserver.hub.relay import Subscriber
from chatserver.hub.step import Envelope
from chatserver.hub.wiring import joined
from chatserver.kernel.clock import Clock, SystemClock
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.tasks import spawn, stop
from chatserver.media.blobs import Folder
from chatserver.media.media import Media
from chatserver.media.settings import MediaSettings
from chatserver.outgoing.client import Outgoing
from chatserver.settings import drafts, workspace
from chatserver.settings.deployment import Deployment
from chatserver.settings.flow_door import FlowDoor
from chatserver.settings.group_door import GroupDoor
from chatserver.settings.holiday_door import HolidayDoor
from chatserver.settings.load import data_folder, secret_of
from chatserver.settings.model import Settings
from chatserver.settings.role_door import RoleDoor
from chatserver.settings.rules import WorkspaceRules
from chatserver.settings.settings_door import SettingsDoor
from chatserver.settings.workspace import Workspace
from chatserver.suite.assignments import plug as assignments
from chatserver.suite.conversations import plug as conversations
from chatserver.suite.fields import plug as fields
from chatserver.suite.fields.labels import Labels
from chatserver.suite.integrations import kinds, webhooks
from chatserver.suite.integrations import plug as integrations
from chatserver.suite.keys import plug as keys
from chatserver.suite.keys.known import Keys
from chatserver.suite.leave_messages import plug as leave_messages
from chatserver.suite.quick_replies import plug as quick_replies
from chatserver.suite.reports import plug as reports

_log = logging.getLogger("chatserver")


def make_store(d: Deployment) -> Store:
    """The embedded store, or MongoDB where the deployment names one."""
    if d.mongodb_uri:
        from chatserver.store.mongo import MongoStore

        return MongoStore(d.mongodb_uri, d.mongodb_database, d.workspace)
    from chatserver.store.sqlite import SqliteStore

    return SqliteStore(data_folder(d) / "chat.db", d.workspace)


PLUGS: tuple[Plug, ...] = (
    keys.PLUG, fields.PLUG, quick_replies.PLUG, leave_messages.PLUG, conversations.PLUG, assignments.PLUG, reports.PLUG,
)
"""The contexts of the wider product, strangers to one another."""

OWN = (workspace.MACHINE, drafts.MACHINE, webhooks.MACHINE)

MACHINES: tuple[Machine, ...] = (*OWN, *(machine for plug in PLUGS for machine in plug.machines))
"""Beside the core's."""

WIRING = joined(workspace.WIRING, drafts.WIRING, *(plug.wiring for plug in PLUGS))

TABLES = {table: subscriber for plug in PLUGS for table, subscriber in plug.tables.items()}


def make_hub(store: Store, clock: Clock) -> Hub:
    """The core's machines and everybody's, with one wiring table."""
    return Hub(store, clock, WorkspaceRules(), MACHINES, WIRING)


def make_media(store: Store, hub: Hub, d: Deployment) -> Media:
    """Attachments, in a folder beside the embedded store, by the settings of that moment."""

    def settings() -> MediaSettings:
        held: Workspace = hub.held("workspace", "main")
        return held.settings.media

    return Media(store, Folder(Path(d.data_dir) / "media"), hub.clock, secret_of(d), settings)


def make_asker(hub: Hub, d: Deployment) -> Asker:
    """Who asks the workspace's bots and webhooks, as they are set at that moment."""

    def now() -> Workspace:
        held: Workspace = hub.held("workspace", "main")
        return held

    def bot(id: str) -> Bot | None:
        found = now().bot(id)
        return RuleBased(found) if found else None

    caller = Caller(Outgoing(hub.clock, d.webhooks_to_private), secret_of(d))
    return Asker(hub, lambda id, version: now().flow(id, version), bot, caller)


PAUSE = 0.2
"""Seconds for which news pile up for those who keep rows. Whoever asks for rows is waited for, not the pause."""


def unhurried(subscriber: Subscriber) -> Subscriber:
    """Whoever keeps rows writes them with each telling, so a few at once are cheaper than one by one."""
    return msgspec.structs.replace(subscriber, pause=PAUSE) if subscriber.tells else subscriber


class Server:
    """One process: a store, a hub, and the doors. `start` returns when it listens."""

    def __init__(self, d: Deployment, store: Store | None = None, clock: Clock | None = None) -> None:
        self.deployment = d
        self.clock = clock or SystemClock()
        self.store = store or make_store(d)
        self.hub = make_hub(self.store, self.clock)
        self.media = make_media(self.store, self.hub, d)
        site = Site(url=d.url, uploads=self.media)
        self.opened = [plug.open(self.hub, self.store.rows, site) for plug in PLUGS]
        outgoing = Outgoing(self.clock, d.webhooks_to_private)
        self.opened.append(integrations.open(self.hub, outgoing, secret_of(d)))
        self.logins = Logins(self.store, self.clock, partial(owner_of, self.hub))
        self.initial = InitialPasswords(self.logins)
        self.tokens = VisitorTokens(secret_of(d))
        corps = Corps(self.store, self.clock, secret_of(d), d.wecom_api)
        self.kefu = WechatKefu(self.hub, corps, self.media, d.workspace, d.url, Links(d.url, self.tokens))
        self.asker = make_asker(self.hub, d)
        self.desks = Desks()
        self._devices = Devices(self.hub)
        self.port = d.port
        self._peers = Peers(d.trusted_proxies)
        self._sockets = Sockets(self._peers, d.connections_per_address, self.clock)
        self.waits = Waits(self.hub)
        news = {kind: tell for opened in self.opened for kind, tell in opened.news.items()}
        self._push = Push(self.hub, self._sockets, self.desks, self.waits, news)
        self._dismissal = Dismissal(self.logins, self._sockets)
        self._metrics = Metrics()
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None
        self._forgetting: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        await self.store.open()
        await self.store.rows.declare(list(TABLES), {table.name: name for table, name in TABLES.items()})
        await self.kefu.open()
        told = [unhurried(subscriber) for opened in self.opened for subscriber in opened.subscribers]
        own = (self.waits, self._push, self._dismissal, self.asker, self.media)
        await self.hub.start([*(part.subscriber for part in own), *self.kefu.subscribers, *told])
        await self.waits.recall()
        self._push.start()
        for opened in self.opened:
            if opened.start:
                await opened.start()
        self.media.start()
        self.kefu.start()
        await self._forget_devices()
        self._forgetting = spawn(self._forget_expired(), "expired documents")
        self._measure()
        try:
            await self._listen()
        except BaseException:
            await self.stop()
            raise
        # What lives from here on is long-lived: keep the collector from walking through it again and again.
        gc.collect()
        gc.freeze()
        _log.info("listening", extra={"url": self.deployment.url, "port": self.port})

    async def stop(self) -> None:
        """No new connections, everything accepted is committed, then everybody is let go: in seconds, not minutes."""
        if self._listener:
            await self._listener.stop()
        await stop(self._forgetting)
        await self.initial.stop()
        await self.kefu.stop()
        await self.media.stop()
        await self.asker.close()
        await self._devices.stop()
        await self.hub.stop()
        for opened in self.opened:
            if opened.close:
                await opened.close()
        await self._push.stop()
        await self._sockets.stop()
        if self._runner:
            await self._runner.cleanup()
        await self.store.close()

    async def _listen(self) -> None:
        d = self.deployment
        secure = d.url.startswith("https://")
        front = Front(self.hub, self._peers, self._metrics, d.metrics_from, secure)
        app = web.Application(client_max_size=MAX_BODY)
        front.add_to(app)
        callers = Callers(self.hub, self.logins, Keys(self.hub))
        Api(self.hub, self.logins, callers, self._devices, self._peers, secure).add_to(app)
        Rest(self.operations(), callers, Repeats(self.store, self.clock), self._peers, self.clock).add_to(app)
        app.add_routes(self.kefu.routes())
        own = origin_of(d.url)
        visitors = VisitorDoor(self.hub, self._sockets, self.tokens, own, self.desks, self.media, self.waits.told)
        agents = AgentDoor(self.hub, self._sockets, self.desks, self._devices, self.media, Labels(self.hub))
        MediaDoor(self.hub, self.media, callers, self.tokens, own, self._peers).add_to(app)
        self._sockets.attach(app, visitors, agents, self.logins, own)
        Assets(web_dir()).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=NEXT_REQUEST_WITHIN)
        self._listener = Listener(self._runner)
        app.middlewares.extend([self._listener.heard, front.answer, self._sockets.guard])
        await self._runner.setup()
        self._sockets.start()
        self.port = await self._listener.start(d.host, d.port)

    def operations(self) -> tuple[Operation, ...]:
        """All that may be asked over HTTP."""
        hub, d = self.hub, self.deployment
        flows = FlowDoor(hub, partial(webhook_key, secret_of(d)))
        settings = (SettingsDoor(hub), flows, HolidayDoor(hub), GroupDoor(hub), RoleDoor(hub))
        turn = asyncio.Lock()  # of two who resign at once, one sees that the other is gone
        people = (PeopleDoor(hub, self.logins, turn), ImportDoor(hub, self.logins, self.initial, turn))
        inboxes = InboxDoor(hub, self.tokens, d.url)
        doors: tuple[Door, ...] = (*settings, *people, inboxes, self.kefu, *self.opened)
        all = tuple(operation for door in doors for operation in door.operations)
        return (*all, openapi.operation(all, kinds.LETTERS))

    async def _forget_expired(self) -> None:
        """Logins, kept answers and the like, of which the store itself does not know that their time is over."""
        while True:
            try:
                await self.store.delete_expired(epoch_ms(self.clock.now()))
            except Exception:
                _log.exception("expired documents are still there")
            await self.clock.sleep_until(self.clock.now() + timedelta(hours=1), asyncio.Event())

    async def _forget_devices(self) -> None:
        """Whoever was there before the start is not connected now; the grace of a lost connection begins."""
        agents: list[Agent] = list(self.hub.agents())
        for agent in agents:
            if agent.present:
                await self.hub.send(Envelope(stream("agent", agent.id), ai.Restarted()))

    def _measure(self) -> None:
        hub, m = self.hub, self._metrics
        hub.engine.told.append(m.committed)
        m.gauge("log_seq", "Last durable seq.", lambda: hub.head)
        m.gauge("mailbox", "Inputs that wait for the writer.", lambda: len(hub.engine.mailbox))
        m.gauge("waiting", "Visitors in queues.", lambda: len(hub.memory.floor().waiting))
        m.gauge("open_streams", "States in memory.", lambda: len(hub.memory.open))
        m.gauge("desks", "Connected consoles.", lambda: len(self.desks))
        m.gauge("sockets", "Open WebSockets.", lambda: len(self._sockets.transports))
        m.gauge("wait_coverage", "Share of the last told waiting times that held, in the worst group.", self._coverage)
        m.gauge("push_lag_seconds", "From an event to its push, the latest.", self._latest_lag)

    def _coverage(self) -> float:
        return min(self.waits.coverage().values(), default=1.0)

    def _latest_lag(self) -> float:
        return self._push.lag[-1] if self._push.lag else 0.0

    async def save_settings(self, settings: Settings, by: str) -> None:
        """Replace the settings, whatever version they have: for the command line and the demo."""
        now: Any = self.hub.held("workspace", "main")
        save = workspace.SaveSettings(settings=settings, by=by, based_on=now.version)
        await self.hub.send(Envelope(workspace.STREAM, save))
        self.hub.scheduler.refresh()
