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
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face, FlowRef, QueueExit, Undelivered, Visit
from chatserver.dispatch import inputs as fi
from chatserver.flow.condition import NUMBER, TEXT, kind
from chatserver.hub.machines import FLOOR
from chatserver.hub.step import OpenConversationOf
from chatserver.settings.model import Settings
from chatserver.settings.workspace import STREAM
from chatserver.suite.leave_messages.model import AnswerBack
from tests import scenario_talk as talk
from tests.fakes.clock import T0

HIDDEN = {
    "opened", "visitor_message", "agent_message", "node_reached", "settings_saved", "profile_saved", "visit_began",
    "served_by", "device_joined", "device_left", "devices_forgotten", "visitor_read", "agent_read",
    "offer_miss_counted", "misses_forgotten", "work_finished", "fields_learned", "account_given", "account_freed",
    "overflow_sought", "answer_kept", "answer_taken", "answer_arrived", "flow_published",
}  # fmt: skip
"""Events that a scenario does not spell out: what the line above says, and bookkeeping. So is the floor's stream."""

SHOWN_FIELDS = (
    "text", "agent", "group", "ahead", "reason", "to_name", "stage", "by", "status", "cause", "label", "taken",
    "scene", "score", "value", "timed_out", "messages", "failed", "note", "takes_over", "mentions", "whisper",
    "tags", "template",
)  # fmt: skip


SOOTHING = {"soothe": "soothing", "soothe_queue": "queue_soothing", "soothe_hold": "hold_soothing"}


class Action(msgspec.Struct, frozen=True):
    """A line that does something: when, to whom, and what is sent. A line may send more than one thing; the first of
    them `begins` it."""

    at: datetime
    to: Any
    input: Any
    begins: bool = True

    @property
    def head(self) -> list[str]:
        """What stands for the line between what was said before it and what it leads to."""
        return ["--"] if self.begins else []


class Expect(msgspec.Struct, frozen=True):
    """A line that begins with `>`."""

    line: str


