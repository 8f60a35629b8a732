"""Reads `.scenario` files: the product's behaviour in sentences, with virtual time. docs/scenarios.md explains them.

Names are given as people write them (小李, 售前); ids on the inside are `a1`, `g1` … in the order of appearance.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face, FlowRef, Visit
from chatserver.dispatch import inputs as fi
from chatserver.flow.condition import NUMBER, kind
from chatserver.hub.machines import FLOOR
from chatserver.hub.step import OpenConversationOf
from chatserver.settings.model import Settings
from tests.fakes.clock import T0

HIDDEN = {
    "opened", "visitor_message", "agent_message", "node_reached", "settings_saved", "profile_saved", "visit_began",
    "served_by", "device_joined", "device_left", "devices_forgotten", "visitor_read", "agent_read",
    "offer_miss_counted", "misses_forgotten",
}  # fmt: skip
"""Events that a scenario does not spell out: what the line above says, and bookkeeping. So is the floor's stream."""

SHOWN_FIELDS = (
    "text", "agent", "group", "ahead", "reason", "to_name", "stage", "by", "status", "cause", "label", "taken",
    "scene", "score", "value", "messages", "failed",
)  # fmt: skip


class Action(msgspec.Struct, frozen=True):
    """A line that does something: when, to whom, and what is sent."""

    at: datetime
    to: Any
    input: Any


class Expect(msgspec.Struct, frozen=True):
    """A line that begins with `>`."""

    line: str


