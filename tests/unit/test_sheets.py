"""Uploaded tables: CSV in the encodings that people have, XLSX, and what is refused (S1-3.3.1b)."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from chatserver.api import sheets
from chatserver.api.sheets import read_sheet
from chatserver.kernel.errors import Refused

TEXT = "账号,姓名\r\nli,李雷\r\n\r\nhan,\"韩,梅梅\"\r\n"
CELLS = [(1, ["账号", "姓名"]), (2, ["li", "李雷"]), (4, ["han", "韩,梅梅"])]


def cells(data: bytes) -> list[tuple[int, list[str]]]:
    return [(row.line, list(row.cells)) for row in read_sheet(data)]


def xlsx(*rows: list[Any], second: bool = False) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    if second:
        book.create_sheet("说明").append(["not", "this", "one"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_in_every_encoding_that_spreadsheets_save(encoding: str) -> None:
    """Excel in China saves GBK unless it is told otherwise."""
    assert cells(TEXT.encode(encoding)) == CELLS


def test_csv_between_semicolons_and_tabs() -> None:
    """Whichever the first line has most of."""
    assert cells("账号;姓名\nli;李, 雷\n".encode()) == [(1, ["账号", "姓名"]), (2, ["li", "李, 雷"])]
    assert cells("账号\t姓名\nli\t李雷\n".encode("utf-16")) == CELLS[:2]


def test_xlsx_as_people_type_it() -> None:
    """Numbers without decimals, empty lines keep their number, and only the first sheet counts."""
    data = xlsx(
        ["账号", "姓名", None], [13800000000, "李雷"], [], [4.5, True, date(2030, 1, 2)], [None, "  "], second=True
    )
    assert cells(data) == [
        (1, ["账号", "姓名"]),
        (2, ["13800000000", "李雷"]),
        (4, ["4.5", "yes", "2030-01-02T00:00:00"]),
    ]


def bomb() -> bytes:
    """Small as it comes, 60 MB when it is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return out.getvalue()


def billion_laughs() -> bytes:
    """Entities within entities, in a file that is otherwise in order."""
    out = io.BytesIO()
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">{lines}]><worksheet>&l9;</worksheet>'
    with zipfile.ZipFile(io.BytesIO(xlsx(["账号"]))) as sound, zipfile.ZipFile(out, "w") as archive:
        for name in sound.namelist():
            archive.writestr(name, text if name == "xl/worksheets/sheet1.xml" else sound.read(name))
    return out.getvalue()


def test_a_thousand_rows_beside_the_headers() -> None:
    """As many as are promised, with empty lines between them."""
    assert len(cells(b"a\n" + b"b\n\n" * 1_000)) == 1_001


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "bad_request"),
        (b"PK\x03\x04 broken", "bad_request"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "bad_request"),
        (b"a,\"b\nc", "bad_request"),
        (",".join("x" * 51).encode(), "bad_request"),
        (b"x" * 10_001, "bad_request"),
        (b"a\n" * 1_002, "too_many_rows"),
        (b"\n" * 20_001 + b"a", "too_large"),
        (b"a" * 5_000_001, "too_large"),
        (bomb(), "too_large"),
        (billion_laughs(), "bad_request"),
    ],
    ids=["xls", "half a zip", "a picture", "an open quote", "51 columns", "a huge cell", "1,001 rows", "blank lines",
         "5 MB", "a zip bomb", "a billion laughs"],
)  # fmt: skip
def test_what_is_no_table_or_too_large_is_refused(data: bytes, code: str) -> None:
    """With a reason, before it can do harm."""
    with pytest.raises(Refused) as refused:
        read_sheet(data)
    assert refused.value.code == code


def test_a_workbook_with_very_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip of a hundred thousand empty files is a bomb as well."""
    monkeypatch.setattr(sheets, "MAX_PARTS", 3)
    with pytest.raises(Refused, match="too_large"):
        read_sheet(xlsx(["账号"]))
