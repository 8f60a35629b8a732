"""The integrations context as the hub runs it. It calls other servers, so it is given the client and the secret."""

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened
from chatserver.hub.relay import Subscriber
from chatserver.outgoing.client import Outgoing
from chatserver.suite.integrations.couriers import Couriers
from chatserver.suite.integrations.door import Door
from chatserver.suite.integrations.feed import NAME
from chatserver.suite.integrations.sender import Sender


def open(hub: Hub, outgoing: Outgoing, secret: str) -> Opened:
    sender = Sender(hub, outgoing, secret)
    couriers = Couriers(hub, sender)

    async def close() -> None:
        await couriers.close()
        await outgoing.close()

    return Opened(
        operations=Door(hub, couriers, sender).operations,
        subscribers=(Subscriber(NAME, couriers.feed.handle),),
        start=couriers.start,
        close=close,
    )
