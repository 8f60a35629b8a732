"""Flows over HTTP: drawn as drafts, checked, tried, published; what was published before can be read again."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from chatserver.access import permissions as p
from chatserver.flow import validate
from chatserver.flow.model import Flow
from chatserver.flow.problem import FlowProblem, Known
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Download, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.tasks import aside
from chatserver.settings.drafts import DiscardDraft, Draft, PublishDraft, SaveDraft, draft_stream
from chatserver.settings.model import Settings
from chatserver.settings.rehearsal import rehearse
from chatserver.settings.script import Rehearsed, Script
from chatserver.settings.validate import known_to_flows, staffed_by
from chatserver.settings.workspace import Publication, Workspace

KeyOf = Callable[[str, int], str]
"""(flow, version of the key) -> the key with which the flow's webhooks are signed."""


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is what to name as `based_on`; `problems` are those that publishing would name, and warnings."""

    flow: Flow
    version: int
    by: str
    at: int
    problems: list[FlowProblem]


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is the published one, 0 for none; `inboxes` lead their visitors into it."""

    id: str
    name: str
    version: int
    published_by: str
    published_at: int | None
    inboxes: list[str]
    draft: bool


class FlowList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[FlowRow]


class FlowView(msgspec.Struct, frozen=True, kw_only=True):
    """Either may be missing, never both. `draft_version` is what a first draft is based on."""

    published: Flow | None
    draft: DraftView | None
    draft_version: int


class NewDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flow: Flow
    based_on: Annotated[int, Meta(ge=0)]


class DraftSeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version of the draft that the editor saw."""

    based_on: Annotated[int, Meta(ge=0)]


class FlowPublished(msgspec.Struct, frozen=True, kw_only=True):
    version: int


class PublicationView(msgspec.Struct, frozen=True, kw_only=True):
    """`kept`: the flow of that version can still be read."""

    version: int
    by: str
    at: int
    kept: bool


class FlowVersions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[PublicationView]


class FlowProblems(msgspec.Struct, frozen=True, kw_only=True):
    """Errors keep a flow from being published; warnings do not."""

    problems: list[FlowProblem]


class FlowRehearsal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    of: Literal["draft", "published"] = "draft"
    script: Script


class WebhookKeyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Annotated[int, Meta(ge=1, le=1000, description="`key_version` of the webhook node.")] = 1


class WebhookKey(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver checks `X-Chat-Signature` with it."""

    key: str


