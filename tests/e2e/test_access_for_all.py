"""Pages that everybody can use: axe finds nothing, a small phone scrolls one way only, the keyboard reaches all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.deeds import open_widget, sign_in

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


async def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe says is wrong, in one line each."""
    await page.evaluate(AXE.read_text("utf-8"))
    result = await page.evaluate("([within, rules]) => axe.run(within || document, rules)", [within, RULES])
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in result["violations"]]


@SCHEMES
async def test_widget_has_no_barrier(start: Callable[..., Any], people: Callable[..., Any], scheme: str) -> None:
    """Launcher, menu and form; Escape closes the window and gives the focus back."""
    shop = await start()
    page = await people(color_scheme=scheme)
    await page.goto(shop.shop)
    await page.get_by_role("button", name="打开在线客服").wait_for()
    assert await violations(page) == []
    await open_widget(page, shop.shop)
    assert await violations(page) == []
    await page.get_by_role("button", name="给我们留言").click()
    await page.get_by_label("您的称呼").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="打开在线客服")).to_be_focused()


@SCHEMES
async def test_h5_has_no_barrier(start: Callable[..., Any], people: Callable[..., Any], scheme: str) -> None:
    """The smallest phone: 320 px, no sideways scroll."""
    shop = await start()
    page = await people(color_scheme=scheme, viewport={"width": 320, "height": 568})
    await page.goto(f"{shop.url}/h5/?inbox=h5")
    await page.get_by_role("button", name="给我们留言").click()
    await page.get_by_label("您的称呼").wait_for()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@SCHEMES
async def test_console_has_no_barrier(start: Callable[..., Any], people: Callable[..., Any], scheme: str) -> None:
    """Login, the empty desk, and a desk with a conversation open; and at 320 px nothing scrolls sideways."""
    shop = await start()
    page, visitor = await people(color_scheme=scheme), await people()
    await page.goto(f"{shop.url}/console/")
    await page.get_by_label("账号").wait_for()
    assert await violations(page) == []
    await sign_in(page, shop.url, "agent1")
    assert await violations(page) == []
    await open_widget(visitor, shop.shop)
    await visitor.get_by_role("button", name="售前咨询").click()
    await page.get_by_role("option").first.click()
    await page.get_by_role("textbox", name="回复").wait_for()
    assert await violations(page) == []
    await page.set_viewport_size({"width": 320, "height": 568})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@SCHEMES
async def test_settings_have_no_barrier(start: Callable[..., Any], people: Callable[..., Any], scheme: str) -> None:
    """The form that is drawn from the schema: every section, an open entry; a change is saved and acts at once."""
    shop = await start()
    page = await people(color_scheme=scheme)
    await sign_in(page, shop.url, "admin")
    await page.get_by_role("link", name="设置").click()
    for section in ("服务组", "服务时间", "接入", "会话消息设置"):
        await page.get_by_role("menuitem", name=section, exact=True).click()
        await page.get_by_role("heading", name=section, exact=True).wait_for()
        assert await violations(page) == [], section
    await page.get_by_label("访客超时自动结束").fill("90")
    await page.get_by_role("button", name="保存").click()
    await page.get_by_text("已保存").wait_for()
    await page.reload()
    await expect(page.get_by_label("访客超时自动结束")).to_have_value("90")


async def test_console_in_english(start: Callable[..., Any], people: Callable[..., Any]) -> None:
    """An English browser gets an English console, and may switch."""
    shop = await start()
    page = await people(locale="en-US")
    await page.goto(f"{shop.url}/console/")
    await expect(page.get_by_label("Account")).to_be_visible()
