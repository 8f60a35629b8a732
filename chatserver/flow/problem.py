"""What can be wrong with a flow, by name. Nothing is looked for here.

An error keeps a flow from being published; a warning is for whoever publishes it to judge.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec


class ProblemCode(StrEnum):
    """Stable names; the sentence belongs to whoever shows it."""

    NO_START = "no_start"
    MANY_STARTS = "many_starts"
    ID_REPEATED = "id_repeated"
    EDGE_UNSET = "edge_unset"  # the edge is not drawn yet
    EDGE_UNKNOWN = "edge_unknown"  # it leads to a node that does not exist
    UNREACHABLE = "unreachable"  # no visitor can ever come here
    DEAD_END = "dead_end"  # here some visitor meets neither a group, nor a form, nor the end, whatever they answer
    LOOP = "loop"  # it comes back to itself without asking the visitor anything
    GROUP_AGAIN = "group_again"  # whom the group turned away is led to the same group without being asked
    GROUP_UNKNOWN = "group_unknown"
    CALENDAR_UNKNOWN = "calendar_unknown"
    TEXT_EMPTY = "text_empty"
    NO_OPTIONS = "no_options"
    OPTION_EMPTY = "option_empty"
    OPTION_REPEATED = "option_repeated"  # an earlier option answers to the same word
    NO_FIELDS = "no_fields"
    FIELD_EMPTY = "field_empty"
    FIELD_REPEATED = "field_repeated"
    SELECT_WITHOUT_OPTIONS = "select_without_options"
    TOO_MANY_OPTIONS = "too_many_options"  # more choices than a menu shows
    TIMEZONE_UNKNOWN = "timezone_unknown"
    NO_BRANCHES = "no_branches"
    FACT_UNKNOWN = "fact_unknown"
    ANSWER_UNKNOWN = "answer_unknown"  # no question of the flow asks for it
    OP_NOT_FIT = "op_not_fit"  # the fact is of a kind that the relation does not suit
    VALUE_NOT_FIT = "value_not_fit"  # the fact can never have such a value, or the relation needs another
    BRANCH_NEVER = "branch_never"  # it contradicts itself, or where it holds an earlier branch holds too
    BOT_UNKNOWN = "bot_unknown"
    URL_INVALID = "url_invalid"  # no http(s) address, or one with a user name in it
    KEY_REPEATED = "key_repeated"  # two values are kept under one key
    GROUP_WITHOUT_CHAT = "group_without_chat"  # it serves calls alone
    GROUP_UNSTAFFED = "group_unstaffed"  # no agent belongs to the group
    NEVER_OPEN = "never_open"  # the service hours never begin, so one way is never taken
    ALWAYS_OPEN = "always_open"  # they never end, so the other is never taken
    INBOX_UNKNOWN = "inbox_unknown"  # the condition names a way in that does not exist
    CHANNEL_UNKNOWN = "channel_unknown"  # the condition names a kind of channel that does not exist
    HOURS_NOT_ASKED = "hours_not_asked"  # visitors come at any hour, and when nobody is there cannot leave a message


WARNINGS = frozenset(
    {
        ProblemCode.GROUP_UNSTAFFED,
        ProblemCode.NEVER_OPEN,
        ProblemCode.ALWAYS_OPEN,
        ProblemCode.INBOX_UNKNOWN,
        ProblemCode.CHANNEL_UNKNOWN,
        ProblemCode.HOURS_NOT_ASKED,
    }
)
"""What a flow may be published with: it can be meant so, or be put right elsewhere."""

Severity = Literal["error", "warning"]


class FlowProblem(msgspec.Struct, frozen=True):
    """One mistake: its place, like "$.nodes[3].options[1].next", and the id of the node ("" for the whole flow)."""

    path: str
    code: ProblemCode
    node: str = ""
    severity: Severity = "error"


class Known(msgspec.Struct, frozen=True):
    """The ids to which a flow may refer. `staffed` are the groups with an agent, `without_chat` those for calls alone,
    `patient` those that let visitors wait for ever while nobody is on duty; `constant` says of the calendars that never
    change whether they are open. Where `inboxes`, `channels` or `staffed` are None, nobody knows."""

    groups: frozenset[str]
    calendars: frozenset[str]
    bots: frozenset[str] = frozenset()
    inboxes: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    staffed: frozenset[str] | None = None
    constant: Mapping[str, bool] = {}
    without_chat: frozenset[str] = frozenset()
    patient: frozenset[str] = frozenset()


Finding = tuple[str, ProblemCode]
"""A mistake in one node: the field ("" for the node itself), and the code."""
