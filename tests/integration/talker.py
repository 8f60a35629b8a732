"""A server process whose visitors talk without end, and that tells a receiver so, until it is killed.

Run as `python -m tests.integration.talker <data folder> <receiver's url> <visitors>`; every line that was acknowledged
is said on standard output as `<conversation> <text>`. With no visitors it only tells what is left.
"""

import asyncio
import os
import sys
from pathlib import Path

from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.clock import SystemClock
from chatserver.store.sqlite import SqliteStore
from chatserver.suite.integrations.webhooks import MakeWebhook, Wish
from tests.integration.house import House

WEBHOOK = "orders"


async def main(folder: Path, url: str, visitors: int) -> None:
    store = SqliteStore(folder / "chat.db", "default")
    house = await House(store, SystemClock(), data_dir=str(folder), webhooks_to_private=("127.0.0.0/8",)).start()
    if house.server.hub.at_hand("webhook", WEBHOOK) is None:
        wish = Wish(name="订单系统", url=url, kinds=("message.created",))
        await house.server.hub.send(Envelope(stream("webhook", WEBHOOK), MakeWebhook(wish=wish, by="demo")))

    async def talk(who: int) -> None:
        visitor = await house.visitor()
        count = 0
        while True:
            text = f"{who}:{count}"
            ack = await visitor.say(text)
            # One write of a whole line, straight to the pipe: what was said before the kill is never lost or cut.
            os.write(sys.stdout.fileno(), f"{ack['conversation']} {text}\n".encode())
            count += 1
            await asyncio.sleep(0.3)  # a visitor may write four times a second for long

    async with asyncio.TaskGroup() as talking:
        for who in range(visitors):
            talking.create_task(talk(who))
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, folder, url, visitors = sys.argv
    asyncio.run(main(Path(folder), url, int(visitors)))
