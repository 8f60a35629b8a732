"""What a branch of a flow demands, as data: clauses about facts, and whether they hold. Knows no node and no clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from chatserver.flow.words import plain
from chatserver.hours.model import WEEKDAYS

Op = Literal["is", "is_not", "contains", "starts_with", "one_of", "at_least", "less_than"]
Fact = str | int | float | bool
"""One thing that is known of a visit. An answer is a text; beside a number, one that is written as a number is one."""

Word = Annotated[str, Meta(max_length=500)]
Number = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Value = Word | Number | bool | Annotated[tuple[Word | Number, ...], Meta(max_length=100)]

ANSWER = "answer:"
"""Before the key of a field that the flow asked for."""

CONTACT = "contact:"
"""Before the key of a field that an earlier conversation with the same visitor has learnt."""


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One demand. In words, letter case and full-width forms do not count; `one_of` takes a list."""

    fact: Annotated[str, Meta(max_length=64, title="条件", description="Fact")]
    op: Annotated[Op, Meta(title="关系", description="Relation")] = "is"
    value: Annotated[Value, Meta(title="值", description="Value")] = ""


When = tuple[Clause, ...]
"""All of them must hold."""


class Kind(msgspec.Struct, frozen=True):
    """What may be said of a fact: its relations, whether it could be that value, and what it is when not known."""

    ops: frozenset[Op]
    takes: Callable[[object], bool]
    unknown: Fact


def _is_hour(value: object) -> bool:
    return _is_number(value) and value in range(25)  # 24 only bounds: less than 24


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_EQUAL: frozenset[Op] = frozenset({"is", "is_not"})
_CHOICE: frozenset[Op] = _EQUAL | {"one_of"}
_ORDER: frozenset[Op] = _CHOICE | {"at_least", "less_than"}
_PARTS: frozenset[Op] = frozenset({"contains", "starts_with"})

TEXT = Kind(_CHOICE | _PARTS, lambda value: isinstance(value, str), "")
NUMBER = Kind(_ORDER, _is_number, 0)
KINDS: Mapping[str, Kind] = {
    "channel": TEXT,
    "inbox": TEXT,
    "locale": TEXT,
    "page_url": TEXT,
    "referrer": TEXT,
    "verified": Kind(_EQUAL, lambda value: isinstance(value, bool), False),
    "visits": NUMBER,  # from 1: this one counts
    "vip": NUMBER,  # 0 for nobody special
    "hour": Kind(_ORDER, _is_hour, 0),
    "weekday": Kind(_CHOICE, lambda value: value in WEEKDAYS, ""),
}
"""Fact -> its kind; answers, and what is known of the contact, are texts, unless the flow asks for a number."""


def kind(fact: str) -> Kind | None:
    """The kind of a fact; None for one that nobody knows."""
    keyed = any(fact.startswith(before) and fact != before for before in (ANSWER, CONTACT))
    return TEXT if keyed else KINDS.get(fact)


def fits(clause: Clause, kind: Kind) -> bool:
    """Whether the value is one that its relation can take. Every text contains an empty one: that asks nothing."""
    if clause.op == "one_of":
        return isinstance(clause.value, tuple) and clause.value != () and all(map(kind.takes, clause.value))
    return kind.takes(clause.value) and not (clause.op in _PARTS and _plain(clause.value) == "")


def clock(now: datetime, zone: str) -> dict[str, Fact]:
    """The facts of an aware instant, by the clock on the wall in the IANA zone."""
    wall = now.astimezone(ZoneInfo(zone))
    return {"hour": wall.hour, "weekday": WEEKDAYS[wall.weekday()]}


def all_hold(when: When, facts: Mapping[str, Fact]) -> bool:
    """Whether every clause holds; what is not known is an empty text, nought or no."""
    return all(holds(clause, facts.get(clause.fact, _unknown(clause.fact))) for clause in when)


def holds(clause: Clause, fact: Fact) -> bool:
    """Whether the clause holds of the fact. A value of another type than the fact's never fits it."""
    named = _numbers(clause)
    return _OPS[clause.op](_number(fact) if named and isinstance(fact, str) else _plain(fact), _plain(clause.value))


def _numbers(clause: Clause) -> list[int]:
    """The numbers that a clause names."""
    values = clause.value if isinstance(clause.value, tuple) else (clause.value,)
    return [value for value in values if _is_number(value) and isinstance(value, int)]


def _number(text: str) -> Fact:
    try:
        return float(text)
    except ValueError:
        return text


def core(when: When) -> frozenset[tuple[str, Op, object]] | None:
    """What the clauses demand together, without those that always hold; None when they contradict one another.

    Only facts with few values, and numbers, are looked into: of two different texts nothing is concluded.
    """
    facts = {clause.fact for clause in when}
    for fact in facts:
        mine = [clause for clause in when if clause.fact == fact]
        # Where one clause names its values, all others can only choose among them.
        naming = [clause for clause in mine if clause.op in ("is", "one_of")]
        samples = _samples(fact, naming[:1] or mine)
        if samples and not any(_fitting(samples, mine)):
            return None
    return frozenset((c.fact, c.op, _plain(c.value)) for c in when if not _always(c))


def _always(clause: Clause) -> bool:
    samples = _samples(clause.fact, (clause,))
    return bool(samples) and all(_fitting(samples, (clause,)))


def _fitting(samples: Sequence[Fact], clauses: Sequence[Clause]) -> Iterator[bool]:
    """`holds`, for each sample of all clauses: there can be thousands of both, so each is made plain once."""
    tests = [(_OPS[c.op], frozenset(v) if isinstance(v := _plain(c.value), tuple) else v) for c in clauses]
    return (all(op(fact, value) for op, value in tests) for fact in map(_plain, samples))


def _samples(fact: str, clauses: Sequence[Clause]) -> Sequence[Fact]:
    """Values among which every difference that the clauses make is to be seen; none for texts."""
    match fact:
        case "verified":
            return (False, True)
        case "hour":
            return range(24)
        case "weekday":
            return WEEKDAYS
        case "visits" | "vip":
            least = 1 if fact == "visits" else 0
            steps = {n + by for c in clauses for n in _numbers(c) for by in (-1, 0, 1)}
            # The largest first: what names its values is soonest seen to leave one out.
            return sorted((n for n in steps | {least} if n >= least), reverse=True)
        case _ if near := {n + by for c in clauses for n in _numbers(c) for by in (-0.5, 0, 0.5)}:
            return ("", *sorted(near))  # an answer: perhaps none, perhaps between two whole numbers
        case _:
            return ()


def _unknown(fact: str) -> Fact:
    known = kind(fact)
    return known.unknown if known else ""


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return plain(value) if isinstance(value, str) else value


def _one_of(fact: object, value: object) -> bool:
    return isinstance(value, tuple | frozenset) and fact in value


def _contains(fact: object, value: object) -> bool:
    return isinstance(fact, str) and isinstance(value, str) and value in fact


def _starts_with(fact: object, value: object) -> bool:
    return isinstance(fact, str) and isinstance(value, str) and fact.startswith(value)


def _at_least(fact: object, value: object) -> bool:
    return isinstance(fact, int | float) and isinstance(value, int) and fact >= value


def _less_than(fact: object, value: object) -> bool:
    return isinstance(fact, int | float) and isinstance(value, int) and fact < value


_OPS: dict[Op, Callable[[object, object], bool]] = {
    "is": lambda fact, value: fact == value,
    "is_not": lambda fact, value: fact != value,
    "contains": _contains,
    "starts_with": _starts_with,
    "one_of": _one_of,
    "at_least": _at_least,
    "less_than": _less_than,
}
