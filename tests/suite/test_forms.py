"""动态表单模板: service is recorded in forms of the workspace's own, and what was recorded stays readable (S1-12.2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatserver.kernel.errors import Refused
from chatserver.suite.fields import forms, versions
from chatserver.suite.fields.plug import PLUG
from tests.suite.office import Office

TOPIC = {"key": "topic", "label": "问题类型", "kind": "select", "required": True, "options": ["物流", "退款"]}
NOTE = {"key": "note", "label": "处理结果", "kind": "textarea"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await Office(PLUG).open()
    yield office
    await office.close()


async def made(office: Office, name: str = "服务小结", *fields: dict[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = await office.ask(
        "zhu", "createForm", {"name": name, "fields": list(fields or (TOPIC, NOTE))}
    )
    return form


async def test_an_edit_is_a_new_version_and_the_old_one_stays_readable(office: Office) -> None:
    """S1-12.2: what was recorded under the first version can be read with its labels, even after deletion."""
    form = await made(office)
    renamed = {"name": "小结", "fields": [{**NOTE, "label": "结论"}], "version": 1}
    changed = await office.ask("zhu", "changeForm", renamed, id=form["id"])
    assert (form["version"], changed["version"], changed["name"]) == (1, 2, "小结")
    await office.hub.caught_up(versions.NAME)
    await office.ask("zhu", "deleteForm", id=form["id"])
    assert (await office.ask("li", "listForms"))["items"] == []
    first = await office.ask("li", "readFormVersion", id=form["id"], version="1")
    assert (first["name"], [f["label"] for f in first["fields"]], first["by"]) == (
        "服务小结",
        ["问题类型", "处理结果"],
        "zhu",
    )
    listed = await office.ask("li", "listFormVersions", id=form["id"])
    assert [(v["version"], v["name"]) for v in listed["items"]] == [(2, "小结"), (1, "服务小结")]
    assert (await office.refused("li", "readFormVersion", id=form["id"], version="3"))[0] == "not_found"
    assert (await office.refused("li", "readFormVersion", id=form["id"], version="x"))[0] == "not_found"


async def test_saving_without_a_change_makes_no_version(office: Office) -> None:
    """Nor does switching off and on."""
    form = await made(office)
    body = {"name": form["name"], "fields": form["fields"], "version": 1}
    assert (await office.ask("zhu", "changeForm", body, id=form["id"]))["version"] == 1
    off = await office.ask("zhu", "changeForm", {**body, "active": False}, id=form["id"])
    assert (off["version"], off["active"]) == (1, False)


async def test_an_edit_of_an_old_version_is_refused(office: Office) -> None:
    """Two editors do not overwrite each other."""
    form = await made(office)
    body = {"fields": [NOTE], "version": 1}
    await office.ask("zhu", "changeForm", {**body, "name": "甲"}, id=form["id"])
    assert await office.refused("zhu", "changeForm", {**body, "name": "乙"}, id=form["id"]) == (
        "conflict",
        {"version": 2},
    )


async def test_what_is_recorded_is_checked_against_the_template(office: Office) -> None:
    """S1-12.2: field by field, by the same rules as a visitor's form."""
    form = (await made(office))["id"]
    now = office.hub.held("forms", "main")
    [row] = forms.fill(now, form, 1, {"topic": " 退款 ", "note": ""})
    assert (row.key, row.value) == ("topic", "退款")
    for values, code in (
        ({"note": "好"}, "field_required"),
        ({"topic": "其他"}, "field_invalid"),
        ({"topic": "退款", "what": "?"}, "bad_request"),
    ):
        with pytest.raises(Refused, match=code):
            forms.fill(now, form, 1, values)
    with pytest.raises(Refused, match="conflict"):
        forms.fill(now, form, 2, {"topic": "退款"})
    with pytest.raises(Refused, match="not_found"):
        forms.fill(now, "none", 1, {"topic": "退款"})


async def test_a_template_that_is_off_takes_no_answers(office: Office) -> None:
    """What was recorded with it stays."""
    form = await made(office)
    body = {"name": form["name"], "fields": form["fields"], "version": 1, "active": False}
    await office.ask("zhu", "changeForm", body, id=form["id"])
    with pytest.raises(Refused, match="conflict"):
        forms.fill(office.hub.held("forms", "main"), form["id"], 1, {"topic": "退款"})


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ([{**TOPIC, "options": []}], "$.fields[0].options"),
        ([NOTE, NOTE], "$.fields[1].key"),
        ([{"key": " ", "label": "x"}], "$.fields[0].key"),
    ],
)
async def test_a_template_must_be_sound(office: Office, fields: list[Any], path: str) -> None:
    """Nobody could fill it."""
    code, data = await office.refused("zhu", "createForm", {"name": "x", "fields": fields})
    assert (code, data["path"]) == ("bad_request", path)


async def test_a_template_has_a_bound(office: Office) -> None:
    """All templates are held in memory and written together."""
    long = [{"key": f"k{n}", "label": "标" * 100, "kind": "select", "options": ["选" * 100] * 3} for n in range(20)]
    assert (await office.refused("zhu", "createForm", {"name": "x", "fields": long}))[0] == "too_large"
    for n in range(forms.MAX_FORMS):
        await made(office, f"模板 {n}")
    assert (await office.refused("zhu", "createForm", {"name": "x", "fields": [NOTE]}))[0] == "limit_reached"


async def test_names_of_templates_differ(office: Office) -> None:
    """An agent chooses by the name."""
    await made(office, "小结")
    assert (await office.refused("zhu", "createForm", {"name": " 小结", "fields": [NOTE]}))[0] == "name_taken"


async def test_only_who_may_edits_templates(office: Office) -> None:
    """Agents fill them in."""
    form = await made(office)
    body = {"name": "x", "fields": [NOTE]}
    assert (await office.refused("li", "createForm", body))[0] == "forbidden"
    assert (await office.refused("ban", "changeForm", {**body, "version": 1}, id=form["id"]))[0] == "forbidden"
    assert (await office.refused("ban", "deleteForm", id=form["id"]))[0] == "forbidden"
    assert (await office.ask("li", "readForm", id=form["id"]))["name"] == "服务小结"
