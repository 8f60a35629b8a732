"""What no single field can check: that the settings agree with each other. All problems at once, each with its path."""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

import msgspec

from chatserver.flow import validate as flows
from chatserver.hours import check as hours
from chatserver.settings.model import Settings


class Problem(msgspec.Struct, frozen=True):
    """Where, and what: `code` is a stable name."""

    path: str
    code: str


def problems(s: Settings) -> list[Problem]:
    """Empty when the settings may be saved."""
    return list(_all(s))


def _all(s: Settings) -> Iterator[Problem]:
    if s.timezone not in available_timezones():
        yield Problem("$.timezone", "unknown_timezone")
    if s.conversation.idle_warn_before >= s.conversation.idle_close_after:
        yield Problem("$.conversation.idle_warn_before", "warning_not_before_close")
    scores = [level.score for level in s.conversation.satisfaction.levels]
    if scores != sorted(set(scores)):
        yield Problem("$.conversation.satisfaction.levels", "scores_not_ascending")
    if set(re.findall(r"\{([^}]*)\}", s.conversation.satisfaction.text)) - {"agent"}:
        yield Problem("$.conversation.satisfaction.text", "unknown_placeholder")
    waits = [reply.after for reply in s.conversation.soothing]
    if waits != sorted(set(waits)):
        yield Problem("$.conversation.soothing", "stages_not_ascending")
    for part in ("groups", "calendars", "flows", "inboxes"):
        yield from _unique(f"$.{part}", [x.id for x in getattr(s, part)])
    yield from _unique("$.agents.statuses", [x.key for x in s.agents.statuses])
    for n, calendar in enumerate(s.calendars):
        yield from _inside(f"$.calendars[{n}]", hours.problems(calendar))
    known = flows.Known(groups=frozenset(g.id for g in s.groups), calendars=frozenset(c.id for c in s.calendars))
    for n, flow in enumerate(s.flows):
        yield from _inside(f"$.flows[{n}]", flows.problems(flow, known))
    for n, inbox in enumerate(s.inboxes):
        if inbox.flow not in {f.id for f in s.flows}:
            yield Problem(f"$.inboxes[{n}].flow", "unknown_flow")


def _unique(path: str, ids: list[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, id in enumerate(ids):
        if id in seen:
            yield Problem(f"{path}[{n}].id", "duplicate_id")
        seen.add(id)


def _inside(path: str, found: list[Any]) -> Iterator[Problem]:
    """The problems of a part, with the part's own path in front."""
    return (Problem(path + p.path.removeprefix("$"), str(p.code)) for p in found)
