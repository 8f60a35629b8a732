"""批量新建座席: what a sheet means, and how every bad line is named (S1-3.3.1b)."""

from typing import Any

import pytest

from chatserver.agents.check import Known
from chatserver.agents.model import Profile
from chatserver.agents.sheet import Row, RowProblem, Sheet, read

KNOWN = Known(
    groups={"sales": "售前", "support": "售后"},
    roles={"agent": "座席", "supervisor": "班长"},
    statuses={"ready": "ready", "busy": "busy", "outbound": "外呼"},
)


def sheet(*lines: str, existing: dict[str, Profile] | None = None) -> Sheet:
    """Lines as they are typed, cells between bars."""
    rows = [Row(n, [cell.strip() for cell in line.split("|")]) for n, line in enumerate(lines, 1)]
    return read(rows, KNOWN, existing or {})


def problems(*lines: str, **more: Any) -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.code) for p in sheet(*lines, **more).problems]


def test_a_sheet_in_chinese() -> None:
    """Names of groups, roles and statuses as people know them."""
    (person,) = sheet(
        "账号|姓名|昵称|角色|服务组|最小会话数|最大会话数|初始登录状态|自动分配会话类型|启用|初始密码",
        "li@example.com | 李雷 | 小李 | 座席、班长 | 售前，售后 | 1 | 8 | 外呼 | web,h5 | 是 | secret-123",
    ).people
    assert person.profile == Profile(
        account="li@example.com",
        name="李雷",
        nickname="小李",
        roles=("agent", "supervisor"),
        groups=("sales", "support"),
        min=1,
        max=8,
        initial_status="outbound",
        auto_channels=("web", "h5"),
    )
    assert (person.line, person.id, person.password) == (2, None, "secret-123")


def test_a_sheet_in_english_with_the_least() -> None:
    """What is not said has its default, and the nickname is the name."""
    (person,) = sheet("Account | Name", "li | Li Lei").people
    assert person.profile == Profile(account="li", name="Li Lei", nickname="Li Lei")


def test_every_bad_line_is_named_with_its_column() -> None:
    """All at once; good lines between them stay good, and nothing of a password is shown."""
    read = sheet(
        "账号 | 姓名 | 服务组 | 最大会话数 | 启用 | 密码",
        " | 无账号 | | | |",
        "a | 甲 | 仓库 | | |",
        "",
        "b | 乙 | 售前 | 很多 | 也许 |",
        "c | 丙 | 售前 | 5 | 否 | secret-123",
        "A | 同名 | 售前 | | | secret-456",
        "d | 丁 | | 900 | |",
    )
    assert [(p.line, p.column, p.code, p.value) for p in read.problems] == [
        (2, "账号", "required", ""),
        (3, "服务组", "unknown_group", "仓库"),
        (5, "最大会话数", "not_a_number", "很多"),
        (5, "启用", "not_yes_or_no", "也许"),
        (7, "账号", "repeated_account", "A"),
        (8, "最大会话数", "invalid", "900"),
    ]
    assert [p.profile.account for p in read.people] == ["c"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), [(1, "", "empty_sheet")]),
        (("姓名 | 昵称",), [(1, "账号", "missing_column")]),
        (("账号 | 姓名 | 血型",), [(1, "血型", "unknown_column")]),
        (("账号 | 姓名 | Account",), [(1, "账号", "repeated_column"), (1, "Account", "repeated_column")]),
        (("账号 | 姓名 | 工号", "a | 甲 | 有 空格"), [(2, "工号", "invalid")]),
        (("账号 | 姓名 | 工号", "a | 甲 | 7", "b | 乙 | 7"), [(3, "工号", "id_taken")]),
        (("账号 | 姓名 | 最小会话数 | 最大会话数", "a | 甲 | 6 | 5"), [(2, "最小会话数", "min_above_max")]),
    ],
)
def test_what_cannot_be_read_is_said(lines: tuple[str, ...], expected: list[tuple[int, str, str]]) -> None:
    """A column that nobody knows is not silently lost."""
    assert problems(*lines) == expected


def test_a_name_that_several_have_picks_nobody() -> None:
    """A role is power: the line says that the id is needed, which always means one."""
    known = Known(
        groups={"east": "售前", "west": " 售前 ", "售后": "第三组", "3": "售后"},
        roles={"agent": "座席", "night": "座席", "Night": "夜班"},
        statuses={"ready": "ready", "free": "空闲"},
    )

    def groups(*cells: str) -> list[Any]:
        rows = [["账号", "姓名", "服务组", "角色", "初始登录状态"], ["li", "李雷", *cells]]
        found = read([Row(n, cell) for n, cell in enumerate(rows, 1)], known, {})
        return [(p.line, p.column, p.code, p.value) for p in found.problems] or [
            (p.profile.groups, p.profile.roles, p.profile.initial_status) for p in found.people
        ]

    assert groups("售前") == [(2, "服务组", "ambiguous_name", "售前")]
    assert groups("east", "座席") == [(2, "角色", "ambiguous_name", "座席")]
    assert groups("east", "NIGHT") == [(2, "角色", "ambiguous_name", "NIGHT")]
    assert groups("east", "agent", "空闲") == [(2, "初始登录状态", "ambiguous_name", "空闲")]
    assert groups("WEST、east，售后", "night、夜班", "Free") == [(("west", "east", "售后"), ("night", "Night"), "free")]


def test_an_empty_cell_leaves_what_is_known() -> None:
    """The same sheet again changes nothing; one that says less takes nothing away."""
    known = {"7": Profile(account="li", name="李雷", nickname="小李", groups=("sales",), max=9, avatar="/li.png")}
    (same,) = sheet("账号 | 姓名 | 服务组 | 最大会话数", "LI | 李雷 | 售前 | 9", existing=known).people
    assert (same.id, same.profile) == ("7", known["7"])
    (less,) = sheet("账号 | 姓名 | 服务组 | 最大会话数", "li | 李雷 | | 4", existing=known).people
    assert (less.profile.groups, less.profile.max, less.profile.avatar) == (("sales",), 4, "/li.png")


def test_an_id_of_somebody_else_is_not_taken_over() -> None:
    """Or a sheet could turn one agent into another."""
    known = {"7": Profile(account="li", name="李雷", nickname="小李")}
    assert problems("账号 | 姓名 | 工号", "han | 韩梅梅 | 7", existing=known) == [(2, "工号", "id_taken")]
    assert problems("账号 | 姓名 | 工号", "li | 李雷 | 7", existing=known) == []


def test_an_id_that_differs_from_the_known_one_is_said() -> None:
    """An agent keeps the id for good; a sheet that says another one is mistaken about somebody."""
    known = {name: Profile(account=account, name=name, nickname=name) for name, account in (("7", "li"), ("8", "han"))}
    lines = ("账号 | 姓名 | 工号", "LI | 李雷 | 9", "han | 韩梅梅 | 7", "li2 | 新人 | 9")
    assert problems(*lines, existing=known) == [(2, "工号", "id_differs"), (3, "工号", "id_differs")]


def test_a_thousand_lines() -> None:
    """As many agents; one repeated account among them is found."""
    lines = ["账号 | 姓名", *(f"a{n} | 座席{n}" for n in range(1_000))]
    assert len(sheet(*lines).people) == 1_000
    assert sheet(*lines, "a500 | 又一个").problems == (
        RowProblem(line=1_002, column="账号", code="repeated_account", value="a500"),
    )
