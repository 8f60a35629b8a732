"""The five journeys that the product stands for, each on the real server in a real browser (C-12)."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from chatserver.agents import inputs as ai
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from tests.e2e.conftest import Child
from tests.e2e.deeds import open_widget, reply, say, sign_in
from tests.fakes.clock import FakeClock

COMES_BACK_MS = 30_000
"""Longest time until a page is connected again: the longest pause of its tries, and a little for the try."""

BETWEEN_LINES_MS = 200
"""How fast people type who are in a hurry."""

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}


def lines(page: Page) -> Any:
    return page.locator(".line .bubble")


async def test_a_shop_visitor_talks_to_an_agent(start: Callable[..., Any], people: Callable[..., Any]) -> None:
    """(a) A shop of another origin with only the snippet (S1-5.2.1d): menu, both directions, typing, read, the end."""
    shop = await start()
    agent, visitor = await people(), await people()
    await sign_in(agent, shop.url, "agent1")
    await open_widget(visitor, shop.shop)
    await visitor.get_by_role("button", name="售前咨询").click()
    await visitor.get_by_text("客服一号 为您服务").wait_for()

    await say(visitor, "请问什么时候发货？")
    await agent.get_by_role("option").first.click()
    await expect(lines(agent).last).to_have_text("请问什么时候发货？")
    await reply(agent, "今天下单，明天发货。")
    await expect(lines(visitor).last).to_have_text("今天下单，明天发货。")
    await expect(agent.get_by_text("已读", exact=True)).to_be_visible()

    await visitor.get_by_role("textbox", name="输入消息").press_sequentially("好")
    await expect(agent.get_by_text("访客正在输入")).to_be_visible()
    await agent.get_by_role("textbox", name="回复").press_sequentially("不")
    await expect(visitor.locator(".typing")).to_be_visible()

    assert "演示座席一" not in await visitor.content(), "the real name of an agent reached a visitor"
    await agent.get_by_role("button", name="结束").click()
    await agent.get_by_role("button", name="结束会话").click()
    await expect(visitor.get_by_text("会话已由客服结束")).to_be_visible()
    await expect(visitor.get_by_role("button", name="开始新的会话")).to_be_visible()


async def test_b_phone_visitor_uses_the_link(start: Callable[..., Any], people: Callable[..., Any]) -> None:
    """(b) The H5 link on a phone (S1-5.2.1e): no sideways scroll, the same conversation after a reload."""
    shop = await start()
    agent, phone = await people(), await people(**PHONE)
    await sign_in(agent, shop.url, "agent2")
    await phone.goto(f"{shop.url}/h5/?inbox=h5")
    await phone.get_by_role("button", name="售后服务").tap()
    await phone.get_by_text("客服二号 为您服务").wait_for()
    await say(phone, "我想退货")
    await agent.get_by_role("option").first.click()
    await reply(agent, "请提供订单号")
    await expect(lines(phone).last).to_have_text("请提供订单号")
    assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    await phone.reload()
    await expect(lines(phone).last).to_have_text("请提供订单号")
    await say(phone, "订单号 10001")
    await expect(lines(agent).last).to_have_text("订单号 10001")


async def test_c_server_is_killed_in_mid_conversation(child: Child, people: Callable[..., Any]) -> None:
    """(c) kill -9 while both type, and they go on: both resume by themselves, and every message is there once, in one
    order for both."""
    agent, visitor = await people(), await people()
    await sign_in(agent, child.url, "agent1")
    await open_widget(visitor, child.shop)
    await visitor.get_by_role("button", name="售前咨询").click()
    await agent.get_by_role("option").first.click()
    started = asyncio.Event()

    async def types(write: Callable[..., Any], page: Page, word: str) -> list[str]:
        """One line after the other, until three after the server is there again."""
        typed: list[str] = []
        left = 3
        while left:
            left -= started.is_set()
            typed.append(f"{word}{len(typed)}。")
            await write(page, typed[-1])
            await page.wait_for_timeout(BETWEEN_LINES_MS)
        return typed

    async def dies() -> None:
        """When each has read a line of the other."""
        await expect(lines(agent).filter(has_text="问题2。")).to_have_count(1)
        await expect(lines(visitor).filter(has_text="回答2。")).to_have_count(1)
        child.process.kill()
        await expect(visitor.get_by_text("网络已断开")).to_be_visible()
        await expect(agent.get_by_text("连接已断开")).to_be_visible()
        await asyncio.to_thread(child.process.start)
        started.set()

    async with asyncio.TaskGroup() as all:
        both = [all.create_task(types(say, visitor, "问题")), all.create_task(types(reply, agent, "回答"))]
        all.create_task(dies())
    asked, answered = [await typed for typed in both]
    # Each comes back at the next of its tries, between which it waits longer and longer.
    talk = [lines(page).filter(has_text=re.compile(r"^\s*(问题|回答)\d+。\s*$")) for page in (visitor, agent)]
    for shown in talk:
        await expect(shown).to_have_count(len(asked) + len(answered), timeout=2 * COMES_BACK_MS)
    seen, seen_by_agent = [[text.strip() for text in await shown.all_inner_texts()] for shown in talk]
    assert seen == seen_by_agent
    assert [text for text in seen if text in asked] == asked
    assert [text for text in seen if text in answered] == answered


async def test_d_three_minutes_of_silence(start: Callable[..., Any], people: Callable[..., Any]) -> None:
    """(d) The seed's example in virtual time: warned after 2 minutes, closed after 3 (S1-5.3.3a, S1-5.3.3c)."""
    clock = FakeClock()
    shop = await start(clock)
    agent, visitor = await people(), await people()
    await sign_in(agent, shop.url, "agent1")
    await open_widget(visitor, shop.shop)
    await visitor.get_by_role("button", name="售前咨询").click()
    await agent.get_by_role("option").first.click()
    await reply(agent, "您好，请问有什么可以帮您？")
    await expect(lines(visitor).last).to_have_text("您好，请问有什么可以帮您？")

    clock.advance(119)
    await shop.server.hub.scheduler.settled()
    warning = visitor.get_by_text("会话即将结束")
    await expect(warning).to_be_hidden()
    clock.advance(1)
    await expect(warning).to_be_visible()
    clock.advance(60)
    await expect(visitor.get_by_text("会话已自动结束")).to_be_visible()
    await expect(agent.locator(".phase, .chat-who").filter(has_text="已结束").first).to_be_visible()


