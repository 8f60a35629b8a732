"""A real Redis server for tests: the one at $REDIS_URL, or redis-server from PATH."""

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.providers.process import Server

REMEDY = "apt install redis-server, or set REDIS_URL"


def program() -> str | None:
    return shutil.which("redis-server")


def server(program: str, *, root: Path | None = None) -> Server:
    """A redis-server of its own, not started yet, that keeps nothing on disk."""

    def command(port: int, folder: Path) -> list[str]:
        return [
            *(program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    return Server("redis", command, _ready, root=root)


def address(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def running() -> Iterator[str | None]:
    """The address of a Redis server, None when there is none on this machine."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    found = program()
    if found is None:
        yield None
        return
    with server(found) as started:
        yield address(started.port)


def _ready(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
