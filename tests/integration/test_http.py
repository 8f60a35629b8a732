"""The HTTP doors: logging in and out, settings, health, files; each refusal with its status and its code."""

import asyncio
import io
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse, WSServerHandshakeError

from chatserver import demo
from chatserver.api.auth import COOKIE
from chatserver.api.peers import network_of
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import PATIENCE, House, Refusal


async def say(house: House, method: str, path: str, **given: Any) -> tuple[int, Any, ClientResponse]:
    """(status, the body as JSON if it is, the answer)."""
    async with house.http.request(method, path, allow_redirects=False, **given) as answer:
        body = await answer.read()
        return answer.status, msgspec.json.decode(body) if answer.content_type == "application/json" else body, answer


async def code(house: House, method: str, path: str, **given: Any) -> str:
    _, body, _ = await say(house, method, path, **given)
    return str(body["error"]["code"])


def who(login: tuple[str, str], csrf: str | None = None) -> dict[str, dict[str, str]]:
    """Headers of a console with this login."""
    token, right = login
    return {"headers": {"Cookie": f"{COOKIE}={token}", "X-CSRF-Token": right if csrf is None else csrf}}


async def with_password(house: House) -> None:
    await house.server.logins.set_password("demo-agent-1", demo.PASSWORD)


async def test_a_wrong_password_and_an_unknown_account_look_alike(house: House) -> None:
    """Nobody learns which accounts exist."""
    await with_password(house)
    wrong = await say(house, "POST", "/api/login", json={"account": "agent1", "password": "wrong-password"})
    nobody = await say(house, "POST", "/api/login", json={"account": "agent9", "password": "wrong-password"})
    assert wrong[:2] == nobody[:2]
    assert (wrong[0], wrong[1]["error"]["code"]) == (401, "bad_credentials")


async def test_a_login_is_a_cookie_that_scripts_and_foreign_sites_do_not_get(build: Build) -> None:
    """HttpOnly and SameSite; Secure as soon as the house is reached by https."""
    for url, secure in (("http://chat.example", False), ("https://chat.example", True)):
        house = await build(public_url=url)
        await with_password(house)
        status, body, answer = await say(
            house, "POST", "/api/login", json={"account": " Agent1", "password": demo.PASSWORD}
        )
        assert (status, body["agent"]) == (200, "demo-agent-1")
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
        assert (bool(cookie["httponly"]), cookie["samesite"], bool(cookie["secure"])) == (True, "Lax", secure)
        assert ("Strict-Transport-Security" in answer.headers) is secure
        assert await house.console("demo-agent-1", (cookie.value, body["csrf"]))


async def test_passwords_are_not_guessed_quickly(build: Build) -> None:
    """Five tries an account, twenty an address, then a wait that the answer names; the clock opens the door again."""
    house = await build(trusted_proxies=("127.0.0.0/8",))
    from_ = ({"headers": {"X-Forwarded-For": f"192.0.2.{n}"}} for n in range(200))
    tries = [await code(house, "POST", "/api/login", json=bad("agent1"), **next(from_)) for _ in range(6)]
    assert tries == ["bad_credentials"] * 5 + ["rate_limited"]
    house.later(11)
    assert await code(house, "POST", "/api/login", json=bad("agent1"), **next(from_)) == "bad_credentials"
    one = {"headers": {"X-Forwarded-For": "198.51.100.1"}}
    for n in range(20):
        if n:
            house.server.logins._by_address.take("198.51.100.1")
    assert await code(house, "POST", "/api/login", json=bad("x"), **one) == "bad_credentials"
    status, _, answer = await say(house, "POST", "/api/login", json=bad("y"), **one)
    assert (status, int(answer.headers["Retry-After"]) >= 1) == (429, True)


async def test_an_office_behind_one_address_comes_in_together(build: Build) -> None:
    """Right passwords count for nothing, neither for the address nor for the account; wrong ones do, in between too."""
    house = await build()
    await with_password(house)
    right = {"account": "agent1", "password": demo.PASSWORD}
    for _ in range(25):
        assert (await say(house, "POST", "/api/login", json=right))[0] == 200
    for _ in range(5):
        assert await code(house, "POST", "/api/login", json=bad("agent1")) == "bad_credentials"
    assert await code(house, "POST", "/api/login", json=right) == "rate_limited"


