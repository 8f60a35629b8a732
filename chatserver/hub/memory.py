"""The durable states that are in memory: all open streams, and the closed ones used lately."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chatserver.conversation.model import Conversation, Phase
from chatserver.dispatch.evolve import join, offered, seated, serve
from chatserver.dispatch.model import Floor, Offer, Seat, Waiting
from chatserver.hub.machines import FLOOR, Machines, kind_of


class FloorHead(msgspec.Struct, frozen=True):
    """What is kept of the floor beside its seats."""

    matches: int = 0


COLD = 10_000
"""Closed conversations and contacts kept at hand: about 10 MB; the rest is loaded when needed."""


class Memory:
    """Never holds anything that is not committed."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self.open: dict[str, Any] = {}
        self.cold: OrderedDict[str, Any] = OrderedDict()

    def layers(self) -> tuple[Mapping[str, Any], ...]:
        return (self.open, self.cold)

    def get(self, name: str) -> Any | None:
        return self.open.get(name) or self.cold.get(name)

    def replace(self, states: dict[str, Any]) -> None:
        """Forget everything for what the store says is open now."""
        self.open.clear()
        self.open.update(states)
        self.cold.clear()

    def put(self, name: str, state: Any) -> None:
        """Keep a committed state where it belongs."""
        if self._machines[kind_of(name)].is_open(state):
            self.open[name] = state
            self.cold.pop(name, None)
            return
        self.open.pop(name, None)
        self.cold[name] = state
        self.cold.move_to_end(name)
        if len(self.cold) > COLD:
            self.cold.popitem(last=False)

    def of_kind(self, kind: str) -> Iterable[Any]:
        """The open states of a kind."""
        prefix = kind + "/"
        return [state for name, state in self.open.items() if name.startswith(prefix)]

    def floor(self) -> Floor:
        floor: Floor = self.open[FLOOR]
        return floor


def rebuild_floor(head: Floor, seats: Iterable[Seat], conversations: Iterable[Conversation]) -> Floor:
    """The floor from its parts: seats as they were kept, and the rest by the conversations' own word."""
    floor = head
    for seat in seats:
        floor = seated(floor, None, seat)
    for c in conversations:
        channel = c.visit.channel if c.visit else "web"
        if c.phase is Phase.SERVING and c.agent:
            floor = serve(floor, c.agent, c.id, channel)
        if c.phase is Phase.QUEUED and c.group and c.place_since:
            waiting = Waiting(
                conversation=c.id,
                group=c.group,
                since=c.place_since,
                channel=channel,
                priority=c.priority,
                vip=c.visit.vip if c.visit else 0,
                last_agent=c.last_agent,
                excluded=c.handed_over_by,
                missed=c.missed,
                overflowed=c.overflowed,
                prefers=c.prefers,
            )
            if c.offer:
                floor = offered(floor, c.id, Offer(agent=c.offer.agent, waiting=waiting))
            else:
                floor = join(floor, waiting)
    return floor
