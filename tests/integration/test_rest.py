"""The REST API, whatever is asked: who may ask, how, how often, and what happens when it is asked twice."""

import asyncio
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.api import limits
from chatserver.app import Server
from chatserver.hub.paging import Paged
from chatserver.hub.plug import Call, Download, Operation
from chatserver.kernel.errors import ErrorCode, Refused
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import House
from tests.integration.test_http import say, who

V1 = "/api/v1"


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(max_length=10)]
    times: int = 1


class Search(Paged, frozen=True, kw_only=True):
    open: bool = True
    tag: tuple[str, ...] = ()
    kind: str | None = None


class Echo(msgspec.Struct, frozen=True):
    """What an operation was called with."""

    who: str
    id: str
    path: dict[str, str]
    query: Any
    body: Any


class Wishes:
    """Operations of a context that counts how often it was asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.gate = asyncio.Event()
        self.gate.set()
        row = {"requires": p.AGENT_READ, "run": self.echo, "answers": Echo}
        self.operations = (
            Operation(name="find", method="GET", path="/wishes", query=Search, **row),
            Operation(name="make", method="POST", path="/wishes", body=Wish, status=201, max_body=100, **row),
            Operation(name="counts", method="GET", path="/wishes/counts", **row),
            Operation(name="read", method="GET", path="/wishes/{id}", **row),
            Operation(name="upload", method="PUT", path="/wishes/{id}/file", body=bytes, **row),
            Operation(name="drop", method="DELETE", path="/wishes/{id}", requires=p.SETTINGS_WRITE, run=self.echo),
            Operation(name="reveal", method="POST", path="/secrets", shows_secret=True, **row),
            Operation(name="open", method="GET", path="/open", requires=None, run=self.echo, answers=Echo),
            Operation(
                name="save", method="GET", path="/file", requires=p.SETTINGS_READ, run=self.file, answers=Download
            ),
            Operation(name="break", method="POST", path="/broken", requires=p.SETTINGS_READ, run=self.break_down),
        )

    async def echo(self, call: Call) -> Echo:
        self.calls.append(call)
        await self.gate.wait()
        if call.body == Wish("no"):
            raise Refused(ErrorCode.CONFLICT)
        body = len(call.body) if isinstance(call.body, bytes) else call.body
        return Echo(call.actor.agent, call.id, dict(call.path), call.query, body)

    async def file(self, call: Call) -> Download:
        return Download("报表 1.csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfa,b")

    async def break_down(self, call: Call) -> None:
        raise ZeroDivisionError


@pytest.fixture
def wishes(monkeypatch: pytest.MonkeyPatch) -> Wishes:
    """A server that is built now has these operations, and no others."""
    wishes = Wishes()
    monkeypatch.setattr(Server, "operations", lambda self: wishes.operations)
    return wishes


@pytest.fixture
async def house(build: Build, wishes: Wishes) -> House:
    return await build()


@pytest.fixture
async def admin(wishes: Wishes, house: House) -> dict[str, str]:
    """Headers of an administrator's console."""
    return who(await house.login("demo-admin"))["headers"]


async def refused(house: House, method: str, path: str, **given: Any) -> tuple[int, str, Any]:
    """(status, code, data)."""
    status, body, _ = await say(house, method, V1 + path, **given)
    assert set(body["error"]) == {"code", "retry", "data"}
    return status, body["error"]["code"], body["error"]["data"]


