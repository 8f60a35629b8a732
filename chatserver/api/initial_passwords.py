"""初始密码: given after whoever brought them has the answer, because each takes a processor for a while.

Nothing of them is kept but their hashes. Those that a stop of the server leaves are logged as a number, and are given
when the same sheet comes again.
"""

import asyncio
import logging
from collections.abc import Mapping

from chatserver.api.auth import Logins
from chatserver.kernel.tasks import spawn, stop

_log = logging.getLogger("chatserver.passwords")


class InitialPasswords:
    """One after the other, whoever brought them: of the two places for hashing one is always left to those who log in.

    `left`: by agent, so that a sheet that comes again makes none of them wait twice.
    """

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        self._task: asyncio.Task[None] | None = None
        self.left: dict[str, str] = {}

    def give(self, passwords: Mapping[str, str]) -> None:
        """Soon, to whoever has none by then; the latest word counts."""
        self.left |= passwords
        if self.left and (self._task is None or self._task.done()):
            self._task = spawn(self._run(), "initial passwords")

    async def given(self) -> None:
        """Return when nobody waits for one."""
        if self._task:
            await self._task

    async def stop(self) -> None:
        await stop(self._task)
        if self.left:
            _log.warning("initial passwords were not given; import the sheet again", extra={"agents": len(self.left)})

    async def _run(self) -> None:
        while self.left:
            agent, password = next(iter(self.left.items()))
            try:
                await self._logins.set_initial_password(agent, password)
            except Exception:
                _log.exception("an initial password was not given; import the sheet again", extra={"agent": agent})
            if self.left.get(agent) == password:
                del self.left[agent]
