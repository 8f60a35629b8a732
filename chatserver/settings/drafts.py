"""草稿: what somebody is still drawing of a flow, in a stream of its own. No conversation ever sees it.

A draft may be full of problems; only publishing demands that there are none, and makes it the workspace's flow.
"""

from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from chatserver.flow.model import Flow
from chatserver.hub.machines import Machine, stream
from chatserver.hub.wiring import Look, Row, Sent
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input
from chatserver.settings.workspace import STREAM, PublishFlow


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """`flow` is None where there is no draft; its `version` is the published one that it was drawn from, 0 for none.

    `by` and `at` say who changed it last, and when.
    """

    id: str
    version: int = 0
    flow: Flow | None = None
    by: str = ""
    at: datetime | None = None


class SaveDraft(Input, frozen=True, kw_only=True):
    """Keep it as it is; `based_on` is the draft's version that the editor saw, so that nobody is overwritten."""

    flow: Flow
    by: str
    based_on: int


class DiscardDraft(Input, frozen=True, kw_only=True):
    """What was drawn is not wanted."""

    by: str


class PublishDraft(Input, frozen=True, kw_only=True):
    """New conversations go by it from now on; `based_on` as in `SaveDraft`."""

    by: str
    based_on: int


class DraftSaved(Event, frozen=True, kw_only=True):
    flow: Flow
    by: str


class DraftDiscarded(Event, frozen=True, kw_only=True):
    by: str


class DraftPublished(Event, frozen=True, kw_only=True):
    flow: Flow
    by: str


DraftInput = SaveDraft | DiscardDraft | PublishDraft
DraftEvent = DraftSaved | DraftDiscarded | DraftPublished


def decide(d: Draft, input: DraftInput, env: Env[None]) -> list[DraftEvent]:
    match input:
        case SaveDraft():
            _seen(d, input.based_on)
            changed = input.flow != d.flow
            return [DraftSaved(at=env.now, flow=input.flow, by=input.by)] if changed else []
        case DiscardDraft():
            return [DraftDiscarded(at=env.now, by=input.by)] if d.flow else []
        case PublishDraft():
            _seen(d, input.based_on)
            if d.flow is None:
                raise Refused(ErrorCode.NOT_FOUND)
            return [DraftPublished(at=env.now, flow=d.flow, by=input.by)]
        case _:
            assert_never(input)


def _seen(d: Draft, based_on: int) -> None:
    if based_on != d.version:
        raise Refused(ErrorCode.CONFLICT, version=d.version)


def evolve(d: Draft, event: DraftEvent) -> Draft:
    d = replace(d, version=d.version + 1, by=event.by, at=event.at)
    match event:
        case DraftSaved():
            return replace(d, flow=event.flow)
        case DraftDiscarded() | DraftPublished():
            return replace(d, flow=None)
        case _:
            assert_never(event)


def wake_at(d: Draft, settings: None) -> None:
    """A draft waits for nothing."""


def published(name: str, event: DraftPublished, look: Look) -> Sent:
    """In the same step: what the workspace refuses was not published, and the draft is still there."""
    return [(STREAM, PublishFlow(flow=event.flow, by=event.by))]


MACHINE = Machine(
    kind="draft",
    state=Draft,
    event=DraftEvent,
    fresh=lambda id: Draft(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
    is_open=lambda d: d.flow is not None,
)
WIRING: dict[type[Event], Row] = {DraftPublished: published}


def draft_stream(flow: str) -> str:
    return stream("draft", flow)
