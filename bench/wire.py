"""A lean Socket.IO client over WebSocket, so that the load generator takes little of a shared machine.

Only what the benchmarks need: text frames, one namespace, acknowledgements, pongs. Frames are masked with zeros,
which the protocol allows and which saves the masking.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
Heard = Callable[[bytes], None]
"""Told of each event that the server pushes, as the JSON array `["name",{...}]`."""


class Cut(ConnectionError):
    """The server refused or closed the connection; the words are its own."""


class Wire(asyncio.Protocol):
    """One connection. Make it with `connect`."""

    def __init__(self, namespace: str, auth: object, head: bytes, heard: Heard | None) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self._name = namespace.encode()
        self._auth = msgspec.json.encode(auth)
        self._head = head
        self._heard = heard
        self._future = loop.create_future
        self._answers: dict[int, asyncio.Future[bytes]] = {}
        self._count = 0
        self._buffer = bytearray()
        self._upgraded = False
        self._transport: asyncio.Transport | None = None

    def ask(self, event: str, payload: object) -> asyncio.Future[bytes]:
        """Send an event; the future is its acknowledgement, the JSON array as it came."""
        self._count += 1
        answer = self._answers[self._count] = self._future()
        self._send(b'42%s,%d["%s",%s]' % (self._name, self._count, event.encode(), msgspec.json.encode(payload)))
        return answer

    def close(self) -> None:
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._head)

    def connection_lost(self, exc: Exception | None) -> None:
        waiting: list[asyncio.Future[Any]] = [self.ready, *self._answers.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(Cut("closed"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        while frame := self._frame():
            self._packet(frame)

    def _upgrade(self) -> bool:
        head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self.ready.set_exception(Cut(head.decode(errors="replace").splitlines()[0]))
            self.close()
            return False
        self._upgraded, self._buffer = True, bytearray(rest)
        return True

    def _frame(self) -> bytes | None:
        """The payload of the next whole frame; None when there is none yet. The server never masks."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1], 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:at], "big")
        if len(buffer) < at + size:
            return None
        payload = bytes(buffer[at : at + size])
        if buffer[0] != 0x81:
            raise Cut(f"an unexpected frame {buffer[0]:#x}: {payload[:80]!r}")
        del buffer[: at + size]
        return payload

    def _packet(self, packet: bytes) -> None:
        """Engine.IO's digit, then Socket.IO's, then the namespace."""
        body = packet[3 + len(self._name) :]
        match packet[:2]:
            case b"42":
                if self._heard:
                    self._heard(body)
            case b"43":
                number, _, answer = body.partition(b"[")
                if not (waiting := self._answers.pop(int(number))).done():
                    waiting.set_result(b"[" + answer)
            case b"40":
                self.ready.set_result(None)
            case b"44":
                self.ready.set_exception(Cut(body.decode()))
            case b"0{":
                self._send(b"40%s,%s" % (self._name, self._auth))
            case b"2":
                self._send(b"3")
            case _:
                raise Cut(f"an unexpected packet: {packet[:80]!r}")

    def _send(self, packet: bytes) -> None:
        assert self._transport
        size = len(packet)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._transport.write(b"\x81" + length + b"\0\0\0\0" + packet)


async def connect(port: int, namespace: str, auth: object, cookie: str = "", heard: Heard | None = None) -> Wire:
    """Handshake, CONNECT, and the server's yes to it; raises `Cut` when it says no."""
    lines = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *([f"Cookie: {cookie}"] if cookie else []),
    )
    head = "\r\n".join((*lines, "", "")).encode()
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(namespace, auth, head, heard), "127.0.0.1", port)
    await wire.ready
    return wire


def read(answer: bytes, kind: type[T]) -> T:
    """The one value of an acknowledgement."""
    return msgspec.json.decode(answer, type=tuple[kind])[0]  # type: ignore[valid-type]
