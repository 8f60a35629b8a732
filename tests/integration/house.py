"""A running server and the people at its doors: pages, consoles, and strangers who write frames by hand."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import socketio

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.api.auth import COOKIE, Session, key_of
from chatserver.app import Server
from chatserver.hub.hub import stream
from chatserver.hub.ports import LogRecord, Store
from chatserver.hub.step import Envelope
from chatserver.kernel.clock import Clock
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms
from chatserver.settings.deployment import Deployment
from tests.fakes.clock import FakeClock

PATIENCE = 30.0
"""Seconds after which something that was promised has not come; far more than a busy machine needs."""

MARK = "test_mark"
"""Pushed behind everything else, to know when a page has heard it all."""

SECRET = "an integration test's signing secret"
OWN = "http://chat.example"


class Refusal(Exception):
    """A door said no; `code` is its reason."""

    def __init__(self, failed: Any) -> None:
        super().__init__(str(failed))
        self.code: str = failed["error"]["code"] if isinstance(failed, dict) and "error" in failed else str(failed)
        self.retry: str = failed["error"]["retry"] if isinstance(failed, dict) and "error" in failed else ""


class Page:
    """A widget or a console: a well-behaved client that remembers all that it was told."""

    def __init__(self, house: "House", namespace: str, headers: dict[str, str] | None = None) -> None:
        self.house = house
        self.namespace = namespace
        self.headers = headers or {}
        self.pushes: list[tuple[str, Any]] = []
        self.marks: set[str] = set()
        self.sio = socketio.AsyncClient(reconnection=False)
        self.sio.on("*", self._pushed, namespace=namespace)
        self.sio.on("connect_error", self._denied, namespace=namespace)
        self.sio.on("disconnect", self._lost, namespace=namespace)
        self.lost = asyncio.Event()
        self._denial: Any = None
        self._news = asyncio.Event()

    async def connect(self, auth: Any, transports: tuple[str, ...] = ("websocket",)) -> "Page":
        """Raises `Refusal`."""
        try:
            await self.sio.connect(
                self.house.url,
                headers=self.headers,
                auth=auth,
                transports=list(transports),
                namespaces=[self.namespace],
                wait_timeout=PATIENCE,
            )
        except socketio.exceptions.ConnectionError as failure:
            await self.sio.disconnect()
            denied = self._denial.get("data", self._denial) if isinstance(self._denial, dict) else str(failure)
            raise Refusal(denied) from None
        self.house.pages.append(self)
        return self

    async def ask(self, event: str, payload: Any = None, *more: Any) -> Any:
        """The acknowledgement; raises `Refusal`."""
        data = (payload, *more) if more else payload
        answer = await self.sio.call(event, data, namespace=self.namespace, timeout=PATIENCE)
        if isinstance(answer, dict) and "error" in answer:
            raise Refusal(answer)
        return answer

    async def refused(self, event: str, payload: Any = None, *more: Any) -> str:
        """The code of the refusal; an acceptance is an error."""
        try:
            answer = await self.ask(event, payload, *more)
        except Refusal as refusal:
            return refusal.code
        raise AssertionError(f"{event} was accepted: {answer}")

    async def hear(self, event: str, which: Callable[[Any], Any] = lambda data: True) -> Any:
        """The first push of this kind, waited for if it has not come yet."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                for name, data in self.pushes:
                    if name == event and which(data):
                        return data
                await self._news.wait()

    async def say(self, text: str, id: str | None = None) -> Any:
        return await self.ask("say", {"id": id or new_id(), "text": text})

    async def leave(self) -> None:
        await self.sio.disconnect()

    def heard(self, event: str) -> list[Any]:
        return [data for name, data in self.pushes if name == event]

    async def _pushed(self, event: str, data: Any) -> None:
        if event == MARK:
            self.marks.add(data)
            return
        self.pushes.append((event, data))
        self._news.set()

    async def _denied(self, data: Any) -> None:
        self._denial = data

    async def _lost(self, *why: Any) -> None:
        self.lost.set()


