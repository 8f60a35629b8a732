"""The command line: serve, demo, agent, check-config, gen, identity-key, flow, holidays, replay, simulate."""

import argparse
import asyncio
import errno
import getpass
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from chatserver import __version__, demo
from chatserver.access.check import Actor
from chatserver.access.roles import ADMIN
from chatserver.agents import inputs as ai
from chatserver.api.importing import import_agents
from chatserver.api.management import check as check_profile
from chatserver.api.people import NewAgent, profile_of
from chatserver.api.sheets import read_sheet
from chatserver.app import Server
from chatserver.flow import validate as flows
from chatserver.flow.model import Flow
from chatserver.hours import holiday_list
from chatserver.hours.holidays_cn import HOLIDAYS, PROVISIONAL, WORKDAYS
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel import log
from chatserver.kernel.errors import Refused
from chatserver.protocol.sentences import sentence
from chatserver.protocol.wire import bad_request
from chatserver.replay import tables
from chatserver.replay.check import check
from chatserver.replay.day import recorded
from chatserver.replay.explain import explain
from chatserver.replay.reading import read
from chatserver.replay.reading import settings as kept_settings
from chatserver.replay.simulate import compare
from chatserver.settings import rehearsal_words
from chatserver.settings.deployment import Deployment
from chatserver.settings.load import BadSettings, deployment, json_file, kept_secret, settings_file
from chatserver.settings.model import Settings
from chatserver.settings.rehearsal import rehearse
from chatserver.settings.schemas import schemas
from chatserver.settings.script import Script
from chatserver.settings.validate import known_to_flows


def main(argv: list[str] | None = None) -> None:
    """Parse, run, and say in one sentence what went wrong."""
    args = _parser().parse_args(argv)
    try:
        args.run(args)
    except BadSettings as failure:
        sys.exit(f"The settings are not valid.\n{failure}")
    except Refused as refused:
        sys.exit(_refusal(refused))
    except RuntimeError as failure:
        sys.exit(str(failure))
    except OSError as failure:
        sys.exit(f"{failure.strerror or failure}{_way_out(failure)}")
    except EOFError:
        sys.exit("Standard input ended before it held a password.")
    except KeyboardInterrupt:
        sys.exit(130)


def _refusal(refused: Refused) -> str:
    """The sentence that the console would show, and the place with the reason where there is one."""
    said = sentence("en", f"error.{refused.code.value}", refused.data)
    path, reason = refused.data.get("path"), refused.data.get("reason")
    return f"Refused: {said}." + (f"\n{path}: {reason}" if path and reason else "")


