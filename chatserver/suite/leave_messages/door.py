"""The inbox of left messages over HTTP: find, assign, answer, close. What one may not see does not exist."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from chatserver.access import permissions as p
from chatserver.access.check import Target, allowed, require
from chatserver.access.permissions import Permission
from chatserver.agents.model import Agent
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face
from chatserver.hub.hub import Hub, stream
from chatserver.hub.paging import Page, page
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Rows
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.suite.leave_messages import model as m
from chatserver.suite.leave_messages import views as v
from chatserver.suite.leave_messages.lists import asks, counted, counts
from chatserver.suite.leave_messages.model import KIND, LeaveMessage
from chatserver.suite.leave_messages.rows import NAME, row
from chatserver.suite.leave_messages.views import LeaveMessageDetail, LeaveMessageView

READ, MANAGE = p.LEAVE_MESSAGE_READ, p.LEAVE_MESSAGE_MANAGE

SHOWN = 200
"""Newest entries of a message's history that are shown."""


class Door:
    """The operations of left messages."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows
        view, detail = LeaveMessageView, LeaveMessageDetail
        self.operations: Sequence[Operation] = (
            _row(
                "listLeaveMessages",
                "GET",
                "",
                READ,
                self.list,
                query=v.LeaveMessageQuery,
                answers=Page[LeaveMessageView],
            ),
            _row("countLeaveMessages", "GET", "/counts", READ, self.counts, answers=v.LeaveMessageCounts),
            _row("readLeaveMessage", "GET", "/{id}", READ, self.read, answers=detail),
            _row("assignLeaveMessage", "POST", "/{id}/assign", MANAGE, self.assign, body=v.Assignment, answers=view),
            _row("answerLeaveMessage", "POST", "/{id}/answers", MANAGE, self.answer, body=v.AnswerText, answers=view),
            _row("noteLeaveMessage", "POST", "/{id}/notes", MANAGE, self.note, body=v.NoteText, answers=view),
            _row("closeLeaveMessage", "POST", "/{id}/close", MANAGE, self.close, answers=view),
            _row("reopenLeaveMessage", "POST", "/{id}/reopen", MANAGE, self.reopen, answers=view),
        )

    async def list(self, call: Call) -> Page[LeaveMessageView]:
        """The messages that visitors left, newest first: one's own and those of one's groups."""
        await self._hub.caught_up(NAME)
        return await page(self._rows, asks(call.actor, call.query), call.query, v.listed)

    async def counts(self, call: Call) -> v.LeaveMessageCounts:
        """How many messages wait, for the mark on the inbox."""
        await self._hub.caught_up(NAME)
        lines = [line for tally in counts(call.actor) for line in await self._rows.tally(tally)]
        return counted(lines, call.actor.agent)

    async def read(self, call: Call) -> LeaveMessageDetail:
        """A message: what was written into the form, and what has happened to it since."""
        s = await self._message(call)
        records = await self._hub.store.history(stream(KIND, s.id), 0, SHOWN)
        history = [v.entry(self._hub.event(record)) for record in records]
        return LeaveMessageDetail(**v.shown(row(s)), answers=s.answers, history=history)

    async def assign(self, call: Call) -> LeaveMessageView:
        """Give a message to an agent or to a group, or take it back from an agent."""
        s = await self._message(call, MANAGE)
        to: v.Assignment = call.body
        if to.agent is UNSET and to.group is UNSET:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.agent", reason="Expected `agent` or `group`")
        group = s.group if to.group is UNSET else self._known_group(to.group)
        agent = None if to.agent is UNSET or to.agent is None else self._known_agent(to.agent)
        return await self._send(call, s, m.Assign(agent=agent, group=group, by=call.actor.agent))

    async def answer(self, call: Call) -> LeaveMessageView:
        """Answer a message. The visitor reads it now, if a conversation is open, and else first on the next visit."""
        s = await self._message(call, MANAGE)
        if not call.body.text.strip():
            raise Refused(ErrorCode.MESSAGE_EMPTY, path="$.text")
        agent = self._agent(call.actor.agent)
        words = TextContent(text=call.body.text)
        told = m.AnswerBack(
            id=new_id(), agent=agent.id if agent else None, face=self._face(agent), content=words, by=call.actor.agent
        )
        return await self._send(call, s, told)

    async def note(self, call: Call) -> LeaveMessageView:
        """Write a note that only colleagues see."""
        s = await self._message(call, MANAGE)
        return await self._send(call, s, m.Note(text=call.body.text, by=call.actor.agent))

    async def close(self, call: Call) -> LeaveMessageView:
        """Close a message: there is nothing left to do."""
        return await self._send(call, await self._message(call, MANAGE), m.Close(by=call.actor.agent))

    async def reopen(self, call: Call) -> LeaveMessageView:
        """Open a message again that was answered or closed."""
        return await self._send(call, await self._message(call, MANAGE), m.Reopen(by=call.actor.agent))

    async def _message(self, call: Call, permission: Permission = READ) -> LeaveMessage:
        s: LeaveMessage = await self._hub.look(KIND, call.path["id"])
        target = Target(owner=s.assignee, group=s.group)
        if s.left_at is None or not allowed(call.actor, READ, target):
            raise Refused(ErrorCode.NOT_FOUND, leave_message=s.id)
        require(call.actor, permission, target)
        return s

    async def _send(self, call: Call, s: LeaveMessage, input: m.AnyInput) -> LeaveMessageView:
        await self._hub.send(Envelope(stream(KIND, s.id), input, call.id))
        return v.listed(row(await self._hub.look(KIND, s.id)))

    def _agent(self, id: str) -> Agent | None:
        agent: Agent | None = self._hub.at_hand("agent", id)
        return agent if agent and agent.profile and agent.profile.active else None

    def _known_agent(self, id: str) -> str:
        if self._agent(id) is None:
            raise Refused(ErrorCode.AGENT_UNKNOWN, agent=id)
        return id

    def _known_group(self, id: str) -> str:
        if id not in {g.id for g in self._hub.held("workspace", "main").settings.groups}:
            raise Refused(ErrorCode.NOT_FOUND, group=id)
        return id

    def _face(self, agent: Agent | None) -> Face:
        """A program answers in the name of the workspace."""
        if agent is None or agent.profile is None:
            return Face(name=self._hub.held("workspace", "main").settings.name)
        return Face(name=agent.profile.nickname, avatar=agent.profile.avatar)


def _row(name: str, method: Any, path: str, requires: Permission, run: Any, **more: Any) -> Operation:
    return Operation(name=name, method=method, path=f"/leave_messages{path}", requires=requires, run=run, **more)
