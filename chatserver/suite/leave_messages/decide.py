"""What may be done with a message that was left, and what it makes of it. Pure. Who may, the door has asked."""

from typing import assert_never

from msgspec.structs import replace

from chatserver.hub.machines import Machine
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env
from chatserver.suite.leave_messages import model as m
from chatserver.suite.leave_messages.model import AnyEvent, AnyInput, LeaveMessage, Status

Rules = Env[object]


def decide(s: LeaveMessage, input: AnyInput, env: Rules) -> list[AnyEvent]:
    match input:
        case m.Leave():
            return [_left(input, env)]
        case m.Assign():
            _check_open(s)
            if (input.agent, input.group) == (s.assignee, s.group) and s.status is not Status.ANSWERED:
                return []
            return [_assigned(s, input, env)]
        case m.AnswerBack():
            _check_open(s)
            return [_answered(s, input, env)]
        case m.Note():
            return [m.MessageNoted(at=env.now, text=input.text, by=input.by)]
        case m.Close():
            return [] if s.status is Status.CLOSED else [m.MessageClosed(at=env.now, by=input.by)]
        case m.Reopen():
            done = s.status in (Status.ANSWERED, Status.CLOSED)
            return [m.MessageReopened(at=env.now, by=input.by)] if done else []
        case m.Arrived():
            return [m.AnswerArrived(at=env.now, answer=input.answer, conversation=input.conversation)]
        case _:
            assert_never(input)


def _left(input: m.Leave, env: Rules) -> m.MessageLeft:
    return m.MessageLeft(
        at=env.now,
        contact=input.contact,
        inbox=input.inbox,
        conversation=input.conversation,
        line=input.line,
        name=input.name,
        phone=input.phone,
        answers=input.answers,
        group=input.group,
    )


def _assigned(s: LeaveMessage, input: m.Assign, env: Rules) -> m.MessageAssigned:
    return m.MessageAssigned(
        at=env.now, agent=input.agent, group=input.group, by=input.by, from_agent=s.assignee, from_group=s.group
    )


def _answered(s: LeaveMessage, input: m.AnswerBack, env: Rules) -> m.MessageAnswered:
    return m.MessageAnswered(
        at=env.now,
        id=input.id,
        agent=input.agent,
        face=input.face,
        content=input.content,
        contact=s.contact,
        by=input.by,
    )


def _check_open(s: LeaveMessage) -> None:
    if s.status is Status.CLOSED:
        raise Refused(ErrorCode.LEAVE_MESSAGE_CLOSED, leave_message=s.id)


def evolve(s: LeaveMessage, event: AnyEvent) -> LeaveMessage:
    s = replace(s, version=s.version + 1)
    match event:
        case m.MessageLeft():
            s = replace(s, contact=event.contact, inbox=event.inbox, conversation=event.conversation)
            s = replace(s, line=event.line, name=event.name, phone=event.phone, answers=event.answers)
            return replace(s, group=event.group, left_at=event.at)
        case m.MessageAssigned():
            return _waits(replace(s, assignee=event.agent, group=event.group))
        case m.MessageAnswered():
            s = replace(s, status=Status.ANSWERED, assignee=s.assignee or event.agent, last_answer=event.id)
            return replace(s, answered_at=event.at, delivered_at=None)
        case m.AnswerArrived():
            return replace(s, delivered_at=event.at) if event.answer == s.last_answer else s
        case m.MessageNoted():
            return s
        case m.MessageClosed():
            return replace(s, status=Status.CLOSED, closed_at=event.at)
        case m.MessageReopened():
            return replace(_waits(s), closed_at=None)
        case _:
            assert_never(event)


def _waits(s: LeaveMessage) -> LeaveMessage:
    return replace(s, status=Status.ASSIGNED if s.assignee else Status.OPEN)


def wake_at(s: LeaveMessage, settings: object) -> None:
    """Nothing is done with a message by time alone."""


MACHINE = Machine(
    kind=m.KIND,
    state=LeaveMessage,
    event=AnyEvent,
    fresh=lambda id: LeaveMessage(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
    is_open=lambda s: False,
)
