"""What a key that somebody shows may do: as much as whoever knows its secret lends it. A secret is looked at here and
nowhere else, and never written down."""

import hashlib
from datetime import datetime, timedelta

from chatserver.access.check import Actor, granted
from chatserver.access.permissions import Scope
from chatserver.agents.model import Agent
from chatserver.hub.hub import Hub
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_secret
from chatserver.kernel.instants import epoch_ms, from_epoch_ms
from chatserver.suite.keys.keys import KIND, Key, Secret

GENERATIONS = 10
"""Keys that make keys, one the other, that are followed back to an agent."""

PREFIX = "csk"
"""So that programs which look for forgotten secrets in code can find ours."""

BY_KEY = "key:"
"""Before a key's id: so the log names what a key did."""

USED = "key_used"

NOTED_EVERY = timedelta(minutes=1)
"""When a key was last used is no fact for the log, and not worth a write for each request."""


class Keys:
    """The keys of one workspace: all that still open are in memory."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._noted: dict[str, datetime] = {}

    async def actor(self, token: str) -> Actor:
        """Who shows this token, as an actor of its own; `Refused(unauthenticated)` for nobody."""
        prefix, _, rest = token.partition("_")
        id, _, secret = rest.partition("_")
        key: Key | None = self._hub.at_hand(KIND, id) if prefix == PREFIX and secret else None
        now = self._hub.now()
        shown = key.opened_by(digest_of(secret), now) if key else None
        who = await self.acts(key, shown) if key and shown else None
        if who is None:
            raise Refused(ErrorCode.UNAUTHENTICATED)
        await self._note(id, now)
        return who

    async def acts(self, key: Key, secret: Secret) -> Actor | None:
        """What the key does by this secret: never more than the agent who was shown it may do now, and nothing once
        that agent is none any more. A group that the agent has left counts only where the agent needs no group."""
        agent: Agent | None = self._hub.at_hand("agent", await self.shown_to(key, secret))
        if agent is None or agent.profile is None or not agent.profile.active:
            return None
        held = granted(agent.profile.roles, self._hub.held("workspace", "main").settings.roles)
        grants = {name: min(Scope[reach.upper()], held[name]) for name, reach in key.grants.items() if name in held}
        groups = frozenset(key.groups)
        if any(scope is Scope.GROUP and held[name] is Scope.GROUP for name, scope in grants.items()):
            groups &= frozenset(agent.profile.groups)
        return Actor(agent=f"{BY_KEY}{key.id}", groups=groups, grants=grants, behind=agent.id)

    async def shown_to(self, key: Key, secret: Secret) -> str:
        """The agent who knows the secret. One from before this was noted is known to whoever made the key; where that
        was another key, to whoever had made that one: who knows its secret now came later."""
        name = secret.shown_to or key.made_by
        for _ in range(GENERATIONS):
            if not name.startswith(BY_KEY):
                break
            maker: Key = await self._hub.look(KIND, name.removeprefix(BY_KEY))
            name = maker.made_by
        return name

    async def used_at(self, id: str) -> datetime | None:
        """To the minute."""
        raw = await self._hub.store.get_document(USED, id)
        return from_epoch_ms(int(raw)) if raw else None

    async def _note(self, id: str, now: datetime) -> None:
        last = self._noted.get(id)
        if last is None or now - last >= NOTED_EVERY:
            self._noted[id] = now
            await self._hub.store.put_document(USED, id, str(epoch_ms(now)).encode())


def new_token(id: str) -> tuple[str, str]:
    """(what is shown once, what is kept)."""
    secret = new_secret()
    return f"{PREFIX}_{id}_{secret}", digest_of(secret)


def digest_of(secret: str) -> str:
    """A plain digest is enough: nobody guesses 256 random bits, however quickly each guess is checked."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