class Scenario:
    """A file, read: the settings of its workspace, and its steps in order."""

    def __init__(self, path: Path) -> None:
        self.title = path.stem
        self._ids: dict[str, str] = {}
        self._parts: dict[str, Any] = {"conversation": {}, "agents": {}, "groups": [], "calendars": [], "nodes": []}
        self.steps: list[Action | Expect] = []
        self._at = T0
        self._visits: dict[str, dict[str, str]] = {}
        self._count = 0
        self._seen: dict[str, str] = {}
        for raw in path.read_text("utf-8").splitlines():
            line = raw.split("  #")[0].strip()
            if line and not line.startswith("#"):
                self._read(line)

    @property
    def settings(self) -> Settings:
        p = self._parts
        nodes = p["nodes"] or [
            {"type": "start", "id": "start", "next": "desk"},
            {"type": "to_group", "id": "desk", "group": p["groups"][0]["id"], "otherwise": "end"},
            {"type": "end", "id": "end"},
        ]
        return msgspec.convert(
            {
                "conversation": p["conversation"],
                "agents": p["agents"],
                "groups": p["groups"],
                "calendars": p["calendars"],
                "flows": [{"id": "f", "name": "f", "nodes": nodes}],
                "inboxes": [{"id": "web", "name": "web", "flow": "f"}],
            },
            Settings,
            strict=False,
        )

    def name(self, id: str) -> str:
        """What the file calls it."""
        return next((name for name, known in self._ids.items() if known == id), id)

    def line(self, stream: str, event: Any) -> str | None:
        """How an event is written after `>`; None for those that are not."""
        if event.__struct_config__.tag in HIDDEN or stream.startswith("floor/"):
            return None
        words = [self.name(stream.partition("/")[2]), event.__struct_config__.tag]
        for field in SHOWN_FIELDS:
            value = getattr(event, field, None)
            if value not in (None, "", False) and not isinstance(value, Face):
                words.append(f"{field}={self.name(str(value))}")
        if (content := getattr(event, "content", None)) and content.text:
            words.append(f"“{content.text}”")
        return " ".join(words)

    def _read(self, line: str) -> None:
        if line.startswith(">"):
            self.steps.append(Expect(line[1:].strip()))
            return
        if clock := re.match(r"(\d+):(\d\d)(?::(\d\d))?\s+(.*)", line):
            a, b, c, rest = clock.groups()
            h, m, s = (int(a), int(b), int(c)) if c else (0, int(a), int(b))
            self._at = T0 + timedelta(hours=h, minutes=m, seconds=s)
            self.steps += self._act(rest)
            return
        self._declare(line)

    def _id(self, kind: str, name: str) -> str:
        return self._ids.setdefault(name, f"{kind}{sum(v.startswith(kind) for v in self._ids.values()) + 1}")

    def _declare(self, line: str) -> None:
        verb, *words = shlex.split(line)
        options = dict(w.split("=", 1) for w in words if "=" in w)
        match verb:
            case "settings":
                survey = {k.removeprefix("rating_"): options.pop(k) for k in list(options) if k.startswith("rating_")}
                # Only a scenario about ratings has surveys in it.
                quiet = {"on_close": False, "on_idle_close": False}
                options["satisfaction"] = survey or quiet  # type: ignore[assignment]
                stages = options.pop("soothe", None)
                if stages is not None:
                    waits = [int(w) for w in stages.split(",") if w]
                    options["soothing"] = [{"after": w} for w in waits]  # type: ignore[assignment]
                for name in ("connection_grace", "misses_limit", "misses_status"):
                    if name in options:
                        self._parts["agents"][name] = options.pop(name)
                self._parts["conversation"] |= options
            case "status":
                statuses = self._parts["agents"].setdefault("statuses", [])
                statuses.append({"key": words[0], "name": words[0], "takes_new": "takes_new" in words})
            case "group":
                self._parts["groups"].append({"id": self._id("g", words[0]), "name": words[0], **options})
            case "calendar":
                self._parts["calendars"].append(_calendar(self._id("k", words[0]), words[0], words[1:]))
            case "agent":
                self.steps.append(self._agent(words[0], options))
            case "visitor":
                self._visits[words[0]] = options
            case "node":
                self._parts["nodes"].append(self._node(line.split(maxsplit=1)[1]))
            case _:
                raise ValueError(f"unknown line: {line}")

    def _agent(self, name: str, o: dict[str, str]) -> Action:
        groups = tuple(self._id("g", g) for g in o.get("groups", "").split(",") if g)
        profile = Profile(
            account=name,
            name=name,
            nickname=name,
            groups=groups,
            min=int(o.get("min", 0)),
            max=int(o.get("max", 5)),
            initial_status=o.get("initial", "ready"),
        )
        return Action(self._at, f"agent/{self._id('a', name)}", ai.Saved(profile=profile))

    def _node(self, text: str) -> dict[str, Any]:
        """`id kind words -> next | words -> next`: one line a node of the flow."""
        head, *arms = [part.strip() for part in text.split("|")]
        left, _, next = (w.strip() for w in head.partition("->"))
        id, kind, *words = left.split()
        said = " ".join(words)
        match kind:
            case "start":
                return {"type": "start", "id": id, "next": next}
            case "say":
                return {"type": "say", "id": id, "text": said, "next": next}
            case "jump":
                return {"type": "jump", "id": id, "node": next}
            case "ask":
                return {"type": "ask", "id": id, "text": said, "next": next, **_ask(arms)}
            case "condition":
                return {"type": "condition", "id": id, "branches": [_branch(a) for a in arms], "otherwise": next}
            case "end":
                return {"type": "end", "id": id, "text": said}
            case "hours":
                edges = {word: arm.strip() for word, _, arm in (a.partition("->") for a in arms)}
                edges = {k.strip(): v for k, v in edges.items()}
                return {"type": "hours", "id": id, "calendar": self._id("k", said), **edges}
            case "menu":
                options = []
                for arm in arms:
                    words_, _, to = arm.partition("->")
                    key, label = words_.split(maxsplit=1)
                    options.append({"key": key, "label": label.strip(), "next": to.strip()})
                missed = {"missed": next} if next else {}
                return {"type": "menu", "id": id, "text": said, "options": options, **missed}
            case "group":
                return {"type": "to_group", "id": id, "group": self._id("g", words[0]), "otherwise": next,
                        "priority": int(words[1]) if len(words) > 1 else 0}  # fmt: skip
            case "form":
                fields = [{"key": f"f{n}", "label": a.rstrip("*"), "required": a.endswith("*"),
                           "kind": "tel" if "电话" in a else "text"} for n, a in enumerate(arms)]  # fmt: skip
                return {"type": "leave_message", "id": id, "text": said, "fields": fields, "next": next or None}
            case _:
                raise ValueError(f"unknown node: {text}")

    def _act(self, text: str) -> Iterator[Action]:
        """The sentences that scenarios are made of."""
        self._count += 1
        mid = f"m{self._count}"
        who, _, rest = text.partition(" ")
        speaks = re.match(r"(\S+)(?: to (\S+))?: (.*)", text)
        if text == "wait":
            return iter([Action(self._at, None, None)])
        if speaks and speaks[2]:
            return iter([self._agent_says(mid, speaks[1], speaks[2], speaks[3])])
        if speaks:
            said = TextContent(text=speaks[3])
            return iter([Action(self._at, self._address(speaks[1]), ci.VisitorSpoke(id=mid, content=said,
                                opening=self._opening(speaks[1])))])  # fmt: skip
        return iter([self._deed(mid, who, rest)])

    def _agent_says(self, mid: str, agent: str, conversation: str, words: str) -> Action:
        kind = ci.AgentNoted if words.startswith("(note) ") else ci.AgentSpoke
        content = TextContent(text=words.removeprefix("(note) "))
        return Action(self._at, f"conversation/{conversation}",
                      kind(id=mid, agent=self._id("a", agent), face=Face(name=agent), content=content))  # fmt: skip

    def _deed(self, mid: str, who: str, rest: str) -> Action:
        verb, _, arg = rest.partition(" ")
        agent, conversation = f"agent/{self._ids.get(who, who)}", f"conversation/{who}"
        match verb:
            case "arrives":
                return Action(self._at, self._address(who), ci.VisitorCame(opening=self._opening(who)))
            case "taps":
                return Action(self._at, conversation, ("tap", mid, arg))
            case "submits":
                values = {f"f{n}": v.strip() for n, v in enumerate(arg.split("|"))}
                return Action(self._at, conversation, ci.VisitorSubmitted(id=mid, values=values))
            case "rates":
                score, *words = arg.split(maxsplit=1)
                return Action(self._at, conversation, ("rate", mid, score, *words))
            case "quits":
                return Action(self._at, conversation, ci.VisitorQuit())
            case "ends":
                return Action(self._at, conversation, ci.VisitorEnded())
            case "delivered":
                reported = ci.DeliveryReported(line=mid, messages=int(arg))
                return Action(self._at, conversation, reported)
            case "undelivered":
                return Action(self._at, conversation, ci.DeliveryReported(line=mid, messages=0, failed=arg))
            case "reads":
                return Action(self._at, conversation, ci.VisitorSaw(upto=10**6 + self._count))
            case "signs":
                return Action(self._at, agent, ai.SignedIn() if arg == "in" else ai.SignedOut())
            case "connects":
                return Action(self._at, agent, ai.DeviceConnected(device=arg or "d1"))
            case "disconnects":
                return Action(self._at, agent, ai.DeviceLost(device=arg or "d1"))
            case "restarts":
                return Action(self._at, agent, ai.Restarted())
            case "is":
                return Action(self._at, agent, ai.StatusChosen(status=arg))
            case "takes":
                return Action(self._at, FLOOR, fi.Take(agent=self._id("a", who), conversation=arg))
            case "transfers":
                id, to = arg.split(" to ")
                kind = {"to_agent": self._ids[to]} if self._ids[to].startswith("a") else {"to_group": self._ids[to]}
                moved = ci.AgentTransferred(id=mid, by=Face(name=who), to_name=to, **kind)
                return Action(self._at, f"conversation/{id}", moved)
            case "accepts" | "declines":
                answer = ci.AgentAnswered(agent=self._id("a", who), face=Face(name=who), accepts=verb == "accepts")
                return Action(self._at, f"conversation/{arg}", answer)
            case "invites":
                return Action(self._at, f"conversation/{arg}", ci.AgentInvited(agent=self._id("a", who)))
            case "closes":
                return Action(self._at, f"conversation/{arg}", ci.AgentEnded(agent=self._id("a", who)))
            case "sees":
                saw = ci.AgentSaw(agent=self._id("a", who), upto=10**6 + self._count)
                return Action(self._at, f"conversation/{arg}", saw)
            case _:
                raise ValueError(f"unknown deed: {who} {rest}")

    def _address(self, conversation: str) -> OpenConversationOf:
        """`v1/c2` is visitor v1 in what will be conversation c2; `c1` alone is a visitor of that name."""
        visitor, _, id = conversation.partition("/")
        return OpenConversationOf(visitor, id or visitor)

    def _opening(self, conversation: str) -> ci.Opening:
        visitor = conversation.partition("/")[0]
        known = {"contact": visitor, "inbox": "web", "name": visitor, **self._visits.get(visitor, {})}
        visit = msgspec.convert(known, Visit, strict=False)
        # A returning visitor is known by who served last, as the door reads it from the contact.
        return ci.Opening(visit=visit, flow=FlowRef(id="f", version=1), last_agent=None)