def bad(account: str) -> dict[str, str]:
    return {"account": account, "password": "wrong-password"}


async def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(build: Build) -> None:
    """Or everybody could be somebody else with every request."""
    alone = await build()
    spoofed = {"headers": {"X-Forwarded-For": "203.0.113.7"}}
    alone.server.logins._by_address._levels["127.0.0.1"] = (0.0, alone.clock.now().timestamp())
    assert await code(alone, "POST", "/api/login", json=bad("a"), **spoofed) == "rate_limited"
    behind = await build(trusted_proxies=("127.0.0.0/8", "10.0.0.0/8"))
    behind.server.logins._by_address._levels["203.0.113.7"] = (0.0, behind.clock.now().timestamp())
    assert await code(behind, "POST", "/api/login", json=bad("a"), **spoofed) == "rate_limited"
    lied = {"headers": {"X-Forwarded-For": "203.0.113.7, 198.51.100.9, 10.0.0.1"}}
    assert await code(behind, "POST", "/api/login", json=bad("b"), **lied) == "bad_credentials"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:DB8:1:2::6]", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_limit_counts_a_network_where_addresses_cost_nothing(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_new_address_for_each_try_is_no_new_party(build: Build) -> None:
    """Of IPv6 everybody has more addresses than there are passwords."""
    house = await build(trusted_proxies=("127.0.0.0/8",), connections_per_address=2)
    mine, other = [f"2001:db8:1:2:{n:x}::1" for n in range(101)], "2001:db8:1:3::1"
    statuses = [(await say(house, "GET", "/api/v1/settings", headers={"X-Forwarded-For": one}))[0] for one in mine]
    assert statuses == [401] * 100 + [429]
    assert (await say(house, "GET", "/api/v1/settings", headers={"X-Forwarded-For": other}))[0] == 401
    strangers = [await house.stranger(**{"X-Forwarded-For": one}) for one in (*mine[:2], other)]
    with pytest.raises(WSServerHandshakeError):
        await house.stranger(**{"X-Forwarded-For": mine[2]})
    assert strangers
    house.server.logins._by_address._levels["2001:db8:1:2::/64"] = (0.0, house.clock.now().timestamp())
    guess = {"account": "x", "password": "wrong-password"}
    _, refused, _ = await say(house, "POST", "/api/login", json=guess, headers={"X-Forwarded-For": mine[3]})
    assert refused["error"]["code"] == "rate_limited"


async def test_logging_out_ends_this_login_and_no_other(house: House) -> None:
    """For HTTP, for new sockets, and for the consoles that are open now."""
    here, there = await house.login("demo-agent-1"), await house.login("demo-agent-1")
    console, other = await house.console("demo-agent-1", here), await house.console("demo-agent-1", there)
    assert (await say(house, "POST", "/api/logout", **who(here)))[0] == 200
    assert await console.hear("signed_out") == {"cause": "logout"}
    await asyncio.wait_for(console.lost.wait(), PATIENCE)
    assert (await say(house, "GET", "/api/session", **who(here)))[0] == 401
    with pytest.raises(Refusal, match="unauthenticated"):
        await house.console("demo-agent-1", here)
    assert (await say(house, "GET", "/api/session", **who(there)))[0] == 200
    status, nobody, _ = await say(house, "GET", "/api/session")
    assert (status, nobody) == (200, None), "who has not logged in is told so, and not refused"
    assert await other.ask("hello", {}) and not other.heard("signed_out")


async def test_whoever_is_still_there_by_another_login_stays_signed_in(house: House) -> None:
    """Logging out at one desk does not send the agent home from the other."""
    here, there = await house.login("demo-agent-1"), await house.login("demo-agent-1")
    console, other = await house.console("demo-agent-1", here), await house.console("demo-agent-1", there)
    await other.ask("status", {"id": "s1", "status": "ready"})
    await say(house, "POST", "/api/logout", **who(here))
    await asyncio.wait_for(console.lost.wait(), PATIENCE)
    assert house.server.hub.held("agent", "demo-agent-1").status == "ready"
    await say(house, "POST", "/api/logout", **who(there))
    assert house.server.hub.held("agent", "demo-agent-1").status == "offline"