class Scenario:
    """A file, read: the settings of its workspace, and its steps in order."""

    def __init__(self, path: Path) -> None:
        self.title = path.stem
        self._ids: dict[str, str] = {}
        lists: dict[str, Any] = {name: [] for name in ("groups", "calendars", "bots", "nodes")}
        self._parts: dict[str, Any] = {"conversation": {}, "agents": {}, "shifts": ["00:00"], **lists}
        self.steps: list[Action | Expect] = []
        self._at = T0
        self._visits: dict[str, dict[str, str]] = {}
        self._count = 0
        self.spoken = talk.Spoken()
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
                "shifts": p["shifts"],
                "calendars": p["calendars"],
                "bots": p["bots"],
                "flows": [{"id": "f", "name": "f", "nodes": nodes}],
                "inboxes": [{"id": "web", "name": "web", "flow": "f"}],
            },
            Settings,
            strict=False,
        )

    @property
    def expected(self) -> list[str]:
        """The lines that begin with `>`, each behind the line that leads to it: when counts as much as what."""
        return [line for s in self.steps for line in ([s.line] if isinstance(s, Expect) else s.head)]

    def name(self, id: str) -> str:
        """What the file calls it."""
        return next((name for name, known in self._ids.items() if known == id), id)

    def line(self, stream: str, event: Any) -> str | None:
        """How an event is written after `>`; None for those that are not."""
        quote = getattr(event, "quote", None)
        if (event.__struct_config__.tag in HIDDEN and not quote) or stream.startswith("floor/"):
            return None
        id = stream.partition("/")[2].partition(":")[0]  # what was left is called like the conversation it was left in
        words = [self.name(id), event.__struct_config__.tag]
        for field in SHOWN_FIELDS:
            value = getattr(event, field, None)
            if value not in (None, "", False) and not isinstance(value, Face):
                several = value if isinstance(value, tuple) else (value,)
                shown = ",".join(self.name(str(one)) for one in several)
                words += [f"{field}={shown}"] if shown else []
        words += [f"quote=“{quote.text}”"] if quote else []
        if text := getattr(getattr(event, "content", None), "text", ""):
            words.append(f"“{text}”")
        return " ".join(words)

    def _read(self, line: str) -> None:
        if line.startswith(">"):
            self.steps.append(Expect(line[1:].strip()))
            return
        if clock := re.match(r"(\d+):(\d\d)(?::(\d\d))?\s+(.*)", line):
            a, b, c, rest = clock.groups()
            h, m, s = (int(a), int(b), int(c)) if c else (0, int(a), int(b))
            self._at = T0 + timedelta(hours=h, minutes=m, seconds=s)
            self.steps += (replace(action, begins=n == 0) for n, action in enumerate(self._act(rest)))
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
                if "levels" in survey:
                    survey["levels"] = [_level(level) for level in survey["levels"].split(",")]  # type: ignore[assignment]
                # Only a scenario about ratings has surveys in it.
                quiet = {"on_close": False, "on_idle_close": False}
                options["satisfaction"] = survey or quiet  # type: ignore[assignment]
                for name, field in SOOTHING.items():
                    stages = options.pop(name, None)
                    if stages is not None:
                        waits = [int(w) for w in stages.split(",") if w]
                        options[field] = [{"after": w} for w in waits]  # type: ignore[assignment]
                for name in ("connection_grace", "misses_limit", "misses_status"):
                    if name in options:
                        self._parts["agents"][name] = options.pop(name)
                if "shifts" in options:
                    self._parts["shifts"] = options.pop("shifts").split(",")
                self._parts["conversation"] |= options
            case "status":
                statuses = self._parts["agents"].setdefault("statuses", [])
                statuses.append({"key": words[0], "name": words[0], "takes_new": "takes_new" in words})
            case "group":
                if "overflow" in options:
                    options["overflow"] = self._id("g", options["overflow"])
                self._parts["groups"].append({"id": self._id("g", words[0]), "name": words[0], **options})
            case "calendar":
                self._parts["calendars"].append(_calendar(self._id("k", words[0]), words[0], words[1:]))
            case "bot":
                self._parts["bots"].append({"id": self._id("b", words[0]), "name": words[0]})
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
            wrap_up=int(o.get("wrap_up", 0)),
            auto_channels=tuple(o["channels"].split(",")) if "channels" in o else None,
            channel_max={k.removesuffix("_max"): int(v) for k, v in o.items() if k.endswith("_max")},
            active=o.get("active") != "no",
            welcome=o.get("welcome", ""),
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
            case "bot":
                bot = {"bot": self._id("b", words[0]), "text": " ".join(words[1:])}
                return {"type": "bot", "id": id, "handoff": next, **bot, **_outside(arms)}
            case "webhook":
                return {"type": "webhook", "id": id, "url": said, "next": next, **_outside(arms)}
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
        if changes := re.fullmatch(r"the flow changes(?: (\d+) times)?", text):
            return iter([Action(self._at, STREAM, ("publish", mid, n)) for n in range(int(changes[1] or 1))])
        if rest in ("signs in", "signs out"):
            return self._signs(who, came=rest == "signs in")
        if speaks and speaks[2]:
            return iter([self._agent_says(mid, speaks[1], speaks[2], speaks[3])])
        if speaks:
            id = speaks[1].rpartition("/")[2]
            said = talk.visitor_says(self.spoken, mid, id, speaks[3], self._at, self._opening(speaks[1]))
            return iter([Action(self._at, self._address(speaks[1], takes_up=True), said)])
        return iter([self._deed(mid, who, rest)])

    def _agent_says(self, mid: str, agent: str, conversation: str, words: str) -> Action:
        who = (agent, self._id("a", agent))
        said = talk.agent_says(self.spoken, mid, who, conversation, words, self._at, self._ids)
        return Action(self._at, f"conversation/{conversation}", said)

    def _deed(self, mid: str, who: str, rest: str) -> Action:
        verb, _, arg = rest.partition(" ")
        agent, conversation = f"agent/{self._ids.get(who, who)}", f"conversation/{who}"
        if done := talk.deed(self.spoken, self._ids, mid, who, verb, arg, self._at):
            return Action(self._at, *done)
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
            case "answers" | "shrugs" | "passes" | "fails" if who == "server" or self._ids.get(who, "").startswith("b"):
                conversation, _, said = arg.partition(" ")
                return Action(self._at, f"conversation/{conversation}", ("asked", _from_outside(who, verb, said)))
            case "replies":
                left, _, words_ = arg.partition(" ")
                content = TextContent(text=words_)
                told = AnswerBack(id=mid, agent=self._id("a", who), face=Face(name=who), content=content, by=who)
                return Action(self._at, f"leave_message/{left}", told)
            case "quits":
                return Action(self._at, conversation, ci.VisitorQuit(mode=QueueExit(arg or "drop")))
            case "ends":
                return Action(self._at, conversation, ci.VisitorEnded())
            case "delivered":
                reported = ci.DeliveryReported(line=mid, messages=int(arg))
                return Action(self._at, conversation, reported)
            case "undelivered":
                lost = ci.DeliveryReported(line=mid, messages=0, failed=Undelivered(arg))
                return Action(self._at, conversation, lost)
            case "reads":
                return Action(self._at, conversation, ci.VisitorSaw(upto=10**6 + self._count))
            case "logs":
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

    def _signs(self, who: str, came: bool) -> Iterator[Action]:
        """As people do it: a login opens a console, d1, and a logout closes it first."""
        agent = f"agent/{self._ids.get(who, who)}"
        comes, goes = (ai.SignedIn(), ai.DeviceConnected(device="d1")), (ai.DeviceLost(device="d1"), ai.SignedOut())
        return (Action(self._at, agent, input) for input in (comes if came else goes))

    def _address(self, conversation: str, takes_up: bool = False) -> OpenConversationOf:
        """`v1/c2` is visitor v1 in what will be conversation c2; `c1` alone is a visitor of that name. With `takes_up`,
        as the door does it, a conversation that has just ended goes on."""
        visitor, _, id = conversation.partition("/")
        within = int(self._parts["conversation"].get("reopen_within", 0))
        after = self._at - timedelta(seconds=within) if takes_up and within else None
        return OpenConversationOf(visitor, id or visitor, after)

    def _opening(self, conversation: str) -> ci.Opening:
        visitor = conversation.partition("/")[0]
        known = {"contact": visitor, "inbox": "web", "name": visitor, **self._visits.get(visitor, {})}
        visit = msgspec.convert(known, Visit, strict=False)
        # A returning visitor is known by who served last, as the door reads it from the contact.
        return ci.Opening(visit=visit, flow=FlowRef(id="f", version=1), last_agent=None)


