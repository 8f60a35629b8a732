"""⟂ Which messages somebody may see, and which of them were asked for. What one may not see is in no list."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chatserver.access import permissions as p
from chatserver.access.check import Actor
from chatserver.access.permissions import Scope
from chatserver.hub.tables import Ask, Begins, Is, Tally, Term
from chatserver.suite.leave_messages.model import Status
from chatserver.suite.leave_messages.rows import TABLE
from chatserver.suite.leave_messages.views import LeaveMessageCounts, LeaveMessageQuery

EVERYTHING = Actor(agent="", groups=frozenset(), grants={p.LEAVE_MESSAGE_READ.key: Scope.ALL})
"""Whoever may see all."""

_WAITING = Is("status", (Status.OPEN, Status.ASSIGNED, Status.ANSWERED))


def asks(who: Actor, query: LeaveMessageQuery) -> list[Ask]:
    """One for each reason for which `who` sees messages, newest first."""
    wanted = _wanted(query)
    return [Ask(table=TABLE, where=(*reason, *wanted), order="left_at", descending=True) for reason in _reasons(who)]


def counts(who: Actor) -> list[Tally]:
    """One for each reason: what is not closed."""
    return [Tally(table=TABLE, where=(*why, _WAITING), by=("assignee", "group", "status")) for why in _reasons(who)]


def counted(lines: Iterable[Mapping[str, Any]], me: str) -> LeaveMessageCounts:
    """What is seen for two reasons is counted once: both have the same line of it."""
    found = {(line["assignee"], line["status"], line["group"]): int(line["rows"]) for line in lines}

    def sum_of(status: Status, of: Callable[[str | None], bool] = lambda assignee: True) -> int:
        return sum(rows for (assignee, has, _), rows in found.items() if has == status and of(assignee))

    return LeaveMessageCounts(
        open=sum_of(Status.OPEN),
        assigned=sum_of(Status.ASSIGNED),
        answered=sum_of(Status.ANSWERED),
        mine=sum_of(Status.ASSIGNED, lambda assignee: assignee == me),
    )


def _reasons(who: Actor) -> list[tuple[Term, ...]]:
    scope = who.grants[p.LEAVE_MESSAGE_READ.key]
    if scope is Scope.ALL:
        return [()]
    groups = sorted(who.groups) if scope is Scope.GROUP else []
    return [(Is("assignee", (who.agent,)),), *((Is("group", (group,)),) for group in groups)]


def _wanted(q: LeaveMessageQuery) -> tuple[Term, ...]:
    asked = {"status": q.status, "assignee": q.assignee, "group": q.group, "inbox": q.inbox, "contact": q.contact}
    terms: list[Term] = [Is(column, (str(value),)) for column, value in asked.items() if value is not None]
    if words := q.q.strip():
        digits = "".join(char for char in words if char.isdecimal())
        is_number = digits and not any(char.isalpha() for char in words)
        terms.append(Begins("phone", digits) if is_number else Begins("name", words))
    return tuple(terms)


def _questions() -> dict[str, Ask | Tally]:
    agent = Actor(agent="a1", groups=frozenset({"g1"}), grants={p.LEAVE_MESSAGE_READ.key: Scope.GROUP})
    lists = {
        "all": LeaveMessageQuery(),
        "by status": LeaveMessageQuery(status=Status.OPEN),
        "by assignee": LeaveMessageQuery(assignee="a1"),
        "by group and status": LeaveMessageQuery(group="g1", status=Status.OPEN),
        "by inbox": LeaveMessageQuery(inbox="web"),
        "by contact": LeaveMessageQuery(contact="v1"),
        "by name": LeaveMessageQuery(q="张"),
        "by number": LeaveMessageQuery(q="138"),
    }
    return {
        **{f"leave messages, {name}": asks(EVERYTHING, query)[0] for name, query in lists.items()},
        **{f"leave messages, seen for reason {n}": ask for n, ask in enumerate(asks(agent, LeaveMessageQuery()), 1)},
        **{f"leave messages, counted for reason {n}": tally for n, tally in enumerate(counts(agent), 1)},
        "leave messages, all counted": counts(EVERYTHING)[0],
    }


QUESTIONS = _questions()
"""What the operations ask, by a name."""