CHANGES = [("POST", "/api/logout"), ("PUT", "/api/v1/settings"), ("POST", "/api/v1/settings/check")]


@pytest.mark.parametrize(("method", "path"), CHANGES, ids=[path for _, path in CHANGES])
async def test_nothing_is_changed_without_the_csrf_token(house: House, method: str, path: str) -> None:
    """The cookie alone is what a foreign page could make a browser send."""
    login = await house.login("demo-admin")
    before = len(await house.log())
    for csrf in ("", "wrong"):
        assert await code(house, method, path, json={}, **who(login, csrf)) == "bad_csrf"
    assert len(await house.log()) == before
    assert (await say(house, "GET", "/api/session", **who(login)))[0] == 200


async def test_a_form_on_a_foreign_page_cannot_log_anybody_in(house: House) -> None:
    """It can send text, not JSON."""
    await with_password(house)
    body = msgspec.json.encode({"account": "agent1", "password": demo.PASSWORD})
    given = {"data": body, "headers": {"Content-Type": "text/plain"}}
    assert await code(house, "POST", "/api/login", **given) == "bad_request"


async def test_settings_are_for_those_who_may(house: House) -> None:
    """Reading, writing and checking are rows of the permission table."""
    login = await house.login("demo-agent-1")
    for method, path in (("GET", "/api/v1/settings"), ("PUT", "/api/v1/settings"), ("POST", "/api/v1/settings/check")):
        assert (await say(house, method, path, json={}, **who(login)))[0] == 403
        assert (await say(house, method, path, json={}))[0] == 401


async def test_two_editors_do_not_overwrite_each_other(house: House) -> None:
    """The second one saves on top of a version that is gone, and is told so."""
    login = await house.login("demo-admin")
    _, seen, _ = await say(house, "GET", "/api/v1/settings", **who(login))
    save = {"settings": seen["settings"] | {"name": "新名称"}, "based_on": seen["version"]}
    assert (await say(house, "PUT", "/api/v1/settings", json=save, **who(login)))[1]["version"] == seen["version"] + 1
    save["settings"]["name"] = "别的名称"
    status, body, _ = await say(house, "PUT", "/api/v1/settings", json=save, **who(login))
    assert (status, body["error"]["code"]) == (409, "conflict")
    assert house.server.hub.held("workspace", "main").settings.name == "新名称"


async def test_settings_are_saved_with_a_word_of_what_nobody_will_serve(house: House) -> None:
    """S1-3.1a: saving and checking know which groups have an agent who can work."""
    login = await house.login("demo-admin")
    _, seen, _ = await say(house, "GET", "/api/v1/settings", **who(login))
    wanted = seen["settings"]
    _, checked, _ = await say(house, "POST", "/api/v1/settings/check", json=wanted, **who(login))
    assert checked == {"problems": [], "warnings": []}, "the demonstration itself"
    wanted["groups"].append({"id": "night", "name": "夜班组"})
    wanted["leave_messages"] = {"assign_to": "night"}
    wanted["flows"][0]["nodes"][-1]["group"] = "night"
    path = f"$.flows[0].nodes[{len(wanted['flows'][0]['nodes']) - 1}].group"
    unserved = {("$.leave_messages.assign_to", "group_unstaffed"), (path, "group_unstaffed")}
    _, checked, _ = await say(house, "POST", "/api/v1/settings/check", json=wanted, **who(login))
    save = {"settings": wanted, "based_on": seen["version"]}
    _, saved, _ = await say(house, "PUT", "/api/v1/settings", json=save, **who(login))
    assert checked["warnings"] == saved["warnings"]
    assert unserved <= {(w["path"], w["code"]) for w in saved["warnings"]}
    assert {w["code"] for w in saved["warnings"]} == {"group_unstaffed"}


async def test_a_flow_with_a_dead_end_is_not_saved(house: House) -> None:
    """The answer points to the node; what held before still holds."""
    login = await house.login("demo-admin")
    _, seen, _ = await say(house, "GET", "/api/v1/settings", **who(login))
    seen["settings"]["flows"][0]["nodes"][0]["next"] = "nowhere"
    before = len(await house.log())
    save = {"settings": seen["settings"], "based_on": seen["version"]}
    status, body, _ = await say(house, "PUT", "/api/v1/settings", json=save, **who(login))
    assert (status, body["error"]["code"]) == (422, "flow_invalid")
    assert body["error"]["data"]["path"].startswith("$.flows[0].nodes")
    assert len(await house.log()) == before
    for nonsense in ({}, [], {"based_on": "1"}, {"based_on": 1, "settings": {"nmae": "x"}}):
        assert (await say(house, "PUT", "/api/v1/settings", json=nonsense, **who(login)))[0] in (400, 422)


