"""⟂ What the operations about conversations take and answer. Instants are epoch milliseconds."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chatserver.conversation.contact import LONGEST_FIELD, MAX_FIELDS, Ban, Contact
from chatserver.conversation.content import Answer
from chatserver.conversation.model import ClosedBy, Conversation, Phase, Rating, Speaker, Summary
from chatserver.flow.form import has_controls
from chatserver.hub.paging import Paged
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.wire import Id, Item, Seq
from chatserver.suite.conversations.tables import ConversationRow

Instant = Annotated[int, Meta(ge=0, lt=2**53, description="Epoch milliseconds.")]
Name = Annotated[str, Meta(min_length=1, max_length=64)]


class ConversationQuery(Paged, frozen=True, kw_only=True):
    """Which conversations; all that is given must hold. `rated`: whether the visitor has answered the survey."""

    phase: Phase | None = None
    agent: Name | None = None
    group: Name | None = None
    inbox: Name | None = None
    channel: Name | None = None
    contact: Id | None = None
    closed_by: ClosedBy | None = None
    rating: Annotated[int, Meta(ge=1, le=10)] | None = None
    rated: bool | None = None
    tag: Id | None = None
    opened_from: Instant | None = None
    opened_before: Instant | None = None


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """联系身份, as it was in this conversation. `verified`: the site vouches for who it is, and `name_verified`: for
    the name as well; else that is the visitor's own word."""

    id: str
    name: str
    verified: bool
    name_verified: bool
    vip: int
    locale: str


class LatestLine(msgspec.Struct, frozen=True, kw_only=True):
    """The newest line, shortened; `kind` is that of its content."""

    by: Speaker
    kind: str
    text: str
    at: int


