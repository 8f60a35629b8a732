"""Webhooks over HTTP: made, changed, tried out, looked after."""

from collections.abc import Collection
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.hub.hub import Hub, id_of, stream
from chatserver.hub.paging import Page, Paged, begins, listed, mark
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.integrations.couriers import Couriers
from chatserver.suite.integrations.kinds import BY_NAME, KINDS, VERSION, Payload
from chatserver.suite.integrations.ledger import DeadLetter, Delivery
from chatserver.suite.integrations.sender import Sender
from chatserver.suite.integrations.webhooks import (
    KIND,
    ChangeWebhook,
    DeleteWebhook,
    MakeWebhook,
    RotateSecret,
    Stopped,
    Webhook,
    WebhookInput,
    Wish,
)

MAX_WEBHOOKS = 50
"""Subscriptions of a workspace: each reads the whole log."""

TEST = "webhook.test"

Name = Annotated[str, Meta(min_length=1, max_length=64)]


class WebhookWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to tell, and where. Without `inboxes` and `groups` the events of all of them; the events of agents belong to
    none of them, and a conversation that begins to no group yet."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    url: Annotated[str, Meta(min_length=1, max_length=2_000, description="http or https, reachable from here.")]
    kinds: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=100, description="See `GET /webhooks/kinds`.")]
    inboxes: Annotated[tuple[Name, ...], Meta(max_length=500)] = ()
    groups: Annotated[tuple[Name, ...], Meta(max_length=500)] = ()
    active: Annotated[bool, Meta(description="Switched off it is told nothing; later it goes on where it was.")] = True


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """Instants in epoch ms. `seq`: told up to here; `behind`: records of the log after that; `waiting`: letters that
    have been read and not arrived; `failing_since`: nothing has arrived since then; `stopped`: why the server itself
    switched it off."""

    id: str
    name: str
    url: str
    kinds: tuple[str, ...]
    inboxes: tuple[str, ...]
    groups: tuple[str, ...]
    active: bool
    stopped: Stopped
    made_at: int
    seq: int
    behind: int
    waiting: int
    failing_since: int | None


