"""接口密钥: programs come in with a key, may do what the key may do, and stop when it stops."""

from typing import Any

import msgspec
import pytest

from chatserver.access.permissions import Scope
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.keys.known import Keys
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import House
from tests.integration.test_http import say, who
from tests.integration.test_people import save

KEYS = "/api/v1/keys"
SETTINGS = "/api/v1/settings"
READER = {"name": "报表", "grants": {"settings.read": "all"}}


@pytest.fixture
async def admin(house: House) -> dict[str, str]:
    """Headers of an administrator's console."""
    return who(await house.login("demo-admin"))["headers"]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def made(house: House, admin: dict[str, str], **body: Any) -> tuple[str, str]:
    """(id, secret) of a new key."""
    status, answer, _ = await say(house, "POST", KEYS, json=READER | body, headers=admin)
    assert status == 201, answer
    return answer["key"]["id"], answer["secret"]


async def status(house: House, secret: str, path: str = SETTINGS) -> int:
    return (await say(house, "GET", path, headers=bearer(secret)))[0]


async def code(house: House, method: str, path: str, **given: Any) -> str:
    return str((await say(house, method, path, **given))[1]["error"]["code"])


async def test_a_key_does_what_it_was_made_for_and_nothing_else(house: House, admin: dict[str, str]) -> None:
    """Without cookie and CSRF token."""
    _, secret = await made(house, admin)
    assert await status(house, secret) == 200
    assert await code(house, "GET", KEYS, headers=bearer(secret)) == "forbidden"
    assert await code(house, "PUT", SETTINGS, json={}, headers=bearer(secret)) == "forbidden"


async def test_a_key_is_somebody_of_its_own(house: House, admin: dict[str, str]) -> None:
    """The log says which program did it; a cookie that comes along does not count."""
    id, secret = await made(house, admin, grants={"settings.read": "all", "settings.write": "all"})
    _, seen, _ = await say(house, "GET", SETTINGS, headers=bearer(secret))
    save = {"settings": seen["settings"] | {"name": "新名称"}, "based_on": seen["version"]}
    headers = bearer(secret) | {"Cookie": admin["Cookie"]}
    assert (await say(house, "PUT", SETTINGS, json=save, headers=headers))[0] == 200
    assert f'"by":"key:{id}"'.encode() in (await house.log())[-1].body


async def test_the_secret_is_shown_once_and_kept_nowhere(house: House, admin: dict[str, str]) -> None:
    """Neither in the log nor in a document nor in the answer to a repetition."""
    keyed = admin | {"Idempotency-Key": "make-1"}
    id, secret = await made(house, keyed)
    assert await code(house, "POST", KEYS, json=READER, headers=keyed) == "shown_once"
    _, listed, _ = await say(house, "GET", KEYS, headers=admin)
    assert [key["id"] for key in listed["items"]] == [id]
    store = house.store
    assert isinstance(store, MemoryStore)
    kept = b"".join([record.body for record in await house.log()] + [body for body, _ in store._documents.values()])
    assert secret.split("_", 2)[2].encode() not in kept and secret not in str(listed)


async def test_the_hub_remembers_when_the_kept_answer_is_gone(house: House, admin: dict[str, str]) -> None:
    """A request that is repeated days later makes no second key."""
    await made(house, admin | {"Idempotency-Key": "make-1"})
    house.later(25 * 3600)
    late = who(await house.login("demo-admin"))["headers"]
    assert await code(house, "POST", KEYS, json=READER, headers=late | {"Idempotency-Key": "make-1"}) == "shown_once"
    assert len((await say(house, "GET", KEYS, headers=late))[1]["items"]) == 1


@pytest.mark.parametrize("change", ["", "x", "id"])
async def test_a_secret_must_be_right_to_the_letter(house: House, admin: dict[str, str], change: str) -> None:
    """Cut short, prolonged, or with another key's id."""
    id, secret = await made(house, admin)
    other, _ = await made(house, admin)
    wrong = {"": secret[:-1], "x": f"{secret}x", "id": secret.replace(id, other)}[change]
    assert await status(house, wrong) == 401


async def test_a_revoked_key_is_worthless_at_once(house: House, admin: dict[str, str]) -> None:
    """And is in no list."""
    id, secret = await made(house, admin)
    assert (await say(house, "DELETE", f"{KEYS}/{id}", headers=admin))[0] == 204
    assert await status(house, secret) == 401
    assert (await say(house, "GET", KEYS, headers=admin))[1] == {"items": [], "next": None}
    assert await code(house, "DELETE", f"{KEYS}/{id}", headers=admin) == "not_found"
    assert await code(house, "POST", f"{KEYS}/{id}/rotate", json={}, headers=admin) == "not_found"


