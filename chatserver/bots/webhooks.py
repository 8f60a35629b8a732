"""Calls the server that a webhook node of a flow names, and takes from its answer what the node keeps."""

import hashlib
import hmac
import logging
from collections.abc import Mapping

import msgspec

from chatserver.conversation.model import Conversation
from chatserver.flow.model import Flow, Webhook
from chatserver.flow.saved import values
from chatserver.outgoing.client import NotDelivered, Outgoing

_log = logging.getLogger("chatserver.bots")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a call. `call` is the same when it is made again after a restart."""

    call: str
    flow: str
    node: str
    conversation: str
    contact: str
    name: str
    verified: bool
    name_verified: bool
    channel: str
    inbox: str
    locale: str
    page_url: str
    visits: int
    answers: Mapping[str, str]


class Caller:
    """Signs with a key of the flow's own, which is derived, so that no setting and no log holds it."""

    def __init__(self, outgoing: Outgoing, secret: str) -> None:
        self._outgoing = outgoing
        self._secret = secret

    async def close(self) -> None:
        await self._outgoing.close()

    async def call(self, flow: Flow, node: Webhook, c: Conversation, call: str) -> Mapping[str, str] | None:
        """The values that the node keeps; None when no success with JSON came back in time."""
        body = msgspec.json.encode(_body(flow, node, c, call))
        key = webhook_key(self._secret, flow.id, node.key_version)
        try:
            reply = await self._outgoing.post(node.url, body, secret=key, timeout=node.timeout)
            if reply.ok:
                return values(node, msgspec.json.decode(reply.body) if node.save else None)
            why = str(reply.status)
        except NotDelivered as failure:
            why = failure.reason.value
        except (msgspec.DecodeError, UnicodeDecodeError):
            why = "not JSON"
        _log.warning("a webhook failed", extra={"flow": flow.id, "node": node.id, "why": why})
        return None


def webhook_key(secret: str, flow: str, version: int) -> str:
    """The key (hex) with which the calls of a flow are signed."""
    return hmac.new(secret.encode(), f"webhook:{flow}:{version}".encode(), hashlib.sha256).hexdigest()


def _body(flow: Flow, node: Webhook, c: Conversation, call: str) -> Call:
    assert c.visit, "whoever asks has come"
    return Call(
        call=call,
        flow=flow.id,
        node=node.id,
        conversation=c.id,
        contact=c.visit.contact,
        name=c.visit.name,
        verified=c.visit.verified,
        name_verified=c.visit.name_verified,
        channel=c.visit.channel,
        inbox=c.visit.inbox,
        locale=c.visit.locale,
        page_url=c.visit.page_url,
        visits=c.visit.visits,
        answers={answer.key: answer.value for answer in c.answers},
    )
