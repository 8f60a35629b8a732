"""A small Socket.IO server for the tests of the two links: echoes, refuses, bursts and stays silent on demand.

Prints one JSON line with its ports: `both` speaks WebSocket and polling, `polling` refuses WebSockets. Knows nothing
of chats.
"""

import asyncio
import json
from typing import Any

import socketio
from aiohttp import web

PING_S, PONG_S = 1, 3
NAMESPACE = "/visitor"


class Doors(socketio.AsyncNamespace):  # type: ignore[misc]
    """What the tests ask for, by event name."""

    def __init__(self) -> None:
        super().__init__(NAMESPACE)
        self.refused: dict[str, int] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
        deny = (auth or {}).get("deny")
        if not deny:
            return
        key, retry, times = deny["key"], deny["retry"], deny["times"]
        self.refused[key] = self.refused.get(key, 0) + 1
        if self.refused[key] <= times:
            raise socketio.exceptions.ConnectionRefusedError("refused", failed(deny["code"], retry))

    async def on_echo(self, sid: str, data: object) -> object:
        return {"echo": data, "transport": self.server.transport(sid, namespace=NAMESPACE)}

    async def on_refuse(self, sid: str, data: object) -> object:
        return failed("field_required", "never", {"field": "tel", "label": "电话"})

    async def on_silence(self, sid: str, data: object) -> None:
        await asyncio.sleep(600)

    async def on_burst(self, sid: str, data: dict[str, int]) -> object:
        for number in range(data["count"]):
            await self.emit("line", {"number": number}, to=sid)
        return {}


def failed(code: str, retry: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """The wire's form of a refusal."""
    return {"error": {"code": code, "retry": retry, "data": data or {}}}


async def serve(**options: Any) -> int:
    """Start one server on a free port of this machine, and say which."""
    server = socketio.AsyncServer(
        async_mode="aiohttp", cors_allowed_origins="*", ping_interval=PING_S, ping_timeout=PONG_S, **options
    )
    server.register_namespace(Doors())
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return int(runner.addresses[0][1])


async def main() -> None:
    """Serve until killed."""
    ports = {"both": await serve(), "polling": await serve(transports=["polling"])}
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