async def test_a_key_stops_when_it_expires(house: House, admin: dict[str, str]) -> None:
    """To the second; a time that has passed is refused from the start."""
    soon = epoch_ms(house.clock.now()) + 60_000
    _, secret = await made(house, admin, expires_at=soon)
    house.later(59)
    assert await status(house, secret) == 200
    house.later(1)
    assert await status(house, secret) == 401
    body = READER | {"expires_at": soon}
    assert await code(house, "POST", KEYS, json=body, headers=admin) == "bad_request"
    assert await code(house, "POST", KEYS, json=READER | {"expires_at": 10**18}, headers=admin) == "bad_request"


async def test_after_a_rotation_both_secrets_open_for_a_while(house: House, admin: dict[str, str]) -> None:
    """So that programs can be changed over one by one. Of two rotations the oldest secret falls away."""
    id, first = await made(house, admin)
    body = {"keep_old": 1800}
    _, answer, _ = await say(house, "POST", f"{KEYS}/{id}/rotate", json=body, headers=admin)
    second = answer["secret"]
    assert [await status(house, s) for s in (first, second)] == [200, 200]
    house.later(1800)
    assert [await status(house, s) for s in (first, second)] == [401, 200]
    _, answer, _ = await say(house, "POST", f"{KEYS}/{id}/rotate", json={"keep_old": 0}, headers=admin)
    assert [await status(house, s) for s in (first, second, answer["secret"])] == [401, 401, 200]


async def test_nobody_gives_a_key_more_than_they_hold(house: House, admin: dict[str, str]) -> None:
    """Not the permission, not the reach, not the groups of others; a key that may make keys neither."""
    grants = {"key.manage": "all", "conversation.read": "group"}
    _, secret = await made(house, admin, grants=grants, groups=["pre-sales"])
    mine = bearer(secret)
    for wanted, groups in (
        ({"settings.read": "all"}, []),
        ({"conversation.read": "all"}, []),
        ({"conversation.read": "group"}, ["after-sales"]),
    ):
        body = {"name": "x", "grants": wanted, "groups": groups}
        assert await code(house, "POST", KEYS, json=body, headers=mine) == "forbidden"
    fine = {"name": "x", "grants": {"conversation.read": "group"}, "groups": ["pre-sales"]}
    assert (await say(house, "POST", KEYS, json=fine, headers=mine))[0] == 201
    for odd in ({"everything": "all"}, {"settings.read": "group"}):
        body = {"name": "x", "grants": odd}
        assert await code(house, "POST", KEYS, json=body, headers=admin) == "bad_request"


async def test_a_secret_is_worth_what_the_agent_who_knows_it_may_do(house: House, admin: dict[str, str]) -> None:
    """停用: whoever leaves takes no key along, whoever may less now has less by key; a colleague gives a key a new
    secret, and whoever has left cannot use the old one meanwhile. Also where a key made the key."""

    async def listed() -> list[tuple[str, dict[str, str]]]:
        page = (await say(house, "GET", KEYS, headers=admin))[1]
        return [(key["shown_to"], key["may"]) for key in page["items"]]

    await save(house, "demo-agent-1", roles=("admin",))
    leaver = who(await house.login("demo-agent-1"))["headers"]
    grants = {"settings.read": "all", "key.manage": "all"}
    id, first = await made(house, leaver, grants=grants)
    _, second = await made(house, bearer(first))
    assert [await status(house, secret) for secret in (first, second)] == [200, 200]
    await save(house, "demo-agent-1", roles=("supervisor",))
    assert [await status(house, secret) for secret in (first, second)] == [200, 200]
    assert await status(house, first, KEYS) == 403
    assert await listed() == [("demo-agent-1", {"settings.read": "all"})] * 2
    await save(house, "demo-agent-1", roles=("admin",), active=False)
    assert [await status(house, secret) for secret in (first, second)] == [401, 401]
    assert await listed() == [("demo-agent-1", {})] * 2
    _, answer, _ = await say(house, "POST", f"{KEYS}/{id}/rotate", json={}, headers=admin)
    assert [await status(house, secret) for secret in (first, answer["secret"])] == [401, 200]
    assert (await listed())[0] == ("demo-admin", grants)


