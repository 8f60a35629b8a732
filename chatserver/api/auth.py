"""Agents' logins: passwords as argon2 hashes, sessions behind a cookie. Secrets are kept hashed and never logged."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chatserver.api import limits
from chatserver.api.peers import network_of
from chatserver.hub.ports import Store
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_secret
from chatserver.kernel.instants import epoch_ms

LIFETIME = timedelta(hours=14)
"""A login lasts a long shift, then the password is asked for again."""

MIN_PASSWORD = 8
"""Characters of a password."""

PAGE = 500
"""Logins or passwords that are looked through at once."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""As OWASP recommends for argon2id: 19 MiB and one thread, a seventh of the processor time of the library's default.
A thousand agents who log in at nine, or come in by a sheet, are served soon, and leave the chats their part."""

COOKIE = "chatserver_login"
"""Holds the token of a login."""


class Password(msgspec.Struct, frozen=True):
    """How an agent logs in. Kept apart from the agent, so that no secret enters the log of events."""

    hash: str


class Session(msgspec.Struct, frozen=True):
    """A login: `csrf` is the token that the console must repeat, times in epoch ms."""

    agent: str
    csrf: str
    expires_at: int
    address: str


class Logins:
    """Passwords by agent, and sessions, in the store's documents. `whose` knows to whom an account belongs now."""

    def __init__(self, store: Store, clock: Clock, whose: Callable[[str], str | None]) -> None:
        self._store = store
        self._clock = clock
        self._whose = whose
        # Hashing takes tens of milliseconds and 19 MB each: two at a time, the rest waits its turn.
        self._hashing = asyncio.Semaphore(2)
        self._keeping = asyncio.Lock()
        self._by_address = limits.Buckets(limits.LOGINS_BY_ADDRESS, clock)
        self._by_account = limits.Buckets(limits.LOGINS_BY_ACCOUNT, clock)
        self.ended: list[Callable[[str], Awaitable[None]]] = []
        """Who wants to hear the key of a login that was ended before its time."""

    async def set_password(self, agent: str, password: str) -> None:
        if len(password) < MIN_PASSWORD:
            raise Refused(ErrorCode.FIELD_INVALID, path="$.password", label="password", min=MIN_PASSWORD)
        hashed = await self._hashed(password)
        async with self._keeping:
            await self._store.put_document("password", agent, hashed)

    async def set_initial_password(self, agent: str, password: str) -> None:
        """For whoever has none: what is set while this one is hashed stays."""
        if await self.has_password(agent):
            return
        hashed = await self._hashed(password)
        async with self._keeping:
            if not await self.has_password(agent):
                await self._store.put_document("password", agent, hashed)

    async def has_password(self, agent: str) -> bool:
        return await self._store.get_document("password", agent) is not None

    async def have_passwords(self) -> set[str]:
        """All agents who could log in."""
        agents: set[str] = set()
        after = ""
        while page := await self._store.list_documents("password", after, PAGE):
            after = page[-1][0]
            agents |= {agent for agent, _ in page}
        return agents

    async def check_password(self, agent: str | None, password: str) -> None:
        """`Refused(bad_credentials)`, after the same time whether or not there is such an agent."""
        raw = await self._store.get_document("password", agent) if agent else None
        hashed = msgspec.json.decode(raw, type=Password).hash if raw else await asyncio.to_thread(_nobody)
        async with self._hashing:
            right = await asyncio.to_thread(self._verify, hashed, password)
        if raw is None or not right:
            raise Refused(ErrorCode.BAD_CREDENTIALS)

    async def confirm(self, agent: str, password: str) -> None:
        """That it is really the agent who has logged in; asked as rarely as at the login."""
        self._by_account.take(agent)
        await self.check_password(agent, password)
        self._by_account.give_back(agent)

    async def login(self, account: str, password: str, address: str) -> tuple[str, Session]:
        """(cookie value, session); `Refused(bad_credentials)` tells nobody whether the account exists."""
        network, name = network_of(address), account.strip().casefold()
        # Taken before the password is looked at, so that many tries at once are many; only a right one gets them back.
        self._by_address.take(network)
        self._by_account.take(name)
        agent = self._whose(account)
        await self.check_password(agent, password)
        assert agent, "a right password is somebody's"
        self._by_address.give_back(network)
        self._by_account.give_back(name)
        token = new_secret()
        expires = epoch_ms(self._clock.now() + LIFETIME)
        session = Session(agent, new_secret(), expires, address)
        await self._store.put_document("login", key_of(token), msgspec.json.encode(session), expires)
        return token, session

    async def session(self, token: str | None) -> Session:
        """The live session of a cookie, or `Refused(unauthenticated)`."""
        raw = await self._store.get_document("login", key_of(token)) if token else None
        session = msgspec.json.decode(raw, type=Session) if raw else None
        if session is None or session.expires_at <= epoch_ms(self._clock.now()):
            raise Refused(ErrorCode.UNAUTHENTICATED)
        return session

    async def logout(self, token: str) -> None:
        """The cookie is worth nothing from now on, and whoever is connected by it is told."""
        await self._end(key_of(token))

    async def forget(self, agent: str) -> None:
        """Every login of this agent is over: the password is another one, or the agent was deactivated."""
        after = ""
        while page := await self._store.list_documents("login", after, PAGE):
            after = page[-1][0]
            for key, raw in page:
                if msgspec.json.decode(raw, type=Session).agent == agent:
                    await self._end(key)

    async def _end(self, key: str) -> None:
        await self._store.delete_document("login", key)
        for tell in self.ended:
            await tell(key)

    async def _hashed(self, password: str) -> bytes:
        async with self._hashing:
            return msgspec.json.encode(Password(await asyncio.to_thread(_hasher.hash, password)))

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return _hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    """What a wrong account name is checked against, so that it takes as long as a wrong password."""
    return _hasher.hash(new_secret())


def check_csrf(session: Session, token: str) -> None:
    if not hmac.compare_digest(session.csrf.encode(), token.encode(errors="surrogateescape")):
        raise Refused(ErrorCode.BAD_CSRF)


def key_of(token: str) -> str:
    """The name of a login. Whoever reads the store cannot log in with what stands there."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
