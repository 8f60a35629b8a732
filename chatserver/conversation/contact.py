"""联系身份: what is remembered of a visitor between conversations. A machine of its own, and a very small one."""

from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from msgspec.structs import replace

from chatserver.conversation.content import Answer, TextContent
from chatserver.conversation.model import Face, Quote
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.machine import Env, Event, Input

MAX_ANSWERS = 50
"""Answers that wait for one visitor: more is no help to anybody, and all are told at once."""

MAX_FIELDS = 50
"""Values that are remembered of one contact; of more, the newest."""

LONGEST_FIELD = 200
"""Characters of a value that is remembered: a whole story says nothing about the next conversation."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """`conversation` is the newest one, open or not; `last_agent` the one who served last, until `served_at`. `answers`
    wait for the next conversation; `fields` are the values that flows and forms have learnt, the newest of each key."""

    id: str
    version: int = 0
    conversation: str | None = None
    visits: int = 0
    last_agent: str | None = None
    served_at: datetime | None = None
    vip: int = 0
    fields: tuple[Answer, ...] = ()
    answers: tuple["LeftAnswer", ...] = ()
    ban: "Ban | None" = None


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """拉黑: by the agent `by`, until an instant or, without one, until somebody lifts it."""

    by: str
    reason: str = ""
    until: datetime | None = None


class LeftAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """回复留言: words for a visitor who left a message, told as soon as there is a conversation to tell them in.

    `quote` is what was left. `agent` is None where it was no agent who wrote.
    """

    id: str
    leave_message: str
    agent: str | None
    face: Face
    content: TextContent
    quote: Quote


class Visited(Input, frozen=True, kw_only=True):
    """A conversation was opened."""

    conversation: str


class Served(Input, frozen=True, kw_only=True):
    """An agent began to serve."""

    agent: str


class Learn(Input, frozen=True, kw_only=True):
    """The visitor, or a server that the flow asked, has said this."""

    fields: tuple[Answer, ...]


class Forget(Input, frozen=True, kw_only=True):
    """The visitor has taken this back: what still reads so is not remembered."""

    fields: tuple[Answer, ...]


class SetFields(Input, frozen=True, kw_only=True):
    """Somebody says what is to be remembered: these fields, beside the others; an empty value is forgotten."""

    fields: tuple[Answer, ...]
    by: str


class KeepAnswer(Input, frozen=True, kw_only=True):
    """What the visitor left was answered."""

    answer: LeftAnswer


class TakeAnswer(Input, frozen=True, kw_only=True):
    """The visitor was told the answer, in `conversation`."""

    answer: str
    conversation: str


class SetBan(Input, frozen=True, kw_only=True):
    """拉黑: this contact is not let in."""

    ban: Ban


class LiftBan(Input, frozen=True, kw_only=True):
    """解除拉黑."""

    by: str


class Mark(Input, frozen=True, kw_only=True):
    """VIP: how important this visitor is, from the next conversation on; 0 for nobody special."""

    vip: int
    by: str


class VisitBegan(Event, frozen=True, kw_only=True):
    conversation: str


class ServedBy(Event, frozen=True, kw_only=True):
    agent: str


class FieldsLearned(Event, frozen=True, kw_only=True):
    """客户字段: what is known now and was not, or not like this."""

    fields: tuple[Answer, ...]


class FieldsForgotten(Event, frozen=True, kw_only=True):
    """客户字段: the keys of what the visitor has taken back."""

    keys: tuple[str, ...]


class FieldsSet(Event, frozen=True, kw_only=True):
    """客户字段: what is remembered now in the words of `by`, and the keys of what is not any more."""

    fields: tuple[Answer, ...]
    forgotten: tuple[str, ...]
    by: str


class AnswerKept(Event, frozen=True, kw_only=True):
    """An answer waits for the visitor."""

    answer: LeftAnswer


class AnswerTaken(Event, frozen=True, kw_only=True):
    """The visitor has it."""

    answer: str
    leave_message: str
    conversation: str


class ContactMarked(Event, frozen=True, kw_only=True):
    """The level of a visitor was set."""

    vip: int
    by: str


class Banned(Event, frozen=True, kw_only=True):
    """拉黑."""

    by: str
    reason: str = ""
    until: datetime | None = None


class Unbanned(Event, frozen=True, kw_only=True):
    """解除拉黑. A ban that runs out ends without a word."""

    by: str


ContactInput = Visited | Served | Learn | Forget | SetFields | Mark | KeepAnswer | TakeAnswer | SetBan | LiftBan
FieldEvent = FieldsLearned | FieldsForgotten | FieldsSet
ContactEvent = VisitBegan | ServedBy | FieldEvent | ContactMarked | AnswerKept | AnswerTaken | Banned | Unbanned


def decide(c: Contact, input: ContactInput, env: Env[None]) -> list[ContactEvent]:
    match input:
        case Visited():
            return [VisitBegan(at=env.now, conversation=input.conversation)]
        case Served():
            return [ServedBy(at=env.now, agent=input.agent)]
        case Learn():
            short = (field for field in input.fields if len(field.value) <= LONGEST_FIELD)
            new = tuple(field for field in short if field not in c.fields)
            return [FieldsLearned(at=env.now, fields=new)] if new else []
        case Forget():
            keys = tuple(field.key for field in input.fields if field in c.fields)
            return [FieldsForgotten(at=env.now, keys=keys)] if keys else []
        case SetFields():
            return set_fields(c, input, env)
        case Mark():
            return [ContactMarked(at=env.now, vip=input.vip, by=input.by)] if input.vip != c.vip else []
        case KeepAnswer():
            if len(c.answers) >= MAX_ANSWERS:
                raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_ANSWERS)
            return [AnswerKept(at=env.now, answer=input.answer)]
        case TakeAnswer():
            of = next((a.leave_message for a in c.answers if a.id == input.answer), None)
            if of is None:
                return []
            return [AnswerTaken(at=env.now, answer=input.answer, leave_message=of, conversation=input.conversation)]
        case SetBan():
            return [Banned(at=env.now, by=input.ban.by, reason=input.ban.reason, until=input.ban.until)]
        case LiftBan():
            return [Unbanned(at=env.now, by=input.by)] if c.ban else []
        case _:
            assert_never(input)


def set_fields(c: Contact, input: SetFields, env: Env[None]) -> list[ContactEvent]:
    """Unlike what is learnt, nothing is pushed out by what is set: a program would not notice."""
    known = {field.key: field for field in c.fields}
    named = {field.key: field for field in input.fields}
    new = tuple(field for key, field in named.items() if field.value and field != known.get(key))
    forgotten = tuple(key for key, field in named.items() if not field.value and key in known)
    if len((known.keys() | {field.key for field in new}) - {*forgotten}) > MAX_FIELDS:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_FIELDS)
    return [FieldsSet(at=env.now, fields=new, forgotten=forgotten, by=input.by)] if new or forgotten else []


def remembered(fields: tuple[Answer, ...], said: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """The newest of each key, the newest last."""
    newest = {field.key: field for field in said}
    return (*(field for field in fields if field.key not in newest), *newest.values())


def evolve(c: Contact, event: ContactEvent) -> Contact:
    c = replace(c, version=c.version + 1)
    match event:
        case VisitBegan():
            return replace(c, conversation=event.conversation, visits=c.visits + 1)
        case ServedBy():
            return replace(c, last_agent=event.agent, served_at=event.at)
        case FieldsLearned():
            return replace(c, fields=remembered(c.fields, event.fields)[-MAX_FIELDS:])
        case FieldsForgotten():
            return replace(c, fields=tuple(field for field in c.fields if field.key not in event.keys))
        case FieldsSet():
            kept = tuple(field for field in c.fields if field.key not in event.forgotten)
            return replace(c, fields=remembered(kept, event.fields))
        case ContactMarked():
            return replace(c, vip=event.vip)
        case AnswerKept():
            return replace(c, answers=(*c.answers, event.answer))
        case AnswerTaken():
            return replace(c, answers=tuple(a for a in c.answers if a.id != event.answer))
        case Banned():
            return replace(c, ban=Ban(by=event.by, reason=event.reason, until=event.until))
        case Unbanned():
            return replace(c, ban=None)
        case _:
            assert_never(event)


def admit(c: Contact, now: datetime) -> None:
    """Whoever is banned is told so, and until when, but neither why nor by whom."""
    if c.ban and (c.ban.until is None or now < c.ban.until):
        raise Refused(ErrorCode.VISITOR_BANNED, until=epoch_ms(c.ban.until) if c.ban.until else None)


def returns_to(c: Contact, within: int, now: datetime) -> str | None:
    """回头客: who served last, if that is not longer ago than `within` days (0: ever)."""
    if within and c.served_at and now - c.served_at > timedelta(days=within):
        return None
    return c.last_agent


def wake_at(c: Contact, settings: None) -> None:
    """A contact waits for nothing."""
