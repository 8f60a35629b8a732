"""The composition root: builds every part and ties them together. The only file that sees all of them."""

import gc
import logging
from pathlib import Path
from typing import Any

from aiohttp import web

from chatserver.agents import inputs as ai
from chatserver.agents.model import Agent
from chatserver.api.agent_door import AgentDoor
from chatserver.api.assets import Assets, web_dir
from chatserver.api.auth import Logins
from chatserver.api.desks import Desks
from chatserver.api.metrics import Metrics
from chatserver.api.peers import Peers
from chatserver.api.push import Push
from chatserver.api.routes import Api
from chatserver.api.server import MAX_BODY, Front, Listener
from chatserver.api.socket import Sockets
from chatserver.api.visitor_door import VisitorDoor
from chatserver.channels.web.identity import VisitorTokens
from chatserver.channels.web.origins import origin_of
from chatserver.hub.hub import Hub, stream
from chatserver.hub.ports import Store
from chatserver.hub.step import Envelope
from chatserver.kernel.clock import Clock, SystemClock
from chatserver.kernel.instants import epoch_ms
from chatserver.settings import workspace
from chatserver.settings.deployment import Deployment
from chatserver.settings.load import secret_of
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules

_log = logging.getLogger("chatserver")


def make_store(d: Deployment) -> Store:
    """The embedded store, or MongoDB where the deployment names one."""
    if d.mongodb_uri:
        from chatserver.store.mongo import MongoStore

        return MongoStore(d.mongodb_uri, d.mongodb_database, d.workspace)
    from chatserver.store.sqlite import SqliteStore

    Path(d.data_dir).mkdir(parents=True, exist_ok=True)
    return SqliteStore(Path(d.data_dir) / "chat.db", d.workspace)


def make_hub(store: Store, clock: Clock) -> Hub:
    """The core's machines and the workspace's, with one wiring table."""
    return Hub(store, clock, WorkspaceRules(), [workspace.MACHINE], workspace.WIRING)


class Server:
    """One process: a store, a hub, and the doors. `start` returns when it listens."""

    def __init__(self, d: Deployment, store: Store | None = None, clock: Clock | None = None) -> None:
        self.deployment = d
        self.clock = clock or SystemClock()
        self.store = store or make_store(d)
        self.hub = make_hub(self.store, self.clock)
        self.logins = Logins(self.store, self.clock)
        self.tokens = VisitorTokens(secret_of(d))
        self.desks = Desks()
        self.port = d.port
        self._peers = Peers(d.trusted_proxies)
        self._sockets = Sockets(self._peers, d.connections_per_address, self.clock)
        self._push = Push(self.hub, self._sockets, self.desks)
        self._metrics = Metrics()
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None

    async def start(self) -> None:
        await self.store.open()
        await self.hub.start([self._push.subscriber])
        self._push.start()
        await self._forget_devices()
        await self.store.delete_expired(epoch_ms(self.clock.now()))
        self._measure()
        await self._listen()
        # What lives from here on is long-lived: keep the collector from walking through it again and again.
        gc.collect()
        gc.freeze()
        _log.info("listening", extra={"url": self.deployment.url, "port": self.port})

    async def stop(self) -> None:
        """No new connections, everything accepted is committed, then everybody is let go: in seconds, not minutes."""
        if self._listener:
            await self._listener.stop()
        await self.hub.stop()
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
        Api(self.hub, self.logins, self._peers, secure).add_to(app)
        own = origin_of(d.url)
        visitors = VisitorDoor(self.hub, self._sockets, self.tokens, own)
        agents = AgentDoor(self.hub, self._sockets, self.desks)
        self._sockets.attach(app, visitors, agents, self.logins, own)
        Assets(web_dir()).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._listener = Listener(self._runner)
        app.middlewares.extend([self._listener.heard, front.answer, self._sockets.guard])
        await self._runner.setup()
        self._sockets.start()
        self.port = await self._listener.start(d.host, d.port)

    async def _forget_devices(self) -> None:
        """Whoever was connected before the start is not now; the grace of a lost connection begins."""
        agents: list[Agent] = list(self.hub.agents())
        for agent in agents:
            if agent.devices:
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
        m.gauge("push_lag_seconds", "From an event to its push, the latest.", self._latest_lag)

    def _latest_lag(self) -> float:
        return self._push.lag[-1] if self._push.lag else 0.0

    async def save_settings(self, settings: Settings, by: str) -> None:
        """Replace the settings, whatever version they have: for the command line and the demo."""
        now: Any = self.hub.held("workspace", "main")
        save = workspace.SaveSettings(settings=settings, by=by, based_on=now.version)
        await self.hub.send(Envelope(workspace.STREAM, save))
        self.hub.scheduler.refresh()
