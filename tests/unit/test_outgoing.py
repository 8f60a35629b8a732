"""What whoever is called may rely on, and what nobody can make the server do by typing an address into a form."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web

from chatserver.outgoing.addresses import may_reach
from chatserver.outgoing.client import MAX_REPLY, PER_HOST, NotDelivered, Outgoing, Why
from chatserver.outgoing.signature import HEADER, sign, verify
from tests.fakes.clock import T0, FakeClock

SECRET = "a webhook's secret"
PATIENCE = 30.0
"""Seconds for a call that is not to fail by its time, on whatever machine."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """A server on the loopback that notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answer: Handler = self._ok
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.heard.append((dict(request.headers), await request.read()))
        return await self.answer(request)

    async def _ok(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    it = Receiver()
    app = web.Application()
    app.router.add_post("/{any:.*}", it.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    it.port = runner.addresses[0][1]
    yield it
    await runner.cleanup()


@pytest.fixture
async def inside() -> AsyncIterator[Outgoing]:
    """A client that may call the loopback."""
    outgoing = Outgoing(FakeClock(), ["127.0.0.0/8"])
    yield outgoing
    await outgoing.close()


@pytest.fixture
async def outside() -> AsyncIterator[Outgoing]:
    """A client as it is unless somebody allows more."""
    outgoing = Outgoing(FakeClock())
    yield outgoing
    await outgoing.close()


async def why(outgoing: Outgoing, url: str, timeout: float = PATIENCE) -> Why:
    with pytest.raises(NotDelivered) as failed:
        await outgoing.post(url, b"{}", secret=SECRET, timeout=timeout)
    return failed.value.reason


async def test_the_receiver_can_prove_where_a_call_comes_from(receiver: Receiver, inside: Outgoing) -> None:
    reply = await inside.post(receiver.url, b'{"a":1}', secret=SECRET, headers={"X-Chat-Event": "x"}, timeout=PATIENCE)
    assert (reply.status, reply.ok, reply.body) == (200, True, b'{"ok": true}')
    headers, body = receiver.heard[0]
    assert body == b'{"a":1}'
    assert (headers["Content-Type"], headers["X-Chat-Event"]) == ("application/json", "x")
    assert verify(SECRET, headers[HEADER], body, T0)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_signature_is_refused_when_it_is_old_foreign_or_changed(seconds: int) -> None:
    made = sign(SECRET, int(T0.timestamp()), b"body")
    assert verify(SECRET, made, b"body", T0)
    assert not verify(SECRET, made, b"other", T0)
    assert not verify("another secret", made, b"body", T0)
    assert not verify(SECRET, made, b"body", T0 + timedelta(seconds=seconds))
    assert not verify(SECRET, made.replace("t=", "t=1"), b"body", T0)
    assert not verify(SECRET, "v1=" + made, b"body", T0)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("64:ff9b::808:808", True),  # a public IPv4 address as an IPv6-only network sees it
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),  # where clouds keep the keys of their machines
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("192.0.0.192", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
    ],
)
def test_only_public_addresses_are_reached(address: str, public: bool) -> None:
    assert may_reach(address, ()) is public


def test_a_network_that_is_allowed_by_name_is_reached_in_every_disguise_and_no_other() -> None:
    allowed = [ip_network("10.1.0.0/16")]
    assert may_reach("10.1.2.3", allowed)
    assert may_reach("::ffff:10.1.2.3", allowed)
    assert not may_reach("10.2.0.1", allowed)


HOSTS = ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433"]


@pytest.mark.parametrize("host", HOSTS)
async def test_the_own_machine_is_not_called_by_any_of_its_names(
    receiver: Receiver, outside: Outgoing, host: str
) -> None:
    assert await why(outside, f"http://{host}:{receiver.port}/") in (Why.NOT_PUBLIC, Why.BAD_URL)
    assert receiver.heard == []


async def test_a_name_that_changes_its_mind_is_checked_where_it_leads(
    receiver: Receiver, outside: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: whatever the name answered to whoever asked before, the address that is connected to counts."""
    asked = []

    async def rebinding(host: str, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding, raising=False)
    assert await why(outside, f"http://harmless.example:{receiver.port}/") is Why.NOT_PUBLIC
    assert asked
    assert receiver.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://user:word@example.com/",
        "http://",
        "//example.com",
        "http://[::1",
        "http://example.com:99999/",
        "",
    ],
)
async def test_what_is_no_plain_web_address_is_not_tried(outside: Outgoing, url: str) -> None:
    assert await why(outside, url) is Why.BAD_URL


async def test_a_redirect_is_not_followed(receiver: Receiver, inside: Outgoing) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "/inner"})

    receiver.answer = elsewhere
    reply = await inside.post(receiver.url, b"{}", secret=SECRET, timeout=PATIENCE)
    assert (reply.status, reply.ok, len(receiver.heard)) == (307, False, 1)


async def test_an_answer_without_end_is_cut(receiver: Receiver, inside: Outgoing) -> None:
    async def long(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * (MAX_REPLY + 1))

    receiver.answer = long
    assert await why(inside, receiver.url) is Why.TOO_LARGE


async def test_whoever_does_not_answer_in_time_is_left(receiver: Receiver, inside: Outgoing) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    receiver.answer = never
    assert await why(inside, receiver.url, timeout=0.05) is Why.TIMEOUT


async def test_a_closed_port_is_unreachable(inside: Outgoing) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert await why(inside, f"http://127.0.0.1:{unused.getsockname()[1]}/") is Why.UNREACHABLE


async def test_servers_that_hang_keep_nobody_elses_calls_waiting(receiver: Receiver, inside: Outgoing) -> None:
    """However many of them there are: each host has its own connections."""
    over, hanging = asyncio.Event(), list[str]()

    async def hang(request: web.Request) -> web.StreamResponse:
        hanging.append(request.host)
        await over.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hang)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 0).start()
    hosts = [f"http://127.0.0.{n}:{runner.addresses[0][1]}/" for n in range(2, 16)]
    posts = [inside.post(host, b"{}", secret=SECRET, timeout=PATIENCE) for host in hosts for _ in range(PER_HOST)]
    calls = asyncio.gather(*posts)
    async with asyncio.timeout(PATIENCE):
        while len(hanging) < len(posts):
            await asyncio.sleep(0.01)
    assert (await inside.post(receiver.url, b"{}", secret=SECRET, timeout=PATIENCE)).ok
    assert not calls.done()
    over.set()
    assert all(reply.ok for reply in await calls)
    await runner.cleanup()
