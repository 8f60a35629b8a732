"""A test that does not end is a failure that says where it stands, not a run without an end.

pytest's own `faulthandler_timeout` looks away once a test has failed, though cleaning up after it may hang too, and of
a coroutine that waits it shows only the loop.
"""

import asyncio
import faulthandler
import os
import sys
import threading
from collections.abc import Generator, Iterator
from typing import Any

import pytest

LIMIT = 86_400.0 if os.environ.get("SOAK") else 300.0
"""Seconds for one test with all that prepares it and cleans up after it; far more than a busy machine needs."""

WATCH = pytest.StashKey[threading.Timer]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    watch = item.config.stash[WATCH] = threading.Timer(LIMIT, end, [item])
    watch.daemon = True
    watch.start()
    try:
        return (yield)
    finally:
        watch.cancel()


def pytest_enter_pdb(config: pytest.Config) -> None:
    """A person may look as long as they like."""
    config.stash[WATCH].cancel()


def end(item: pytest.Item) -> None:
    """Ends this process: xdist reports the test as failed and goes on with the others."""
    if capture := item.config.pluginmanager.getplugin("capturemanager"):
        capture.suspend_global_capture(in_=True)
    with open(2, "w", closefd=False) as out:
        print(f"\n{item.nodeid} does not end: {LIMIT:g} s are over", file=out)
        for task in tasks():
            print(task.get_name(), *places(task.get_coro()), sep="\n  ", file=out)
        out.flush()
        faulthandler.dump_traceback(out)
    os._exit(1)


def tasks() -> set[asyncio.Task[Any]]:
    """Those of the loop that runs in the main thread."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if isinstance(runner := frame.f_locals.get("self"), asyncio.Runner):
            return asyncio.all_tasks(runner.get_loop())
        frame = frame.f_back
    return set()


def places(waits: Any) -> Iterator[str]:
    """Where a coroutine waits, where the one waits that it waits for, and so on."""
    while frame := getattr(waits, "cr_frame", None):
        yield f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
        waits = waits.cr_await
