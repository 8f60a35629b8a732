"""What the two people of a journey do, in the words of the screens."""

from playwright.async_api import Page

from chatserver import demo


async def sign_in(page: Page, url: str, account: str) -> None:
    """An agent opens the console and logs in."""
    await page.goto(f"{url}/console/")
    await page.get_by_label("账号").fill(account)
    await page.get_by_label("密码", exact=True).fill(demo.PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_text("选择一个会话开始接待").wait_for()


async def open_widget(page: Page, shop: str) -> None:
    """A visitor of the shop clicks the launcher."""
    await page.goto(shop)
    await page.get_by_role("button", name="打开在线客服").click()
    await page.get_by_text("请选择您要咨询的问题").wait_for()


async def say(page: Page, text: str) -> None:
    """Write into the visitor's composer and press Enter."""
    box = page.get_by_role("textbox", name="输入消息")
    await box.fill(text)
    await box.press("Enter")


async def reply(page: Page, text: str) -> None:
    """Write into the agent's composer and press Enter."""
    box = page.get_by_role("textbox", name="回复")
    await box.fill(text)
    await box.press("Enter")
