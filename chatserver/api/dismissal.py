"""停用: whoever is deactivated is shown out: no login is worth anything, no console stays open."""

from collections.abc import Sequence
from typing import Protocol

from chatserver.agents.events import ProfileSaved
from chatserver.hub.hub import id_of
from chatserver.hub.relay import Entry, Subscriber


class Logins(Protocol):
    async def forget(self, agent: str) -> None: ...


class Consoles(Protocol):
    async def dismiss(self, agent: str) -> None: ...


class Dismissal:
    """A subscriber of the log. What was missed while the server was away does no harm: a login is checked each time."""

    def __init__(self, logins: Logins, consoles: Consoles) -> None:
        self._logins = logins
        self._consoles = consoles
        self.subscriber = Subscriber("dismissal", self.handle)

    async def handle(self, entries: Sequence[Entry]) -> None:
        for _, happened in entries:
            if isinstance(happened.event, ProfileSaved) and not happened.event.profile.active:
                await self._consoles.dismiss(id_of(happened.stream))
                await self._logins.forget(id_of(happened.stream))
