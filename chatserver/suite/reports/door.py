"""The operations of reports: figures, the rows behind them, and both as files."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.permissions import Permission
from chatserver.hub.hub import Hub
from chatserver.hub.paging import Paged, page
from chatserver.hub.plug import Call, Download, Operation
from chatserver.hub.tables import Ask, Row, Rows, Term
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.tasks import aside
from chatserver.suite.reports import answers, sheets
from chatserver.suite.reports import questions as q
from chatserver.suite.reports.answers import Figures, Report, RowsBehind
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.kinds import KINDS, Kind
from chatserver.suite.reports.people import names, near
from chatserver.suite.reports.projection import Projection
from chatserver.suite.reports.tables import SPAN, SUBSCRIBER
from chatserver.suite.reports.words import Lang, said

Speaks = Annotated[Lang, Meta(description="The language of titles and names.")]


class InWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the definitions are asked with."""

    lang: Speaks = "zh-CN"


class ReportQuestion(q.Question, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lang: Speaks = "zh-CN"


class ExportQuestion(ReportQuestion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Annotated[Literal["csv", "xlsx"], Meta(description="The kind of file.")] = "csv"


class RowsFileQuestion(ExportQuestion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same question as the report's, its line given as filters; and which figure of it."""

    figure: Annotated[str, Meta(max_length=64, description="Key of the figure.")]


class RowsQuestion(q.Question, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same question as the report's, its line given as filters; and which figure of it."""

    figure: Annotated[str, Meta(max_length=64, description="Key of the figure.")]
    limit: Annotated[int, Meta(ge=1, le=200, description="Items of a page.")] = 50
    after: Annotated[str, Meta(max_length=500, description="The `next` of the page before.")] = ""


class ReportDoor:
    """Asks the rows, after the projection has looked at what is still running."""

    def __init__(self, hub: Hub, rows: Rows, projection: Projection) -> None:
        self._hub = hub
        self._rows = rows
        self._projection = projection
        read, export = p.REPORT_READ, p.REPORT_EXPORT
        one = "/reports/{kind}"
        self.operations: Sequence[Operation] = (
            Operation(name="listFigures", method="GET", path="/reports/figures", requires=read, run=self.figures,
                      query=InWords, answers=Figures),
            Operation(name="readReport", method="GET", path=one, requires=read, run=self.report,
                      query=ReportQuestion, answers=Report),
            Operation(name="listRowsOfFigure", method="GET", path=one + "/rows", requires=read, run=self.rows,
                      query=RowsQuestion, answers=RowsBehind),
            Operation(name="exportReport", method="GET", path=one + "/export", requires=export, run=self.export,
                      query=ExportQuestion, answers=Download),
            Operation(name="exportRowsOfFigure", method="GET", path=one + "/rows/export", requires=export,
                      run=self.export_rows, query=RowsFileQuestion, answers=Download),
        )  # fmt: skip

    async def figures(self, call: Call) -> Figures:
        """Every report: by what it can be split and filtered, and what each figure means."""
        return Figures(kinds=[answers.kind_view(kind, call.query.lang) for kind in KINDS.values()])

    async def report(self, call: Call) -> Report:
        """The figures of a period, split by up to two dimensions.

        `volume` counts conversations, `waiting` waits in queues, `response` and `satisfaction` what visitors got,
        `reasons` the tags of their ratings, `agents` stretches with one agent, `offers` what agents were asked to take,
        `status` their time.
        Supervisors see their groups, agents themselves.
        """
        return await self._report(call, q.kind_of(call.path["kind"]), p.REPORT_READ)

    async def rows(self, call: Call) -> RowsBehind:
        """The very rows that a figure was counted from, newest day first. Give the line of the report as filters."""
        kind, asked = q.kind_of(call.path["kind"]), call.query
        figure = q.figure_of(kind, asked.figure)
        where = self._where(call, kind, p.REPORT_READ)
        await self._look(kind)
        ask, whole = q.behind(kind, figure, where), q.tally(kind, where)
        found, numbers, counted = await asyncio.gather(
            page(self._rows, ask, Paged(limit=asked.limit, after=asked.after), answers.shown),
            self._rows.tally(q.number(ask)),
            self._rows.tally(whole),
        )
        return RowsBehind(
            kind=kind.key,
            figure=figure.key,
            value=answers.total(kind, whole, counted)[figure.key],
            rows=sum(line["rows"] for line in numbers),
            items=found.items,
            next=found.next,
        )

    async def export(self, call: Call) -> Download:
        """The same figures as a file for spreadsheets."""
        kind, lang = q.kind_of(call.path["kind"]), call.query.lang
        report = await self._report(call, kind, p.REPORT_EXPORT)
        file = _file(call, kind)
        await aside(file.add, sheets.table(kind, report, lang))
        return await _download(call, f"{kind.key}_{report.first}_{report.last}", file)

    async def export_rows(self, call: Call) -> Download:
        """The very rows that a figure was counted from, as a file for spreadsheets: at most 50,000."""
        kind, asked = q.kind_of(call.path["kind"]), call.query
        figure = q.figure_of(kind, asked.figure)
        where, days = self._where(call, kind, p.REPORT_EXPORT), q.period(asked, self._today())
        await self._look(kind)
        ask, named, zone = q.behind(kind, figure, where), names(self._hub), Days(self._zone())
        q.check_rows(sum(line["rows"] for line in await self._rows.tally(q.number(ask))))
        file = _file(call, kind)
        await aside(file.add, [sheets.rows_titles(kind, asked.lang)])
        async for found in self._stretches(ask):
            await aside(file.add, sheets.rows_table(kind, found, named, zone, asked.lang))
        return await _download(call, f"{kind.key}_{figure.key}_{days.first}_{days.last}", file)

    async def _stretches(self, ask: Ask) -> AsyncIterator[list[Row]]:
        """All rows, as many at a time as fit well into memory."""
        found: list[Row] = await self._rows.rows(q.stretch(ask, None))
        while found:
            yield found
            found = await self._rows.rows(q.stretch(ask, found[-1])) if len(found) == q.PAGE else []

    async def _report(self, call: Call, kind: Kind, needs: Permission) -> Report:
        asked, by = call.query, q.split(kind, call.query)
        where = self._where(call, kind, needs)
        until, behind = await self._look(kind)
        wanted, days, named = q.tally(kind, where, by), q.period(asked, self._today()), names(self._hub)
        if not q.surely_few(asked, by, days, {name: len(of) for name, of in named.items()}):
            q.check_size(await self._rows.tally(q.places(wanted)))
        counted = await self._rows.tally(wanted)
        q.check_size(counted)
        # Thousands of lines take a while to add up and to write, and nobody else shall wait for them.
        lines, total = await aside(answers.lines, kind, wanted, counted, named, asked.lang)
        return Report(
            kind=kind.key,
            first=days.first.isoformat(),
            last=days.last.isoformat(),
            timezone=self._zone(),
            by=list(by),
            lines=lines,
            total=total,
            until=until,
            behind=behind,
        )

    def _where(self, call: Call, kind: Kind, needs: Permission) -> tuple[Term, ...]:
        asked = call.query
        reach = q.reach(kind, asked, call.actor, needs, near(self._hub, call.actor))
        return (q.period(asked, self._today()).term, *reach, *q.narrowed(kind, asked))

    async def _look(self, kind: Kind) -> tuple[int, int]:
        """Until when what runs is counted, and how much of the log is not."""
        await self._hub.caught_up(SUBSCRIBER)
        now, head = epoch_ms(self._hub.now()), self._hub.head
        if kind.table is SPAN:
            await self._projection.look(now, head)
        return now, await self._projection.behind(head)

    def _today(self) -> date:
        return date.fromisoformat(Days(self._zone()).moment(epoch_ms(self._hub.now())).day)

    def _zone(self) -> str:
        workspace: Any = self._hub.held("workspace", "main")
        zone: str = workspace.settings.timezone
        return zone


def _file(call: Call, kind: Kind) -> sheets.Csv | sheets.Xlsx:
    return sheets.FORMATS[call.query.format](said(kind.title, call.query.lang))


async def _download(call: Call, name: str, file: sheets.Csv | sheets.Xlsx) -> Download:
    return Download(f"{name}.{call.query.format}", file.mime, await aside(file.done))
