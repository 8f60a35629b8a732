"""A server program under a test's control: start it, kill it hard, start it again on the same data, throw it away."""

import atexit
import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

_START_SECONDS = 120.0
_POLL_SECONDS = 0.02

_FIRST_PORT, _PORTS = 20_000, 12_000
_turns = itertools.count(os.getpid() * 97)  # runs side by side begin in different places


class Server:
    """One program with a port and a folder of its own; as a context manager it is gone afterwards, whatever happens.

    `command(port, folder)` is what to run and `ready(port)` tells whether it answers (False or an exception: not yet).
    """

    def __init__(
        self, name: str, command: Callable[[int, Path], list[str]], ready: Callable[[int], bool], *, root: Path | None
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
        self.port = free_port()
        self._name = name
        self._command = command
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.discard)  # for a test run that is stopped before its fixtures are

    def start(self) -> None:
        """Run it on the data that are there and wait until it answers; RuntimeError with its last words otherwise."""
        output = self.folder / "output.txt"
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                self._command(self.port, self.folder), stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self._name} did not start: {output.read_text(errors='replace')[-2000:]}")
            time.sleep(_POLL_SECONDS)

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return self._process.pid if self._process is not None else None

    def kill(self) -> None:
        """The hard way (SIGKILL), as a power cut would; the data stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def discard(self) -> None:
        """Kill it and delete its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.discard)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.discard()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.discard()

    def _answers(self) -> bool:
        try:
            return self._ready(self.port)
        except Exception:
            return False  # whatever a client says of a server that is still starting


def free_port() -> int:
    """A port that stays free until somebody comes who knows it, also while its server is away: it lies below those that
    a system gives to whoever asks for any."""
    for turn in itertools.islice(_turns, _PORTS):
        port = _FIRST_PORT + turn % _PORTS
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port from {_FIRST_PORT} to {_FIRST_PORT + _PORTS - 1}")
