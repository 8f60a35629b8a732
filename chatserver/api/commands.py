"""What both socket doors share: a command is a row, and a row is run in one way."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

from chatserver.access.permissions import Permission
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.wire import Failed, Sent, Struct, decode, refusal

_log = logging.getLogger("chatserver.door")


Handler = Callable[[Any, Any], Awaitable[Sent]]
"""(session, payload) -> the answer."""


class Command(msgspec.Struct, frozen=True):
    """One wire event: what it carries, the permission it needs (`PUBLIC` for visitors), and who handles it."""

    payload: type[Struct]
    requires: Permission | None
    run: Handler


Commands = Mapping[str, Command]


class Session(Protocol):
    """Who is connected."""

    def allow(self, permission: Permission | None) -> None:
        """Raises `Refused(forbidden)` unless held at some scope; whether it reaches the target, the handler asks."""
        ...


class Gateway(Protocol):
    """What the doors and the push need of the sockets: rooms, and one way out."""

    async def emit(self, namespace: str, event: str, payload: Sent, rooms: list[str]) -> None:
        """To everybody in any of the rooms, once."""
        ...

    async def enter(self, namespace: str, sid: str, room: str) -> None: ...

    async def close_room(self, namespace: str, room: str) -> None:
        """Disconnect everybody in it."""
        ...


async def run(commands: Commands, session: Session, event: str, data: object) -> Sent:
    """Decode, run, answer. Every refusal becomes a `Failed` and one line in the log; a bug becomes `internal`."""
    try:
        command = commands.get(event)
        if command is None:
            raise Refused(ErrorCode.UNKNOWN_EVENT, event=event[:64])
        session.allow(command.requires)
        return await command.run(session, decode(command.payload, data))
    except Refused as refused:
        return refuse(refused, event, session)
    except Exception:
        _log.exception("a handler failed", extra={"event": event[:64], "who": str(session)})
        return refusal(Refused(ErrorCode.INTERNAL))


def refuse(refused: Refused, event: str, who: object) -> Failed:
    """Log once, and say why."""
    _log.info(
        "refused",
        extra={"code": refused.code.value, "event": event[:64], "who": str(who), "data": str(refused.data)},
    )
    return refusal(refused)