async def test_a_body_beyond_the_limit_is_refused(house: House) -> None:
    """In words, with the limit."""
    big = {"data": io.BytesIO(b"[" + b" " * 2_100_000 + b"]"), "headers": {"Content-Type": "application/json"}}
    status, body, _ = await say(house, "POST", "/api/login", **big)
    assert (status, body["error"]["code"]) == (413, "too_large")


async def test_readiness_is_the_stores_word(build: Build) -> None:
    """A process that runs is healthy; one whose store does not answer is not ready."""
    store = MemoryStore()
    house = await build(store)
    assert (await say(house, "GET", "/readyz"))[0] == 200
    store.broken = OSError("disk full")
    assert (await say(house, "GET", "/readyz"))[0] == 503
    assert (await say(house, "GET", "/healthz"))[0] == 200
    store.broken = None
    assert (await say(house, "GET", "/readyz"))[0] == 200


async def test_figures_are_for_the_networks_that_may_read_them(build: Build) -> None:
    """And for no others."""
    assert b"chatserver_log_seq" in (await say(await build(), "GET", "/metrics"))[1]
    assert (await say(await build(metrics_from=("10.0.0.0/8",)), "GET", "/metrics"))[0] == 403


def assets(folder: Path) -> None:
    """A build as small as can be, and a secret beside it."""
    files = {
        "dist/manifest.json": "{}",
        "dist/w/loader.js": "1",
        "dist/w/assets/panel-abc.js": "2",
        "dist/h5/index.html": "<p>h5</p>",
        "dist/console/index.html": "<script nonce=__CSP_NONCE__></script>",
        "dist/console/assets/main-abc.js": "3",
        "secret.key": "secret",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
async def site(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A server with built front ends."""
    assets(tmp_path)
    monkeypatch.setenv("CHATSERVER_WEB", str(tmp_path / "dist"))
    return await build()


async def test_every_answer_says_how_to_treat_it(site: House) -> None:
    """No guessing of types; the console in nobody's frame; a nonce that is new with every load."""
    for path in ("/healthz", "/console/", "/h5/", "/w/loader.js", "/api/session", "/nowhere", "/h5"):
        assert (await say(site, "GET", path))[2].headers["X-Content-Type-Options"] == "nosniff"
    loads = [(await say(site, "GET", "/console/desk/1"))[2] for _ in range(2)]
    policies = [load.headers["Content-Security-Policy"] for load in loads]
    assert policies[0] != policies[1]
    assert all("frame-ancestors 'none'" in policy and "'nonce-" in policy for policy in policies)


async def test_what_has_a_hash_in_its_name_is_kept_for_ever(site: House) -> None:
    """The rest is asked for again soon."""
    forever, soon = "/w/assets/panel-abc.js", "/w/loader.js"
    assert "immutable" in (await say(site, "GET", forever))[2].headers["Cache-Control"]
    assert (await say(site, "GET", soon))[2].headers["Cache-Control"] == "public, max-age=300"
    assert (await say(site, "GET", soon))[2].headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/w/../secret.key",
        "/w/../../secret.key",
        "/w/../../../../../../etc/passwd",
        "/w/%2e%2e/%2e%2e/secret.key",
        "/w/..%2f..%2fsecret.key",
        "/w/..%2fmanifest.json",
        "/w/..%2fconsole%2findex.html",
        "/console/assets/..%2findex.html",
        "/w//etc/passwd",
        "/w/%00",
        "/w/a%00.js",
        "/w/" + "a" * 5_000,
        "/w/..%5c..%5csecret.key",
        "/w/assets",
    ],
)
async def test_only_what_was_built_is_handed_out(site: House, path: str) -> None:
    """However the way out is spelled; and no page without the headers of a page."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer.split(b" ", 2)[1] == b"404"