def _calendar(id: str, name: str, words: list[str]) -> dict[str, Any]:
    """`calendar 工作时间 09:00-18:00 holiday=2030-01-03 special=2030-01-05:10:00-12:00`: the same hours every day."""
    hours = [_interval(w) for w in words if re.match(r"\d\d:\d\d-", w)]
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), hours)
    holidays = [{"first": w.partition("=")[2]} for w in words if w.startswith("holiday=")]
    special = []
    for w in words:
        if w.startswith("special="):
            day, _, interval = w.partition("=")[2].partition(":")
            special.append({"day": day, "intervals": [_interval(interval)]})
    return {"id": id, "name": name, "regular": week, "holidays": holidays, "special": special}


def _ask(arms: list[str]) -> dict[str, Any]:
    """`key kind label: option, option`, then `wrong words` and `missed times -> node`, where wanted."""
    field, *more = arms
    head, _, options = field.partition(":")
    key, form, label = head.split(maxsplit=2)
    listed = [o.strip() for o in options.split(",") if o.strip()]
    asked: dict[str, Any] = {"field": {"key": key, "kind": form, "label": label, "options": listed}}
    for arm in more:
        verb, _, rest = arm.partition(" ")
        if verb == "wrong":
            asked["wrong"] = rest
        else:
            times, _, to = rest.partition("->")
            asked |= {"max_misses": int(times), "missed": to.strip()}
    return asked


def _branch(arm: str) -> dict[str, Any]:
    """`fact op value, fact op value -> node`; a list is written `a/b`."""
    demands, _, to = arm.partition("->")
    return {"when": [_clause(*demand.split(maxsplit=2)) for demand in demands.split(",")], "next": to.strip()}


def _clause(fact: str, op: str, text: str) -> dict[str, Any]:
    values = [_value(fact, part.strip()) for part in (text.split("/") if op == "one_of" else [text])]
    return {"fact": fact, "op": op, "value": values if op == "one_of" else values[0]}


def _value(fact: str, text: str) -> str | int | bool:
    if fact == "verified":
        return text == "yes"
    known = kind(fact)
    return int(text) if known and NUMBER.ops <= known.ops else text


def _interval(text: str) -> dict[str, str]:
    start, _, end = text.partition("-")
    return {"start": start, "end": end}
