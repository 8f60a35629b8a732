"""Attachments at the door: who may upload from where, and how a file is shown to a browser that trusts nobody."""

import io
from typing import Any

import msgspec
import pytest

from chatserver import demo
from chatserver.kernel.ids import new_id
from chatserver.media.settings import MediaSettings
from tests.integration.house import House, Page
from tests.integration.test_http import say, who
from tests.unit.test_media import amr, picture

ONE, TWO = "demo-agent-1", "demo-agent-2"


async def token(page: Page) -> str:
    return str((await page.ask("hello", {}))["token"])


async def upload(house: House, headers: dict[str, str], body: bytes, name: str = "a.png") -> tuple[int, Any]:
    given = {"params": {"name": name}, "data": io.BytesIO(body), "headers": headers}
    status, answer, _ = await say(house, "POST", "/media", **given)
    return status, answer


def as_visitor(token: str, inbox: str = "web", **more: str) -> dict[str, str]:
    return {"X-Visitor-Token": token, "X-Inbox": inbox, **more}


async def refused(house: House, headers: dict[str, str], body: bytes = b"", name: str = "a.png") -> str:
    _, answer = await upload(house, headers, body, name)
    return str(answer["error"]["code"])


async def test_a_visitors_picture_reaches_the_agent(house: House) -> None:
    """S1-5.3.5: uploaded by the page, sent as a message, fetched by the console from an address that is a secret."""
    visitor, console, conversation = await house.served()
    status, up = await upload(house, as_visitor(await token(visitor)), picture(size=(600, 300)), "猫.png")
    assert (status, up["kind"], up["name"], up["width"]) == (201, "image", "猫.png", 600)

    await visitor.ask("say", {"id": new_id(), "media": up["id"]})

    line = (await console.hear("record", lambda r: r["item"] and r["item"]["content"]["kind"] == "image"))["item"]
    assert line["content"]["url"] == up["url"]
    status, body, answer = await say(house, "GET", line["content"]["url"])
    assert (status, answer.content_type, len(body)) == (200, "image/png", up["size"])
    assert answer.headers["Content-Disposition"].startswith("inline;")
    _, small, answer = await say(house, "GET", up["small"])
    assert answer.content_type == "image/webp"
    assert len(small) < len(body)
    assert conversation


async def test_an_agents_file_reaches_the_visitor_and_is_only_ever_saved(house: House) -> None:
    visitor, console, conversation = await house.served()
    headers = who(await house.login(ONE))["headers"]
    page = b"%PDF-1.7 <html><script>alert(1)</script>"
    status, up = await upload(house, headers, page, "报价.pdf")
    assert (status, up["kind"]) == (201, "file")

    await console.ask("send", {"id": new_id(), "conversation": conversation, "media": up["id"]})

    item = await visitor.hear("item", lambda i: i["content"]["kind"] == "file")
    _, body, answer = await say(house, "GET", item["content"]["url"])
    assert body == page
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E6%8A%A5%E4%BB%B7.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Cache-Control"].startswith("private")


async def test_voice_is_played_from_anywhere_in_it(house: House) -> None:
    """A player asks for parts."""
    visitor = await house.visitor()
    status, up = await upload(house, as_visitor(await token(visitor)), amr(3), "blob")
    assert (status, up["kind"], up["seconds"], up["mime"]) == (201, "voice", 3, "audio/amr")

    status, body, answer = await say(house, "GET", up["url"], headers={"Range": "bytes=6-13"})
    assert (status, body) == (206, amr(3)[6:14])
    assert answer.headers["Content-Range"] == f"bytes 6-13/{up['size']}"
    status, _, answer = await say(house, "HEAD", up["url"])
    assert (status, answer.headers["Content-Length"]) == (200, str(up["size"]))
    status, _, _ = await say(house, "GET", up["url"], headers={"Range": f"bytes={up['size']}-"})
    assert status == 416


async def test_only_who_comes_with_a_right_uploads(house: House) -> None:
    visitor = await house.visitor()
    good, login = await token(visitor), await house.login(ONE)
    assert await refused(house, {}) == "unauthenticated"
    assert await refused(house, as_visitor("forged")) == "bad_token"
    assert await refused(house, as_visitor(good, inbox="other")) == "inbox_unknown"
    assert await refused(house, who(login, csrf="wrong")["headers"]) == "bad_csrf"
    assert await refused(house, {"Authorization": "Bearer nonsense"}) == "unauthenticated"


async def test_a_page_of_a_foreign_site_may_not_upload(house: House) -> None:
    """The inbox says which sites embed it; they are let through, and read the answer."""
    settings = demo.settings()
    inbox = msgspec.structs.replace(settings.inboxes[0], allowed_origins=("https://shop.example",))
    await house.server.save_settings(msgspec.structs.replace(settings, inboxes=(inbox,)), by="t")
    visitor = await house.visitor()
    good = await token(visitor)

    assert await refused(house, as_visitor(good, Origin="https://evil.example"), picture()) == "origin_not_allowed"
    for body, status in ((picture(), 201), (b"", 422)):
        headers = as_visitor(good, Origin="https://shop.example")
        got, _, answer = await say(house, "POST", "/media", params={"name": "a.png"}, data=body, headers=headers)
        assert got == status
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    status, _, answer = await say(house, "OPTIONS", "/media", headers={"Origin": "https://shop.example"})
    assert status == 204
    assert "X-Visitor-Token" in answer.headers["Access-Control-Allow-Headers"]


