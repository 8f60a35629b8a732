"""Why a conversation went to whom, over HTTP: as data, and in words."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.check import require
from chatserver.agents.model import Agent
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.sight import sees, target
from chatserver.dispatch import events as e
from chatserver.hub.hub import Hub
from chatserver.hub.paging import Page, Paged, page
from chatserver.hub.plug import Call, Operation
from chatserver.hub.tables import Rows
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.reasons import Locale, story
from chatserver.suite.assignments.tables import NAME, DecisionRow, asked, event_of


class AssignmentQuery(Paged, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lang: Annotated[Locale, Meta(description="Of the words.")] = "zh-CN"


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` is the place in the log, `at` epoch milliseconds. `decision`: matched, offered, offer_accepted,
    offer_ended, overflowed, turned_away. `reason` stands with the first two: `ranked` are the `eligible` agents in
    their order, `rejected` says why each of the others was none; of a large group only the first are named, and
    `causes` counts why the others were none. `words` say the same to people."""

    seq: int
    at: int
    decision: str
    group: str | None
    agent: str | None
    reason: e.Reason | None
    words: list[str]


class Door:
    """The operation."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows
        self.operations: Sequence[Operation] = (
            Operation(
                name="listAssignments", method="GET", path="/conversations/{id}/assignments",
                requires=p.CONVERSATION_EXPLAIN, run=self.list, query=AssignmentQuery, answers=Page[AssignmentView],
            ),
        )  # fmt: skip

    async def list(self, call: Call) -> Page[AssignmentView]:
        """Every assignment and offer of a conversation with its reason, oldest first."""
        c: Conversation = await self._hub.look("conversation", call.path["id"])
        if c.phase is Phase.NEW or not sees(call.actor, c):
            raise Refused(ErrorCode.NOT_FOUND, conversation=call.path["id"])
        require(call.actor, p.CONVERSATION_EXPLAIN, target(c))
        await self._hub.caught_up(NAME)
        return await page(self._rows, asked(c.id), call.query, partial(self._view, lang=call.query.lang))

    def _view(self, row: DecisionRow, lang: Locale) -> AssignmentView:
        event = event_of(row)
        return AssignmentView(
            seq=row.seq,
            at=row.at,
            decision=str(event.__struct_config__.tag),
            group=getattr(event, "group", None),
            agent=getattr(event, "agent", None),
            reason=getattr(event, "reason", None) if isinstance(event, e.Matched | e.Offered) else None,
            words=story(event, self._agent, self._group, lang),
        )

    def _agent(self, id: str) -> str:
        agent: Agent | None = self._hub.at_hand("agent", id)
        return f"{agent.profile.name} [{id}]" if agent and agent.profile else id

    def _group(self, id: str) -> str:
        groups = self._hub.held("workspace", "main").settings.groups
        return next((f"{g.name} [{id}]" for g in groups if g.id == id), id)
