"""The command line: serve, demo, agent add, check-config, gen, identity-key, replay, simulate."""

import argparse
import asyncio
import getpass
import os
import signal
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec

from chatserver import __version__, demo
from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.app import Server
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel import log
from chatserver.kernel.errors import Refused
from chatserver.replay import tables
from chatserver.replay.check import check
from chatserver.replay.day import recorded
from chatserver.replay.explain import explain
from chatserver.replay.reading import read
from chatserver.replay.simulate import compare
from chatserver.settings.deployment import Deployment
from chatserver.settings.load import BadSettings, deployment, secret_of, settings_file
from chatserver.settings.schemas import schemas


def main(argv: list[str] | None = None) -> None:
    """Parse, run, and say in one sentence what went wrong."""
    args = _parser().parse_args(argv)
    try:
        args.run(args)
    except BadSettings as failure:
        sys.exit(f"The settings are not valid.\n{failure}")
    except Refused as refused:
        sys.exit(f"Refused: {refused}")
    except RuntimeError as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("chatserver", description="Customer-service chat server.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="run the server; settings come from CHATSERVER_* variables")
    serve.add_argument("--settings", type=Path, help="JSON file with the workspace's settings, saved at the start")
    serve.set_defaults(run=_serve)

    show = commands.add_parser("demo", help="run the embedded server with demonstration data and a shop page")
    show.add_argument("--port", type=int, default=8000)
    show.add_argument("--shop-port", type=int, default=8001)
    show.add_argument("--data-dir", default="data/demo")
    show.set_defaults(run=_demo)

    agent = commands.add_parser("agent", help="manage agents").add_subparsers(required=True, metavar="action")
    add = agent.add_parser("add", help="create an agent, or change one and set the password")
    add.add_argument("account")
    add.add_argument("--id", help="default: the account")
    add.add_argument("--name", help="default: the account")
    add.add_argument("--nickname", help="what visitors see; default: the name")
    add.add_argument("--groups", default="", help="ids, separated by commas")
    add.add_argument("--roles", default="agent", help="agent, supervisor, admin; separated by commas")
    add.add_argument("--min", type=int, default=0)
    add.add_argument("--max", type=int, default=5)
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.set_defaults(run=_agent_add)

    check = commands.add_parser("check-config", help="check CHATSERVER_* and, if given, a settings file")
    check.add_argument("settings", nargs="?", type=Path)
    check.set_defaults(run=_check_config)

    gen = commands.add_parser("gen", help="write the JSON Schemas of the settings file and of the wire protocol")
    gen.add_argument("folder", type=Path)
    gen.set_defaults(run=_gen)

    key = commands.add_parser("identity-key", help="print the key with which a site signs its users for an inbox")
    key.add_argument("inbox")
    key.set_defaults(run=_identity_key)

    _add_looking_back(commands)
    return parser


def _add_looking_back(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    replay = commands.add_parser("replay", help="decide every assignment of the log again, and compare")
    replay.add_argument("--explain", metavar="CONVERSATION", help="say instead why this conversation went to whom")
    replay.add_argument("--locale", choices=["zh-CN", "en"], default="zh-CN", help="of the explanation")
    replay.set_defaults(run=_replay)

    simulate = commands.add_parser("simulate", help="run recorded days again under other settings, side by side")
    simulate.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="first day, YYYY-MM-DD")
    simulate.add_argument("--to", type=date.fromisoformat, help="the day after the last; default: one day")
    simulate.add_argument("--settings", type=Path, required=True, help="JSON file with the other settings")
    simulate.add_argument("--json", action="store_true", help="figures as JSON instead of a table")
    simulate.set_defaults(run=_simulate)


def _serve(args: argparse.Namespace) -> None:
    d = deployment(os.environ)
    settings = settings_file(args.settings) if args.settings else None
    log.configure(d.log_level)

    async def run() -> None:
        server = Server(d)
        await server.start()
        if settings:
            await server.save_settings(settings, by="file")
        await _until_stopped()
        await server.stop()

    _run(run())


def _demo(args: argparse.Namespace) -> None:
    d = deployment(os.environ, port=args.port, data_dir=args.data_dir)
    log.configure("warning")

    async def run() -> None:
        server = Server(d)
        await server.start()
        await demo.fill(server)
        shop = await demo.serve_shop(server, d.host, args.shop_port)
        print(demo.welcome(server, f"http://localhost:{args.shop_port}/"), flush=True)
        await _until_stopped()
        await shop.cleanup()
        await server.stop()

    _run(run())


def _agent_add(args: argparse.Namespace) -> None:
    d = deployment(os.environ)
    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass()
    name = args.name or args.account
    raw = {
        "account": args.account,
        "name": name,
        "nickname": args.nickname or name,
        "groups": [g for g in args.groups.split(",") if g],
        "roles": [r for r in args.roles.split(",") if r],
        "min": args.min,
        "max": args.max,
    }
    try:
        profile = msgspec.convert(raw, Profile)
    except msgspec.ValidationError as failure:
        raise BadSettings(str(failure)) from None

    async def run() -> None:
        """Works on the store itself, so the embedded server must not run; with MongoDB it may."""
        server = Server(d)
        await server.store.open()
        await server.hub.start()
        id = args.id or args.account
        await server.hub.send(Envelope(stream("agent", id), ai.Saved(profile=profile)))
        await server.logins.set_password(args.account, id, password)
        await server.hub.stop()
        await server.store.close()
        print(f"agent {id} is saved")

    _run(run())


def _check_config(args: argparse.Namespace) -> None:
    d = deployment(os.environ)
    if args.settings:
        settings_file(args.settings)
    print(f"The settings are valid. The server would listen on {d.host}:{d.port} and be reached at {d.url}.")


def _gen(args: argparse.Namespace) -> None:
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        path = args.folder / name
        path.write_bytes(msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n")
        print(path)


def _identity_key(args: argparse.Namespace) -> None:
    from chatserver.channels.web.identity import VisitorTokens

    d: Deployment = deployment(os.environ)
    print(VisitorTokens(secret_of(d)).identity_key(args.inbox))


def _replay(args: argparse.Namespace) -> None:
    records = read(deployment(os.environ))
    if args.explain:
        print(explain(records, args.explain, args.locale))
        return
    checked = check(records)
    print(tables.of_check(checked))
    if checked.differences:
        sys.exit(1)


def _simulate(args: argparse.Namespace) -> None:
    to = args.to or args.first + timedelta(days=1)
    if to <= args.first:
        raise BadSettings("--to: must be a later day than --from")
    other = settings_file(args.settings)
    compared = compare(recorded(read(deployment(os.environ)), args.first, to), other)
    print(msgspec.json.encode(compared).decode() if args.json else tables.of_comparison(compared))


async def _until_stopped() -> None:
    """Returns on SIGTERM or Ctrl+C."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    await stopped.wait()


def _run(work: object) -> None:
    """On uvloop where there is one: the same behaviour with less CPU."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)  # type: ignore[arg-type]
        return
    uvloop.run(work)  # type: ignore[arg-type]
