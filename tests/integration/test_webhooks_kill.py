"""回调: a server that is killed in the middle of its work tells everything that it acknowledged, in order."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.integration.house import PATIENCE
from tests.integration.receiver import Receiver
from tests.integration.test_webhooks import by_visitor, texts

ENOUGH = 40
"""Acknowledged lines before the kill: by then many are told and others are under way."""


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


Talker = Callable[[int], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def talker(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Talker]:
    """Starts servers on the same file, with so many visitors."""
    started: list[asyncio.subprocess.Process] = []

    async def start(visitors: int) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.talker", str(tmp_path), receiver.url, str(visitors),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_killing_the_server_loses_no_letter(talker: Talker, receiver: Receiver) -> None:
    """kill -9, twice on the same file, while letters are on their way; what comes twice has the same name."""
    receiver.takes = 0.5  # longer than a visitor needs for the next line, so that letters pile up
    acknowledged: list[str] = []
    for _ in range(2):
        process = await talker(8)
        assert process.stdout
        acknowledged += [(await process.stdout.readline()).decode().strip() for _ in range(ENOUGH)]
        assert all(acknowledged), "the server did not begin"
        process.kill()
        acknowledged += (await process.stdout.read()).decode().splitlines()
        await process.wait()
    receiver.takes = 0.0
    await talker(0)

    def told() -> set[str]:
        mine = (x.said for x in receiver.letters if by_visitor(x.said))
        return {f"{x['conversation']['id']} {x['data']['message']['content']['text']}" for x in mine}

    async with asyncio.timeout(4 * PATIENCE):
        while not told() >= set(acknowledged):
            await asyncio.sleep(0.05)
    assert len(acknowledged) >= 2 * ENOUGH
    names: dict[str, set[str]] = {}
    order: dict[str, list[int]] = {}
    for x in (x.said for x in receiver.letters if by_visitor(x.said)):
        known = names.setdefault(x["id"], set())
        if not known:
            order.setdefault(x["conversation"]["id"], []).append(x["seq"])
        known.add(str(x["data"]))
    assert all(len(bodies) == 1 for bodies in names.values())
    assert all(seqs == sorted(seqs) for seqs in order.values())
    assert len(texts(receiver)) >= len(names)
