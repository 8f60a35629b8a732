"""What the stock stack leaves open: compression nobody asked for, readers who do not read, silence, slow stops."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket as sockets
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvloop

from chatserver import app
from chatserver.api import connections, server
from chatserver.api.commands import Command
from chatserver.conversation.content import TextContent
from chatserver.kernel.ids import new_id
from chatserver.protocol.visitor import VisitorTyping
from chatserver.protocol.wire import Item
from chatserver.store.sqlite import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import PATIENCE, House
from tests.providers.process import free_port

ROOT = Path(__file__).parents[2]


async def test_compression_is_not_agreed_to(house: House) -> None:
    """Every browser offers it; it would cost 90 KB a connection."""
    ws = await house.http.ws_connect("/socket.io/?EIO=4&transport=websocket", compress=15)
    assert ws.compress == 0
    await ws.close()


async def test_a_connection_that_brings_no_request_is_closed(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent ones, and those that never finish the head of their first request."""
    monkeypatch.setattr(server, "FIRST_REQUEST_WITHIN", 0.1)
    house = await build()
    for first in (b"", b"GET / HTTP/1.1\r\nHost: "):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        writer.write(first)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()


async def test_a_connection_that_brings_no_second_request_is_closed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Idle ones, and those that never finish the head of their next request."""
    monkeypatch.setattr(app, "NEXT_REQUEST_WITHIN", 0.1)
    house = await build()
    for second in (b"", b"GET / HTTP/1.1\r\nHost: "):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE)
        assert b"200 OK" in answer
        writer.write(second)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()


async def test_a_connection_that_joins_nothing_is_cut(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it says nothing, or was refused: by WebSocket and by polling."""
    monkeypatch.setattr(connections, "CONNECT_WITHIN", 0.5)
    house = await build()
    silent = await house.stranger(connect=False)
    refused = await house.stranger(connect=False)
    with contextlib.suppress(ConnectionResetError):  # on a machine that stood still for so long
        await refused.send('40/visitor,{"inbox":"nowhere"}')
    async with house.http.get("/socket.io/?EIO=4&transport=polling") as answer:
        assert answer.status == 200
    await silent.cut()
    await refused.cut()
    await house.until(lambda: not house.server._sockets.sio.eio.sockets or everybody_closed(house))
    assert not house.server._sockets.connections._by_sid


def everybody_closed(house: House) -> bool:
    return all(s.closed for s in house.server._sockets.sio.eio.sockets.values())


