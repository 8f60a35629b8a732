"""The measured server as a process of its own, and the people at its doors."""

import sys
import urllib.request
from pathlib import Path

import aiohttp
import msgspec

from bench import wire, workspace
from bench.serve import PASSWORD
from chatserver.protocol.agent import AgentAuth, AgentHello, LoggedIn
from chatserver.protocol.visitor import VisitorAuth, VisitorHello, Welcome
from tests.providers.process import Server


def server(root: Path, agents: int) -> Server:
    """Not started yet; its data are below `root`."""

    def command(port: int, folder: Path) -> list[str]:
        return [sys.executable, "-m", "bench.serve", str(port), str(folder), str(agents)]

    def ready(port: int) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)

    return Server("server", command, ready, root=root)


def pid_of(started: Server) -> int:
    assert started.pid is not None
    return started.pid


async def visitor(port: int, group: str) -> wire.Wire:
    """Connected and greeted; no conversation yet."""
    link = await wire.connect(port, "/visitor", VisitorAuth(inbox=group))
    wire.read(await link.ask("hello", VisitorHello()), Welcome)
    return link


async def console(port: int, n: int, heard: wire.Heard) -> wire.Wire:
    """The n-th agent, logged in with the password, ready, greeted."""
    account = workspace.agent_id(n)
    async with aiohttp.ClientSession() as http:
        login = {"account": account, "password": PASSWORD}
        async with http.post(f"http://127.0.0.1:{port}/api/login", json=login) as response:
            response.raise_for_status()
            session = msgspec.json.decode(await response.read(), type=LoggedIn)
            cookie = "; ".join(f"{c.key}={c.value}" for c in response.cookies.values())
    link = await wire.connect(port, "/agent", AgentAuth(csrf=session.csrf, device="bench"), cookie, heard)
    await link.ask("hello", AgentHello())
    return link
