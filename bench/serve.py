"""The server that the socket benchmarks measure: `python -m bench.serve PORT FOLDER AGENTS`.

It is the product's `serve` on a workspace that is filled first, with one difference: what protects a server from a
single visitor or address is out of the way, because here all visitors are one process on one address.
"""

import asyncio
import os
import sys

from bench import workspace
from chatserver import cli
from chatserver.agents import inputs as ai
from chatserver.api import limits
from chatserver.app import Server
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.settings.deployment import Deployment
from chatserver.settings.load import PREFIX, deployment

PASSWORD = "bench-password"
MOST = 200

_UNLIMITED = limits.Rate(burst=1e9, per_second=1e9)


async def fill(d: Deployment, agents: int) -> None:
    """As `chatserver agent add` does it: on the store itself, before the server runs."""
    server = Server(d)
    await server.store.open()
    await server.hub.start()
    await server.save_settings(workspace.settings(), by="bench")
    for n in range(agents):
        id = workspace.agent_id(n)
        await server.hub.send(Envelope(stream("agent", id), ai.Saved(profile=workspace.profile(n, MOST, 1))))
        await server.logins.set_password(id, PASSWORD)
    await server.hub.stop()
    await server.store.close()


def main(port: str, folder: str, agents: str) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    given = {"port": port, "data_dir": folder, "log_level": "warning", "connections_per_address": "100000"}
    os.environ |= {PREFIX + name.upper(): value for name, value in given.items()}
    limits.MESSAGES = limits.AGENT_INPUTS = limits.SIGNALS = _UNLIMITED
    limits.CONNECTS = limits.PACKETS = _UNLIMITED
    asyncio.run(fill(deployment(os.environ), int(agents)))
    cli.main(["serve"])


if __name__ == "__main__":
    main(*sys.argv[1:])