async def test_a_visitor_cannot_send_what_somebody_else_uploaded(house: House) -> None:
    visitor, stranger = await house.visitor(), await house.visitor()
    _, up = await upload(house, as_visitor(await token(stranger)), picture())
    await house.queue(visitor)
    assert await visitor.refused("say", {"id": new_id(), "media": up["id"]}) == "media_unknown"
    assert await visitor.refused("say", {"id": new_id(), "media": "01NOTHING"}) == "media_unknown"


async def test_attachments_are_a_setting_of_each_side(house: House) -> None:
    """S1-5.3.5: switched off for visitors, for agents, or for both."""
    visitor, login = await house.visitor(), await house.login(ONE)
    theirs, ours = as_visitor(await token(visitor)), who(login)["headers"]
    for visitors, agents in ((True, False), (False, True)):
        media = MediaSettings(visitors_may_send=visitors, agents_may_send=agents)
        await house.server.save_settings(msgspec.structs.replace(demo.settings(), media=media), by="t")
        for headers, may in ((theirs, visitors), (ours, agents)):
            status, answer = await upload(house, headers, picture())
            assert (status == 201) is may
            assert may or answer["error"]["code"] == "media_off"


async def test_what_is_too_large_is_refused_before_it_came(house: House) -> None:
    media = MediaSettings(image_mb=1, file_mb=1)
    await house.server.save_settings(msgspec.structs.replace(demo.settings(), media=media), by="t")
    visitor = await house.visitor()
    assert await refused(house, as_visitor(await token(visitor)), bytes(1_050_000), "a.pdf") == "too_large"

    async def in_pieces() -> Any:
        for _ in range(20):
            yield b"%PDF" + bytes(100_000)

    headers = as_visitor(await token(visitor))
    async with house.http.post("/media", params={"name": "a.pdf"}, data=in_pieces(), headers=headers) as answer:
        assert answer.status == 413


async def test_nobody_fills_the_disk_in_a_minute(house: House) -> None:
    visitor = await house.visitor()
    headers = as_visitor(await token(visitor))
    answers = [(await upload(house, headers, b"x", "a.txt"))[0] for _ in range(25)]
    assert answers == [201] * 20 + [429] * 5


@pytest.mark.parametrize("path", ["/media/x/y/z", "/media/..%2f..%2fsecret.key/y/z", "/media/%00/y/z", "/media/x/y"])
async def test_a_guessed_address_leads_nowhere(house: House, path: str) -> None:
    status, body, _ = await say(house, "GET", path)
    assert (status, body["error"]["code"]) == (404, "not_found")


async def test_a_picture_that_was_taken_back_is_gone(house: House) -> None:
    """The address was pushed and logged; it leads nowhere any more."""
    visitor, console, conversation = await house.served()
    headers = who(await house.login(ONE))["headers"]
    _, up = await upload(house, headers, picture())
    await console.ask("send", {"id": new_id(), "conversation": conversation, "media": up["id"]})
    item = await visitor.hear("item", lambda i: i["content"]["kind"] == "image")

    await console.ask("recall", {"id": new_id(), "conversation": conversation, "seq": item["seq"]})
    await house.told()

    assert (await say(house, "GET", up["url"]))[0] == 404
    assert (await say(house, "GET", up["small"]))[0] == 404


async def test_a_quick_reply_holds_a_picture_that_can_be_seen_and_sent(house: House) -> None:
    """S1-1.3c: only a picture of the agents' is taken; lists show it small, and it is sent by its id."""
    visitor, console, conversation = await house.served()
    login = await house.login("demo-agent-1")
    headers = who(login)["headers"]

    async def ask(method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        given = {"params": query, **who(login), **({} if body is None else {"json": body})}
        status, answer, _ = await say(house, method, f"/api/v1/quick_replies{path}", **given)
        return status, answer

    _, mine = await upload(house, headers, picture(), "猫.png")
    _, paper = await upload(house, headers, b"%PDF-1.7 x", "a.pdf")
    _, theirs = await upload(house, as_visitor(await token(visitor)), picture(), "v.png")
    _, category = await ask("POST", "/categories", {"name": "图"})
    item = {"category": category["id"], "title": "好图", "text": "{visitor}请看"}
    for wrong, code in (("nope", 404), (theirs["id"], 404), (paper["id"], 415)):
        assert (await ask("POST", "/items", {**item, "image": wrong}))[0] == code
    status, made = await ask("POST", "/items", {**item, "image": mine["id"]})
    assert status == 201
    found = (await ask("GET", "/search", q="ht"))[1]["items"]
    listed = (await ask("GET", ""))[1]["personal"][0]["items"]
    rendered = (await ask("GET", f"/items/{made['id']}/rendered", conversation=conversation))[1]
    assert {x["image_url"] for x in (made, *found, *listed, rendered)} == {made["image_url"]}
    status, _, seen = await say(house, "GET", made["image_url"])
    assert (status, seen.headers["Content-Type"]) == (200, "image/webp")
    await console.ask("send", {"id": new_id(), "conversation": conversation, "media": rendered["image"]})
    shown = await visitor.hear("item", lambda i: i["content"]["kind"] == "image")
    assert shown["content"]["media"] == mine["id"]
    assert (await ask("PUT", f"/items/{made['id']}", {"title": "好图", "image": "nope"}))[0] == 404
    # Taken back, it is not in any conversation; but the answer still has it, until that is gone too.
    await console.ask("recall", {"id": new_id(), "conversation": conversation, "seq": shown["seq"]})
    await house.told()
    assert (await say(house, "GET", made["image_url"]))[0] == 200
    await ask("DELETE", f"/items/{made['id']}")
    await house.told()
    assert (await say(house, "GET", made["image_url"]))[0] == 404
