"""批量新建座席 over HTTP: a sheet comes in, and either all of it is saved or nothing, with every bad line named."""

import asyncio
import csv
import io
from collections.abc import Collection, Iterable, Sequence

import msgspec

from chatserver.access.check import Actor
from chatserver.access.permissions import AGENT_MANAGE
from chatserver.agents import inputs as ai
from chatserver.agents import sheet
from chatserver.agents.account import key_of
from chatserver.agents.model import Agent
from chatserver.agents.sheet import Person, Row, RowProblem
from chatserver.api.auth import MIN_PASSWORD, Logins
from chatserver.api.management import allow, known, leaves, settings_of
from chatserver.api.sheets import MAX_BYTES, read_sheet
from chatserver.hub.hub import Hub, stream
from chatserver.hub.plug import Call, Download, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.tasks import aside


class ImportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`check`: say what would happen, and save nothing."""

    check: bool = False


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """`saved` is false when there are problems, or when it was only to be checked. Lines are counted from 1."""

    saved: bool
    created: int
    updated: int
    unchanged: int
    problems: list[RowProblem]


class ImportDoor:
    """The operations."""

    def __init__(self, hub: Hub, logins: Logins, turn: asyncio.Lock) -> None:
        self._hub = hub
        self._logins = logins
        self._turn = turn
        self.operations = (
            Operation(
                name="importAgents", method="POST", path="/agents/import", requires=AGENT_MANAGE, run=self.take_in,
                query=ImportQuery, body=bytes, answers=Imported, max_body=MAX_BYTES,
            ),
            Operation(
                name="getImportTemplate", method="GET", path="/agents/import/template", requires=AGENT_MANAGE,
                run=self.template, answers=Download,
            ),
        )  # fmt: skip

    async def take_in(self, call: Call) -> Imported:
        """Make and change agents by a sheet, CSV or XLSX.

        Either all lines are saved or none, and then `problems` names every bad one. The same sheet can be sent again:
        an agent is known by the account. The initial password is for those who have none yet.
        """
        rows = await aside(read_sheet, call.body)
        async with self._turn:
            return await import_agents(self._hub, self._logins, rows, call.actor, save=not call.query.check)

    async def template(self, call: Call) -> Download:
        """An empty sheet with all columns."""
        text = io.StringIO()
        csv.writer(text).writerow(headers[0] for headers in sheet.COLUMNS.values())
        return Download("agents.csv", "text/csv; charset=utf-8", text.getvalue().encode("utf-8-sig"))


async def import_agents(hub: Hub, logins: Logins, rows: Sequence[Row], by: Actor, save: bool = True) -> Imported:
    """What a sheet says, done as a whole or not at all."""
    agents: list[Agent] = list(hub.agents())
    existing = {a.id: a for a in agents}
    profiles = {id: a.profile for id, a in existing.items() if a.profile}
    read = sheet.read(rows, known(settings_of(hub)), profiles)
    leaving = {p.id for p in read.people if p.id in existing and leaves(existing[p.id], p.profile)}
    problems = [*read.problems, *(x for p in read.people for x in _refusals(hub, by, existing, p, leaving))]
    new = [person for person in read.people if person.id not in existing]
    changed = [person for person in read.people if profiles.get(person.id or "") not in (None, person.profile)]
    report = Imported(
        saved=save and not problems,
        created=len(new),
        updated=len(changed),
        unchanged=len(read.people) - len(new) - len(changed),
        problems=sorted(problems, key=lambda x: x.line),
    )
    if not report.saved:
        return report
    refused = [x for x in await asyncio.gather(*(_save(hub, person, by) for person in read.people)) if x]
    await _give_passwords(hub, logins, read.people)
    return msgspec.structs.replace(report, problems=refused)


def _refusals(
    hub: Hub, by: Actor, existing: dict[str, Agent], person: Person, leaving: Collection[str]
) -> list[RowProblem]:
    """What the sheet alone does not know: how far `by` reaches."""
    if person.password and len(person.password) < MIN_PASSWORD:
        return [RowProblem(line=person.line, column=sheet.COLUMNS["password"][0], code="password_too_short")]
    try:
        allow(hub, by, existing.get(person.id or ""), person.profile, leaving)
    except Refused as refused:
        return [_refused(person, refused)]
    return []


async def _save(hub: Hub, person: Person, by: Actor) -> RowProblem | None:
    """A line can still fail when somebody else has taken its account in this moment."""
    try:
        await hub.send(Envelope(stream("agent", person.id or new_id()), ai.Saved(profile=person.profile, by=by.agent)))
    except Refused as refused:
        return _refused(person, refused)
    return None


async def _give_passwords(hub: Hub, logins: Logins, people: Sequence[Person]) -> None:
    """One after the other: each takes a processor for a while, and whoever logs in meanwhile waits for one at most."""
    agents: Iterable[Agent] = hub.agents()
    ids = {key_of(a.profile.account): a.id for a in agents if a.profile}
    for person in people:
        id = ids.get(key_of(person.profile.account))
        if person.password and id and not await logins.has_password(id):
            await logins.set_password(id, person.password)


def _refused(person: Person, refused: Refused) -> RowProblem:
    return RowProblem(line=person.line, column="", code=refused.code.value, value=person.profile.account)