class FlowDoor:
    """The operations. Nothing but publishing touches what visitors meet."""

    def __init__(self, hub: Hub, key_of: KeyOf) -> None:
        self._hub = hub
        self._key_of = key_of
        one, read, write = "/flows/{id}", p.SETTINGS_READ, p.SETTINGS_WRITE
        self.operations = (
            Operation(
                name="listFlows", method="GET", path="/flows", requires=read, run=self.every, answers=FlowList,
            ),
            Operation(
                name="readFlow", method="GET", path=one, requires=read, run=self.get, answers=FlowView,
            ),
            Operation(
                name="exportFlow", method="GET", path=f"{one}/export", requires=read, run=self.export,
                answers=Download,
            ),
            Operation(
                name="importFlow", method="POST", path="/flows/import", requires=write, run=self.take_in,
                body=Flow, answers=DraftView, status=201,
            ),
            Operation(
                name="saveFlowDraft", method="PUT", path=f"{one}/draft", requires=write, run=self.save,
                body=NewDraft, answers=DraftView,
            ),
            Operation(
                name="discardFlowDraft", method="DELETE", path=f"{one}/draft", requires=write, run=self.discard,
            ),
            Operation(
                name="publishFlow", method="POST", path=f"{one}/publish", requires=write, run=self.publish,
                body=DraftSeen, answers=FlowPublished,
            ),
            Operation(
                name="listFlowVersions", method="GET", path=f"{one}/versions", requires=read, run=self.versions,
                answers=FlowVersions,
            ),
            Operation(
                name="readFlowVersion", method="GET", path=f"{one}/versions/{{version}}", requires=read,
                run=self.version, answers=Flow,
            ),
            Operation(
                name="checkFlow", method="POST", path="/flows/check", requires=read, run=self.check,
                body=Flow, answers=FlowProblems,
            ),
            Operation(
                name="simulateFlow", method="POST", path=f"{one}/simulate", requires=read, run=self.simulate,
                body=FlowRehearsal, answers=Rehearsed,
            ),
            Operation(
                name="readFlowWebhookKey", method="GET", path=f"{one}/webhook-key", requires=write, run=self.key,
                query=WebhookKeyWanted, answers=WebhookKey, shows_secret=True,
            ),
        )  # fmt: skip

    async def every(self, call: Call) -> FlowList:
        """All flows, published or only drawn, by name."""
        w = self._workspace()
        drawn = {d.id: d.flow for d in self._drafts() if d.flow}
        present = {f.id: f for f in w.settings.flows}
        rows = [self._row(w, f, f.id in present, f.id in drawn) for f in (drawn | present).values()]
        return FlowList(items=sorted(rows, key=lambda row: (row.name, row.id)))

    async def get(self, call: Call) -> FlowView:
        """A flow as it is published, and its draft."""
        published, draft = self._published(call.path["id"]), await self._draft(call.path["id"])
        if published is None and draft.flow is None:
            raise Refused(ErrorCode.NOT_FOUND)
        return FlowView(published=published, draft=await self._view(draft), draft_version=draft.version)

    async def export(self, call: Call) -> Download:
        """The published flow, or the draft of one that never was, as a file that can be imported elsewhere."""
        flow = self._published(call.path["id"]) or (await self._draft(call.path["id"])).flow
        if flow is None:
            raise Refused(ErrorCode.NOT_FOUND)
        body = msgspec.json.format(msgspec.json.encode(flow), indent=2)
        return Download(f"{flow.name}.json", "application/json", body)

    async def take_in(self, call: Call) -> DraftView:
        """Make a draft of an exported flow.

        A flow of that id is not touched until the draft is published; a draft of that id is not overwritten.
        """
        published = self._published(call.body.id)
        draft = await self._draft(call.body.id)
        if draft.flow:
            raise Refused(ErrorCode.CONFLICT, version=draft.version)
        flow = replace(call.body, version=published.version if published else 0)
        return await self._save(call, flow, draft.version)

    async def save(self, call: Call) -> DraftView:
        """Keep a draft, whatever is wrong with it. Refused with `conflict` when `based_on` is not its version."""
        if call.body.flow.id != call.path["id"]:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.flow.id", reason="not the id in the address")
        return await self._save(call, call.body.flow, call.body.based_on)

    async def discard(self, call: Call) -> None:
        """Throw the draft away."""
        discards = DiscardDraft(by=call.actor.agent)
        await self._hub.send(Envelope(draft_stream(call.path["id"]), discards, call.id))

    async def publish(self, call: Call) -> FlowPublished:
        """Make the draft the flow of all new conversations.

        Conversations under way stay on the version with which they began. It is kept for a day, which is as long as one
        can rest in its flow, and the last fifty of each flow for longer; together they take 4 MB at the most, each
        flow's oldest go first. Whoever is in a version that is gone begins again in the present one.

        Refused with `flow_invalid` and every problem by its path, with `conflict` when either the draft or the
        published flow has changed since, and with `too_large` when all settings would take more than 4 MB.
        """
        publishes = PublishDraft(by=call.actor.agent, based_on=call.body.based_on)
        await self._hub.send(Envelope(draft_stream(call.path["id"]), publishes, call.id))
        flow = self._published(call.path["id"])
        assert flow, "it has just been published"
        return FlowPublished(version=flow.version)

    async def versions(self, call: Call) -> FlowVersions:
        """Who published which version, and when; the newest first."""
        found = [_shown(self._workspace(), x) for x in self._workspace().publications if x.flow == call.path["id"]]
        return FlowVersions(items=found)

    async def version(self, call: Call) -> Flow:
        """A flow as it was published then."""
        number = call.path["version"]
        flow = _exactly(self._workspace(), call.path["id"], int(number)) if number.isdecimal() else None
        if flow is None:
            raise Refused(ErrorCode.NOT_FOUND)
        return flow

    async def check(self, call: Call) -> FlowProblems:
        """All that is wrong with a flow that is not saved."""
        return FlowProblems(problems=await self._problems(call.body))

    async def simulate(self, call: Call) -> Rehearsed:
        """Play a flow with an invented visitor, in virtual time. Nothing is kept, and nobody outside is called."""
        id = call.path["id"]
        flow = (await self._draft(id)).flow if call.body.of == "draft" else self._published(id)
        if flow is None:
            raise Refused(ErrorCode.NOT_FOUND)
        # A long script takes a while, and nobody else shall wait for it.
        return await aside(_played, self._workspace().settings, flow, call.body.script)

    async def key(self, call: Call) -> WebhookKey:
        """The key with which the calls of the flow's webhooks are signed."""
        return WebhookKey(key=self._key_of(call.path["id"], call.query.version))

    def _workspace(self) -> Workspace:
        workspace: Workspace = self._hub.held("workspace", "main")
        return workspace

    def _published(self, id: str) -> Flow | None:
        return next((f for f in self._workspace().settings.flows if f.id == id), None)

    def _drafts(self) -> list[Draft]:
        return [*self._hub.memory.of_kind("draft")]

    async def _draft(self, id: str) -> Draft:
        draft: Draft = await self._hub.look("draft", id)
        return draft

    async def _save(self, call: Call, flow: Flow, based_on: int) -> DraftView:
        saves = SaveDraft(flow=flow, by=call.actor.agent, based_on=based_on)
        await self._hub.send(Envelope(draft_stream(flow.id), saves, call.id))
        view = await self._view(await self._draft(flow.id))
        assert view, "it has just been saved"
        return view

    async def _view(self, draft: Draft) -> DraftView | None:
        if draft.flow is None or draft.at is None:
            return None
        found = await self._problems(draft.flow)
        return DraftView(flow=draft.flow, version=draft.version, by=draft.by, at=epoch_ms(draft.at), problems=found)

    async def _problems(self, flow: Flow) -> list[FlowProblem]:
        """A large flow takes a while, and nobody else shall wait for it."""
        return await aside(validate.check, flow, self._known())

    def _known(self) -> Known:
        return known_to_flows(self._workspace().settings, staffed_by(self._hub.agents()))

    def _row(self, w: Workspace, flow: Flow, published: bool, drawn: bool) -> FlowRow:
        last = next((x for x in w.publications if x.flow == flow.id), None)
        return FlowRow(
            id=flow.id,
            name=flow.name,
            version=flow.version if published else 0,
            published_by=last.by if published and last else "",
            published_at=epoch_ms(last.at) if published and last else None,
            inboxes=[i.id for i in w.settings.ways if i.flow == flow.id],
            draft=drawn,
        )


def _played(settings: Settings, flow: Flow, script: Script) -> Rehearsed:
    if found := validate.problems(flow, known_to_flows(settings)):
        raise Refused(ErrorCode.FLOW_INVALID, path=found[0].path, problems=found)
    return rehearse(settings, flow, script)


def _exactly(w: Workspace, id: str, version: int) -> Flow | None:
    """The flow in that version and no other."""
    found = w.flow(id, version)
    return found if found and found.version == version else None


def _shown(w: Workspace, x: Publication) -> PublicationView:
    kept = _exactly(w, x.flow, x.version) is not None
    return PublicationView(version=x.version, by=x.by, at=epoch_ms(x.at), kept=kept)
