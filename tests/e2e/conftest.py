"""A browser for the run, a running demonstration for each journey, and the two people in it."""

import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from chatserver import demo
from chatserver.api.assets import web_dir
from chatserver.app import Server
from chatserver.kernel.clock import Clock, SystemClock
from chatserver.settings.deployment import Deployment
from tests.providers import chromium, missing
from tests.providers.process import Server as Process
from tests.providers.process import free_port

PATIENCE = 30_000
"""Milliseconds that a page may take for anything: it is there long before, except on a machine that is very busy."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium.binary() or missing("Chromium", chromium.REMEDY)
    if web_dir() is None:
        missing("the build of the front ends", "run `make build` or `npm ci && npm run build`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=chromium.ARGS)
        yield browser
        await browser.close()


class Shop:
    """A running demonstration: the server in this process, and a shop page of another origin."""

    def __init__(self, server: Server, shop: str) -> None:
        self.server = server
        self.url = server.deployment.url
        self.shop = shop


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """`await start(clock)` starts the demonstration; it is gone after the test."""
    running: list[tuple[Server, Any]] = []

    async def run(clock: Clock | None = None) -> Shop:
        port, shop_port = free_port(), free_port()
        d = Deployment(port=port, data_dir=str(tmp_path), secret="for tests only " * 4)
        server = Server(d, clock=clock or SystemClock())
        await server.start()
        await demo.fill(server)
        shop = await demo.serve_shop(server, "127.0.0.1", shop_port)
        running.append((server, shop))
        return Shop(server, f"http://localhost:{shop_port}/")

    yield run
    for server, shop in running:
        await shop.cleanup()
        await server.stop()


class Child:
    """The demonstration as its own process, which a test may kill and start again on the same data."""

    def __init__(self, process: Process, shop_port: int) -> None:
        self.process = process
        self.url = f"http://localhost:{process.port}"
        self.shop = f"http://localhost:{shop_port}/"


@pytest.fixture
def child() -> Iterator[Child]:
    shop_port = free_port()

    def command(port: int, folder: Path) -> list[str]:
        ports = ["--port", str(port), "--shop-port", str(shop_port)]
        return [sys.executable, "-m", "chatserver", "demo", *ports, "--data-dir", str(folder / "data")]

    def answers(port: int) -> bool:
        with socket.create_connection(("127.0.0.1", port), 1), socket.create_connection(("127.0.0.1", shop_port), 1):
            return True

    process = Process("chatserver", command, answers, root=None)
    process.start()
    yield Child(process, shop_port)
    process.discard()


@pytest.fixture
async def people(browser: Browser) -> AsyncIterator[Callable[..., Any]]:
    """`await people(**options)` gives a page in a context of its own; an error on any page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def person(**options: Any) -> Page:
        # Without motion: a fading panel has, for a moment, colours that nobody reads.
        usual = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        context = await browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        contexts.append(context)
        return page

    yield person
    for context in contexts:
        await context.close()
    assert errors == []
