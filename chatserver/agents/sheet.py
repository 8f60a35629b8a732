"""批量新建座席: the rows of a sheet -> agents to save, or all that is wrong with them, by line. Pure.

How a sheet is read, and how an agent is saved, stands elsewhere. An empty cell says nothing: what is known of the agent
stays, and what is not known gets its default, so that the same sheet can be sent again and again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import asdict

from chatserver.agents import check
from chatserver.agents.account import key_of
from chatserver.agents.check import Known
from chatserver.agents.model import AgentId, Profile

COLUMNS: dict[str, tuple[str, ...]] = {
    "account": ("账号", "登录账号", "account"),
    "name": ("姓名", "座席姓名", "name"),
    "nickname": ("昵称", "对外昵称", "nickname"),
    "id": ("工号", "座席编号", "id"),
    "roles": ("角色", "roles", "role"),
    "groups": ("服务组", "技能组", "groups", "group"),
    "min": ("最小会话数", "最小会话数量", "min"),
    "max": ("最大会话数", "最大会话数量", "max"),
    "wrap_up": ("整理时长", "wrap up", "wrap_up"),
    "initial_status": ("初始登录状态", "初始状态", "initial status", "initial_status"),
    "auto_channels": ("自动分配会话类型", "自动分配渠道", "auto channels", "auto_channels"),
    "avatar": ("头像", "avatar"),
    "active": ("启用", "active"),
    "password": ("初始密码", "密码", "password"),
}
"""Field -> the headers by which it is known; the first is the one of the template."""

REQUIRED = ("account", "name")
MANY = ("roles", "groups", "auto_channels")
NUMBERS = ("min", "max", "wrap_up")
YES, NO = ("是", "启用", "yes", "true", "y", "1"), ("否", "停用", "no", "false", "n", "0")
STATUS_NAMES = {"空闲": "ready", "忙碌": "busy", "小休": "rest", "离线": "offline"}

_FIELDS = {header.casefold(): field for field, headers in COLUMNS.items() for header in headers}
_BETWEEN = re.compile(r"[,，、;；|\n]+")
_AT = re.compile(r" - at `\$\.?([a-z_]*)")


class Row(msgspec.Struct, frozen=True):
    """A line of the sheet, counted from 1, and its cells as text."""

    line: int
    cells: Sequence[str]


class RowProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and where: `column` is the header as it stands in the sheet, `code` a stable name."""

    line: int
    column: str
    code: str
    value: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as the sheet wants it; `id` is None for one who is new and whom the sheet gives none."""

    line: int
    profile: Profile
    id: str | None
    password: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """`people` is to be saved only when there are no `problems`."""

    people: tuple[Person, ...]
    problems: tuple[RowProblem, ...]


def read(rows: Sequence[Row], known: Known, existing: Mapping[str, Profile]) -> Sheet:
    """`rows` begins with the headers; `existing` are the agents that there are, by id."""
    if not rows:
        return Sheet((), (RowProblem(line=1, column="", code="empty_sheet"),))
    headers = {n: cell.strip() for n, cell in enumerate(rows[0].cells) if cell.strip()}
    wrong = list(_wrong_headers(rows[0].line, headers))
    if wrong:
        return Sheet((), tuple(wrong))
    reader = _Reader(headers, known, existing)
    for row in rows[1:]:
        reader.take(row)
    return Sheet(tuple(reader.people), tuple(reader.problems))


def _wrong_headers(line: int, headers: Mapping[int, str]) -> Iterator[RowProblem]:
    fields = [_FIELDS.get(header.casefold()) for header in headers.values()]
    for header, field in zip(headers.values(), fields, strict=True):
        if field is None:
            yield RowProblem(line=line, column=header, code="unknown_column")
        elif fields.count(field) > 1:
            yield RowProblem(line=line, column=header, code="repeated_column")
    for field in REQUIRED:
        if field not in fields:
            yield RowProblem(line=line, column=COLUMNS[field][0], code="missing_column")


class _Reader:
    """Reads line by line and remembers which accounts it has seen."""

    def __init__(self, headers: Mapping[int, str], known: Known, existing: Mapping[str, Profile]) -> None:
        self._columns = {n: (_FIELDS[header.casefold()], header) for n, header in headers.items()}
        self._headers = dict(self._columns.values())
        statuses = [*known.statuses.items(), *((id, name) for name, id in STATUS_NAMES.items())]
        named = {"groups": [*known.groups.items()], "roles": [*known.roles.items()], "initial_status": statuses}
        self._names = {field: _Names(pairs) for field, pairs in named.items()}
        self._known = known
        self._ids = {key_of(profile.account): id for id, profile in existing.items()}
        self._existing = existing
        self._accounts: dict[str, int] = {}
        self._taken: set[str] = set(existing)
        self.people: list[Person] = []
        self.problems: list[RowProblem] = []

    def take(self, row: Row) -> None:
        said = {field: text for n, (field, _) in self._columns.items() if (text := _cell(row, n))}
        if not said:
            return
        before = len(self.problems)
        self._identify(row.line, said)
        raw = self._raw(row.line, said)
        if len(self.problems) > before:
            return
        try:
            profile = msgspec.convert(raw, Profile)
            id = msgspec.convert(self._id(said), AgentId | None)
        except msgspec.ValidationError as failure:
            at = _AT.search(str(failure))
            self._problem(row.line, at.group(1) if at else "id", "invalid", said)
            return
        for problem in check.problems(profile, self._known):
            self._problem(row.line, problem.path.removeprefix("$.").partition("[")[0], problem.code, said)
        if len(self.problems) == before:
            self.people.append(Person(line=row.line, profile=profile, id=id, password=said.get("password", "")))
            self._taken |= {id} if id else set()

    def _identify(self, line: int, said: Mapping[str, str]) -> None:
        for field in REQUIRED:
            if field not in said:
                self._problem(line, field, "required", said)
        if account := said.get("account"):
            if self._accounts.setdefault(key_of(account), line) != line:
                self._problem(line, "account", "repeated_account", said)
        id, own = said.get("id"), self._ids.get(key_of(said.get("account", "")))
        if id and own and id != own:
            self._problem(line, "id", "id_differs", said)
        elif id and not own and id in self._taken:
            self._problem(line, "id", "id_taken", said)

    def _id(self, said: Mapping[str, str]) -> str | None:
        """Of who has the account already, or as the sheet names it."""
        return self._ids.get(key_of(said.get("account", ""))) or said.get("id") or None

    def _raw(self, line: int, said: Mapping[str, str]) -> dict[str, Any]:
        """The profile as plain data: as it was, and what the line says."""
        account = said.get("account", "")
        was = self._existing.get(self._ids.get(key_of(account), ""))
        raw: dict[str, Any] = asdict(was) if was else {"account": account, "nickname": said.get("name", "")}
        for field, text in said.items():
            if field in MANY:
                raw[field] = self._several(line, field, text, said)
            elif field in NUMBERS:
                raw[field] = self._number(line, field, text, said)
            elif field == "active":
                raw[field] = self._yes(line, text, said)
            elif field == "initial_status":
                raw[field] = self._meant(line, field, text, said)
            elif field not in ("id", "password", "account"):
                raw[field] = text
        return raw

    def _several(self, line: int, field: str, text: str, said: Mapping[str, str]) -> list[str]:
        parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
        return list(dict.fromkeys(self._meant(line, field, part, said) for part in parts))

    def _meant(self, line: int, field: str, word: str, said: Mapping[str, str]) -> str:
        """The id of what has this id or name; what is unknown stays as it is written, and is reported as such."""
        ids = self._names[field].ids(word) if field in self._names else {word}
        if len(ids) > 1:
            self._problem(line, field, "ambiguous_name", said)
        return min(ids)

    def _number(self, line: int, field: str, text: str, said: Mapping[str, str]) -> int:
        if text.isascii() and text.isdigit():
            return int(text[:9])
        self._problem(line, field, "not_a_number", said)
        return 1

    def _yes(self, line: int, text: str, said: Mapping[str, str]) -> bool:
        if text.casefold() not in (*YES, *NO):
            self._problem(line, "active", "not_yes_or_no", said)
        return text.casefold() in YES

    def _problem(self, line: int, field: str, code: str, said: Mapping[str, str]) -> None:
        column = self._headers.get(field) or COLUMNS.get(field, (field,))[0]
        # A password is nobody's business, not even in a report.
        value = "" if field == "password" else said.get(field, "")[:80]
        self.problems.append(RowProblem(line=line, column=column, code=code, value=value))


class _Names:
    """What people call things by: an id as it is written goes before one in another case, and that before a name."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._ids: dict[str, set[str]] = {}
        self._names: dict[str, set[str]] = {}
        for id, name in known:
            self._ids.setdefault(id.casefold(), set()).add(id)
            self._names.setdefault(name.strip().casefold(), set()).add(id)

    def ids(self, word: str) -> set[str]:
        """All that it can mean; the word itself where nothing is called so."""
        key = word.casefold()
        found = self._ids.get(key) or self._names.get(key) or {word}
        return {word} if word in found else found


def _cell(row: Row, n: int) -> str:
    return row.cells[n].strip() if n < len(row.cells) else ""