class ConversationView(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in a list. `rating` is the score that the visitor gave; `tags` are ids."""

    id: str
    phase: Phase
    inbox: str
    channel: str
    contact: Visitor
    group: str | None
    agent: str | None
    opened_at: int
    queued_at: int | None
    assigned_at: int | None
    closed_at: int | None
    closed_by: ClosedBy | None
    rating: int | None
    tags: list[str]
    last: LatestLine | None
    visitor_lines: int
    agent_lines: int


class SummaryView(msgspec.Struct, frozen=True, kw_only=True):
    """服务小结: what an agent wrote into a form template, field by field, and in which version of it."""

    template: str
    version: int
    items: list[Answer]
    by: str
    at: int


class SurveyView(msgspec.Struct, frozen=True, kw_only=True):
    """满意度: what the visitor thought of `agent`, with the tags of the second level and what was written. `asked_at`
    without a `score`: nothing was answered."""

    agent: str | None
    asked_at: int
    score: int | None
    label: str
    tags: list[str]
    comment: str


class WholeConversation(ConversationView, frozen=True, kw_only=True):
    """A conversation with what only a look into it shows."""

    page_url: str
    page_title: str
    referrer: str
    answers: list[Answer]
    helpers: list[str]
    summary: SummaryView | None
    survey: SurveyView | None


class MessagesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest lines before the place `before` in the log; 0 means from the end."""

    before: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, oldest first. `before` leads to the older ones, and is null where there are none."""

    items: list[Item]
    before: int | None


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor over all visits, with the name of the latest. `conversation` is the newest one, open or not; `fields`
    are what is remembered, which conditions of flows read as `contact:` and the key."""

    id: str
    name: str
    verified: bool
    name_verified: bool
    vip: int
    locale: str
    inbox: str
    channel: str
    visits: int
    conversation: str
    last_agent: str | None
    served_at: int | None
    fields: list[Answer]
    ban: "BanView | None"


class BanView(msgspec.Struct, frozen=True, kw_only=True):
    """拉黑: by whom, why, and until when; null: until somebody lifts it."""

    by: str
    reason: str
    until: int | None


class BanContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For so many `seconds`, or for good (null)."""

    seconds: Annotated[int, Meta(ge=60, le=315_360_000)] | None
    reason: Annotated[str, Meta(max_length=200)] = ""


class ContactMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    vip: Annotated[int, Meta(ge=0, le=10)]


class NewField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`label` is what agents read; empty: what it was, else the key. An empty `value` forgets the field."""

    key: Annotated[str, Meta(max_length=32, pattern=r"^\S(?:.*\S)?$(?!\n)")]
    value: Annotated[str, Meta(max_length=LONGEST_FIELD)]
    label: Annotated[str, Meta(max_length=100)] = ""


class ContactFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fields: Annotated[tuple[NewField, ...], Meta(min_length=1, max_length=MAX_FIELDS)]


class TranscriptQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`audience`: what the visitor may read, or what agents may; `time_zone` is that of the times in it."""

    format: Literal["txt", "html", "json"] = "html"
    audience: Literal["visitor", "agent"] = "agent"
    language: Literal["zh-CN", "en"] = "zh-CN"
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)] = "Asia/Shanghai"


def view(r: ConversationRow) -> ConversationView:
    return ConversationView(**_fields(r))


def whole(r: ConversationRow, c: Conversation, rating: Rating | None) -> WholeConversation:
    assert c.visit, "a conversation with a row has been opened"
    return WholeConversation(
        **_fields(r),
        page_url=c.visit.page_url,
        page_title=c.visit.page_title,
        referrer=c.visit.referrer,
        answers=list(c.answers),
        helpers=list(c.helpers),
        summary=_summary(c.summary) if c.summary else None,
        survey=_survey(rating) if rating else None,
    )


def contact_view(contact: Contact, newest: Conversation) -> ContactView:
    visit = newest.visit
    assert visit, "the newest conversation of a contact has been opened"
    return ContactView(
        id=contact.id,
        name=visit.name,
        verified=visit.verified,
        name_verified=visit.name_verified,
        vip=contact.vip,
        locale=visit.locale,
        inbox=visit.inbox,
        channel=visit.channel,
        visits=contact.visits,
        conversation=newest.id,
        last_agent=contact.last_agent,
        served_at=epoch_ms(contact.served_at) if contact.served_at else None,
        fields=list(contact.fields),
        ban=_ban(contact.ban),
    )


def fields_set(contact: Contact, wanted: ContactFields) -> tuple[Answer, ...]:
    """Refuses what a visitor could not write into a form either."""
    labels = {field.key: field.label for field in contact.fields}
    for n, field in enumerate(wanted.fields):
        if has_controls(f"{field.key}{field.label}{field.value}"):
            named = field.label or field.key
            raise Refused(ErrorCode.FIELD_INVALID, path=f"$.fields[{n}]", field=field.key, label=named)
    return tuple(
        Answer(key=f.key, label=f.label or labels.get(f.key, f.key), value=" ".join(f.value.split()))
        for f in wanted.fields
    )


def _ban(ban: Ban | None) -> BanView | None:
    if ban is None:
        return None
    return BanView(by=ban.by, reason=ban.reason, until=epoch_ms(ban.until) if ban.until else None)


def _summary(s: Summary) -> SummaryView:
    items = [Answer(key=key, label=s.labels.get(key, key), value=value) for key, value in s.values.items()]
    return SummaryView(template=s.template, version=s.version, items=items, by=s.by, at=epoch_ms(s.at))


def _survey(r: Rating) -> SurveyView:
    return SurveyView(
        agent=r.agent, asked_at=epoch_ms(r.asked_at), score=r.score, label=r.label, tags=list(r.tags), comment=r.comment
    )


def _fields(r: ConversationRow) -> dict[str, Any]:
    return {
        "id": r.id,
        "phase": Phase(r.phase),
        "inbox": r.inbox,
        "channel": r.channel,
        "contact": Visitor(
            id=r.contact,
            name=r.contact_name,
            verified=r.verified,
            name_verified=r.name_verified,
            vip=r.vip,
            locale=r.locale,
        ),
        "group": r.group,
        "agent": r.agent,
        "opened_at": r.opened_at,
        "queued_at": r.queued_at,
        "assigned_at": r.assigned_at,
        "closed_at": r.closed_at,
        "closed_by": ClosedBy(r.closed_by) if r.closed_by else None,
        "rating": r.rating,
        "tags": r.tags.split(),
        "last": _last(r),
        "visitor_lines": r.visitor_lines,
        "agent_lines": r.agent_lines,
    }


def _last(r: ConversationRow) -> LatestLine | None:
    if r.last_by is None or r.last_at is None:
        return None
    by: Speaker = msgspec.convert(r.last_by, Speaker)
    return LatestLine(by=by, kind=r.last_kind, text=r.last_text, at=r.last_at)
