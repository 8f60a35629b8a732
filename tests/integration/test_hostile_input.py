"""What no page of ours would send is refused in words or cut off; nothing happened, and the server is well."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from chatserver.kernel.ids import new_id
from tests.integration.house import PATIENCE, House, Page

Codes = Callable[[], list[str]]

REFUSED = [
    pytest.param("dance", {"id": "1"}, "unknown_event", id="an unknown event"),
    pytest.param("connect", {"HTTP_ORIGIN": "http://chat.example"}, "unknown_event", id="an event named connect"),
    pytest.param("disconnect", "now", "unknown_event", id="an event named disconnect"),
    pytest.param("say", {"id": "1", "text": 5}, "bad_request", id="a number for a text"),
    pytest.param("say", {"id": "1"}, "bad_request", id="a missing field"),
    pytest.param("say", {"id": "1", "text": "x", "html": "y"}, "bad_request", id="an unknown field"),
    pytest.param("say", {"id": "1", "text": "长" * 350_000}, "too_large", id="a text of one megabyte"),
    pytest.param("say", {"id": "1", "text": " \n "}, "message_empty", id="nothing but spaces"),
    pytest.param("say", ["1", "x"], "bad_request", id="an array for an object"),
    pytest.param("say", "hello", "bad_request", id="a string for an object"),
    pytest.param("say", None, "bad_request", id="no payload"),
    pytest.param("say", {"id": "1' OR '1'='1", "text": "x"}, "bad_request", id="SQL as an id"),
    pytest.param("say", {"id": {"$gt": ""}, "text": "x"}, "bad_request", id="a Mongo operator as an id"),
    pytest.param("say", {"id": "a\nb", "text": "x"}, "bad_request", id="a line break in an id"),
    pytest.param("say", {"id": "a\n", "text": "x"}, "bad_request", id="a line break behind an id"),
    pytest.param("say", {"id": "a\x00", "text": "x"}, "bad_request", id="a control character in an id"),
    pytest.param("history", {"before": -1}, "bad_request", id="a negative place in the log"),
    pytest.param("history", {"before": 0, "limit": 10**9}, "bad_request", id="a page without an end"),
]


@pytest.mark.parametrize(("event", "payload", "code"), REFUSED)
async def test_a_senseless_input_is_refused_by_name(
    house: House, refusals: Codes, event: str, payload: Any, code: str
) -> None:
    """One answer, one line in the log, no event; and the page can go on."""
    page = await house.visitor()
    before = len(await house.log())
    assert await page.refused(event, payload) == code
    assert refusals() == [code]
    assert len(await house.log()) == before
    assert (await page.say("我还在"))["seq"] > before


async def test_one_event_carries_one_payload(house: House, refusals: Codes) -> None:
    """A second argument is not silently thrown away."""
    page = await house.visitor()
    assert await page.refused("say", {"id": "1", "text": "x"}, {"id": "2", "text": "y"}) == "bad_request"
    assert refusals() == ["bad_request"]


async def test_an_event_that_wants_no_answer_still_happens(house: House) -> None:
    """An acknowledgement is asked for, not owed."""
    page = await house.visitor()
    await page.sio.emit("say", {"id": "quiet", "text": "不用回执"}, namespace="/visitor")
    assert (await page.hear("item", lambda item: item["id"] == "quiet"))["content"]["text"] == "不用回执"


async def test_a_script_in_a_message_is_only_a_text(house: House) -> None:
    """It comes back as it was written, as data."""
    page = await house.visitor()
    text = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    await page.say(text)
    assert (await page.hear("item", lambda item: item["by"] == "visitor"))["content"] == {"kind": "text", "text": text}


@pytest.mark.parametrize("body", ["5", "[5]", "[[]]", "[{}]", "[null]"])
async def test_an_event_without_a_name_is_unknown_or_cut(house: House, body: str) -> None:
    """Whatever stands where the name should be."""
    stranger = await house.stranger()
    await stranger.send(f"42/visitor,7{body}")
    message = await asyncio.wait_for(stranger.ws.receive(), PATIENCE)
    if message.type is aiohttp.WSMsgType.TEXT:
        assert json.loads(message.data.partition(",7")[2])[0]["error"]["code"] == "unknown_event"
    await alive(house)


@pytest.mark.parametrize(
    "frame",
    [
        '42/visitor,7["say",',
        "42/visitor,7" + "[" * 5_000,
        "42/visitor,[]",
        "42/visitor," + "9" * 200 + "[]",
        "x",
        "",
        "4",
        "49",
        '4["say"]',
        '44/visitor,{"message":"no"}',
        '451-/visitor,7["say",{"_placeholder":true,"num":0}]',
        '459999999999-/visitor,7["say"]',
        '461-/visitor,7["say"]',
    ],
)
async def test_a_broken_frame_ends_its_connection_and_no_other(house: House, refusals: Codes, frame: str) -> None:
    """At once and without a trace: no ghost stays among the connected."""
    stranger = await house.stranger()
    await stranger.send(frame)
    await stranger.cut()
    await house.nobody()
    assert refusals() == []
    await alive(house)


async def test_a_place_far_behind_the_end_of_the_log_is_the_end(house: House) -> None:
    """2^63 and more is a number, and no store can count so far."""
    page = await house.visitor()
    await page.say("第一句")
    lines = (await page.ask("history", {"before": 2**64 - 1}))["items"]
    assert [line["content"]["text"] for line in lines if line["by"] == "visitor"] == ["第一句"]
    assert (await page.ask("read", {"seq": 2**64 - 1}))["seq"]


async def test_a_frame_of_an_unknown_kind_is_passed_over(house: House, refusals: Codes) -> None:
    """Without a word in the log: it would be the stranger who decides how much is written there."""
    stranger = await house.stranger()
    await stranger.send("9")
    assert (await stranger.ask('["typing",{"on":true}]'))["seq"]
    assert refusals() == []


async def test_a_binary_frame_ends_its_connection(house: House, refusals: Codes) -> None:
    """Nobody on this wire sends bytes."""
    stranger = await house.stranger()
    await stranger.ws.send_bytes(b"\x00\x01\x02" * 100)
    await stranger.cut()
    await house.nobody()
    assert refusals() == []


async def test_a_frame_beyond_the_limit_ends_its_connection(house: House) -> None:
    """Before anybody tries to read it."""
    stranger = await house.stranger()
    await stranger.send('42/visitor,7["say","' + "x" * 1_300_000 + '"]')
    await stranger.cut()
    await alive(house)


async def test_a_flood_of_nonsense_is_cut_off(house: House) -> None:
    """Refusals cost work and log lines too."""
    stranger = await house.stranger()
    for _ in range(450):
        await stranger.send('42/visitor,["dance"]')
    await stranger.cut()
    await alive(house)


async def polling(house: House) -> str:
    """The path of a new polling connection that was let in."""
    path = "/socket.io/?EIO=4&transport=polling"
    async with house.http.get(path) as answer:
        path += "&sid=" + json.loads((await answer.text())[1:])["sid"]
    async with house.http.post(path, data='40/visitor,{"inbox":"web"}') as answer:
        assert answer.status == 200
    async with house.http.get(path) as answer:
        assert (await answer.text()).startswith("40/visitor,")
    return path


async def test_more_packets_than_fit_into_one_request_are_not_thrown_away_in_silence(house: House) -> None:
    """The sender hears that it did not work, and its connection ends."""
    path = await polling(house)
    async with house.http.post(path, data="\x1e".join(['42/visitor,["typing",{"on":true}]'] * 201)) as answer:
        assert answer.status == 400
    async with house.http.post(path, data='42/visitor,["typing",{"on":true}]') as answer:
        assert answer.status == 400
    await house.nobody()


@pytest.mark.parametrize("body", ["0", "2", "6", "", "b4AAAA", "d=4"])
async def test_a_broken_request_ends_its_polling_connection(house: House, body: str) -> None:
    """Only messages, pongs and a goodbye come this way."""
    path = await polling(house)
    async with house.http.post(path, data=body) as answer:
        assert answer.status == 400
    await house.nobody()


async def test_a_polling_request_in_pieces_arrives_whole(house: House) -> None:
    """A long message does not fit into one network packet."""
    path = await polling(house)
    text = "很长" * 2_000
    body = f'42/visitor,7["say",{{"id":"long","text":"{text}"}}]'.encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:100])
    await writer.drain()
    await alive(house)  # a round trip, so that the server has read the first piece
    writer.write(body[100:])
    assert b"200 OK" in await reader.readline()
    writer.close()
    async with house.http.get(path) as answer:
        packets = (await answer.text()).split("\x1e")
    assert any(p.startswith("43/visitor,7") for p in packets) or any(text in p for p in packets)
    assert [r.input_id for r in await house.log() if r.input_id and r.input_id.endswith(":long")]


async def test_a_page_may_begin_with_polling_and_go_on_with_a_websocket(house: House) -> None:
    """The time for CONNECT counts once, and when it is over the page stays."""
    page = await house.visitor(transports=("polling", "websocket"))
    assert page.sio.transport() == "websocket"
    assert len(house.server._sockets.transports) == 1
    house.no_time_to_connect()
    assert (await page.say("还在"))["seq"]


async def test_200_random_looking_frames_do_not_disturb_the_others(house: House) -> None:
    """Each is refused or ends its connection."""
    page = await house.visitor()
    for n in range(20):
        stranger = await house.stranger()
        for m in range(10):
            if stranger.ws.closed:
                break
            await stranger.ws.send_str("4" + "2/visitor,7"[: (n * m) % 12] + '["say",{"id":1}]'[: (n + 3 * m) % 17])
        await stranger.ws.close()
    assert (await page.say("一切正常"))["seq"]


async def alive(house: House) -> None:
    """Somebody else is served."""
    page: Page = await house.visitor()
    assert (await page.ask("say", {"id": new_id(), "text": "有人吗"}))["seq"]
    await page.leave()
