"""What no single field can check: that the settings agree with each other. All problems at once, each with its path."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chatserver.access import roles
from chatserver.agents.model import BUILT_IN, WRAP_UP, Agent
from chatserver.channels.web.contrast import ENOUGH, contrast
from chatserver.channels.wechat_kefu.settings import CHANNEL as KEFU
from chatserver.conversation.capabilities import CAPABILITIES
from chatserver.conversation.settings import SHORTEST_IDLE, ConversationSettings
from chatserver.conversation.welcome import BLANKS
from chatserver.dispatch import check as dispatch
from chatserver.flow import validate as flows
from chatserver.flow.problem import Known
from chatserver.hours import check as hours
from chatserver.kernel.partial import over
from chatserver.kernel.placeholders import unknown
from chatserver.kernel.zones import zones
from chatserver.settings.model import Settings


class Problem(msgspec.Struct, frozen=True):
    """Where, and what: `code` is a stable name."""

    path: str
    code: str


def problems(s: Settings) -> list[Problem]:
    """Empty when the settings may be saved."""
    return list(_all(s))


def warnings(s: Settings, staffed: frozenset[str] | None = None) -> list[Problem]:
    """What may be saved, and had better be looked at: words on a colour that few can read, ways that nobody takes,
    groups where nobody answers. `staffed` as in `known_to_flows`."""
    faint = (n for n, inbox in enumerate(s.inboxes) if contrast(inbox.style.brand, inbox.style.brand_text) < ENOUGH)
    found = [Problem(f"$.inboxes[{n}].style.brand_text", "contrast_low") for n in faint]
    if staffed is not None and s.leave_messages.assign_to not in {"", *staffed}:
        found.append(Problem("$.leave_messages.assign_to", "group_unstaffed"))
    known = known_to_flows(s, staffed)
    for n, flow in enumerate(s.flows):
        suspect = [p for p in flows.check(flow, known) if p.severity == "warning"]
        found += _inside(f"$.flows[{n}]", suspect)
    return found


def _all(s: Settings) -> Iterator[Problem]:
    if s.timezone not in zones():
        yield Problem("$.timezone", "unknown_timezone")
    yield from _conversation("$.conversation", s.conversation)
    for part in ("groups", "roles", "calendars", "bots", "flows", "inboxes"):
        yield from _unique(f"$.{part}", [x.id for x in getattr(s, part)])
    yield from _unique("$.agents.statuses", [x.key for x in s.agents.statuses], "key")
    for n, status in enumerate(s.agents.statuses):
        if status.key in (*BUILT_IN, WRAP_UP):
            yield Problem(f"$.agents.statuses[{n}].key", "status_built_in")
    for path, named in (("$.groups", s.groups), ("$.roles", s.roles), ("$.agents.statuses", s.agents.statuses)):
        yield from _named(path, [x.name for x in named])
    for path, code in (*dispatch.problems(s.groups), *roles.problems(s.roles)):
        yield Problem(path, code)
    for n, calendar in enumerate(s.calendars):
        yield from _inside(f"$.calendars[{n}]", hours.problems(calendar))
    known = known_to_flows(s)
    for n, flow in enumerate(s.flows):
        yield from _inside(f"$.flows[{n}]", flows.problems(flow, known))
    for n, inbox in enumerate(s.inboxes):
        if inbox.flow not in {f.id for f in s.flows}:
            yield Problem(f"$.inboxes[{n}].flow", "unknown_flow")
    yield from _kefu(s)
    yield from _own(s)
    if s.leave_messages.assign_to not in {"", *(g.id for g in s.groups)}:
        yield Problem("$.leave_messages.assign_to", "unknown_group")


def _conversation(path: str, s: ConversationSettings) -> Iterator[Problem]:
    """The workspace's, and those that hold for an inbox, are held to the same."""
    if 0 < s.idle_close_after < SHORTEST_IDLE:
        yield Problem(f"{path}.idle_close_after", "idle_close_too_short")
    elif s.idle_close_after and s.idle_warn_before >= s.idle_close_after:
        yield Problem(f"{path}.idle_warn_before", "warning_not_before_close")
    scores = [level.score for level in s.satisfaction.levels]
    if scores != sorted(set(scores)):
        yield Problem(f"{path}.satisfaction.levels", "scores_not_ascending")
    if unknown(s.satisfaction.text, ("agent",)):
        yield Problem(f"{path}.satisfaction.text", "unknown_placeholder")
    if unknown(s.satisfaction.without_agent, ()):
        yield Problem(f"{path}.satisfaction.without_agent", "unknown_placeholder")
    if unknown(s.welcome, BLANKS):
        yield Problem(f"{path}.welcome", "unknown_placeholder")
    for name in ("soothing", "queue_soothing", "hold_soothing"):
        waits = [reply.after for reply in getattr(s, name) or ()]
        if waits != sorted(set(waits)):
            yield Problem(f"{path}.{name}", "stages_not_ascending")


