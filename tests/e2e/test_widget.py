"""The widget in a shop's page: what a first conversation weighs on the wire, and the window as a frame."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import Response, expect

from tests.e2e.deeds import open_widget, reply, say, sign_in

BUDGET = 16_384
"""Bytes, as brotli sends them: button, window and words."""


async def test_a_first_conversation_fetches_no_more_than_16_kb(
    start: Callable[..., Any], people: Callable[..., Any]
) -> None:
    """Greeting, menu, agent, words and typing both ways, with button, window and one language, and nothing else."""
    shop = await start()
    agent, visitor = await people(), await people()
    fetched: dict[str, int] = {}

    def weigh(response: Response) -> None:
        name = response.url.split("?")[0]
        if "/w/" in name or "/files/" in name:
            fetched[name.rsplit("/", 1)[1].split("-")[0]] = int(response.headers.get("content-length", BUDGET))

    visitor.on("response", weigh)
    await sign_in(agent, shop.url, "agent1")
    await open_widget(visitor, shop.shop)
    await visitor.get_by_role("button", name="售前咨询").click()
    await agent.get_by_role("option").first.click()
    await reply(agent, "您好")
    await visitor.get_by_text("您好", exact=True).wait_for()
    await say(visitor, "有货吗？")
    await agent.get_by_role("log").get_by_text("有货吗？").wait_for()
    await agent.get_by_role("textbox", name="回复").press_sequentially("有", delay=30)
    await expect(visitor.locator(".typing")).to_be_visible()
    assert sorted(fetched) == ["loader.js", "panel", "zh"]
    assert sum(fetched.values()) <= BUDGET


async def test_a_frame_keeps_its_visitor_with_the_shop(start: Callable[..., Any], people: Callable[..., Any]) -> None:
    """`data-mode="iframe"`: the window is the H5 page; the shop's page keeps the token and hears of news."""
    shop = await start()
    agent, visitor = await people(), await people()
    await sign_in(agent, shop.url, "agent1")
    await visitor.goto(shop.shop)
    await visitor.evaluate(
        """(server) => {
            document.querySelector("chat-server").remove();
            const script = document.createElement("script");
            script.src = `${server}/w/loader.js`;
            script.dataset.mode = "iframe";
            window.chatserverScript = script;
            document.body.append(script);
        }""",
        shop.url,
    )
    await visitor.get_by_role("button", name="打开在线客服").click()
    window = visitor.frame_locator("iframe")
    await window.get_by_role("button", name="售前咨询").click()
    await visitor.wait_for_function("localStorage.getItem('chatserver:web')")
    await window.get_by_role("button", name="收起").click()
    await expect(visitor.locator("iframe")).to_be_hidden()
    await agent.get_by_role("option").first.click()
    await reply(agent, "还在吗？")
    await visitor.get_by_role("button", name="1 条未读消息").click()
    await expect(window.get_by_text("还在吗？")).to_be_visible()
