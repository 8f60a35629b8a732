"""Where the bytes lie: a port, and a folder behind it. Several processes share one folder, or bring another adapter."""

import asyncio
import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

_ID = re.compile(r"[0-9A-Za-z\-]{8,40}")


class Blobs(Protocol):
    """Bytes by id. An id is made by us and never used again."""

    async def put(self, id: str, source: Path) -> None:
        """Keep what is in the file, durably, and take the file away."""
        ...

    async def get(self, id: str) -> Path | None:
        """A file to read from; None for what is not there."""
        ...

    async def delete(self, id: str) -> None:
        """Fine if there is none."""
        ...

    def room(self) -> Path:
        """A new file to write into, near enough to be moved in one stroke."""
        ...

    async def sweep(self, before: float) -> None:
        """Take away rooms that nobody has written into since `before` (epoch seconds)."""
        ...


class Folder:
    """`<folder>/<two letters>/<id>`, readable by the server's user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rooms = folder / "tmp"

    async def put(self, id: str, source: Path) -> None:
        await asyncio.to_thread(self._put, id, source)

    async def get(self, id: str) -> Path | None:
        if not _ID.fullmatch(id):
            return None
        path = self._path(id)
        return path if await asyncio.to_thread(path.is_file) else None

    async def delete(self, id: str) -> None:
        if _ID.fullmatch(id):
            await asyncio.to_thread(self._path(id).unlink, missing_ok=True)

    def room(self) -> Path:
        self._rooms.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._rooms)  # 0600
        os.close(handle)
        return Path(name)

    async def sweep(self, before: float) -> None:
        """Take away what a server that died was still writing at `before`, in seconds of the epoch."""
        await asyncio.to_thread(self._sweep, before)

    def _sweep(self, before: float) -> None:
        for room in self._rooms.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if room.stat().st_mtime < before:
                    room.unlink()

    def _put(self, id: str, source: Path) -> None:
        target = self._path(id)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(source, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(source, 0o600)
        os.replace(source, target)
        with contextlib.suppress(OSError):  # not every system lets a folder be synced
            handle = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _path(self, id: str) -> Path:
        """By its last letters: the first ones of an id are its time, and much the same all day."""
        return self._folder / id[-2:].lower() / id
