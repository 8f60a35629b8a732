"""`chatserver flow` and `chatserver holidays`: what a person at a terminal reads."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatserver.app import Server
from chatserver.cli import main
from chatserver.hours.holidays_cn import HOLIDAYS
from chatserver.hours.model import Calendar
from chatserver.settings.load import deployment
from chatserver.settings.model import Settings
from chatserver.settings.workspace import Workspace
from chatserver.store.sqlite import SqliteStore
from tests.fakes.clock import T0

FLOW: dict[str, Any] = {
    "id": "f",
    "name": "流程",
    "nodes": [
        {"type": "start", "id": "start", "next": "menu"},
        {"type": "menu", "id": "menu", "text": "请选择", "options": [{"key": "1", "label": "咨询", "next": "desk"}]},
        {"type": "to_group", "id": "desk", "group": "sales", "otherwise": "end"},
        {"type": "end", "id": "end", "text": "再见"},
    ],
}
SETTINGS = {"groups": [{"id": "sales", "name": "售前"}]}


def file(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def failed(*argv: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(list(argv))
    return str(end.value)


def test_a_flow_is_played_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S1-5.1.1a"""
    script = {
        "at": int(T0.timestamp() * 1000),
        "agents": "offline",
        "acts": [{"do": "waits", "seconds": 5}, {"do": "taps", "option": "1"}],
    }
    files = (file(tmp_path, "f.json", FLOW), file(tmp_path, "s.json", SETTINGS), file(tmp_path, "x.json", script))
    argv = ["flow", "simulate", files[0], "--settings", files[1], "--script", files[2]]
    main(argv)
    lines = capsys.readouterr().out.splitlines()
    assert "  +0:00:00  menu           node_reached (through start)" in lines
    assert "  +0:00:00  menu           bot_message: 请选择" in lines
    assert "  +0:00:05  end            closed: 再见" in lines
    assert lines[-1] == "= closed at end"
    main([*argv, "--json"])
    assert json.loads(capsys.readouterr().out)["phase"] == "closed"


def test_an_offer_and_how_it_was_answered_are_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """待接入: a group that lets its agents accept first can be tried as well."""
    asks_first = {"groups": [{"id": "sales", "name": "售前", "offer_for": 20}]}
    acts = [{"do": "taps", "option": "1"}, {"do": "declines"}, {"do": "accepts"}, {"do": "agent"}]
    script = {"at": int(T0.timestamp() * 1000), "acts": acts}
    argv = ["flow", "simulate", file(tmp_path, "f.json", FLOW), "--settings", file(tmp_path, "s.json", asks_first)]
    main([*argv, "--script", file(tmp_path, "x.json", script | {"acts": acts[:2]})])
    lines = capsys.readouterr().out.splitlines()
    assert "  +0:00:00  desk           offer_missed: rehearsal declined" in lines
    assert lines[-1] == "= queued at desk, waiting for the agent"
    main([*argv, "--script", file(tmp_path, "x.json", script)])
    assert "  +0:00:00  desk           assigned: rehearsal" in capsys.readouterr().out.splitlines()


def test_what_is_wrong_with_a_flow_is_said_and_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = file(tmp_path, "s.json", SETTINGS)
    main(["flow", "check", file(tmp_path, "f.json", FLOW), "--settings", settings])
    warned = "warning: $.nodes[2].otherwise hours_not_asked\n"
    assert capsys.readouterr().out == f"{warned}The flow can be published.\n"
    lost = file(tmp_path, "lost.json", FLOW | {"nodes": [*FLOW["nodes"], {"type": "end", "id": "lost"}]})
    assert failed("flow", "check", lost, "--settings", settings) == "1"
    assert capsys.readouterr().out == f"{warned}error: $.nodes[4] unreachable\n"
    assert "unreachable" in failed("flow", "simulate", lost, "--settings", settings, "--script", lost)
    assert "did you mean `name`" in failed(
        "flow", "check", file(tmp_path, "typo.json", FLOW | {"nmae": 1}), "--settings", settings
    )


async def calendars(folder: Path) -> tuple[Calendar, ...]:
    store = SqliteStore(folder / "chat.db", "default")
    await store.open()
    kept = await store.load("workspace/main")
    await store.close()
    assert kept
    return msgspec.json.decode(kept.body, type=Workspace).settings.calendars


async def test_a_shipped_year_is_printed_and_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S1-12.3a"""
    monkeypatch.setenv("CHATSERVER_DATA_DIR", str(tmp_path))
    server = Server(deployment({}, data_dir=str(tmp_path)))
    await server.store.open()
    await server.hub.start()
    await server.save_settings(Settings(calendars=(Calendar(id="office", name="客服"),)), "t")
    await server.hub.stop()
    await server.store.close()
    main(["holidays", "show", "2026"])
    year = file(tmp_path, "2026.csv", capsys.readouterr().out)
    await asyncio.to_thread(main, ["holidays", "import", year, "--calendar", "office"])
    assert "33 days off and 6 working days" in capsys.readouterr().out
    (office,) = await calendars(tmp_path)
    assert office.holidays == HOLIDAYS[2026]
    bad = file(tmp_path, "bad.csv", "2026-01-01,元旦,off\n2026-02-30,x,off\n")
    assert "bad.csv:2: day_unreadable" in await asyncio.to_thread(failed, "holidays", "import", bad, "--calendar", "x")
    assert "no calendar x" in await asyncio.to_thread(failed, "holidays", "import", year, "--calendar", "x")
    main(["holidays", "show", "2027"])
    assert "# by law only" in capsys.readouterr().out
