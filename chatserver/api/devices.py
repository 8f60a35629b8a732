"""The open consoles of agents, and the word to the hub that one is gone: what cannot be recorded now is said again.

Otherwise whoever left while the store was away would be there, and given visitors, until the server starts anew.
"""

import asyncio
import logging
from collections import Counter
from typing import Any

from chatserver.agents import inputs as ai
from chatserver.hub.hub import Hub, stream
from chatserver.hub.scheduler import PUT_OFF
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ERRORS, Refused, Retry
from chatserver.kernel.tasks import spawn, stop

_log = logging.getLogger("chatserver.devices")

Device = tuple[str, str]
"""(agent, the id that the console gave itself)."""


class Devices:
    """A device may have several connections: one that came back before the old one was known as dead."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._connections: Counter[Device] = Counter()
        self._owed: set[Device] = set()
        self._task: asyncio.Task[Any] | None = None
        self._closed = False

    def enter(self, device: Device) -> None:
        self._connections[device] += 1

    def leave(self, device: Device) -> bool:
        """Whether that was its last connection."""
        self._connections[device] -= 1
        if self._connections[device] > 0:
            return False
        del self._connections[device]
        return True

    async def lost(self, device: Device) -> None:
        """It is gone, and the hub hears of it: now or, when it refuses, again and again until it is recorded."""
        try:
            await self._say(device)
        except Refused as refused:
            _log.warning("a lost connection was put off", extra={"agent": device[0], "code": refused.code.value})

    def owe(self, device: Device) -> None:
        """What the hub knows of it is uncertain: say soon that it is gone, unless it is back by then."""
        self._owed.add(device)
        if not self._closed and (self._task is None or self._task.done()):
            self._task = spawn(self._run(), "lost connections")

    async def settle(self, agent: str) -> None:
        """Say now what is owed of this agent. Raises `Refused`."""
        for device in sorted(d for d in self._owed if d[0] == agent):
            await self._say(device)

    async def stop(self) -> None:
        """Nothing more is said: for whoever is there or owed now, the grace begins at the next start."""
        self._closed = True
        await stop(self._task)

    async def _say(self, device: Device) -> None:
        """Nothing is awaited between the look at its connections and the mailbox: a return comes behind this."""
        self._owed.discard(device)
        if self._closed or device in self._connections:
            return
        agent, id = device
        try:
            await self._hub.send(Envelope(stream("agent", agent), ai.DeviceLost(device=id)))
        except Refused as refused:
            if ERRORS[refused.code].retry is Retry.LATER:
                self.owe(device)
            raise

    async def _run(self) -> None:
        clock = self._hub.clock
        while self._owed:
            await clock.sleep_until(clock.now() + PUT_OFF, asyncio.Event())
            await asyncio.gather(*(self.lost(device) for device in sorted(self._owed)))