def _way_out(failure: OSError) -> str:
    """What to do about it, where that is known."""
    if failure.errno != errno.EADDRINUSE:
        return f": {failure.filename}" if failure.filename else ""
    return ".\nAnother program listens there. Take another port: CHATSERVER_PORT, or the demo's --port and --shop-port."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("chatserver", description="Customer-service chat server.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser("serve", help="run the server; settings come from CHATSERVER_* variables")
    serve.add_argument("--settings", type=Path, help="JSON file with the workspace's settings, saved at the start")
    serve.set_defaults(run=_serve)

    show = commands.add_parser("demo", help="run the embedded server with demonstration data and a shop page")
    show.add_argument("--port", type=int, help="default: CHATSERVER_PORT, or 8000")
    show.add_argument("--shop-port", type=int, help="of the page that embeds the widget; default: the next one")
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
    take = agent.add_parser("import", help="create and change agents by a sheet, CSV or XLSX: all of it, or nothing")
    take.add_argument("file", type=Path)
    take.add_argument("--check", action="store_true", help="only say what would happen")
    take.set_defaults(run=_agent_import)

    check = commands.add_parser("check-config", help="check CHATSERVER_* and, if given, a settings file")
    check.add_argument("settings", nargs="?", type=Path)
    check.set_defaults(run=_check_config)

    gen = commands.add_parser("gen", help="write the JSON Schemas of the settings file and of the wire protocol")
    gen.add_argument("folder", type=Path)
    gen.set_defaults(run=_gen)

    key = commands.add_parser("identity-key", help="print the key with which a site signs its users for an inbox")
    key.add_argument("inbox")
    key.set_defaults(run=_identity_key)

    _add_flows(commands)
    _add_looking_back(commands)
    return parser


def _add_flows(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    flow = commands.add_parser("flow", help="check or try a flow").add_subparsers(required=True, metavar="action")
    tried = flow.add_parser("simulate", help="play a flow with an invented visitor, in virtual time")
    tried.add_argument("--script", type=Path, required=True, help="JSON file: when the visitor comes, and what is done")
    tried.add_argument("--json", action="store_true", help="effects as JSON instead of lines")
    tried.set_defaults(run=_flow_simulate)
    checked = flow.add_parser("check", help="say what is wrong with a flow")
    checked.set_defaults(run=_flow_check)
    for command in (tried, checked):
        command.add_argument("flow", type=Path, help="JSON file, as the console exports it")
        command.add_argument("--settings", type=Path, required=True, help="JSON file with the workspace's settings")

    holidays = commands.add_parser("holidays", help="public holidays").add_subparsers(required=True, metavar="action")
    show = holidays.add_parser("show", help="print a year of mainland China, in the form that can be imported")
    show.add_argument("year", type=int, choices=sorted(HOLIDAYS))
    show.set_defaults(run=_holidays_show)
    take = holidays.add_parser("import", help="put a list of holidays into a calendar of service hours")
    take.add_argument("file", type=Path, help="one day or stretch a line: 2027-10-01/2027-10-07,国庆节,off (or work)")
    take.add_argument("--calendar", required=True, help="the calendar's id")
    take.set_defaults(run=_holidays_import)


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
        try:
            if settings:
                await server.save_settings(settings, by="file")
            await _until_stopped()
        finally:
            await server.stop()

    _run(run())


def _demo(args: argparse.Namespace) -> None:
    given = {} if args.port is None else {"port": args.port}
    d = deployment(os.environ, data_dir=args.data_dir, **given)
    shop_port = args.shop_port or d.port + 1
    log.configure("warning")

    async def run() -> None:
        server = Server(d)
        await server.start()
        try:
            await demo.fill(server)
            shop = await demo.serve_shop(server, d.host, shop_port)
            print(demo.welcome(server, f"http://localhost:{shop_port}/"), flush=True)
            await _until_stopped()
            await shop.cleanup()
        finally:
            await server.stop()

    _run(run())


def _agent_add(args: argparse.Namespace) -> None:
    d = deployment(os.environ)
    by = Actor(agent="cli", groups=frozenset(), grants=ADMIN)
    name = args.name or args.account
    raw = {
        "id": args.id or args.account,
        "account": args.account,
        "name": name,
        "nickname": args.nickname or name,
        "groups": [g for g in args.groups.split(",") if g],
        "roles": [r for r in args.roles.split(",") if r],
        "min": args.min,
        "max": args.max,
        "password": _password(args),
    }
    try:
        wanted = msgspec.convert(raw, NewAgent)
    except msgspec.ValidationError as failure:
        raise bad_request(failure) from None

    async def run(server: Server) -> None:
        id, profile = raw["id"], profile_of(wanted)
        check_profile(server.hub, by, server.hub.at_hand("agent", id), profile)
        await server.hub.send(Envelope(stream("agent", id), ai.Saved(profile=profile, by=by.agent)))
        await server.logins.set_password(id, raw["password"])
        print(f"agent {id} is saved")

    _run(_on_the_store(d, run))


def _password(args: argparse.Namespace) -> str:
    """Raises `EOFError` when there is none to be read."""
    if not args.password_stdin:
        return getpass.getpass()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _agent_import(args: argparse.Namespace) -> None:
    d = deployment(os.environ)
    try:
        rows = read_sheet(args.file.read_bytes())
    except OSError as failure:
        raise BadSettings(f"{args.file}: {failure.strerror}") from None

    async def run(server: Server) -> None:
        by = Actor(agent="cli", groups=frozenset(), grants=ADMIN)
        report, passwords = await import_agents(server.hub, server.logins, rows, by, save=not args.check)
        if passwords:
            print(f"initial passwords are being set: {len(passwords)}", flush=True)
        for agent, password in passwords.items():
            await server.logins.set_initial_password(agent, password)
        for x in report.problems:
            print(f"line {x.line}: {x.column} {x.code} {x.value}".rstrip(), file=sys.stderr)
        done = "saved" if report.saved else "nothing is saved"
        print(f"{report.created} new, {report.updated} changed, {report.unchanged} as they were: {done}")
        if report.problems:
            raise RuntimeError("The sheet has problems.")

    _run(_on_the_store(d, run))


async def _on_the_store(d: Deployment, work: Callable[[Server], Awaitable[None]]) -> None:
    """Without doors. The embedded store belongs to one process, so its server must not run; with MongoDB it may."""
    server = Server(d)
    await server.store.open()
    await server.hub.start()
    try:
        await work(server)
    finally:
        await server.hub.stop()
        await server.store.close()


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
    tokens = VisitorTokens(kept_secret(d))
    known = [inbox.id for inbox in kept_settings(d).inboxes]
    if args.inbox not in known:
        raise BadSettings(f"There is no inbox {args.inbox} in {d.data_dir}; there is {', '.join(known) or 'none'}.")
    print(tokens.identity_key(args.inbox))


def _flow_simulate(args: argparse.Namespace) -> None:
    settings, flow = settings_file(args.settings), json_file(args.flow, Flow)
    if found := flows.problems(flow, known_to_flows(settings)):
        raise BadSettings(rehearsal_words.of_problems(found))
    rehearsed = rehearse(settings, flow, json_file(args.script, Script))
    print(msgspec.json.encode(rehearsed).decode() if args.json else rehearsal_words.of_rehearsal(rehearsed))


def _flow_check(args: argparse.Namespace) -> None:
    found = flows.check(json_file(args.flow, Flow), known_to_flows(settings_file(args.settings)))
    print(rehearsal_words.of_problems(found), end="\n" if found else "")
    if any(problem.severity == "error" for problem in found):
        sys.exit(1)
    print("The flow can be published.")


def _holidays_show(args: argparse.Namespace) -> None:
    print(holiday_list.write(HOLIDAYS[args.year], WORKDAYS.get(args.year, ())), end="")
    if args.year in PROVISIONAL:
        print("# by law only: the notice with the moved working days is not in this table")


def _holidays_import(args: argparse.Namespace) -> None:
    try:
        text = args.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise BadSettings(f"{args.file}: {failure}") from None
    listed = holiday_list.read(text)
    if listed.problems:
        raise BadSettings("\n".join(f"{args.file}:{p.line}: {p.code.value}" for p in listed.problems))

    async def run() -> None:
        """Works on the store itself, so the embedded server must not run; with MongoDB it may."""
        server = Server(deployment(os.environ))
        await server.store.open()
        await server.hub.start()
        try:
            settings: Settings = server.hub.held("workspace", "main").settings
            if args.calendar not in {c.id for c in settings.calendars}:
                raise BadSettings(f"there is no calendar {args.calendar}")
            taken = [holiday_list.take_over(c, listed) if c.id == args.calendar else c for c in settings.calendars]
            await server.save_settings(replace(settings, calendars=tuple(taken)), "cli")
        finally:
            await server.hub.stop()
            await server.store.close()
        print(f"{len(listed.off)} days off and {len(listed.work)} working days are in calendar {args.calendar}")

    _run(run())


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
