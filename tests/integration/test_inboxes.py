"""接入: an inbox is a name, a flow, a style and the sites that may use it; what to copy out of it works as copied."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image
from yarl import URL

from chatserver.api.auth import COOKIE
from chatserver.channels.web.contrast import contrast
from chatserver.channels.web.settings import Style
from chatserver.kernel.errors import Refused
from chatserver.kernel.ids import new_id
from chatserver.settings.model import Settings
from chatserver.settings.validate import warnings
from tests.integration.house import House, Refusal

Ask = Callable[..., Any]


@pytest.fixture
async def ask(house: House) -> Ask:
    """The administrator at the HTTP API: (status, answer)."""
    token, csrf = await house.login("demo-admin")
    headers = {"Cookie": f"{COOKIE}={token}", "X-CSRF-Token": csrf}

    async def asked(path: str, body: Any = None) -> tuple[int, Any]:
        method = "POST" if body is not None else "GET"
        url = URL(f"{house.url}/api/v1{path}", encoded=True)
        async with house.http.request(method, url, json=body, headers=headers) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if answer.content_type == "application/json" else raw

    return asked


def settings(house: House) -> Settings:
    now: Settings = house.server.hub.held("workspace", "main").settings
    return now


async def test_the_style_that_was_saved_is_the_style_of_the_window(house: House) -> None:
    """S1-5.2.1a: title, colours, side and logo reach the page at its next word, without a new snippet."""
    style = Style(title="新标题", subtitle="副", brand="#0f766e", brand_text="#ffffff", side="left", logo="/logo.png")
    now = settings(house)
    await house.server.save_settings(replace(now, inboxes=(replace(now.inboxes[0], style=style),)), by="test")
    visitor = await house.visitor()
    view = (await visitor.ask("hello", {}))["inbox"]
    assert (view["title"], view["subtitle"]) == ("新标题", "副")
    assert view["theme"] == {"brand": "#0f766e", "brand_text": "#ffffff", "side": "left", "logo": "/logo.png"}


async def test_words_that_few_can_read_are_warned_of_and_can_be_saved(house: House, ask: Ask) -> None:
    """S1-5.2.1a: below 4.5 : 1 the check warns; black on white is 21 : 1."""
    now = settings(house)
    faint = replace(now.inboxes[0], style=Style(brand="#ffd54f", brand_text="#ffffff"))
    found = [w.path for w in warnings(replace(now, inboxes=(faint,))) if w.code == "contrast_low"]
    assert found == ["$.inboxes[0].style.brand_text"]
    assert [w for w in warnings(now) if w.code == "contrast_low"] == [] and round(contrast("#000000", "#ffffff")) == 21
    await house.server.save_settings(replace(now, inboxes=(faint,)), by="test")
    _, view = await ask("/settings")
    _, checked = await ask("/settings/check", view["settings"])
    assert checked["problems"] == [] and "contrast_low" in [w["code"] for w in checked["warnings"]]


async def test_each_entry_has_its_key_its_flow_and_its_sites(house: House, ask: Ask) -> None:
    """S1-5.2.1b, S1-5.0: one key an entry; a site that is not on its list is turned away; no entry without a flow."""
    now = settings(house)
    only = replace(now.inboxes[0], id="shop", allowed_origins=("https://shop.example",))
    await house.server.save_settings(replace(now, inboxes=(*now.inboxes, only)), by="test")
    assert [i["id"] for i in (await ask("/inboxes"))[1]] == ["web", "h5", "shop"]
    await house.visitor(origin="https://shop.example", inbox="shop")
    with pytest.raises(Refusal) as refusal:
        await house.visitor(origin="https://other.example", inbox="shop")
    assert refusal.value.code == "origin_not_allowed"
    with pytest.raises(Refused) as refused:
        await house.server.save_settings(replace(now, inboxes=(replace(only, flow="gone"),)), by="test")
    assert refused.value.data["problems"] == [{"path": "$.inboxes[0].flow", "code": "unknown_flow"}]


async def test_what_is_tried_out_is_marked_and_nobody_can_mark_a_visitor(house: House, ask: Ask) -> None:
    """S1-5.2.1c: the test link opens a conversation of a tester; whoever comes by the plain link is a visitor."""
    _, inboxes = await ask("/inboxes")
    link = inboxes[0]["test"]
    assert link.startswith("http://chat.example/h5/?inbox=web#t=")
    for token, test in ((link.partition("#t=")[2], True), ("", False)):
        page = await house.visitor(token=token) if token else await house.visitor()
        opened = await page.ask("open", {"id": new_id()})
        c = await house.server.hub.look("conversation", opened["conversation"])
        assert c.visit.test is test
    with pytest.raises(Refusal) as refusal:
        await house.visitor(token="test-forged.signature")
    assert refusal.value.code == "bad_token"


@pytest.mark.parametrize(
    ("url", "channel"),
    [
        ("http://chat.example/h5/?inbox=web", "h5"),
        ("http://chat.example/h5/?inbox=web&embed=1", "web"),
        ("https://shop.example/h5/?inbox=web", "web"),
        ("https://shop.example/", "web"),
        ("http://chat.example:bad/h5/", "web"),
        ("http://[/h5/", "web"),
    ],
)
async def test_a_visitor_by_the_link_is_known_from_one_on_a_site(house: House, url: str, channel: str) -> None:
    """S1-5.2.1e, C-2: flows, caps and figures tell the H5 page from the widget; the page's address says which it is."""
    page = await house.visitor()
    opened = await page.ask("open", {"id": new_id(), "page": {"url": url}})
    assert (await house.server.hub.look("conversation", opened["conversation"])).visit.channel == channel


async def test_the_snippet_and_the_link_work_as_they_are_copied(house: House, ask: Ask) -> None:
    """S1-5.2.1d, S1-5.2.1e: one line for a site, one link for everything else, and the link as a picture."""
    _, inboxes = await ask("/inboxes")
    snippet, h5 = inboxes[0]["snippet"], inboxes[0]["h5"]
    source = re.fullmatch(r'<script async src="([^"]+)" data-inbox="web"></script>', snippet)
    assert source and source.group(1) == "http://chat.example/w/loader.js"
    assert h5 == "http://chat.example/h5/?inbox=web"
    _, picture = await ask("/inboxes/web/qr.png")
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))[0].text == h5
    assert (await ask("/inboxes/nowhere/qr.png"))[0] == 404
