"""A store that answers only while its gate is open, as behind a network that stands still."""

import asyncio

from tests.fakes.memory_store import MemoryStore


class SlowStore(MemoryStore):
    """Everything that is asked while `gate` is cleared waits until it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def _turn(self) -> None:
        await super()._turn()
        await self.gate.wait()