async def test_nobody_asks_without_a_login_or_a_key(house: House, wishes: Wishes, refusals: Any) -> None:
    """Not with a wrong one either; each refusal is logged once."""
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic abc"}, {"Cookie": "x=y"}):
        status, body, answer = await say(house, "GET", f"{V1}/wishes", headers=headers)
        assert (status, body["error"]["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert refusals() == ["unauthenticated"] * 4
    assert not wishes.calls


async def test_the_permission_stands_in_front(house: House, wishes: Wishes) -> None:
    """Whoever lacks it does not even learn whether what they sent was right (S1-3.2a)."""
    agent = who(await house.login("demo-agent-1"))["headers"]
    assert (await refused(house, "DELETE", "/wishes/1", json={"nonsense": 1}, headers=agent))[:2] == (403, "forbidden")
    assert not wishes.calls


async def test_what_is_open_to_everybody_asks_for_nothing(house: House, wishes: Wishes) -> None:
    """And a login that comes along counts for nothing."""
    _, body, _ = await say(house, "GET", f"{V1}/open", headers=who(await house.login("demo-admin"))["headers"])
    assert body["who"] == ""


async def test_a_console_repeats_its_csrf_token_to_change_something(house: House, admin: dict[str, str]) -> None:
    """A page of another site can make a browser send the cookie, and no more."""
    bare = {"Cookie": admin["Cookie"]}
    assert (await say(house, "GET", f"{V1}/wishes", headers=bare))[0] == 200
    assert (await refused(house, "POST", "/wishes", json={"text": "x"}, headers=bare))[1] == "bad_csrf"
    assert (await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=admin))[0] == 201


async def test_words_behind_the_question_mark_are_read_by_their_types(house: House, admin: dict[str, str]) -> None:
    """Numbers, yes and no, and lists by repetition."""
    url = f"{V1}/wishes?limit=7&open=false&tag=a&tag=b&kind=%E7%95%99%E8%A8%80"
    _, body, _ = await say(house, "GET", url, headers=admin)
    assert body["query"] == {"limit": 7, "after": "", "open": False, "tag": ["a", "b"], "kind": "留言"}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "$.limit"),
        ("limit=201", "$.limit"),
        ("limit=many", "$.limit"),
        ("limmit=7", "$.limmit"),
        ("limit=7&limit=8", "$.limit"),
        ("open=perhaps", "$.open"),
    ],
)
async def test_a_wrong_word_behind_the_question_mark_is_named(
    house: House, admin: dict[str, str], query: str, path: str
) -> None:
    """A slip of the pen is never taken for "no filter"."""
    status, code, data = await refused(house, "GET", f"/wishes?{query}", headers=admin)
    assert (status, code, data["path"]) == (400, "bad_request", path)


async def test_an_operation_without_a_query_takes_none(house: House, admin: dict[str, str]) -> None:
    """Also by name."""
    assert (await refused(house, "GET", "/wishes/counts?x=1", headers=admin))[2]["path"] == "$.x"


@pytest.mark.parametrize(
    ("body", "kind", "path"),
    [
        (b"{", "application/json", "$"),
        (b"\xff", "application/json", "$"),
        (b"[" * 90, "application/json", "$"),
        (b"{}", "application/json", "$.text"),
        (b"", "application/json", "$.text"),
        (b'{"text":1}', "application/json", "$.text"),
        (b'{"text":"x","time":1}', "application/json", "$.time"),
        (b'{"text":"x"}', "text/plain", "$"),
        (b"text=x", "application/x-www-form-urlencoded", "$"),
    ],
)
async def test_a_wrong_body_is_refused_at_its_place(
    house: House, admin: dict[str, str], wishes: Wishes, body: bytes, kind: str, path: str
) -> None:
    """And the operation is not asked."""
    headers = admin | {"Content-Type": kind}
    status, code, data = await refused(house, "POST", "/wishes", data=body, headers=headers)
    assert (status, code, data["path"]) == (400, "bad_request", path)
    assert not wishes.calls


async def test_a_body_beyond_its_operations_limit_is_refused(house: House, admin: dict[str, str]) -> None:
    """Whether it says how long it is or not."""

    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 10

    headers = admin | {"Content-Type": "application/json"}
    for data in (b" " * 101, pieces()):
        status, code, said = await refused(house, "POST", "/wishes", data=data, headers=headers)
        assert (status, code, said["limit"]) == (413, "too_large", 100)


async def test_bytes_are_taken_as_they_come(house: House, admin: dict[str, str]) -> None:
    """Also more of them than a page would send."""
    _, body, _ = await say(house, "PUT", f"{V1}/wishes/1/file", data=b"\x00" * 900_000, headers=admin)
    assert body["body"] == 900_000


async def test_names_in_a_path_are_read_and_never_mistaken(house: House, admin: dict[str, str]) -> None:
    """A name of its own goes before any id; what cannot be an id is the id of nothing."""
    assert (await say(house, "GET", f"{V1}/wishes/counts", headers=admin))[1]["path"] == {}
    assert (await say(house, "GET", f"{V1}/wishes/a%20b", headers=admin))[1]["path"] == {"id": "a b"}
    for odd in ("a%00b", "a%0ab", "x" * 201):
        assert (await refused(house, "GET", f"/wishes/{odd}", headers=admin))[:2] == (404, "not_found")


