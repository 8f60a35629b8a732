"""Background tasks that are kept referenced and whose failures are logged; the only caller of `asyncio.create_task`."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger("chatserver.tasks")
_running: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """Start `work`; a failure is logged once under `name` instead of vanishing with the task."""
    task = asyncio.create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_done)
    return task


def _done(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (failure := task.exception()):
        _log.error("background task failed", exc_info=failure, extra={"task": task.get_name()})


async def stop(task: asyncio.Task[Any] | None) -> None:
    """Cancel and wait; a task that is already over is fine."""
    if task is None:
        return
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
