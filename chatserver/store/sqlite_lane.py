"""A thread that owns one SQLite connection, so that no query ever holds up the event loop.

It knows how work is run, one by one or as a group in a single transaction, and nothing of tables.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# What one transaction takes at most: bounds how long the first of a burst waits for the last.
_GROUP = 512


class Job(msgspec.Struct, frozen=True):
    """Work for the connection, and who waits for it."""

    work: Callable[[sqlite3.Connection], Any]
    waiter: asyncio.Future[Any]


class Outcome(msgspec.Struct, frozen=True):
    """How a job ended: with a failure or with a value."""

    waiter: asyncio.Future[Any]
    value: Any = None
    failure: Exception | None = None


class Lane:
    """Runs jobs in the order of their arrival on a thread of its own.

    With `group` the jobs that arrived during the previous transaction share the next one, and with it one fsync.
    There is no timer: a job that comes alone is run alone, at once.
    """

    def __init__(self, db: sqlite3.Connection, name: str, *, group: bool) -> None:
        self._db = db
        self._most, self._run = (_GROUP, _together) if group else (1, _one_by_one)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._closed = False
        # A daemon: a process that dies without close() must not hang on this thread.
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work(connection)` on the thread; what it returns or raises. RuntimeError after `close()`."""
        if self._closed:
            raise RuntimeError("the store is closed")
        waiter: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(Job(work, waiter))
        return await waiter

    async def close(self) -> None:
        """Finish what was asked for, then close the connection."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        last = False
        while not last:
            jobs, last = self._next()
            if not jobs:
                break
            outcomes = self._run(self._db, jobs)
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
                self._loop.call_soon_threadsafe(_settle, outcomes)
        self._db.close()

    def _next(self) -> tuple[list[Job], bool]:
        """Wait for a job, then take what else is there; True when it is the last time."""
        jobs: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) >= self._most:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True


def _one_by_one(db: sqlite3.Connection, jobs: list[Job]) -> list[Outcome]:
    return [_attempt(db, job) for job in jobs]


def _together(db: sqlite3.Connection, jobs: list[Job]) -> list[Outcome]:
    """One transaction for all; a job that fails takes back only its own writes. No commit, no success for anybody."""
    try:
        db.execute("BEGIN IMMEDIATE")
        outcomes = [_apart(db, job) for job in jobs]
        db.execute("COMMIT")
    except Exception as failure:
        # A rollback can fail too (the disk is gone); those who wait must hear of the first failure all the same.
        with contextlib.suppress(sqlite3.Error):
            if db.in_transaction:
                db.execute("ROLLBACK")
        return [Outcome(job.waiter, failure=failure) for job in jobs]
    return outcomes


def _apart(db: sqlite3.Connection, job: Job) -> Outcome:
    db.execute("SAVEPOINT job")
    outcome = _attempt(db, job)
    if outcome.failure is not None:
        if not db.in_transaction:
            raise outcome.failure  # a full disk or an I/O error: SQLite has already taken back the whole group
        db.execute("ROLLBACK TO job")
    db.execute("RELEASE job")
    return outcome


def _attempt(db: sqlite3.Connection, job: Job) -> Outcome:
    try:
        return Outcome(job.waiter, job.work(db))
    except Exception as failure:
        return Outcome(job.waiter, failure=failure)


def _settle(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.waiter.done():
            continue  # whoever waited was cancelled meanwhile
        if outcome.failure is not None:
            outcome.waiter.set_exception(outcome.failure)
        else:
            outcome.waiter.set_result(outcome.value)