async def test_whoever_does_not_read_is_cut_and_the_rest_is_not_kept(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who stopped reading, and 20 MB for each; both are gone, and one who reads has had every word."""
    monkeypatch.setattr(connections, "SWEEP_EVERY", 0.05)
    house = await build()
    page = await house.visitor()
    token = (await page.ask("hello", {}))["token"]
    deaf = [await deaf_reader(house, token) for _ in range(2)]
    before = resident()
    contact = (await page.ask("hello", {}))["visitor"]
    for n in range(1_000):
        line = Item(seq=n + 1, id=str(n), at=0, conversation="c", by="bot", content=TextContent(text="x" * 4_000 * 5))
        await house.server._sockets.emit("/visitor", "item", line, [f"visitor:{contact}"])
        if n % 20 == 0:
            await page.hear("item", lambda item, n=n: item["id"] == str(n))
    await page.hear("item", lambda item: item["id"] == "999")
    await house.until(lambda: len(house.server._sockets.transports) == 1)
    assert len(page.heard("item")) == 1_000
    kept = sum(len(item["content"]["text"]) for item in page.heard("item"))
    assert resident() - before < kept + 40_000_000
    for reader in deaf:
        reader.close()


# After a failure uvloop warns of each socket that it closes for us. Were that an error, it would wait for ever instead.
@pytest.mark.filterwarnings("default:unclosed resource:ResourceWarning")
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_whoever_asks_and_does_not_read_is_cut(run: Callable[..., Any], tmp_path: Path) -> None:
    """Answers wait too: one who asks for pages again and again, and reads none, holds a megabyte or so, and is gone."""

    async def asks() -> None:
        house = await House(MemoryStore(), FakeClock(), data_dir=str(tmp_path)).start()
        try:
            gone, most = await asked_without_end(house)
        finally:
            await house.stop()
        assert gone
        assert most < 2_000_000

    run(asks())


async def asked_without_end(house: House) -> tuple[bool, int]:
    """(whether the one who asks was cut, the most bytes that waited for it)."""
    page = await house.visitor()
    for _ in range(10):
        await page.say("长" * 4_000)
        house.later(1)
    raw = await deaf_reader(house, (await page.ask("hello", {}))["token"])
    connections = house.server._sockets.connections
    (deaf,) = [c for c in connections._by_sid.values() if c.sid != page.sio.eio.sid]
    queue = connections._eio.sockets[deaf.sid].queue
    answered = counted(house, "history")
    most = 0
    for asked in range(1, 300):
        await send(raw, f'42/visitor,{asked}["history",{{"before":999999,"limit":100}}]')
        await house.until(lambda asked=asked: len(answered) == asked or not deaf.open)
        most = max(most, sum(len(packet.data) for packet in queue._queue if packet))
        if not deaf.open:
            break
        house.later(1)
    raw.close()
    return not deaf.open and deaf.transport.is_closing(), most


async def test_whoever_polls_again_has_read_the_answer_before(house: House) -> None:
    """Otherwise each poll on a TCP connection of its own would leave one answer more in the server."""
    listening = house.server._listener._server.sockets[0]
    listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4_096)  # of those who are accepted from here on
    page = await house.visitor()
    for _ in range(6):
        await page.say("长" * 4_000)
    token = (await page.ask("hello", {}))["token"]
    await page.leave()
    await house.nobody()
    async with house.http.get("/socket.io/?EIO=4&transport=polling") as answer:
        sid = json.loads((await answer.text())[1:])["sid"]
    poll = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    await house.http.post(poll, data=f'40/visitor,{{"inbox":"web","token":"{token}"}}')
    async with house.http.get(poll) as answer:
        assert (await answer.text()).startswith("40/visitor,")
    deaf = sockets.socket()
    deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    deaf.connect(("127.0.0.1", house.server.port))
    deaf.setblocking(False)
    await asyncio.get_running_loop().sock_sendall(deaf, f"GET {poll} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await house.http.post(poll, data='42/visitor,1["history",{"before":999999,"limit":100}]')
    polls = house.server._sockets.connections._polls
    await house.until(lambda: polls._unread(sid) is not None)
    async with house.http.get(poll) as answer:
        assert answer.status == 400
    assert not house.server._sockets.connections._by_sid
    deaf.close()


def counted(house: House, event: str) -> list[Any]:
    """What visitors asked for by this event, from now on."""
    door = house.server._sockets.sio.namespace_handlers["/visitor"]._door
    command, asked = door.commands[event], list[Any]()

    async def run(session: Any, payload: Any) -> Any:
        asked.append(payload)
        return await command.run(session, payload)

    door.commands = {**door.commands, event: Command(command.payload, command.requires, run)}
    return asked


async def send(raw: sockets.socket, text: str) -> None:
    """One frame of a WebSocket, masked with nothing."""
    body = text.encode()
    frame = bytes([0x81, 0xFE]) + len(body).to_bytes(2, "big") + b"\x00" * 4 + body
    async with asyncio.timeout(PATIENCE):
        await asyncio.get_running_loop().sock_sendall(raw, frame)


async def deaf_reader(house: House, token: str) -> sockets.socket:
    """A WebSocket that joins as this visitor and never reads again."""
    loop = asyncio.get_running_loop()
    raw = sockets.create_connection(("127.0.0.1", house.server.port))
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    head = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(raw, head.encode())
    there = len(house.server._sockets.sessions)
    await send(raw, f'40/visitor,{{"inbox":"web","token":"{token}"}}')
    await house.until(lambda: len(house.server._sockets.sessions) > there)
    return raw


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_bug_in_a_handler_is_an_answer_and_a_line_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """`internal`, without a word about what happened; the connection lives."""

    async def broken(session: Any, payload: Any) -> Any:
        raise ZeroDivisionError("a detail that nobody outside may see")

    door = house.server._sockets.sio.namespace_handlers["/visitor"]._door
    door.commands = {**door.commands, "typing": Command(VisitorTyping, None, broken)}
    page = await house.visitor()
    with caplog.at_level(logging.ERROR, "chatserver"):
        assert await page.refused("typing", {"on": True}) == "internal"
    assert [r.getMessage() for r in caplog.records if r.exc_info] == ["a handler failed"]
    assert (await page.say("还能继续"))["seq"]


async def test_a_stop_waits_for_nobodys_ping(build: Build) -> None:
    """Fifty connected pages: everybody knows long before a ping would be missed."""
    house = await build()
    pages = [await house.visitor() for _ in range(50)]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await house.server.stop()
    await asyncio.gather(*[asyncio.wait_for(page.lost.wait(), PATIENCE) for page in pages])
    assert loop.time() - begun < house.server._sockets.sio.eio.ping_timeout
    house.pages.clear()
    await house.http.close()
    house.server._runner = None


@pytest.fixture
async def demonstration(tmp_path: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, Path]]:
    """`python -m chatserver demo` as a person would start it: (process, port, data folder)."""
    port, shop = free_port(), free_port()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatserver", "demo",
        "--port", str(port), "--shop-port", str(shop), "--data-dir", str(tmp_path / "demo"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert child.stdout
    async with asyncio.timeout(4 * PATIENCE):
        while b"Ctrl+C" not in await child.stdout.readline():
            assert child.returncode is None
    yield child, port, tmp_path / "demo"
    if child.returncode is None:
        child.kill()
        await child.wait()


async def test_a_terminated_server_keeps_what_it_acknowledged(
    demonstration: tuple[asyncio.subprocess.Process, int, Path],
) -> None:
    """SIGTERM in mid-conversation: exit 0 within seconds, and every acknowledged message is in the store."""
    child, port, folder = demonstration
    taken: list[str] = []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        ws = await http.ws_connect("/socket.io/?EIO=4&transport=websocket")
        await ws.send_str('40/visitor,{"inbox":"web"}')
        while not (await ws.receive_str()).startswith("40/visitor,"):
            pass
        for n in range(10):
            id = new_id()
            await ws.send_str(f'42/visitor,{n}["say",{{"id":"{id}","text":"{n}"}}]')
            while not (answer := await ws.receive_str()).startswith(f"43/visitor,{n}["):
                pass
            assert '"seq"' in answer
            taken.append(id)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), PATIENCE) == 0
        assert loop.time() - begun < 10  # then a container's runtime would have killed it
    store = SqliteStore(folder / "chat.db", "default")
    await store.open()
    kept = {r.input_id.rpartition(":")[2] for r in await store.read_log(0, 1_000) if r.input_id}
    await store.close()
    assert kept >= set(taken)