@pytest.mark.parametrize(
    ("wanted", "groups", "left"),
    [("all", [], ["pre-sales"]), ("group", ["pre-sales", "after-sales"], ["pre-sales"])],
)
async def test_a_key_does_not_reach_further_than_its_agent(
    house: House, admin: dict[str, str], wanted: str, groups: list[str], left: list[str]
) -> None:
    """Not into a group that the agent has left, and not everywhere when the agent does not any more."""
    await save(house, "demo-agent-1", roles=("admin",), groups=("pre-sales", "after-sales"))
    maker = who(await house.login("demo-agent-1"))["headers"]
    _, secret = await made(house, maker, grants={"conversation.read": wanted}, groups=groups)
    await save(house, "demo-agent-1", roles=("supervisor",), groups=tuple(left))
    acts = await Keys(house.server.hub).actor(secret)
    assert (acts.grants, acts.groups - set(left)) == ({"conversation.read": Scope.GROUP}, frozenset())


async def test_keys_are_for_those_who_may_manage_them(house: House) -> None:
    """Each of the operations."""
    agent = who(await house.login("demo-agent-1"))["headers"]
    for method, path in (("GET", KEYS), ("POST", KEYS), ("POST", f"{KEYS}/x/rotate"), ("DELETE", f"{KEYS}/x")):
        assert await code(house, method, path, json={}, headers=agent) == "forbidden"


async def test_one_sees_when_a_key_was_last_used(house: House, admin: dict[str, str]) -> None:
    """To the minute: a request in between costs no write."""
    _, secret = await made(house, admin)

    async def used() -> int | None:
        return (await say(house, "GET", KEYS, headers=admin))[1]["items"][0]["used_at"]  # type: ignore[no-any-return]

    assert await used() is None
    begin = epoch_ms(house.clock.now())
    for seconds, noted in ((0, 0), (59, 0), (1, 60_000)):
        house.later(seconds)
        assert await status(house, secret) == 200
        assert await used() == begin + noted


async def test_a_key_that_a_key_made_outlives_an_upgrade(build: Build) -> None:
    """From a state of before it was noted who was shown a secret: whoever made the first of them answers for it,
    though that key is revoked since; a colleague who rotates that one answers for its new secret alone."""
    store = MemoryStore()
    house = await build(store)
    await save(house, "demo-agent-1", roles=("admin",))
    maker = who(await house.login("demo-agent-1"))["headers"]
    grants = {"settings.read": "all", "key.manage": "all"}
    first, opener = await made(house, maker, grants=grants)
    second, opener = await made(house, bearer(opener), grants=grants)
    _, secret = await made(house, bearer(opener))
    admin = who(await house.login("demo-admin"))["headers"]
    await say(house, "DELETE", f"{KEYS}/{first}", headers=admin)
    await house.stop()
    for name, kept in store._states.items():
        if name.startswith("key/"):
            state = msgspec.json.decode(kept.body)
            for each in state.get("secrets", ()):
                each.pop("shown_to", None)
            store._states[name] = msgspec.structs.replace(kept, body=msgspec.json.encode(state))
    house = await build(store, house.clock)
    admin = who(await house.login("demo-admin"))["headers"]
    assert [await status(house, each) for each in (opener, secret)] == [200, 200]
    items = (await say(house, "GET", KEYS, headers=admin))[1]["items"]
    assert [(key["shown_to"], key["may"]) for key in items] == [
        ("demo-agent-1", grants), ("demo-agent-1", READER["grants"]),
    ]  # fmt: skip
    await say(house, "POST", f"{KEYS}/{second}/rotate", json={}, headers=admin)
    await save(house, "demo-agent-1", active=False)
    assert [await status(house, each) for each in (opener, secret)] == [401, 401]


async def test_keys_outlive_a_restart(build: Build) -> None:
    """They are in the log like everything else."""
    store = MemoryStore()
    house = await build(store)
    admin = who(await house.login("demo-admin"))["headers"]
    ids = [await made(house, admin) for _ in range(3)]
    await house.stop()
    house = await build(store, house.clock)
    assert await status(house, ids[1][1]) == 200
    _, first, _ = await say(house, "GET", f"{KEYS}?limit=2", headers=admin)
    _, rest, _ = await say(house, "GET", f"{KEYS}?limit=2&after={first['next']}", headers=admin)
    assert ([key["id"] for key in first["items"] + rest["items"]], rest["next"]) == ([id for id, _ in ids], None)
