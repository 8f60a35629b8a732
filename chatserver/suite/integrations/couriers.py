"""One courier for each subscription: they come and go with it, and know nothing of one another."""

import asyncio
from collections.abc import Sequence
from typing import Any

from chatserver.hub.hub import Hub, id_of
from chatserver.hub.machines import kind_of
from chatserver.hub.relay import Entry
from chatserver.kernel.tasks import spawn
from chatserver.suite.integrations.courier import Courier
from chatserver.suite.integrations.feed import Feed
from chatserver.suite.integrations.sender import Sender
from chatserver.suite.integrations.webhooks import KIND, WebhookDeleted, WebhookSaved


class Couriers:
    """Tells every subscription."""

    def __init__(self, hub: Hub, sender: Sender) -> None:
        self._hub = hub
        self._sender = sender
        self._couriers: dict[str, Courier] = {}
        self._ending: set[asyncio.Task[Any]] = set()
        self.feed = Feed(hub)
        self.feed.heard.append(self._heard)

    async def start(self) -> None:
        for webhook in self._hub.memory.of_kind(KIND):
            self._begin(webhook.id)

    async def close(self) -> None:
        for courier in self._couriers.values():
            await courier.stop()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def of(self, webhook: str) -> Courier:
        """It may be asked for before the log has told of its subscription."""
        return self._begin(webhook)

    def _begin(self, webhook: str) -> Courier:
        courier = self._couriers.get(webhook)
        if courier is None:
            courier = self._couriers[webhook] = Courier(self._hub, self.feed, self._sender, webhook)
            courier.start()
        return courier

    def _heard(self, entries: Sequence[Entry]) -> None:
        for _, happened in entries:
            if kind_of(happened.stream) == KIND:
                self._changed(id_of(happened.stream), happened.event)
        for courier in self._couriers.values():
            courier.wake()

    def _changed(self, webhook: str, event: object) -> None:
        match event:
            case WebhookSaved() if self._hub.at_hand(KIND, webhook) is not None:
                self._begin(webhook)
            case WebhookDeleted() if courier := self._couriers.pop(webhook, None):
                task = spawn(self._end(courier), f"webhook {webhook} ends")
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
            case _:
                pass  # the courier reads it from the state

    async def _end(self, courier: Courier) -> None:
        await courier.stop()
        await courier.ledger.erase()