def _level(text: str) -> dict[str, Any]:
    """`1:不好:慢/贵`: the score, its label, and the tags of its second level."""
    score, label, *tags = text.split(":")
    return {"score": score, "label": label, "tags": tags[0].split("/") if tags else []}


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


def _outside(arms: list[str]) -> dict[str, Any]:
    """`failed -> node`, `timeout 5`, `max_misses 2`, `max_turns 9`, `save path key` of a bot or a webhook."""
    given: dict[str, Any] = {}
    for arm in arms:
        left, _, to = arm.partition("->")
        verb, *words = left.split()
        match verb:
            case "failed":
                given["failed"] = to.strip()
            case "save":
                given.setdefault("save", []).append({"path": words[0], "key": words[1]})
            case _:
                given[verb] = int(words[0])
    return given


def _from_outside(who: str, verb: str, said: str) -> Any:
    """What a bot or a server comes back with; which question it answers is known when the step is taken."""
    if verb == "fails":
        return ci.NotAnswered(asked="")
    if who == "server":
        return ci.WebhookAnswered(asked="", values=dict(word.split("=") for word in said.split()))
    text, *suggestions = [part.strip() for part in said.split("|")]
    told = {"text": text, "suggestions": tuple(suggestions)}
    return ci.BotAnswered(asked="", understood=verb != "shrugs", handoff=verb == "passes", **told)


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
    values = [_value(fact, op, part.strip()) for part in (text.split("/") if op == "one_of" else [text])]
    return {"fact": fact, "op": op, "value": values if op == "one_of" else values[0]}


def _value(fact: str, op: str, text: str) -> str | int | bool:
    if fact == "verified":
        return text == "yes"
    known = kind(fact)
    return int(text) if op in NUMBER.ops - TEXT.ops or (known and NUMBER.ops <= known.ops) else text


def _interval(text: str) -> dict[str, str]:
    start, _, end = text.partition("-")
    return {"start": start, "end": end}
