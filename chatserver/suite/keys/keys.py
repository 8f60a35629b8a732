"""接口密钥: a machine for each key. The log holds digests of secrets, which lead back to nothing: a secret is 256
random bits, and is known to whoever was shown it."""

from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from msgspec.structs import replace

from chatserver.access.roles import ScopeName
from chatserver.hub.machines import Machine
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input

KIND = "key"


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """`until`: when an old secret stops, None for the present one. `shown_to`: the agent who knows it."""

    digest: str
    until: datetime | None = None
    shown_to: str = ""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """The state. `groups` is what the reach "group" means for this key."""

    id: str
    version: int = 0
    name: str = ""
    grants: dict[str, ScopeName] = {}
    groups: tuple[str, ...] = ()
    expires_at: datetime | None = None
    made_at: datetime | None = None
    made_by: str = ""
    secrets: tuple[Secret, ...] = ()

    def opened_by(self, digest: str, now: datetime) -> Secret | None:
        """The secret, where it opens the key now. Nobody learns anything from the time that a comparison of digests
        takes."""
        if self.expires_at and self.expires_at <= now:
            return None
        return next((s for s in self.secrets if s.digest == digest and (s.until is None or now < s.until)), None)


class MakeKey(Input, frozen=True, kw_only=True):
    name: str
    grants: dict[str, ScopeName]
    groups: tuple[str, ...]
    expires_at: datetime | None
    digest: str
    shown_to: str
    by: str


class RotateKey(Input, frozen=True, kw_only=True):
    """A new secret; the old one opens for `overlap` seconds more."""

    digest: str
    overlap: int
    shown_to: str
    by: str


class RevokeKey(Input, frozen=True, kw_only=True):
    by: str


class KeyMade(Event, frozen=True, kw_only=True):
    name: str
    grants: dict[str, ScopeName]
    groups: tuple[str, ...]
    expires_at: datetime | None
    digest: str
    shown_to: str = ""
    by: str


class KeyRotated(Event, frozen=True, kw_only=True):
    """`until`: how long the secret before this one still opens."""

    digest: str
    until: datetime
    shown_to: str = ""
    by: str


class KeyRevoked(Event, frozen=True, kw_only=True):
    by: str


KeyInput = MakeKey | RotateKey | RevokeKey
KeyEvent = KeyMade | KeyRotated | KeyRevoked


def decide(key: Key, input: KeyInput, env: Env[object]) -> list[KeyEvent]:
    if isinstance(input, MakeKey):
        return [_made(key, input, env)]
    if not key.secrets:
        raise Refused(ErrorCode.NOT_FOUND, key=key.id)
    match input:
        case RotateKey():
            until = env.now + timedelta(seconds=input.overlap)
            return [
                KeyRotated(at=env.now, digest=input.digest, until=until, shown_to=input.shown_to, by=input.by)
            ]
        case RevokeKey():
            return [KeyRevoked(at=env.now, by=input.by)]
        case _:
            assert_never(input)


def _made(key: Key, input: MakeKey, env: Env[object]) -> KeyMade:
    if key.version:
        raise Refused(ErrorCode.CONFLICT, key=key.id)
    if input.expires_at and input.expires_at <= env.now:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.expires_at", reason="Expected a time to come")
    return KeyMade(
        at=env.now, name=input.name, grants=input.grants, groups=input.groups,
        expires_at=input.expires_at, digest=input.digest, shown_to=input.shown_to, by=input.by,
    )  # fmt: skip


def evolve(key: Key, event: KeyEvent) -> Key:
    key = replace(key, version=key.version + 1)
    match event:
        case KeyMade():
            return replace(
                key, name=event.name, grants=event.grants, groups=event.groups, expires_at=event.expires_at,
                made_at=event.at, made_by=event.by, secrets=(_secret(event),),
            )  # fmt: skip
        case KeyRotated():
            # Of the old ones only the last lives on, and never longer than it was to live.
            old = replace(key.secrets[0], until=event.until)
            return replace(key, secrets=(_secret(event), old))
        case KeyRevoked():
            return replace(key, secrets=())
        case _:
            assert_never(event)


def _secret(event: KeyMade | KeyRotated) -> Secret:
    return Secret(digest=event.digest, shown_to=event.shown_to or event.by)


def wake_at(key: Key, settings: object) -> None:
    """What is over is seen when somebody tries it."""


MACHINE = Machine(
    kind=KIND,
    state=Key,
    event=KeyEvent,
    fresh=lambda id: Key(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
    is_open=lambda key: bool(key.secrets),
)