async def test_an_unknown_address_or_method_is_refused_in_json(house: House, admin: dict[str, str]) -> None:
    """With the methods that there are."""
    assert (await refused(house, "GET", "/nothing", headers=admin))[:2] == (404, "not_found")
    status, body, answer = await say(house, "PATCH", f"{V1}/wishes", headers=admin)
    assert (status, body["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET,HEAD,POST"


async def test_a_bug_is_a_plain_answer(house: House, admin: dict[str, str]) -> None:
    """No trace of the code in it."""
    _, code, data = await refused(house, "POST", "/broken", headers=admin)
    assert (code, data) == ("internal", {})


async def test_an_answer_without_content_is_empty(house: House, admin: dict[str, str]) -> None:
    """And says so."""
    status, body, _ = await say(house, "DELETE", f"{V1}/wishes/1", headers=admin)
    assert (status, body) == (204, b"")


async def test_a_file_is_saved_and_never_shown(house: House, admin: dict[str, str]) -> None:
    """Under its name, in whatever script."""
    status, body, answer = await say(house, "GET", f"{V1}/file", headers=admin)
    assert (status, body, answer.headers["Content-Type"]) == (200, b"\xef\xbb\xbfa,b", "text/csv; charset=utf-8")
    wanted = "attachment; filename*=UTF-8''%E6%8A%A5%E8%A1%A8%201.csv"
    assert answer.headers["Content-Disposition"] == wanted
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_a_program_has_is_not_sent_again(house: House, admin: dict[str, str]) -> None:
    """Until it is another."""
    url = f"{V1}/file"
    tag = (await say(house, "GET", url, headers=admin))[2].headers["ETag"]
    status, body, again = await say(house, "GET", url, headers=admin | {"If-None-Match": f'W/"x", {tag}'})
    assert (status, body, again.headers["ETag"]) == (304, b"", tag)
    assert (await say(house, "GET", url, headers=admin | {"If-None-Match": '"x"'}))[0] == 200


async def test_head_is_get_without_the_body(house: House, admin: dict[str, str]) -> None:
    """With its length and its tag."""
    _, full, got = await say(house, "GET", f"{V1}/file", headers=admin)
    status, body, head = await say(house, "HEAD", f"{V1}/file", headers=admin)
    assert (status, body) == (200, b"")
    assert (head.headers["Content-Length"], head.headers["ETag"]) == (str(len(full)), got.headers["ETag"])


async def test_every_answer_names_its_request(house: House, admin: dict[str, str], caplog: Any) -> None:
    """By the caller's name for it if that is one; the log has the same."""
    caplog.set_level("INFO", "chatserver")
    _, _, answer = await say(house, "GET", f"{V1}/nothing", headers=admin | {"X-Request-Id": "order-7:1"})
    assert answer.headers["X-Request-Id"] == "order-7:1"
    assert (await refused(house, "GET", "/wishes?x=1", headers=admin | {"X-Request-Id": "order-8"}))[0] == 400
    line = next(vars(r) for r in caplog.records if r.getMessage() == "refused")
    assert (line["request"], line["who"], line["path"]) == ("order-8", "demo-admin", f"{V1}/wishes")
    for odd in ("", "a b", "x" * 65):
        _, _, answer = await say(house, "GET", f"{V1}/wishes", headers=admin | {"X-Request-Id": odd})
        assert len(answer.headers["X-Request-Id"]) == 26


async def test_nobody_asks_faster_than_is_good_for_the_others(house: House, wishes: Wishes) -> None:
    """Each login by itself: an office behind one address is not taken for one person. The wait is in the answer."""
    one, other = [who(await house.login(agent))["headers"] for agent in ("demo-admin", "demo-agent-2")]
    burst = int(limits.REQUESTS.burst)
    asked = [(await say(house, "GET", f"{V1}/wishes", headers=one))[0] for _ in range(burst + 1)]
    assert asked == [200] * burst + [429]
    status, body, answer = await say(house, "GET", f"{V1}/wishes", headers=one)
    assert (status, body["error"]["retry"], answer.headers["Retry-After"]) == (429, "later", "1")
    assert (await say(house, "GET", f"{V1}/wishes", headers=other))[0] == 200
    house.later(1)
    assert (await say(house, "GET", f"{V1}/wishes", headers=one))[0] == 200


async def test_whoever_fails_to_come_in_is_counted_by_address(house: House, wishes: Wishes) -> None:
    """So that nobody tries out keys quickly."""
    wrong = {"Authorization": "Bearer csk_x_y"}
    codes = [(await say(house, "GET", f"{V1}/wishes", headers=wrong))[0] for _ in range(101)]
    assert codes == [401] * 100 + [429]


def keyed(admin: dict[str, str], key: str = "k1") -> dict[str, str]:
    return admin | {"Idempotency-Key": key}


async def test_a_repeated_request_gets_the_first_answer(
    house: House, admin: dict[str, str], wishes: Wishes
) -> None:
    """Byte for byte, and nothing is done twice."""
    first = await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(admin))
    again = await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(admin))
    assert (first[:2], len(wishes.calls)) == (again[:2], 1)
    other = await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(admin, "k2"))
    assert (len(wishes.calls), other[1]["id"] != first[1]["id"]) == (2, True)