async def test_e_queue_position_soothing_and_assignment(start: Callable[..., Any], people: Callable[..., Any]) -> None:
    """(e) Behind a full floor: told the position, soothed, assigned when a seat frees (S1-3.1i, S1-5.3.3d)."""
    clock = FakeClock()
    shop = await start(clock)
    hub = shop.server.hub
    profile = hub.held("agent", "demo-agent-1").profile
    full = ai.Saved(profile=type(profile)(account="agent1", name="座席", nickname="客服一号", groups=("sales",), max=1))
    await hub.send(Envelope(stream("agent", "demo-agent-1"), full))
    agent = await people()
    await sign_in(agent, shop.url, "agent1")
    first, second, third = [await people() for _ in range(3)]
    for page, told in ((first, "客服一号 为您服务"), (second, "马上就到您了"), (third, "前面还有 1 位")):
        await open_widget(page, shop.shop)
        await page.get_by_role("button", name="售前咨询").click()
        await expect(page.locator(".queue") if page is not first else page.get_by_text(told)).to_contain_text(told)

    clock.advance(61)
    await expect(third.get_by_text("客服正在忙")).to_be_visible()
    await agent.get_by_role("option").first.click()
    await agent.get_by_role("button", name="结束").click()
    await agent.get_by_role("button", name="结束会话").click()
    await expect(second.get_by_text("客服一号 为您服务")).to_be_visible()
    await expect(third.locator(".queue")).to_contain_text("马上就到您了")
    await third.get_by_role("button", name="退出排队").click()
    await expect(third.get_by_text("您已退出排队")).to_be_visible()
    await expect(third.get_by_text("请留下您的联系方式")).to_be_visible()
