"""批量新建座席 over HTTP: a sheet comes in, and either all of it is saved or nothing, with every bad line named."""

import asyncio
import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from chatserver.access.check import Actor
from chatserver.access.permissions import AGENT_MANAGE
from chatserver.agents import inputs as ai
from chatserver.agents import sheet
from chatserver.agents.account import key_of
from chatserver.agents.model import Agent
from chatserver.agents.sheet import Person, Row, RowProblem
from chatserver.api.auth import MIN_PASSWORD, Logins
from chatserver.api.initial_passwords import InitialPasswords
from chatserver.api.management import allow, known, leaves, settings_of
from chatserver.api.sheets import MAX_BYTES, read_sheet
from chatserver.hub.hub import Hub, stream
from chatserver.hub.plug import Call, Download, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ERRORS, ErrorCode, Refused, Retry
from chatserver.kernel.ids import new_id
from chatserver.kernel.tasks import aside


class ImportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`check`: say what would happen, and save nothing."""

    check: bool = False


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """`saved` is false when there are problems, or when it was only to be checked. Lines are counted from 1.

    `passwords`: how many of these agents have none yet and get the sheet's, one after the other behind the answer.
    Check the same sheet again to see how many still wait.
    """

    saved: bool
    created: int
    updated: int
    unchanged: int
    passwords: int
    problems: list[RowProblem]


class ImportDoor:
    """The operations."""

    def __init__(self, hub: Hub, logins: Logins, initial: InitialPasswords, turn: asyncio.Lock) -> None:
        self._hub = hub
        self._logins = logins
        self._initial = initial
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
        """Make and change agents by a sheet, CSV or XLSX, of at most 1,000 rows; more are refused (`too_many_rows`).

        Either all lines are saved, in one commit, or none, and then `problems` names every bad one. The same sheet can
        be sent again: an agent is known by the account. The initial password is for those who have none yet; a thousand
        of them take about a minute, and `passwords` says how many are not there yet.
        """
        rows = await aside(read_sheet, call.body)
        save = not call.query.check
        async with self._turn:
            report, passwords = await import_agents(self._hub, self._logins, rows, call.actor, call.id, save)
        self._initial.give(passwords)
        return report

    async def template(self, call: Call) -> Download:
        """An empty sheet with all columns."""
        text = io.StringIO()
        csv.writer(text).writerow(headers[0] for headers in sheet.COLUMNS.values())
        return Download("agents.csv", "text/csv; charset=utf-8", text.getvalue().encode("utf-8-sig"))


async def import_agents(
    hub: Hub, logins: Logins, rows: Sequence[Row], by: Actor, id: str | None = None, save: bool = True
) -> tuple[Imported, dict[str, str]]:
    """What a sheet says, done in one commit or not at all; and the initial passwords, by agent, to be given then."""
    have = await logins.have_passwords()
    agents: dict[str, Agent] = {a.id: a for a in hub.agents()}
    read = sheet.read(rows, known(settings_of(hub)), {id: a.profile for id, a in agents.items() if a.profile})
    people = {person.id or new_id(): person for person in read.people}
    leaving = {id for id, person in people.items() if id in agents and leaves(agents[id], person.profile)}
    refused = (x for id, person in people.items() for x in _refusals(hub, by, agents.get(id), person, leaving))
    problems = sorted((*read.problems, *refused), key=lambda x: x.line)
    new = people.keys() - agents.keys()
    changed = {id: x for id, x in people.items() if id in new or x.profile != agents[id].profile}
    if save and changed and not problems:
        problems = await _save(hub, changed, by, id)
    passwords = {id: x.password for id, x in people.items() if x.password and id not in have}
    report = Imported(
        saved=save and not problems,
        created=len(new),
        updated=len(changed) - len(new),
        unchanged=len(people) - len(changed),
        passwords=len(passwords),
        problems=problems,
    )
    return report, passwords if report.saved else {}


def _refusals(
    hub: Hub, by: Actor, before: Agent | None, person: Person, leaving: Collection[str]
) -> Iterator[RowProblem]:
    """What the sheet alone does not know: how far `by` reaches."""
    if person.password and len(person.password) < MIN_PASSWORD:
        yield RowProblem(line=person.line, column=sheet.COLUMNS["password"][0], code="password_too_short")
        return
    try:
        allow(hub, by, before, person.profile, leaving)
    except Refused as refused:
        yield _refused(person, refused)


async def _save(hub: Hub, people: Mapping[str, Person], by: Actor, id: str | None) -> list[RowProblem]:
    """A line can still be refused when somebody else has taken its account in this moment; then none is saved."""
    first, *others = (
        Envelope(stream("agent", id), ai.Saved(profile=person.profile, by=by.agent)) for id, person in people.items()
    )
    accounts = (stream("account", key_of(person.profile.account)) for person in people.values())
    needs = (*(stream("agent", agent) for agent in people), *accounts)
    try:
        await hub.send(Envelope(first.to, first.input, id, tuple(others), needs))
    except Refused as refused:
        if ERRORS[refused.code].retry is Retry.LATER or refused.code is ErrorCode.TOO_LARGE:
            raise  # it is no line's fault
        return [_refused([*people.values()][refused.data.get("nth", 0)], refused)]
    return []


def _refused(person: Person, refused: Refused) -> RowProblem:
    return RowProblem(line=person.line, column="", code=refused.code.value, value=person.profile.account)
