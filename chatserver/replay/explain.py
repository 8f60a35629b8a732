"""Says in words why a conversation went to whom, from the reason that was logged with the assignment. Pure.

It judges nothing: what the log says is what is told, even where today's code would decide otherwise.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chatserver.dispatch import events as e
from chatserver.hub.machines import FLOOR, kind_of, stream
from chatserver.hub.ports import LogRecord
from chatserver.replay.check import Assignment
from chatserver.replay.log import FOLDED, Past, event_of
from chatserver.replay.words import CAUSE, SAID, STRATEGY, Locale


def explain(records: Iterable[LogRecord], conversation: str, locale: Locale) -> str:
    """Every assignment of the conversation, in order, with names as they were then. Raises `LogBroken`."""
    past = Past()
    told: list[str] = []
    for record in records:
        if kind_of(record.stream) not in FOLDED:
            continue
        event = event_of(record)
        if record.stream == FLOOR and getattr(event, "conversation", None) == conversation:
            if lines := story(past, event, locale):
                told.append(f"{head(past, event.at, record.seq)}  {lines[0]}")
                told += [f"    {line}" for line in lines[1:]]
        past.fold(record, event)
    return "\n".join(told) or SAID[locale]["nothing"].format(conversation=conversation)


def head(past: Past, at: datetime, seq: int) -> str:
    """When, on the workspace's own clock, and where in the log."""
    local = at.astimezone(ZoneInfo(past.workspace.settings.timezone))
    return f"{local:%Y-%m-%d %H:%M:%S}  seq {seq}"


def story(past: Past, event: e.AnyEvent, locale: Locale) -> list[str]:
    """One line that says what happened, and those that say why; none for what is no decision about this visitor."""
    said = SAID[locale]
    match event:
        case e.Matched():
            return [said["to"].format(agent=name(past, event.agent)), *reason(past, event, locale)]
        case e.Offered():
            asked = said["offered"].format(agent=name(past, event.agent), seconds=event.seconds)
            return [asked, *reason(past, event, locale)]
        case e.TurnedAway():
            return [said[event.reason], said["group"].format(group=group_name(past, event.group))]
        case _:
            return []


def reason(past: Past, event: Assignment, locale: Locale) -> list[str]:
    """The logged reason, a line each: group, rule, order of the eligible, why the others were not."""
    said, r = SAID[locale], event.reason
    lines = [
        said["group"].format(group=group_name(past, event.group)),
        said[r.rule].format(strategy=STRATEGY[locale].get(r.strategy, r.strategy.value)),
    ]
    if r.rule in ("taken", "transferred"):
        return lines
    if r.below_min:
        lines.append(said["below_min"])
    ranked = " > ".join(name(past, a) for a in r.ranked)
    lines.append(said["ranked"].format(eligible=r.eligible, ranked=ranked))
    if r.rejected:
        causes = CAUSE[locale]
        others = (
            said["because"].format(agent=name(past, a), cause=causes.get(why, why)) for a, why in r.rejected.items()
        )
        lines.append(said["rejected"].format(rejected=said["comma"].join(others)))
    return lines


def name(past: Past, agent: str) -> str:
    """The name with the id, as long as the agent is known."""
    known: Any = past.states.get(stream("agent", agent))
    return f"{known.profile.name} [{agent}]" if known and known.profile else agent


def group_name(past: Past, group: str) -> str:
    found = next((g.name for g in past.workspace.settings.groups if g.id == group), None)
    return f"{found} [{group}]" if found else group