class Stranger:
    """Speaks frames, not a protocol."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, frame: str) -> None:
        await self.ws.send_str(frame)

    async def until(self, start: str) -> str:
        """The first frame that begins so; pings are answered on the way."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.ws.receive_str()
                if frame == "2":
                    await self.ws.send_str("3")
                if frame.startswith(start):
                    return frame

    async def ask(self, body: str, id: int = 7) -> Any:
        """Sends an event packet with an id of its own and returns what the acknowledgement holds."""
        await self.send(f"42/visitor,{id}{body}")
        return json.loads((await self.until(f"43/visitor,{id}"))[len(f"43/visitor,{id}") :])[0]

    async def cut(self) -> None:
        """Returns when the server has ended the connection."""
        async with asyncio.timeout(PATIENCE):
            while (await self.ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass


class House:
    """A server with the demonstration's settings and agents."""

    def __init__(self, store: Store, clock: Clock, **deployment: Any) -> None:
        given: dict[str, Any] = {"port": 0, "secret": SECRET, "public_url": OWN, "connections_per_address": 100}
        self.server = Server(Deployment(**(given | deployment)), store, clock)
        self.store = store
        self.clock = clock
        self.pages: list[Page] = []

    async def start(self) -> "House":
        await self.server.start()
        if not self.server.hub.held("workspace", "main").version:
            await self.server.save_settings(demo.settings(), by="demo")
            for id, profile in demo.AGENTS.items():
                await self.server.hub.send(Envelope(stream("agent", id), ai.Saved(profile=profile)))
        self.http = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def stop(self) -> None:
        for page in self.pages:
            await page.leave()
        await self.http.close()
        await self.server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def later(self, seconds: float) -> None:
        assert isinstance(self.clock, FakeClock)
        self.clock.advance(seconds)

    async def visitor(
        self, origin: str | None = None, transports: tuple[str, ...] = ("websocket",), **auth: Any
    ) -> Page:
        """A page with the widget, connected; `auth` overrides what it says."""
        page = Page(self, "/visitor", {"Origin": origin} if origin else None)
        return await page.connect({"inbox": "web", **auth}, transports)

    async def login(self, agent: str) -> tuple[str, str]:
        """(cookie value, CSRF token) of a login as `/api/login` leaves it behind."""
        token, csrf = new_id(), new_id()
        session = Session(agent, csrf, epoch_ms(self.clock.now()) + 3_600_000, "127.0.0.1")
        await self.store.put_document("login", key_of(token), msgspec.json.encode(session), session.expires_at)
        return token, csrf

    async def console(self, agent: str, login: tuple[str, str] | None = None, device: str = "") -> Page:
        """An agent's console, connected."""
        token, csrf = login or await self.login(agent)
        page = Page(self, "/agent", {"Cookie": f"{COOKIE}={token}"})
        return await page.connect({"csrf": csrf, "device": device or new_id()})

    async def ready(self, agent: str) -> Page:
        """A console whose agent takes visitors."""
        console = await self.console(agent)
        await console.ask("status", {"id": new_id(), "status": "ready"})
        return console

    async def stranger(self, connect: bool = True, **headers: str) -> Stranger:
        """A hand-driven WebSocket; with `connect`, let in as a visitor."""
        ws = await self.http.ws_connect("/socket.io/?EIO=4&transport=websocket", headers=headers, max_msg_size=0)
        stranger = Stranger(ws)
        await stranger.until("0")
        if connect:
            await stranger.send('40/visitor,{"inbox":"web"}')
            await stranger.until("40/visitor,")
        return stranger

    async def served(self, agent: str = "demo-agent-1", group: str = "1") -> tuple[Page, Page, str]:
        """(visitor, console, conversation): somebody is talking to this agent."""
        console = await self.ready(agent)
        visitor = await self.visitor()
        conversation = await self.queue(visitor, group)
        await visitor.hear("conversation", lambda c: c["phase"] == "serving")
        return visitor, console, conversation

    async def queue(self, visitor: Page, group: str = "1") -> str:
        """Opens a conversation and taps on a group; returns the conversation's id."""
        conversation: str = (await visitor.ask("open", {"id": new_id()}))["conversation"]
        asks = (await visitor.ask("hello", {}))["conversation"]["asks"]
        await visitor.ask("choose", {"id": new_id(), "item": asks, "option": group})
        return conversation

    async def log(self) -> list[LogRecord]:
        return await self.store.read_log(0, 1_000_000)

    async def told(self) -> None:
        """Returns when everybody was told everything that is in the log, and every page has heard it."""
        relay = self.server.hub.relay

        def quiet() -> bool:
            relay.hurry()
            return all(line.idle.is_set() for line in relay._lines)

        await self.until(quiet)
        await asyncio.gather(*[self._heard_it_all(page) for page in self.pages])

    async def _heard_it_all(self, page: Page) -> None:
        mark, sid = new_id(), page.sio.get_sid(page.namespace)
        if sid and page.sio.connected:
            await self.server._sockets.sio.emit(MARK, mark, to=sid, namespace=page.namespace)
            await self.until(lambda: mark in page.marks or not page.sio.connected)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns as soon as it holds, and fails when it does not in time."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0)

    async def passing(self, seconds: float, holds: Callable[[], bool]) -> None:
        """The same while time goes on, so many seconds at each look, for what waits between two tries."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.later(seconds)
                await asyncio.sleep(0.01)

    def no_time_to_connect(self) -> None:
        """The time for CONNECT is over for everybody who is there."""
        for connection in self.server._sockets.connections._by_sid.values():
            assert connection.deadline
            connection.deadline._run()

    async def nobody(self) -> None:
        """Returns when nobody is connected any more."""
        await self.until(lambda: not self.server._sockets.sessions and not self.server._sockets.transports)
