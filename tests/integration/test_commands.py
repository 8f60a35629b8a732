"""`chatserver` at a terminal where something is in the way: a sentence that says what to do, and never a traceback."""

import asyncio
import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from chatserver import demo
from chatserver.agents.model import Agent
from chatserver.app import Server
from chatserver.cli import main
from chatserver.settings.load import deployment
from chatserver.store import mongo
from tests.integration.house import PATIENCE
from tests.providers.process import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHATSERVER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def failed(*argv: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(list(argv))
    return str(end.value)


def started(folder: Path, *argv: str, **environ: str) -> str:
    """What a server that cannot start says, as a process of its own."""
    command = [sys.executable, "-m", "chatserver", *argv]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, timeout=4 * PATIENCE, check=False
    )
    assert done.returncode == 1
    return done.stderr


def agents() -> dict[str, Agent]:
    async def run() -> dict[str, Agent]:
        server = Server(deployment(os.environ))
        await server.store.open()
        await server.hub.start()
        found: list[Agent] = list(server.hub.agents())
        await server.hub.stop()
        await server.store.close()
        return {agent.id: agent for agent in found}

    return asyncio.run(run())


def test_a_port_that_is_taken_is_named_with_the_way_out(folder: Path, taken: int) -> None:
    """The server's, the shop's, and one that the environment names."""
    data = ["--data-dir", str(folder / "demo")]
    for said in (
        started(folder, "demo", *data, CHATSERVER_PORT=str(taken)),
        started(folder, "demo", *data, "--port", str(free_port()), "--shop-port", str(taken)),
        started(folder, "serve", CHATSERVER_PORT=str(taken)),
    ):
        first, second = said.splitlines()
        assert f"('127.0.0.1', {taken})" in first
        assert "CHATSERVER_PORT" in second
        assert "--shop-port" in second


@pytest.mark.parametrize(
    ("given", "password", "where"),
    [
        (["--groups", "nosuch"], "long enough", "$.groups[0]"),
        (["--roles", "king"], "long enough", "$.roles[0]"),
        (["--min", "9"], "long enough", "$.min"),
        (["--id", "b b"], "long enough", "$.id"),
        ([], "short", "$.password"),
    ],
)
def test_an_agent_that_cannot_be_is_refused_by_field_and_not_saved(
    given: list[str], password: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the workspace knows, and by what a password must be, before anything is kept."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    said = failed("agent", "add", "zhu", "--password-stdin", *given)
    assert where in said
    assert "{" not in said, "a sentence and no data"
    assert agents() == {}


def test_an_agent_is_made_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("long enough\n"))
    main(["agent", "add", "zhu", "--roles", "admin", "--password-stdin"])
    assert agents()["zhu"].profile.roles == ("admin",)


def test_a_password_that_never_comes_is_missed_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert failed("agent", "add", "zhu", "--password-stdin") == "Standard input ended before it held a password."
    assert agents() == {}


def test_a_mongodb_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one whose address is none."""

    async def nobody_there(client: object) -> None:
        raise ServerSelectionTimeoutError("db:27017: refused (configured timeouts: 5000.0ms), Timeout: 5.0s, …")

    monkeypatch.setattr(mongo, "_refuse_standalone", nobody_there)
    monkeypatch.setattr(sys, "stdin", io.StringIO("long enough\n" * 3))
    for address, why in (
        ("mongodb://db/", "db:27017: refused."),
        ("mongo://db/", "Invalid URI scheme"),
        ("mongodb://x:y:z", "Reserved characters such as ':' must be escaped"),
    ):
        monkeypatch.setenv("CHATSERVER_MONGODB_URI", address)
        assert failed("agent", "add", "zhu", "--password-stdin").startswith(f"MongoDB cannot be used: {why}")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CHATSERVER_STORE", "x", "CHATSERVER_STORE: there is no such variable"),
        ("CHATSERVER_SECRT", "x", "did you mean CHATSERVER_SECRET?"),
        ("CHATSERVER_PORT", "99999", "CHATSERVER_PORT: Expected `int` <= 65535"),
        ("CHATSERVER_METRICS_FROM", "10.0.0.0/8,abc", "CHATSERVER_METRICS_FROM: 'abc' does not appear"),
        ("CHATSERVER_SECRET", "short", "CHATSERVER_SECRET must have at least 32 characters"),
        ("CHATSERVER_DATA_DIR", "/etc/passwd", "CHATSERVER_DATA_DIR: /etc/passwd cannot be the data folder"),
    ],
)
def test_a_variable_that_is_wrong_is_named(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert said in failed("serve")


def test_an_identity_key_is_that_of_a_server_and_of_an_inbox_that_there_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or a site signs with a key that opens nothing, and nothing says why."""
    said = failed("identity-key", "web")
    assert "CHATSERVER_DATA_DIR" in said
    assert "CHATSERVER_SECRET" in said
    assert not (folder / "data").exists(), "nothing is made for the question"

    async def start() -> str:
        server = Server(deployment(os.environ, port=0))
        await server.start()
        await demo.fill(server)
        try:
            main(["identity-key", "web"])
            return server.tokens.identity_key("web")
        finally:
            await server.stop()

    key = asyncio.run(start())
    assert capsys.readouterr().out.strip() == key
    assert "there is web" in failed("identity-key", "nosuch")
