"""回调订阅: a machine for each subscription. Its secret is made from the server's and stands nowhere: the log holds the
secret's number alone. How deliveries fare is not here, but in `courier.py`."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal, assert_never

import msgspec
from msgspec.structs import replace

from chatserver.hub.machines import Machine
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input
from chatserver.kernel.urls import is_web_address

KIND = "webhook"

Stopped = Literal["", "gone", "failing"]
"""Why the server itself switched a subscription off: the receiver said that it is gone, or took nothing for days."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscriber wants to be told, and where. No `inboxes` or `groups` means all of them; the events of agents
    belong to no inbox and to no group."""

    name: str
    url: str
    kinds: tuple[str, ...]
    inboxes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    active: bool = True

    def wants(self, kind: str, inbox: str | None, groups: frozenset[str]) -> bool:
        """`groups` are those that it concerns."""
        if kind not in self.kinds:
            return False
        return (not self.inboxes or inbox in self.inboxes) and (not self.groups or not groups.isdisjoint(self.groups))


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """The state. `secret` is the number of the present secret; the one before counts until `old_until`."""

    id: str
    version: int = 0
    wish: Wish | None = None
    stopped: Stopped = ""
    secret: int = 1
    old_until: datetime | None = None
    made_at: datetime | None = None


class MakeWebhook(Input, frozen=True, kw_only=True):
    wish: Wish
    by: str


class ChangeWebhook(Input, frozen=True, kw_only=True):
    wish: Wish
    by: str


class RotateSecret(Input, frozen=True, kw_only=True):
    """Deliveries are signed with both secrets for `overlap` seconds."""

    overlap: int
    by: str


class StopWebhook(Input, frozen=True, kw_only=True):
    """The server itself gives up."""

    reason: Literal["gone", "failing"]


class DeleteWebhook(Input, frozen=True, kw_only=True):
    by: str


class WebhookSaved(Event, frozen=True, kw_only=True):
    """Made, or changed."""

    wish: Wish
    by: str


class SecretRotated(Event, frozen=True, kw_only=True):
    until: datetime
    by: str


class WebhookStopped(Event, frozen=True, kw_only=True):
    reason: Literal["gone", "failing"]


class WebhookDeleted(Event, frozen=True, kw_only=True):
    by: str


WebhookInput = MakeWebhook | ChangeWebhook | RotateSecret | StopWebhook | DeleteWebhook
WebhookEvent = WebhookSaved | SecretRotated | WebhookStopped | WebhookDeleted


def decide(w: Webhook, input: WebhookInput, env: Env[object]) -> list[WebhookEvent]:
    if isinstance(input, MakeWebhook):
        if w.version:
            raise Refused(ErrorCode.CONFLICT, webhook=w.id)
        return [_saved(input, env)]
    if w.wish is None:
        raise Refused(ErrorCode.NOT_FOUND, webhook=w.id)
    match input:
        case ChangeWebhook():
            same = input.wish == w.wish and not w.stopped
            return [] if same else [_saved(input, env)]
        case RotateSecret():
            return [SecretRotated(at=env.now, until=env.now + timedelta(seconds=input.overlap), by=input.by)]
        case StopWebhook():
            return [WebhookStopped(at=env.now, reason=input.reason)] if w.wish.active else []
        case DeleteWebhook():
            return [WebhookDeleted(at=env.now, by=input.by)]
        case _:
            assert_never(input)


def _saved(input: MakeWebhook | ChangeWebhook, env: Env[object]) -> WebhookSaved:
    if not is_web_address(input.wish.url):
        raise Refused(ErrorCode.BAD_REQUEST, path="$.url", reason="Expected http:// or https:// and a host")
    return WebhookSaved(at=env.now, wish=input.wish, by=input.by)


def evolve(w: Webhook, event: WebhookEvent) -> Webhook:
    w = replace(w, version=w.version + 1)
    match event:
        case WebhookSaved():
            return replace(w, wish=event.wish, stopped="", made_at=w.made_at or event.at)
        case SecretRotated():
            return replace(w, secret=w.secret + 1, old_until=event.until)
        case WebhookStopped():
            assert w.wish
            return replace(w, wish=replace(w.wish, active=False), stopped=event.reason)
        case WebhookDeleted():
            return replace(w, wish=None)
        case _:
            assert_never(event)


def wake_at(w: Webhook, settings: object) -> None:
    """Deliveries keep their own time."""


def secrets(w: Webhook, server: str, now: datetime) -> tuple[str, str]:
    """The present secret and, while it still counts, the one before."""
    old = w.old_until is not None and now < w.old_until
    return _secret(server, w.id, w.secret), _secret(server, w.id, w.secret - 1) if old else ""


def _secret(server: str, id: str, number: int) -> str:
    # Not the word with which the keys of flows are made: a flow can be named like a subscription.
    digest = hmac.new(server.encode(), f"subscription:{id}:{number}".encode(), hashlib.sha256).digest()
    return "whs_" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


MACHINE = Machine(
    kind=KIND,
    state=Webhook,
    event=WebhookEvent,
    fresh=lambda id: Webhook(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
    is_open=lambda w: w.wish is not None,
)