class WebhookShown(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is what signatures are checked with. It is shown this once."""

    webhook: WebhookView
    secret: str


class WebhookKind(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    means: str


class WebhookKinds(msgspec.Struct, frozen=True, kw_only=True):
    items: list[WebhookKind]


class SecretRotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    keep_old: Annotated[
        int, Meta(ge=0, le=604_800, description="Seconds for which deliveries are signed with the old secret too.")
    ] = 86_400


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `after`, a place in the log from behind which everything is told again (or, if it is a later place than
    the present one, skipped up to there), or `dead_letters`."""

    after: Annotated[int, Meta(ge=0)] | None = None
    dead_letters: bool = False


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """`letters`: how many dead ones are sent again."""

    seq: int
    letters: int


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """The newest attempts, newest first."""

    items: list[Delivery]


class DeadLetterView(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was put aside after `attempts` failures. It is kept for 30 days."""

    seq: int
    kind: str
    about: str
    attempts: int
    why: str
    at: int


class Door:
    """The operations."""

    def __init__(self, hub: Hub, couriers: Couriers, sender: Sender) -> None:
        self._hub = hub
        self._couriers = couriers
        self._sender = sender
        one, row = "/webhooks/{id}", partial(Operation, requires=p.INTEGRATION_MANAGE)
        self.operations: tuple[Operation, ...] = (
            row(
                name="listWebhooks", method="GET", path="/webhooks", run=self.list,
                query=Paged, answers=Page[WebhookView],
            ),
            row(
                name="createWebhook", method="POST", path="/webhooks", run=self.create,
                body=WebhookWish, answers=WebhookShown, status=201, shows_secret=True,
            ),
            row(name="readWebhook", method="GET", path=one, run=self.read, answers=WebhookView),
            row(
                name="changeWebhook", method="PUT", path=one, run=self.change,
                body=WebhookWish, answers=WebhookView,
            ),
            row(name="deleteWebhook", method="DELETE", path=one, run=self.delete),
            row(
                name="rotateWebhookSecret", method="POST", path=f"{one}/rotate", run=self.rotate,
                body=SecretRotation, answers=WebhookShown, shows_secret=True,
            ),
            row(name="testWebhook", method="POST", path=f"{one}/test", run=self.test, answers=Delivery),
            row(
                name="replayWebhook", method="POST", path=f"{one}/replay", run=self.replay,
                body=Replay, answers=Replayed,
            ),
            row(
                name="listWebhookDeliveries", method="GET", path=f"{one}/deliveries", run=self.deliveries,
                answers=Deliveries,
            ),
            row(
                name="listDeadLetters", method="GET", path=f"{one}/dead_letters", run=self.dead_letters,
                query=Paged, answers=Page[DeadLetterView],
            ),
            row(
                name="listWebhookKinds", method="GET", path="/webhooks/kinds", run=self.kinds,
                answers=WebhookKinds,
            ),
        )  # fmt: skip

    async def list(self, call: Call) -> Page[WebhookView]:
        """The subscriptions, oldest first."""
        return listed(self._hub.memory.of_kind(KIND), call.query, lambda w: w.id, self._view)

    async def create(self, call: Call) -> WebhookShown:
        """Subscribe. What happens from now on is told; `replay` tells what was before."""
        if sum(1 for _ in self._hub.memory.of_kind(KIND)) >= MAX_WEBHOOKS:
            raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_WEBHOOKS)
        make = MakeWebhook(wish=self._wish(call.body), by=call.actor.agent)
        return self._shown(await self._send(call, new_id(), make))

    async def read(self, call: Call) -> WebhookView:
        """A subscription, and how far it is."""
        return self._view(self._webhook(call))

    async def change(self, call: Call) -> WebhookView:
        """Change a subscription, or switch it on or off."""
        before = self._webhook(call)
        change = ChangeWebhook(wish=self._wish(call.body, before.wish), by=call.actor.agent)
        return self._view(await self._send(call, before.id, change))

    async def delete(self, call: Call) -> None:
        """End a subscription. What it has not been told, it is told no more."""
        await self._send(call, self._webhook(call).id, DeleteWebhook(by=call.actor.agent))

    async def rotate(self, call: Call) -> WebhookShown:
        """Give a subscription a new secret; for a while deliveries have two signatures, of which one is enough."""
        rotate = RotateSecret(overlap=call.body.keep_old, by=call.actor.agent)
        return self._shown(await self._send(call, self._webhook(call).id, rotate))

    async def test(self, call: Call) -> Delivery:
        """Send a `webhook.test` now, and say how it went. It is sent once, also to what is switched off."""
        webhook = self._webhook(call)
        ping: Payload[dict[str, Any]] = Payload(
            id=f"{webhook.id}-{call.id}", kind=TEST, version=VERSION, at=epoch_ms(self._hub.now()), seq=self._hub.head,
            conversation=None, data={},
        )  # fmt: skip
        return await self._sender.send(webhook, ping, 1)

    async def replay(self, call: Call) -> Replayed:
        """Tell again what was told, or put aside. Receivers know by the delivery's id what they had before."""
        courier, wanted = self._couriers.of(self._webhook(call).id), call.body
        if (wanted.after is None) is not wanted.dead_letters:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.after", reason="Expected either `after` or `dead_letters`")
        if wanted.dead_letters:
            letters = await courier.restart(courier.ledger.raise_dead)
            return Replayed(seq=courier.progress.seq, letters=letters)
        seq = min(wanted.after, self._hub.head)
        await courier.restart(lambda: courier.ledger.rewind(seq))
        return Replayed(seq=seq, letters=0)

    async def deliveries(self, call: Call) -> Deliveries:
        """The last attempts, as they went."""
        return Deliveries(items=[*reversed(self._couriers.of(self._webhook(call).id).progress.last)])

    async def dead_letters(self, call: Call) -> Page[DeadLetterView]:
        """What was put aside because the receiver would not take it, oldest first."""
        ledger, limit = self._couriers.of(self._webhook(call).id).ledger, call.query.limit
        found = await ledger.dead(begins(call.query), limit + 1)
        shown = found[:limit]
        following = mark([shown[-1][0]]) if len(found) > limit else None
        return Page(items=[_dead(dead) for _, dead in shown], next=following)

    async def kinds(self, call: Call) -> WebhookKinds:
        """What a subscription can be told."""
        return WebhookKinds(items=[WebhookKind(name=kind.name, means=kind.means) for kind in KINDS])

    def _wish(self, asked: WebhookWish, before: Wish | None = None) -> Wish:
        """What cannot be told is refused; only an inbox or a group that a subscription has may be gone by now."""
        settings = self._hub.held("workspace", "main").settings
        _check_names("kinds", asked.kinds, BY_NAME, "no such kind")
        inboxes = {one.id for one in settings.ways} | {*(before.inboxes if before else ())}
        groups = {one.id for one in settings.groups} | {*(before.groups if before else ())}
        _check_names("inboxes", asked.inboxes, inboxes, "no such inbox")
        _check_names("groups", asked.groups, groups, "no such group")
        if asked.groups and not any(BY_NAME[kind].of_group for kind in asked.kinds):
            raise Refused(ErrorCode.BAD_REQUEST, path="$.groups", reason="these kinds are of no group")
        if asked.inboxes and not any(BY_NAME[kind].of_inbox for kind in asked.kinds):
            raise Refused(ErrorCode.BAD_REQUEST, path="$.inboxes", reason="these kinds are of no inbox")
        return msgspec.convert(asked, Wish, from_attributes=True)

    async def _send(self, call: Call, id: str, input: WebhookInput) -> Webhook:
        receipt = await self._hub.send(Envelope(stream(KIND, id), input, call.id))
        found: Webhook = await self._hub.look(KIND, id_of(receipt.stream))
        return found

    def _webhook(self, call: Call) -> Webhook:
        found: Webhook | None = self._hub.at_hand(KIND, call.path["id"])
        if found is None or found.wish is None:
            raise Refused(ErrorCode.NOT_FOUND, webhook=call.path["id"])
        return found

    def _shown(self, webhook: Webhook) -> WebhookShown:
        return WebhookShown(webhook=self._view(webhook), secret=self._sender.secret(webhook))

    def _view(self, w: Webhook) -> WebhookView:
        assert w.wish
        courier = self._couriers.of(w.id)
        progress, since = courier.progress, courier.progress.failing_since
        return WebhookView(
            id=w.id, stopped=w.stopped, made_at=epoch_ms(w.made_at) if w.made_at else 0, seq=progress.seq,
            behind=self._hub.head - progress.seq, waiting=courier.waiting,
            failing_since=epoch_ms(since) if since else None, **msgspec.structs.asdict(w.wish),
        )  # fmt: skip


def _check_names(field: str, given: tuple[str, ...], known: Collection[str], reason: str) -> None:
    for at, name in enumerate(given):
        if name not in known:
            raise Refused(ErrorCode.BAD_REQUEST, path=f"$.{field}[{at}]", reason=reason)


def _dead(dead: DeadLetter) -> DeadLetterView:
    x = dead.letter
    return DeadLetterView(seq=x.seq, kind=dead.kind, about=x.lane, attempts=x.attempts, why=x.why, at=epoch_ms(dead.at))