async def test_a_key_is_for_one_request_of_one_caller(house: House, admin: dict[str, str], wishes: Wishes) -> None:
    """Another body or address with it is a mistake, and named; another caller's key is another key."""
    await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(admin))
    for path, body in (("/wishes", {"text": "y"}), ("/secrets", {})):
        assert (await refused(house, "POST", path, json=body, headers=keyed(admin)))[:2] == (
            422, "idempotency_conflict",
        )  # fmt: skip
    other = who(await house.login("demo-agent-2"))["headers"]
    assert (await say(house, "POST", f"{V1}/wishes", json={"text": "y"}, headers=keyed(other)))[0] == 201


async def test_of_two_at_the_same_time_one_runs(house: House, admin: dict[str, str], wishes: Wishes) -> None:
    """The other waits for its answer."""
    wishes.gate.clear()
    both = [
        asyncio.ensure_future(say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(admin)))  # noqa: TID251
        for _ in range(2)
    ]
    await house.until(lambda: bool(wishes.calls))
    await asyncio.sleep(0.02)
    wishes.gate.set()
    one, two = await asyncio.gather(*both)
    assert (one[:2], len(wishes.calls)) == (two[:2], 1)


async def test_a_refusal_is_not_kept(house: House, admin: dict[str, str], wishes: Wishes) -> None:
    """Nothing has happened, so the same key may be used for the request that was put right."""
    assert (await refused(house, "POST", "/wishes", json={"text": "no"}, headers=keyed(admin)))[1] == "conflict"
    assert (await say(house, "POST", f"{V1}/wishes", json={"text": "yes"}, headers=keyed(admin)))[0] == 201


async def test_answers_are_kept_for_a_day_over_restarts(build: Build, wishes: Wishes) -> None:
    """After it the request has the same id still, by which the hub knows it."""
    store = MemoryStore()
    house = await build(store)
    login = await house.login("demo-admin")
    first = await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(who(login)["headers"]))
    await house.stop()
    house = await build(store, house.clock)
    again = await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(who(login)["headers"]))
    assert (first[:2], len(wishes.calls)) == (again[:2], 1)
    house.later(24 * 3600)
    later = who(await house.login("demo-admin"))["headers"]
    await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(later))
    assert [call.id for call in wishes.calls] == [first[1]["id"]] * 2


async def test_what_is_over_is_swept_away(house: House, admin: dict[str, str], wishes: Wishes) -> None:
    """A server that runs for months does not keep the answers of months."""
    await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(admin, "old"))
    house.later(25 * 3600)
    later = who(await house.login("demo-admin"))["headers"]
    await say(house, "POST", f"{V1}/wishes", json={"text": "x"}, headers=keyed(later, "new"))
    assert len(await house.store.list_documents("repeat", "", 10)) == 1


async def test_a_secret_is_never_kept_for_a_repetition(house: House, admin: dict[str, str], wishes: Wishes) -> None:
    """Whoever repeats the request is told that it was shown, and nothing is made twice."""
    first = await say(house, "POST", f"{V1}/secrets", headers=keyed(admin))
    assert (await refused(house, "POST", "/secrets", headers=keyed(admin)))[:2] == (409, "shown_once")
    assert len(wishes.calls) == 1
    kept = await house.store.list_documents("repeat", "", 10)
    assert all(first[1]["id"].encode() not in body for _, body in kept)


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "键"])
async def test_an_odd_idempotency_key_is_refused(house: House, admin: dict[str, str], key: str) -> None:
    """Rather than taken for none."""
    headers = keyed(admin, key)
    status, code, data = await refused(house, "POST", "/wishes", json={"text": "x"}, headers=headers)
    assert (status, code, data["path"]) == (400, "bad_request", "Idempotency-Key")
