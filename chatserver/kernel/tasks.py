"""Background tasks that are kept referenced and whose failures are logged; the only caller of `asyncio.create_task`.

And work that takes long, on threads of its own.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

_log = logging.getLogger("chatserver.tasks")
_running: set[asyncio.Task[Any]] = set()
_aside = ThreadPoolExecutor(2, "aside")
P = ParamSpec("P")
T = TypeVar("T")


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


async def aside(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What takes a processor for a second, such as an export: neither the loop waits for it, nor do files and logins,
    which have the other threads. Two at a time, in their order."""
    return await asyncio.get_running_loop().run_in_executor(_aside, partial(work, *given, **named))


async def stop(task: asyncio.Task[Any] | None) -> None:
    """Cancel and wait; a task that is already over is fine."""
    if task is None:
        return
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
