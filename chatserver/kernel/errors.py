"""Every reason for which the product says no: one row a code, and what a client should do about it.

The wire carries `{code, data}`; the sentence that a person reads comes from `locales/`.
"""

from enum import StrEnum
from typing import Any

import msgspec


class Retry(StrEnum):
    """What a client does after a refusal."""

    NEVER = "never"  # the same input will be refused again
    LATER = "later"  # wait a little, then send the same input with the same id
    RECONNECT = "reconnect"  # open a new connection (and log in again if that is refused too)
    RESYNC = "resync"  # forget the local view and ask for a snapshot


class ErrorCode(StrEnum):
    """Stable names on the wire; never renamed, only added."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_EVENT = "unknown_event"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    SHOWN_ONCE = "shown_once"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    INTERNAL = "internal"
    UNAUTHENTICATED = "unauthenticated"
    BAD_CREDENTIALS = "bad_credentials"
    BAD_TOKEN = "bad_token"
    BAD_IDENTITY = "bad_identity"
    BAD_CSRF = "bad_csrf"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    NAME_TAKEN = "name_taken"
    LIMIT_REACHED = "limit_reached"
    NOT_EMPTY = "not_empty"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    LEAVE_MESSAGE_CLOSED = "leave_message_closed"
    RESYNC = "resync"
    INBOX_UNKNOWN = "inbox_unknown"
    CONVERSATION_CLOSED = "conversation_closed"
    CONVERSATION_NOT_STARTED = "conversation_not_started"
    NOT_YOUR_CONVERSATION = "not_your_conversation"
    NOT_WAITING = "not_waiting"
    NO_SUCH_OPTION = "no_such_option"
    NO_FORM_ASKED = "no_form_asked"
    FIELD_REQUIRED = "field_required"
    FIELD_INVALID = "field_invalid"
    MESSAGE_EMPTY = "message_empty"
    MESSAGE_TOO_LONG = "message_too_long"
    NO_RATING_ASKED = "no_rating_asked"
    ALREADY_RATED = "already_rated"
    RATING_EXPIRED = "rating_expired"
    WECHAT_REFUSED = "wechat_refused"
    REPLY_WINDOW_CLOSED = "reply_window_closed"
    CHANNEL_CANNOT = "channel_cannot"
    LINE_UNKNOWN = "line_unknown"
    NOT_YOUR_LINE = "not_your_line"
    TOO_LATE_TO_CHANGE = "too_late_to_change"
    NOT_SERVED = "not_served"
    HANDOVER_PENDING = "handover_pending"
    NO_CALL_BACK = "no_call_back"
    VISITOR_BANNED = "visitor_banned"
    MEDIA_UNKNOWN = "media_unknown"
    MEDIA_BROKEN = "media_broken"
    MEDIA_NOT_ALLOWED = "media_not_allowed"
    MEDIA_OFF = "media_off"
    OFFER_OVER = "offer_over"
    SEAT_FULL = "seat_full"
    SEAT_NOT_ELIGIBLE = "seat_not_eligible"
    GROUP_UNSTAFFED = "group_unstaffed"
    AGENT_UNKNOWN = "agent_unknown"
    AGENT_INACTIVE = "agent_inactive"
    ACCOUNT_TAKEN = "account_taken"
    LAST_ADMIN = "last_admin"
    ROLE_IN_USE = "role_in_use"
    GROUP_IN_USE = "group_in_use"
    STATUS_UNKNOWN = "status_unknown"
    FLOW_INVALID = "flow_invalid"
    SETTINGS_INVALID = "settings_invalid"


class ErrorRow(msgspec.Struct, frozen=True):
    """What a code means to HTTP and to a client."""

    http: int
    retry: Retry


_N, _L, _C, _R = Retry.NEVER, Retry.LATER, Retry.RECONNECT, Retry.RESYNC

ERRORS: dict[ErrorCode, ErrorRow] = {
    ErrorCode.BAD_REQUEST: ErrorRow(400, _N),
    ErrorCode.UNKNOWN_EVENT: ErrorRow(400, _N),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorRow(405, _N),
    ErrorCode.TOO_LARGE: ErrorRow(413, _N),
    ErrorCode.TOO_MANY_ROWS: ErrorRow(413, _N),
    ErrorCode.IDEMPOTENCY_CONFLICT: ErrorRow(422, _N),
    ErrorCode.SHOWN_ONCE: ErrorRow(409, _N),
    ErrorCode.RATE_LIMITED: ErrorRow(429, _L),
    ErrorCode.BUSY: ErrorRow(503, _L),
    ErrorCode.INTERNAL: ErrorRow(500, _L),
    ErrorCode.UNAUTHENTICATED: ErrorRow(401, _C),
    ErrorCode.BAD_CREDENTIALS: ErrorRow(401, _N),
    ErrorCode.BAD_TOKEN: ErrorRow(401, _N),
    ErrorCode.BAD_IDENTITY: ErrorRow(403, _N),
    ErrorCode.BAD_CSRF: ErrorRow(403, _C),
    ErrorCode.ORIGIN_NOT_ALLOWED: ErrorRow(403, _N),
    ErrorCode.FORBIDDEN: ErrorRow(403, _N),
    ErrorCode.NOT_FOUND: ErrorRow(404, _N),
    ErrorCode.CONFLICT: ErrorRow(409, _L),
    ErrorCode.NAME_TAKEN: ErrorRow(409, _N),
    ErrorCode.LIMIT_REACHED: ErrorRow(409, _N),
    ErrorCode.NOT_EMPTY: ErrorRow(409, _N),
    ErrorCode.UNKNOWN_PLACEHOLDER: ErrorRow(422, _N),
    ErrorCode.LEAVE_MESSAGE_CLOSED: ErrorRow(409, _N),
    ErrorCode.RESYNC: ErrorRow(409, _R),
    ErrorCode.INBOX_UNKNOWN: ErrorRow(404, _N),
    ErrorCode.CONVERSATION_CLOSED: ErrorRow(409, _N),
    ErrorCode.CONVERSATION_NOT_STARTED: ErrorRow(409, _N),
    ErrorCode.NOT_YOUR_CONVERSATION: ErrorRow(403, _N),
    ErrorCode.NOT_WAITING: ErrorRow(409, _N),
    ErrorCode.NO_SUCH_OPTION: ErrorRow(409, _N),
    ErrorCode.NO_FORM_ASKED: ErrorRow(409, _N),
    ErrorCode.FIELD_REQUIRED: ErrorRow(422, _N),
    ErrorCode.FIELD_INVALID: ErrorRow(422, _N),
    ErrorCode.MESSAGE_EMPTY: ErrorRow(422, _N),
    ErrorCode.MESSAGE_TOO_LONG: ErrorRow(422, _N),
    ErrorCode.NO_RATING_ASKED: ErrorRow(409, _N),
    ErrorCode.ALREADY_RATED: ErrorRow(409, _N),
    ErrorCode.RATING_EXPIRED: ErrorRow(409, _N),
    ErrorCode.WECHAT_REFUSED: ErrorRow(502, _L),
    ErrorCode.REPLY_WINDOW_CLOSED: ErrorRow(409, _N),
    ErrorCode.CHANNEL_CANNOT: ErrorRow(409, _N),
    ErrorCode.LINE_UNKNOWN: ErrorRow(404, _N),
    ErrorCode.NOT_YOUR_LINE: ErrorRow(403, _N),
    ErrorCode.TOO_LATE_TO_CHANGE: ErrorRow(409, _N),
    ErrorCode.NOT_SERVED: ErrorRow(409, _N),
    ErrorCode.HANDOVER_PENDING: ErrorRow(409, _N),
    ErrorCode.NO_CALL_BACK: ErrorRow(409, _N),
    ErrorCode.VISITOR_BANNED: ErrorRow(403, _N),
    ErrorCode.MEDIA_UNKNOWN: ErrorRow(404, _N),
    ErrorCode.MEDIA_BROKEN: ErrorRow(422, _N),
    ErrorCode.MEDIA_NOT_ALLOWED: ErrorRow(415, _N),
    ErrorCode.MEDIA_OFF: ErrorRow(403, _N),
    ErrorCode.OFFER_OVER: ErrorRow(409, _N),
    ErrorCode.SEAT_FULL: ErrorRow(409, _N),
    ErrorCode.SEAT_NOT_ELIGIBLE: ErrorRow(409, _N),
    ErrorCode.GROUP_UNSTAFFED: ErrorRow(409, _N),
    ErrorCode.AGENT_UNKNOWN: ErrorRow(404, _N),
    ErrorCode.AGENT_INACTIVE: ErrorRow(403, _N),
    ErrorCode.ACCOUNT_TAKEN: ErrorRow(409, _N),
    ErrorCode.LAST_ADMIN: ErrorRow(409, _N),
    ErrorCode.ROLE_IN_USE: ErrorRow(409, _N),
    ErrorCode.GROUP_IN_USE: ErrorRow(409, _N),
    ErrorCode.STATUS_UNKNOWN: ErrorRow(422, _N),
    ErrorCode.FLOW_INVALID: ErrorRow(422, _N),
    ErrorCode.SETTINGS_INVALID: ErrorRow(422, _N),
}


class Refused(Exception):
    """The only exception that the core raises: the input was understood and is not allowed now.

    `data` names what the sentence needs and, for bad input, the `path` of the offending field.
    """

    def __init__(self, code: ErrorCode, **data: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.data = data

    def __str__(self) -> str:
        return f"{self.code.value} {self.data}" if self.data else self.code.value
