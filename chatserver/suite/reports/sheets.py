"""A report as a file that opens in a spreadsheet: CSV or XLSX, written piece by piece. Nothing in it can be taken for
a formula.

Times are written in seconds and shares in percent, as numbers that can be reckoned with.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from chatserver.hub.tables import Row
from chatserver.suite.reports import words
from chatserver.suite.reports.answers import Names, Report, called
from chatserver.suite.reports.days import Days
from chatserver.suite.reports.figures import Unit
from chatserver.suite.reports.kinds import Kind
from chatserver.suite.reports.measures import Number
from chatserver.suite.reports.words import Lang, Words, said

Cell = str | int | float | None
Cells = Iterable[list[Cell]]
"""Lines of a table."""

_UNITS: dict[Unit, Words] = {"ms": (" (秒)", " (s)"), "percent": (" (%)", " (%)"), "count": ("", ""), "score": ("", "")}

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""With one of these a text begins that a spreadsheet may run; some take the full-width ones for the others."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What the format of spreadsheets has no way to say."""


def table(kind: Kind, report: Report, lang: Lang) -> Iterator[list[Cell]]:
    """Titles, a row for each line, and the total."""
    dimensions = [said(words.DIMENSIONS[name], lang) for name in report.by]
    yield [*dimensions, *(said(f.title, lang) + said(_UNITS[f.unit], lang) for f in kind.figures)]
    for line in report.lines:
        yield [*(line.names[name] for name in report.by), *_numbers(kind, line.figures)]
    yield [said(words.TOTAL, lang), *[None] * (len(dimensions) - 1), *_numbers(kind, report.total)]


def rows_titles(kind: Kind, lang: Lang) -> list[Cell]:
    """Of what a row is, and then when, how long, how much."""
    columns = _columns(kind)
    units = {name: said(_UNITS["ms"], lang) for name in columns if name.endswith("_ms")}
    return [
        *(said(words.DIMENSIONS[name], lang) for name in kind.by),
        *(said(words.COLUMNS[name], lang) + units.get(name, "") for name in columns),
    ]


def rows_table(kind: Kind, rows: Sequence[Row], names: Names, days: Days, lang: Lang) -> Iterator[list[Cell]]:
    """A line for each row, under those titles. Instants are local."""
    columns = _columns(kind)
    for row in rows:
        yield [
            *(called(name, getattr(row, name), names, lang) for name in kind.by),
            *(_cell(name, getattr(row, name), days) for name in columns),
        ]


def _columns(kind: Kind) -> list[str]:
    there = kind.table.row.__struct_fields__
    return [name for name in words.COLUMNS if name in there]


def _cell(column: str, value: Cell, days: Days) -> Cell:
    if isinstance(value, int) and column.endswith("_at"):
        return days.written(value)
    return round(value / 1000, 1) if isinstance(value, int) and column.endswith("_ms") else value


class Csv:
    """With the mark by which Excel knows UTF-8. A text that could be run gets an apostrophe in front."""

    mime = "text/csv; charset=utf-8"

    def __init__(self, title: str) -> None:
        self._bytes = io.BytesIO()
        self._text = io.TextIOWrapper(self._bytes, "utf-8-sig", "replace", newline="")

    def add(self, rows: Cells) -> None:
        csv.writer(self._text).writerows([_harmless(cell) for cell in row] for row in rows)

    def done(self) -> bytes:
        self._text.flush()
        return self._bytes.getvalue()


class Xlsx:
    """Texts are marked as texts, so that they need no apostrophe."""

    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, title: str) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"

    def add(self, rows: Cells) -> None:
        for row in rows:
            self._sheet.append([self._cell(value) for value in row])

    def done(self) -> bytes:
        file = io.BytesIO()
        self._book.save(file)
        return file.getvalue()

    def _cell(self, value: Cell) -> WriteOnlyCell:
        cell = WriteOnlyCell(self._sheet, _UNWRITABLE.sub("", value) if isinstance(value, str) else value)
        if isinstance(value, str):
            cell.data_type = "s"
        return cell


FORMATS: Mapping[str, type[Csv] | type[Xlsx]] = {"csv": Csv, "xlsx": Xlsx}
"""By the end of the file's name."""


def _numbers(kind: Kind, figures: dict[str, Number]) -> Iterator[Number]:
    for figure in kind.figures:
        value = figures[figure.key]
        yield round(value / 1000, 1) if value is not None and figure.unit == "ms" else value


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
