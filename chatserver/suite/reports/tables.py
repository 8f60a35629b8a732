"""The rows that reports are counted from: a conversation, and in it each wait, each stretch with an agent, each offer.

Columns that are 0 or 1 are counted by summing them. What is still under way stands in the rows too, so that a restart
goes on where the log was left. Nothing here says who a visitor is.
"""

from typing import Literal

from chatserver.hub.tables import Row, Table

SUBSCRIBER = "reports"

GAVE_UP = ("left", "ended", "timeout")
"""Why a wait ended without an agent: the visitor left the queue, ended the conversation, or waited too long.
(`closed`: an agent ended it.)"""

REFUSED = ("full", "nobody")
"""Why there was no wait: the queue was full, or nobody was on duty."""


class Served(Row, frozen=True, kw_only=True):
    """A conversation. `group` and `agent` are the last ones. `waits`, `stints` and `offers` number its other rows;
    `asked_stint` is the one whose agent is to be rated, `rated_alone` says that the flow was rated, which no agent had
    helped; `unanswered_at` is since when the visitor waits for words.
    """

    id: str
    day: str
    hour: int
    weekday: int
    inbox: str
    channel: str
    opened_at: int
    group: str | None = None
    agent: str | None = None
    reached: Literal["guided", "queued", "serving"] = "guided"
    queued_at: int | None = None
    assigned_at: int | None = None
    closed_at: int | None = None
    closed_by: str | None = None
    lost: str | None = None
    queued: int = 0
    served: int = 0
    abandoned: int = 0
    turned_away: int = 0
    left_message: int = 0
    closed: int = 0
    idle_closed: int = 0
    transfers: int = 0
    returns: int = 0
    reopened: int = 0
    visitor_messages: int = 0
    agent_messages: int = 0
    bot_messages: int = 0
    rated_alone: int = 0
    score_alone: int | None = None
    wait_ms: int | None = None
    first_response_ms: int | None = None
    first_response_step: int | None = None
    responses: int = 0
    response_ms: int = 0
    response_max_ms: int | None = None
    handle_ms: int | None = None
    waits: int = 0
    stints: int = 0
    offers: int = 0
    asked_stint: int = 0
    waited_ms: int = 0
    unanswered_at: int | None = None
    next_how: str = "assigned"


class Wait(Row, frozen=True, kw_only=True):
    """One wait in one queue. `wait_ms` once an agent came, `gave_up_ms` once the visitor's patience ended."""

    conversation: str
    number: int
    day: str
    hour: int
    weekday: int
    inbox: str
    channel: str
    group: str
    began_at: int
    how: Literal["asked", "transferred", "handed_back", "returned", "reopened", "overflowed"]
    ended_at: int | None = None
    outcome: str | None = None
    agent: str | None = None
    served: int = 0
    abandoned: int = 0
    turned_away: int = 0
    wait_ms: int | None = None
    wait_step: int | None = None
    gave_up_ms: int | None = None


class Stint(Row, frozen=True, kw_only=True):
    """One stretch of a conversation with one agent: what the agent's figures are counted from.

    `best` is the best level of the survey, `rating` the one that was given, and `score` its number, 0 before; `tags`,
    parted by ` / `, and `comment` say why."""

    conversation: str
    number: int
    day: str
    hour: int
    weekday: int
    inbox: str
    channel: str
    group: str | None
    agent: str
    began_at: int
    how: str
    ended_at: int | None = None
    outcome: Literal["closed", "transferred", "lost"] | None = None
    closed_by: str | None = None
    unanswered: int = 0
    transferred: int = 0
    lost: int = 0
    idle_closed: int = 0
    first_response_ms: int | None = None
    first_response_step: int | None = None
    responses: int = 0
    response_ms: int = 0
    response_max_ms: int | None = None
    handle_ms: int | None = None
    visitor_messages: int = 0
    agent_messages: int = 0
    asked: int = 0
    best: int = 0
    rated: int = 0
    rating: str | None = None
    score: int = 0
    good: int = 0
    tags: str = ""
    comment: str = ""


class Reason(Row, frozen=True, kw_only=True):
    """One tag of the second level that a visitor chose with the rating of a stint."""

    conversation: str
    number: int
    tag: str
    day: str
    hour: int
    weekday: int
    inbox: str
    channel: str
    group: str | None
    agent: str
    rating: str
    score: int
    good: int


class Offer(Row, frozen=True, kw_only=True):
    """One conversation that one agent was asked to take. `answer_ms` once the agent said yes or no."""

    conversation: str
    number: int
    day: str
    hour: int
    weekday: int
    inbox: str
    channel: str
    group: str | None
    agent: str
    began_at: int
    ended_at: int | None = None
    outcome: Literal["accepted", "missed", "declined", "withdrawn"] | None = None
    accepted: int = 0
    missed: int = 0
    declined: int = 0
    answer_ms: int | None = None


class Span(Row, frozen=True, kw_only=True):
    """The part that lies in one local day of a stretch of an agent's time: in one `status`, or `serving` somebody.

    The stretch began with event `seq`, at `since`. `runs`: it is not over, and what is written counts up to the last
    look. `load` is how many are served now, `peak` the most that were at once during the whole stretch.
    """

    agent: str
    seq: int
    day: str
    weekday: int
    what: Literal["status", "serving"]
    since: int
    began_at: int
    ended_at: int | None = None
    status: str | None = None
    cause: str | None = None
    runs: int = 1
    load: int = 0
    peak: int | None = None
    status_ms: int | None = None
    online_ms: int | None = None
    serving_ms: int | None = None


class Place(Row, frozen=True, kw_only=True):
    """The place in the log up to which all rows are true, and the time zone in force there: an event that is told
    twice counts once, and falls on the day that it fell on."""

    id: str
    seq: int
    zone: str


_PLACES = (("day",), ("group", "day"), ("inbox", "day"), ("channel", "day"))
_PEOPLE = (*_PLACES, ("agent", "day"))

SERVICE = Table(name="service", row=Served, key=("id",), indexes=_PLACES, version=2)
WAIT = Table(name="wait", row=Wait, key=("conversation", "number"), indexes=_PEOPLE)
STINT = Table(name="stint", row=Stint, key=("conversation", "number"), indexes=_PEOPLE, version=2)
REASON = Table(name="rating_reason", row=Reason, key=("conversation", "number", "tag"), indexes=_PEOPLE)
OFFER = Table(name="offer", row=Offer, key=("conversation", "number"), indexes=_PEOPLE)
SPAN = Table(
    name="status_span",
    row=Span,
    key=("agent", "seq", "day"),
    indexes=(("day",), ("agent", "day"), ("agent", "what", "since"), ("runs",)),
)
PLACE = Table(name="report_place", row=Place, key=("id",))

TABLES: tuple[Table, ...] = (SERVICE, WAIT, STINT, REASON, OFFER, SPAN, PLACE)
