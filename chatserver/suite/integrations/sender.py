"""One attempt to tell one subscriber something: signed, within a time, and noted down."""

import asyncio
import logging
from typing import Any

import msgspec

from chatserver.hub.hub import Hub
from chatserver.kernel.instants import epoch_ms
from chatserver.outgoing.client import NotDelivered, Outgoing
from chatserver.suite.integrations.kinds import Payload
from chatserver.suite.integrations.ledger import Delivery
from chatserver.suite.integrations.webhooks import Webhook, secrets

_log = logging.getLogger("chatserver.webhooks")

TIMEOUT = 10.0
"""Seconds for a receiver to answer: it should put the letter on a pile of its own first, and then read."""

MAX_REPLY = 1_000
"""Characters of a refusal's body that are kept for whoever looks for the reason."""

REFUSED = "refused"
"""Why a delivery failed that was answered, but not with a 2xx status; otherwise the client's own word."""


class Sender:
    """`secret` is the server's, from which those of the subscriptions are made."""

    def __init__(self, hub: Hub, outgoing: Outgoing, secret: str) -> None:
        self._hub = hub
        self._outgoing = outgoing
        self._secret = secret

    def secret(self, webhook: Webhook) -> str:
        """What a receiver checks signatures with."""
        return secrets(webhook, self._secret, self._hub.now())[0]

    async def send(self, webhook: Webhook, payload: Payload[Any], attempt: int) -> Delivery:
        """How it went; never raises for what a receiver does."""
        assert webhook.wish
        present, old = secrets(webhook, self._secret, self._hub.now())
        headers = {"X-Chat-Event": payload.kind, "X-Chat-Delivery": payload.id, "X-Chat-Attempt": str(attempt)}
        at, begun = epoch_ms(self._hub.now()), asyncio.get_running_loop().time()
        status, why, reply = None, "", ""
        try:
            answer = await self._outgoing.post(
                webhook.wish.url,
                msgspec.json.encode(payload),
                secret=present,
                old_secret=old,
                headers=headers,
                timeout=TIMEOUT,
            )
            status = answer.status
            if not answer.ok:
                why, reply = REFUSED, answer.body.decode("utf-8", "replace")[:MAX_REPLY]
        except NotDelivered as failure:
            why = failure.reason.value
        took = round((asyncio.get_running_loop().time() - begun) * 1000)
        if why:
            _log.info("a delivery failed", extra={"delivery": payload.id, "why": why, "status": status})
        return Delivery(
            id=payload.id, kind=payload.kind, at=at, took=took, attempt=attempt, status=status, why=why, reply=reply
        )
