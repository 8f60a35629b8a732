"""Keys over HTTP: made, listed, rotated, revoked. Nobody gives a key more than they hold themselves."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.check import Actor
from chatserver.access.permissions import Scope
from chatserver.access.roles import NAMES, ScopeName, wrong
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.paging import Page, Paged, listed
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms, from_epoch_ms
from chatserver.suite.keys.keys import KIND, Key, MakeKey, RevokeKey, RotateKey
from chatserver.suite.keys.known import Keys, new_token

MAX_KEYS = 500
"""Open keys of a workspace: they are all in memory."""

LATEST = 4_102_444_800_000
"""The year 2100: nobody means a later one."""


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`grants`: permission -> how far it reaches; `groups` is what the reach "group" means for this key."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="What the key is for.")]
    grants: Annotated[dict[str, ScopeName], Meta(min_length=1)]
    groups: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=200)] = ()
    expires_at: Annotated[int, Meta(ge=0, le=LATEST, description="Epoch milliseconds; null: never.")] | None = None


class Rotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    keep_old: Annotated[
        int, Meta(ge=0, le=604_800, description="Seconds for which the secret before this one still opens.")
    ] = 86_400


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret. Instants are epoch milliseconds; `used_at` is right to the minute.

    `shown_to` is the agent who knows the secret, and `may` what the key may do now: of its grants what that agent
    still may, and nothing once the agent is deactivated.
    """

    id: str
    name: str
    grants: dict[str, ScopeName]
    groups: tuple[str, ...]
    expires_at: int | None
    made_at: int
    made_by: str
    shown_to: str
    may: dict[str, ScopeName]
    used_at: int | None


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` goes into the header `Authorization: Bearer`. It is shown this once."""

    key: KeyView
    secret: str


class Door:
    """The operations."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._keys = Keys(hub)
        self.operations = (
            Operation(
                name="listKeys", method="GET", path="/keys", requires=p.KEY_MANAGE, run=self.list,
                query=Paged, answers=Page[KeyView],
            ),
            Operation(
                name="createKey", method="POST", path="/keys", requires=p.KEY_MANAGE, run=self.make,
                body=NewKey, answers=KeyShown, status=201, shows_secret=True,
            ),
            Operation(
                name="rotateKey", method="POST", path="/keys/{id}/rotate", requires=p.KEY_MANAGE, run=self.rotate,
                body=Rotation, answers=KeyShown, shows_secret=True,
            ),
            Operation(
                name="revokeKey", method="DELETE", path="/keys/{id}", requires=p.KEY_MANAGE, run=self.revoke,
            ),
        )  # fmt: skip

    async def list(self, call: Call) -> Page[KeyView]:
        """The keys that are in force or have expired, oldest first; a revoked one is gone."""
        keys = listed(self._hub.memory.of_kind(KIND), call.query, lambda key: key.id, lambda key: key)
        return Page(items=[await self._view(key) for key in keys.items], next=keys.next)

    async def make(self, call: Call) -> KeyShown:
        """Make a key.

        It may do what `grants` says, which is never more than whoever makes it may do: not now, and not later, when
        that may be less. The secret is shown in this answer and nowhere else.
        """
        for name, code in wrong(call.body.grants):
            raise Refused(ErrorCode.BAD_REQUEST, path=f"$.grants.{name[:64]}", reason=code)
        _held(call.actor, call.body)
        if sum(1 for _ in self._hub.memory.of_kind(KIND)) >= MAX_KEYS:
            raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_KEYS)
        id = new_id()
        token, digest = new_token(id)
        body: NewKey = call.body
        make = MakeKey(
            name=body.name, grants=body.grants, groups=body.groups, digest=digest,
            shown_to=call.actor.behind or call.actor.agent, by=call.actor.agent,
            expires_at=None if body.expires_at is None else from_epoch_ms(body.expires_at),
        )  # fmt: skip
        return await self._shown(Envelope(stream(KIND, id), make, call.id), token)

    async def rotate(self, call: Call) -> KeyShown:
        """Give a key a new secret; the old one goes on opening for a while, so that programs can be changed over.

        Each secret is worth what the agent who was shown it may do.
        """
        key = self._open(call.path["id"])
        id = key.id
        # Who is shown a secret holds what it opens.
        _held(call.actor, key)
        token, digest = new_token(id)
        shown_to = call.actor.behind or call.actor.agent
        rotate = RotateKey(digest=digest, overlap=call.body.keep_old, shown_to=shown_to, by=call.actor.agent)
        return await self._shown(Envelope(stream(KIND, id), rotate, call.id), token)

    async def revoke(self, call: Call) -> None:
        """Make a key worthless, at once and for good."""
        id = self._open(call.path["id"]).id
        await self._hub.send(Envelope(stream(KIND, id), RevokeKey(by=call.actor.agent), call.id))

    async def _shown(self, to: Envelope, token: str) -> KeyShown:
        """The hub answers a repetition by the log: then the new token is that of no key, and the old one is gone."""
        receipt = await self._hub.send(to)
        key = self._open(id_of(receipt.stream))
        if key.secrets[0].digest != to.input.digest:
            raise Refused(ErrorCode.SHOWN_ONCE)
        return KeyShown(key=await self._view(key), secret=token)

    def _open(self, id: str) -> Key:
        key: Key | None = self._hub.at_hand(KIND, id)
        if key is None or not key.secrets:
            raise Refused(ErrorCode.NOT_FOUND, key=id)
        return key

    async def _view(self, key: Key) -> KeyView:
        used, shown = await self._keys.used_at(key.id), key.secrets[0]
        acts = await self._keys.acts(key, shown)
        return KeyView(
            id=key.id, name=key.name, grants=key.grants, groups=key.groups, made_by=key.made_by,
            expires_at=_ms(key.expires_at), made_at=_ms(key.made_at) or 0, used_at=_ms(used),
            shown_to=await self._keys.shown_to(key, shown),
            may={name: NAMES[scope] for name, scope in acts.grants.items()} if acts else {},
        )  # fmt: skip


def _held(who: Actor, wanted: NewKey | Key) -> None:
    """A grant that reaches no further than one's own."""
    for name, reach in wanted.grants.items():
        scope, own = Scope[reach.upper()], who.grants.get(name)
        strange = own is not Scope.ALL and scope is Scope.GROUP and not who.groups.issuperset(wanted.groups)
        if own is None or scope > own or strange:
            raise Refused(ErrorCode.FORBIDDEN, permission=name)


def _ms(at: datetime | None) -> int | None:
    return epoch_ms(at) if at else None
