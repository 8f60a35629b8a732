"""Tables that people upload: CSV as spreadsheets save it, and XLSX. What the columns mean is nobody's business here.

Nothing is believed of what came: sizes are capped before and after unpacking, and formulas are read as their values.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from openpyxl import load_workbook

from chatserver.agents.sheet import Row
from chatserver.kernel.errors import ErrorCode, Refused

MAX_BYTES = 5_000_000
"""Bytes of a sheet as it comes."""

MAX_UNPACKED = 30_000_000
"""Bytes of all parts of an XLSX: fifty times what 1,000 rows need, and a thousandth of what a bomb has."""

MAX_PARTS = 1_000
"""Files inside an XLSX."""

MAX_MARKS = 1_500_000
"""Tags of all its parts together, four for a cell: each takes a hundred times its four letters while it is read."""

MAX_ROWS = 1_000
"""Lines of a sheet that are not empty, beside its headers: what is saved in one commit keeps nobody waiting."""

MAX_COLUMNS = 50
"""Cells of a line."""

MAX_LINES = 20_000
"""Lines that are looked at: spreadsheets like to save empty ones."""

MAX_CELL = 10_000
"""Characters of a cell."""

XLSX_BEGINS = b"PK\x03\x04"
OLD_EXCEL_BEGINS = b"\xd0\xcf\x11\xe0"


def read_sheet(data: bytes) -> list[Row]:
    """The lines of the first sheet that are not empty. Raises `Refused` for what is too large or no table at all."""
    if len(data) > MAX_BYTES:
        raise Refused(ErrorCode.TOO_LARGE, limit=MAX_BYTES)
    if data.startswith(OLD_EXCEL_BEGINS):
        raise _unreadable("an old Excel file: save it as XLSX or CSV")
    lines = _xlsx(data) if data.startswith(XLSX_BEGINS) else _csv(data)
    rows: list[Row] = []
    for line, cells in enumerate(lines, 1):
        if line > MAX_LINES:
            raise Refused(ErrorCode.TOO_LARGE, limit=MAX_LINES)
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if len(rows) > MAX_ROWS:
            raise Refused(ErrorCode.TOO_MANY_ROWS, limit=MAX_ROWS)
        if len(cells) > MAX_COLUMNS or any(len(cell) > MAX_CELL for cell in cells):
            raise _unreadable(f"line {line} is too wide")
        rows.append(Row(line, cells))
    return rows


def _csv(data: bytes) -> Iterator[list[str]]:
    """Commas, semicolons or tabs: whichever the first line has most of."""
    text = _decoded(data)
    first = text.lstrip().partition("\n")[0]
    between = max(",;\t", key=first.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True):
            yield [cell.strip() for cell in cells]
    except csv.Error as failure:
        raise _unreadable(str(failure)) from None


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, or GB18030, as Excel saves in China."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable("neither UTF-8 nor GB18030")


def _xlsx(data: bytes) -> Iterator[list[str]]:
    """Only values, and only of the first sheet; the size is known before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Refused(ErrorCode.TOO_LARGE, limit=MAX_UNPACKED)
            if sum(archive.read(part).count(b"<") for part in parts) > MAX_MARKS:
                raise Refused(ErrorCode.TOO_LARGE, limit=MAX_MARKS)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise _unreadable("not a whole XLSX file") from None
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its own size is not believed
            rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
            for row in rows:
                yield [_text(value) for value in islice(row, MAX_COLUMNS + 1)]
        finally:
            book.close()
    except Exception as failure:  # whatever the library makes of a file that only looks like one
        raise _unreadable(f"not a table: {type(failure).__name__}") from None


def _text(value: object) -> str:
    """As a person reads it: a telephone number is no decimal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()


def _unreadable(reason: str) -> Refused:
    return Refused(ErrorCode.BAD_REQUEST, path="$", reason=reason)