def _own(s: Settings) -> Iterator[Problem]:
    """What is wrong for an inbox and not for the workspace as well: the two together may contradict each other."""
    everywhere = {*_conversation("", s.conversation)}
    places = [f"$.inboxes[{n}]" for n in range(len(s.inboxes))] + [f"$.kefu[{n}]" for n in range(len(s.kefu))]
    for place, inbox in zip(places, s.ways, strict=True):
        if inbox.conversation:
            found = _conversation("", over(s.conversation, inbox.conversation))
            fresh = (p for p in found if p not in everywhere)
            yield from (Problem(f"{place}.conversation{p.path}", p.code) for p in fresh)


def _kefu(s: Settings) -> Iterator[Problem]:
    """An account has one flow, and no other inbox has the account; ids are one's own over all kinds of inboxes."""
    taken = {i.id for i in s.inboxes}
    yield from _unique("$.kefu", [x.id for x in s.kefu])
    for n, inbox in enumerate(s.kefu):
        if inbox.id in taken:
            yield Problem(f"$.kefu[{n}].id", "duplicate_id")
        if inbox.flow not in {f.id for f in s.flows}:
            yield Problem(f"$.kefu[{n}].flow", "unknown_flow")
        if inbox.open_kfid in {other.open_kfid for other in s.kefu[:n]}:
            yield Problem(f"$.kefu[{n}].open_kfid", "account_taken")


def staffed_by(agents: Iterable[Agent]) -> frozenset[str]:
    """The groups to which an agent belongs who can work."""
    return frozenset(g for a in agents if a.profile and a.profile.active for g in a.profile.groups)


def known_to_flows(s: Settings, staffed: frozenset[str] | None = None) -> Known:
    """What a flow may refer to; `staffed` are the groups with an agent, None where nobody has looked."""
    constant = {c.id: always for c in s.calendars if (always := hours.constant(c)) is not None}
    return Known(
        groups=frozenset(g.id for g in s.groups),
        calendars=frozenset(c.id for c in s.calendars),
        bots=frozenset(b.id for b in s.bots),
        inboxes=frozenset(i.id for i in s.ways),
        channels=frozenset({*CAPABILITIES, KEFU}),
        staffed=staffed,
        constant=constant,
        without_chat=dispatch.without_chat(s.groups),
        patient=frozenset(g.id for g in s.groups if g.when_nobody == "wait" and not g.wait_limit),
    )


def _unique(path: str, ids: list[str], field: str = "id") -> Iterator[Problem]:
    seen: set[str] = set()
    for n, id in enumerate(ids):
        if id in seen:
            yield Problem(f"{path}[{n}].{field}", "duplicate_id")
        seen.add(id)


def _named(path: str, names: list[str]) -> Iterator[Problem]:
    """What is chosen by its name has one that people can see."""
    return (Problem(f"{path}[{n}].name", "field_empty") for n, name in enumerate(names) if not name.strip())


def _inside(path: str, found: list[Any]) -> Iterator[Problem]:
    """The problems of a part, with the part's own path in front."""
    return (Problem(path + p.path.removeprefix("$"), str(p.code)) for p in found)
