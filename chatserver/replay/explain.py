"""Says in words why a conversation went to whom (`protocol/reasons.py`), with names as they were then. Pure."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chatserver.dispatch.eligibility import open_seats
from chatserver.dispatch.events import Matched, Offered
from chatserver.dispatch.reason import NAMED, reason
from chatserver.hub.machines import FLOOR, kind_of, stream
from chatserver.hub.ports import LogRecord
from chatserver.protocol.reasons import SAID, Locale, story
from chatserver.replay.log import FOLDED, Past, event_of


def explain(records: Iterable[LogRecord], conversation: str, locale: Locale) -> str:
    """Every assignment of the conversation, in order, with names as they were then. Raises `LogBroken`."""
    past = Past()
    told: list[str] = []
    for record in records:
        if kind_of(record.stream) not in FOLDED:
            continue
        event = event_of(record)
        if record.stream == FLOOR and getattr(event, "conversation", None) == conversation:
            if lines := story(in_full(past, event), partial(name, past), partial(group_name, past), locale):
                told.append(f"{head(past, event.at, record.seq)}  {lines[0]}")
                told += [f"    {line}" for line in lines[1:]]
        past.fold(record, event)
    return "\n".join(told) or SAID[locale]["nothing"].format(conversation=conversation)


def in_full(past: Past, event: Any) -> Any:
    """An assignment with everybody named whom the log only counts: decided again on the floor of that moment, and taken
    only when it is what the log says."""
    if not isinstance(event, Matched | Offered) or not event.reason.causes:
        return event
    waiting = past.floor.waiting[event.conversation]
    seats, by = open_seats(past.floor, waiting), event.reason.rule
    rule = by if by == "taken" or by == "transferred" else None
    logged, whole = (
        reason(past.floor, waiting, seats, past.env(event.at), rule, named) for named in (NAMED, len(past.floor.seats))
    )
    return replace(event, reason=whole) if logged == event.reason else event


def head(past: Past, at: datetime, seq: int) -> str:
    """When, on the workspace's own clock, and where in the log."""
    local = at.astimezone(ZoneInfo(past.workspace.settings.timezone))
    return f"{local:%Y-%m-%d %H:%M:%S}  seq {seq}"


def name(past: Past, agent: str) -> str:
    """The name with the id, as long as the agent is known."""
    known: Any = past.states.get(stream("agent", agent))
    return f"{known.profile.name} [{agent}]" if known and known.profile else agent


def group_name(past: Past, group: str) -> str:
    found = next((g.name for g in past.workspace.settings.groups if g.id == group), None)
    return f"{found} [{group}]" if found else group
