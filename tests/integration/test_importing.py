"""A sheet of agents: in one commit, with an answer that comes soon and hides nothing (S1-3.3.1b)."""

import asyncio
import logging
from typing import Any

import pytest

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import House
from tests.integration.test_http import say, who
from tests.integration.test_people import LI, asker

HEAD = "账号,姓名,初始密码"


def sheet(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


TWO = sheet("wu,小吴,secret-wu", "xu,小徐,secret-xu")


@pytest.fixture
def gate(house: House, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Hashing takes until it is opened."""
    gate, hashed = asyncio.Event(), house.server.logins._hashed

    async def slowly(password: str) -> bytes:
        await gate.wait()
        return await hashed(password)

    monkeypatch.setattr(house.server.logins, "_hashed", slowly)
    return gate


def ids(house: House) -> dict[str, str]:
    return {a.profile.account: a.id for a in house.server.hub.agents()}


async def login(house: House, account: str, password: str) -> int:
    status, _, _ = await say(house, "POST", "/api/login", json={"account": account, "password": password})
    house.http.cookie_jar.clear()  # whoever asks next is somebody else
    return status


async def test_nobody_waits_for_the_initial_passwords(house: House, gate: asyncio.Event) -> None:
    """The answer says how many are still to come; others are saved meanwhile, and a check says when all are there."""
    ask = await asker(house)
    report = await ask("POST", "/agents/import", data=TWO)
    assert (report["saved"], report["created"], report["passwords"]) == (True, 2, 2)
    assert (await ask("POST", "/agents", json=LI))["profile"]["account"] == "li"
    checked = await ask("POST", "/agents/import?check=true", data=TWO)
    assert (checked["unchanged"], checked["passwords"]) == (2, 2)
    gate.set()
    await house.server.initial.given()
    assert [await login(house, "wu", "secret-wu"), await login(house, "xu", "secret-xu")] == [200, 200]
    assert (await ask("POST", "/agents/import?check=true", data=TWO))["passwords"] == 0


async def test_a_check_gives_no_passwords(house: House) -> None:
    """Neither does a sheet with a problem."""
    ask = await asker(house)
    checked = await ask("POST", "/agents/import?check=true", data=TWO)
    assert (checked["saved"], checked["passwords"], house.server.initial.left) == (False, 2, {})
    await ask("POST", "/agents/import", data=sheet("wu,小吴,secret-wu", "xu,,secret-xu"))
    assert house.server.initial.left == {}


async def test_the_same_sheet_again_gives_each_password_once(house: House, gate: asyncio.Event) -> None:
    """While the first is at work, too: the latest sheet counts, and what was set by hand meanwhile stays."""
    ask = await asker(house)
    await ask("POST", "/agents/import", data=TWO)
    mended = sheet("wu,小吴,secret-wu", "xu,小徐,better-xu")
    assert (await ask("POST", "/agents/import", data=mended))["passwords"] == 2
    assert len(house.server.initial.left) == 2
    by_hand = house.server.logins.set_password(ids(house)["wu"], "chosen-by-wu")
    gate.set()
    await asyncio.gather(by_hand, house.server.initial.given())
    assert await login(house, "wu", "chosen-by-wu") == 200
    assert [await login(house, "xu", "secret-xu"), await login(house, "xu", "better-xu")] == [401, 200]


async def test_what_a_stop_leaves_is_said_and_given_when_the_sheet_comes_again(
    build: Build, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No agent is left without a password silently."""
    store = MemoryStore()
    first = await build(store)

    async def never(password: str) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(first.server.logins, "_hashed", never)
    await (await asker(first))("POST", "/agents/import", data=TWO)
    with caplog.at_level(logging.WARNING, "chatserver.passwords"):
        await first.stop()
    assert [vars(r)["agents"] for r in caplog.records if r.name == "chatserver.passwords"] == [2]
    again = await build(store)
    report = await (await asker(again))("POST", "/agents/import", data=TWO)
    assert (report["unchanged"], report["passwords"]) == (2, 2)
    await again.server.initial.given()
    assert await login(again, "xu", "secret-xu") == 200


async def test_one_password_that_cannot_be_kept_is_not_the_end_of_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged, and the sheet says of whom it is still missing."""
    put = house.store.put_document

    async def moody(kind: str, id: str, *rest: Any) -> None:
        if kind == "password" and id == ids(house)["wu"]:
            raise OSError("disk full")
        await put(kind, id, *rest)

    monkeypatch.setattr(house.store, "put_document", moody)
    ask = await asker(house)
    await ask("POST", "/agents/import", data=TWO)
    await house.server.initial.given()
    assert await login(house, "xu", "secret-xu") == 200
    assert (await ask("POST", "/agents/import?check=true", data=TWO))["passwords"] == 1


async def test_a_line_that_is_refused_late_lets_none_be_saved(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes an account after the sheet was looked at: the line is named, and `saved` is the truth."""
    ask, send = await asker(house), house.server.hub.send
    taken = ai.Saved(profile=Profile(account="xu", name="许快", nickname="许快"))

    async def overtaken(envelope: Envelope) -> Any:
        if envelope.also:
            await send(Envelope(stream("agent", "quick"), taken))
        return await send(envelope)

    monkeypatch.setattr(house.server.hub, "send", overtaken)
    report = await ask("POST", "/agents/import", data=TWO)
    assert (report["saved"], [(p["line"], p["code"], p["value"]) for p in report["problems"]]) == (
        False,
        [(3, "account_taken", "xu")],
    )
    assert ids(house).get("xu") == "quick" and "wu" not in ids(house)
    assert house.server.initial.left == {}


@pytest.mark.parametrize(("code", "status"), [(ErrorCode.BUSY, 503), (ErrorCode.TOO_LARGE, 413)])
async def test_a_house_that_is_busy_says_so_instead_of_naming_lines(
    house: House, monkeypatch: pytest.MonkeyPatch, code: ErrorCode, status: int
) -> None:
    """Nothing is wrong with any line: the sheet can be sent again as it is, or is too large as a whole."""

    async def busy(envelope: Envelope) -> Any:
        raise Refused(code)

    ask = await asker(house)
    with monkeypatch.context() as m:
        m.setattr(house.server.hub, "send", busy)
        assert (await ask("POST", "/agents/import", data=TWO))[:2] == (status, code)
    assert (await ask("POST", "/agents/import", data=TWO))["saved"]


async def test_a_sheet_that_is_too_long_is_refused_before_anything_is_done(house: House) -> None:
    """For good, with the number that is allowed: `busy` would have it sent again in vain."""
    ask, before = await asker(house), house.server.hub.head
    lines = [f"w{n},座席{n}," for n in range(1_001)]
    status, body, _ = await say(house, "POST", "/api/v1/agents/import", data=sheet(*lines), **who(ask.login))
    error = body["error"]
    assert (status, error["code"], error["retry"], error["data"]) == (413, "too_many_rows", "never", {"limit": 1_000})
    assert house.server.hub.head == before


async def test_an_id_that_an_agent_does_not_have_is_named(house: House) -> None:
    """工号: it was ignored once, and the report said that nothing had changed."""
    ask = await asker(house)
    report = await ask("POST", "/agents/import", data="账号,姓名,工号\nagent1,客服一号,9001".encode())
    assert (report["saved"], [(p["line"], p["column"], p["code"], p["value"]) for p in report["problems"]]) == (
        False,
        [(2, "工号", "id_differs", "9001")],
    )
