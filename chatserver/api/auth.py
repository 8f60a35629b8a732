"""Agents' logins: accounts with argon2 hashes, sessions behind a cookie. Secrets are kept hashed and never logged."""

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
from chatserver.hub.ports import Store
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_secret
from chatserver.kernel.instants import epoch_ms

LIFETIME = timedelta(hours=14)
"""A login lasts a long shift, then the password is asked for again."""

MIN_PASSWORD = 8


class Account(msgspec.Struct, frozen=True):
    """How an agent logs in. Kept apart from the agent, so that no secret enters the log of events."""

    agent: str
    password_hash: str


class Session(msgspec.Struct, frozen=True):
    """A login: `csrf` is the token that the console must repeat, times in epoch ms."""

    agent: str
    csrf: str
    expires_at: int
    address: str


class Logins:
    """Accounts and sessions, in the store's documents."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._hasher = PasswordHasher()
        # Hashing takes tens of milliseconds and 64 MB each: two at a time, the rest waits its turn.
        self._hashing = asyncio.Semaphore(2)
        self._by_address = limits.Buckets(limits.LOGINS_BY_ADDRESS, clock)
        self._by_account = limits.Buckets(limits.LOGINS_BY_ACCOUNT, clock)
        self.ended: list[Callable[[str], Awaitable[None]]] = []
        """Who wants to hear the key of a login that was ended by its owner."""

    async def set_password(self, account: str, agent: str, password: str) -> None:
        if len(password) < MIN_PASSWORD:
            raise Refused(ErrorCode.FIELD_INVALID, field="password", label="password", min=MIN_PASSWORD)
        async with self._hashing:
            hashed = await asyncio.to_thread(self._hasher.hash, password)
        await self._store.put_document("account", _key(account), msgspec.json.encode(Account(agent, hashed)))

    async def login(self, account: str, password: str, address: str) -> tuple[str, Session]:
        """(cookie value, session); `Refused(bad_credentials)` tells nobody whether the account exists."""
        self._by_address.take(address)
        self._by_account.take(_key(account))
        raw = await self._store.get_document("account", _key(account))
        known = msgspec.json.decode(raw, type=Account) if raw else None
        async with self._hashing:
            right = await asyncio.to_thread(self._verify, known.password_hash if known else _nobody(), password)
        if known is None or not right:
            raise Refused(ErrorCode.BAD_CREDENTIALS)
        token = new_secret()
        expires = epoch_ms(self._clock.now() + LIFETIME)
        session = Session(known.agent, new_secret(), expires, address)
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
        await self._store.delete_document("login", key_of(token))
        for tell in self.ended:
            await tell(key_of(token))

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    """What a wrong account name is checked against, so that it takes as long as a wrong password."""
    return PasswordHasher().hash(new_secret())


def check_csrf(session: Session, token: str) -> None:
    if not hmac.compare_digest(session.csrf.encode(), token.encode()):
        raise Refused(ErrorCode.BAD_CSRF)


def _key(account: str) -> str:
    return account.strip().casefold()


def key_of(token: str) -> str:
    """The name of a login. Whoever reads the store cannot log in with what stands there."""
    return hashlib.sha256(token.encode()).hexdigest()
