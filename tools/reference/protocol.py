"""docs/protocol.md: what goes over the wire, read from the published language and from the doors that speak it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec.inspect as mi

import chatserver
from chatserver.access.permissions import PUBLIC
from chatserver.api.commands import Commands
from chatserver.kernel.errors import ERRORS, Retry
from chatserver.protocol import agent, visitor, wire
from tools.reference import examples as eg
from tools.reference.doors import agent_commands, meaning, visitor_commands
from tools.reference.http import http
from tools.reference.limits import limits
from tools.reference.locales import sentences
from tools.reference.markdown import code, comments, first_paragraph, page, paragraphs, table
from tools.reference.types import bounds, default, inner, words

INTRO = """
Browsers and the server speak [Socket.IO](https://socket.io/docs/v4/) (protocol 5 over Engine.IO 4) under `/socket.io/`,
by WebSocket or long polling, in two namespaces: `/visitor` for widgets and H5 pages, `/agent` for consoles. Every event
carries one JSON object and is answered by one: the *acknowledgement*. Instants are milliseconds since 1970 (UTC). `seq`
is a place in the workspace's log; it only grows. The source is `chatserver/protocol/`; the TypeScript in `client/src/`
is made from it.
"""

RULES = """
- **Acknowledged is durable.** An [Ack](#ack) means that the input is in the log and on the disk, and nothing of it was
  pushed before. Only `typing` is passed on and never stored.
- **Repeating is harmless.** The client makes the `id` of an input (a ULID, say). The same `id` again gives the same
  acknowledgement and does nothing twice. So a client that got no answer sends the same thing once more.
- **A refusal is an answer.** It is a [Failed](#failed); `retry` says what to do, `data` what the sentence needs, and
  `data.path` which field was wrong.
- **Unknown fields** are refused in what a client sends. In what the server sends a client ignores them.
- **Pushes may come twice.** A line is known by its `id`, a card by its `version`: the highest one wins.
"""

VISITOR = """
Send the CONNECT of `/visitor` with [VisitorAuth](#visitorauth), then `hello`. The former says who the visitor is:
somebody new (neither `token` nor `identity`), the one with this `token`, or the user whose `identity` the site has
signed ([identity.md](integrate/identity.md)), which goes before a token. [Welcome](#welcome) brings a `token` for next
time; it is bound to its inbox. A page of another site needs its origin in the inbox's `allowed_origins`, unless that
list is empty.

To resume after a broken connection, send `hello` with the `conversation` and the newest `seq` that is on the screen.
With `reset: false` the answer holds only what was missed; with `reset: true` forget the lines and begin with `items`.

`hello` starts nothing. `open`, or the first `say`, begins a conversation unless one is open.
"""

AGENT = """
`POST /api/login` gives a cookie and a `csrf`. The page must be of the server's own origin. Send the CONNECT of `/agent`
with [AgentAuth](#agentauth) (`device` names this console, which makes it), then `hello`. With `after: 0` the answer is
a [Snapshot](#snapshot); with the last `seq` that was folded it is the records since then, or a snapshot when there are
too many. What an agent may not see is neither listed nor pushed; asked for by its id it is refused.
"""

SIDES: tuple[tuple[Mapping[str, Any], Mapping[str, type], type], ...] = (
    (visitor.VISITOR_UP, visitor.VISITOR_DOWN, visitor.VisitorAuth),
    (agent.AGENT_UP, agent.AGENT_DOWN, agent.AgentAuth),
)


def protocol() -> str:
    return page(
        "Protocol 通信协议",
        INTRO,
        "## Rules",
        RULES,
        "## Connecting as a visitor",
        VISITOR,
        "As a WebSocket carries it (`→` from the client; `2` and `3` are ping and pong):",
        eg.frames(),
        "[Welcome](#welcome):",
        eg.block(eg.WELCOME),
        "## Connecting as an agent",
        AGENT,
        eg.block(eg.AGENT_AUTH),
        "## Answers",
        "An [Ack](#ack), and a [Failed](#failed):",
        eg.block(eg.ACK, eg.REFUSED),
        "## Events of `/visitor`",
        up(visitor.VISITOR_UP, visitor_commands()),
        down(visitor.VISITOR_DOWN),
        "## Events of `/agent`",
        up(agent.AGENT_UP, agent_commands()),
        down(agent.AGENT_DOWN),
        "A reply of an agent, and what a console is told when a visitor writes:",
        eg.block(eg.SEND, eg.RECORD),
        "## Contents of a line",
        "`content` of an [Item](#item) is one of these; `kind` tells which. Never HTML.",
        eg.block(eg.ITEM.content, eg.MENU, eg.FORM, eg.NOTICE),
        "## Errors 错误码",
        errors(),
        "What a client does about it:",
        retries(),
        "## Notices 提示语",
        "The codes of `notice` lines. `text`, where an administrator wrote one, is shown instead.",
        notices(),
        "## HTTP",
        http(),
        "## Limits",
        "Rates are of one connection or one address; whoever asks for more is refused with `rate_limited` and told how "
        "long to wait. How many connections one address may have is `CHATSERVER_CONNECTIONS_PER_ADDRESS`.",
        limits(),
        "## Structs",
        "Alphabetical. The server always sends every field; a client may leave out what has a default.",
        *(struct(s) for s in sorted(structs(), key=lambda s: s.cls.__name__)),
    )


def link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def up(events: Mapping[str, tuple[type, type]], commands: Commands) -> str:
    rows = (
        (
            code(name),
            link(payload.__name__),
            link(ack.__name__),
            code(needs.key) if (needs := commands[name].requires) is not PUBLIC else "public",
            meaning(commands[name]),
        )
        for name, (payload, ack) in events.items()
    )
    return "Sent by the client:\n\n" + table(("Event", "Payload", "Acknowledgement", "Permission", ""), rows)


def down(events: Mapping[str, type]) -> str:
    def about(name: str, kind: type) -> str:
        return first_paragraph(kind) + ("" if is_sent(name) else " *(Reserved: this version never sends it.)*")

    rows = ((code(name), link(kind.__name__), about(name, kind)) for name, kind in events.items())
    return "Pushed by the server, without acknowledgement:\n\n" + table(("Event", "Payload", ""), rows)


def is_sent(name: str) -> bool:
    """Whether a door or the push emits it; a page that promised more than the code does would be wrong."""
    doors = (Path(chatserver.__file__).parent / "api").glob("*.py")
    return any(re.search(rf'emit\([^,]+, "{name}"', door.read_text("utf-8")) for door in doors)


def errors() -> str:
    zh, en = sentences("zh-CN"), sentences("en")
    head = ("Code", "HTTP", "Retry", "中文", "English")
    keys = ((c, row, f"error.{c.value}") for c, row in ERRORS.items())
    return table(head, ((code(c.value), str(row.http), code(row.retry.value), zh[k], en[k]) for c, row, k in keys))


def retries() -> str:
    return table(("Retry", "Meaning"), ((code(k), v) for k, v in comments(Retry).items()))


def notices() -> str:
    zh, en = sentences("zh-CN"), sentences("en")
    rows = ((code(k.removeprefix("notice.")), text, en[k]) for k, text in zh.items() if k.startswith("notice."))
    return table(("Code", "中文", "English"), rows)


def structs() -> list[mi.StructType]:
    """Every struct that goes over the wire, once."""
    found: dict[str, mi.StructType] = {}

    def walk(kinds: Iterable[mi.Type]) -> None:
        for s in (s for kind in kinds for s in inner(kind)):
            if s.cls.__name__ not in found:
                found[s.cls.__name__] = s
                walk(f.type for f in s.fields)

    walk(mi.type_info(kind) for kind in roots())
    return list(found.values())


def roots() -> Iterator[type]:
    for events, pushes, auth in SIDES:
        yield auth
        yield from (kind for pair in events.values() for kind in pair)
        yield from pushes.values()
    yield from (wire.Failed, agent.Login, agent.LoggedIn)


def struct(s: mi.StructType) -> str:
    tag = f"`{s.tag_field}` is `{s.tag}`." if s.tag_field else ""
    if issubclass(s.cls, wire.Struct):
        rows = ((code(f.encode_name), words(f.type, link), bounds(f.type), default(f)) for f in s.fields)
        fields = table(("Field", "Type", "Bounds", "Default"), rows)
    else:
        fields = table(("Field", "Type"), ((code(f.encode_name), words(f.type, link)) for f in s.fields))
    return "\n\n".join(part for part in (f"### {s.cls.__name__}", *paragraphs(s.cls), tag, fields) if part)
