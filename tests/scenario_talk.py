"""The sentences of scenarios that are about what was said and who serves: quoting, changing and taking back, notes,
handing over, helping, filing.

`Spoken` remembers who said what, as a client does that shows the lines.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from chatserver.conversation import contact
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import ImageContent, Said, TextContent
from chatserver.conversation.model import Face, Line, Quote, Speaker

IMAGE = ImageContent(media="p1", url="/media/p1", name="p.png", size=1, width=1, height=1)


class Spoken:
    """The newest line of everybody in each conversation."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], Line] = {}
        self._newest: dict[tuple[str, Speaker], tuple[str, Line]] = {}

    def note(self, who: str, conversation: str, line: Line) -> None:
        self._lines[conversation, who] = line
        self._newest[conversation, line.by] = (who, line)

    def line(self, who: str, conversation: str) -> Line:
        return self._lines[conversation, who]

    def quote(self, conversation: str, by: Speaker) -> Quote:
        """What the other side said last."""
        who, line = self._newest[conversation, by]
        return Quote(item=line.id, by=by, name="" if by == "visitor" else who, text=getattr(line.content, "text", ""))


def content_of(words: str) -> Said:
    return IMAGE if words == "(image)" else TextContent(text=words)


def visitor_says(
    spoken: Spoken, id: str, conversation: str, words: str, at: datetime, opening: ci.Opening
) -> ci.VisitorSpoke:
    quote = spoken.quote(conversation, "agent") if words.startswith("(quote) ") else None
    content = content_of(words.removeprefix("(quote) "))
    spoken.note(conversation, conversation, Line(id=id, at=at, by="visitor", content=content))
    return ci.VisitorSpoke(id=id, content=content, opening=opening, quote=quote)


def agent_says(
    spoken: Spoken, id: str, who: tuple[str, str], conversation: str, words: str, at: datetime, ids: dict[str, str]
) -> ci.AgentSpoke | ci.AgentNoted:
    """`(note) …`, `(note @小王) …` and `(whisper) …` are for colleagues; `(quote) …` answers the visitor."""
    name, agent = who
    if noted := re.match(r"\((note|whisper)((?: @\S+)*)\) (.*)", words):
        mentions = tuple(ids[colleague] for colleague in re.findall(r"@(\S+)", noted[2]))
        whisper, text = noted[1] == "whisper", TextContent(text=noted[3])
        face = Face(name=name)
        return ci.AgentNoted(id=id, agent=agent, face=face, content=text, mentions=mentions, whisper=whisper)
    quote = spoken.quote(conversation, "visitor") if words.startswith("(quote) ") else None
    content = content_of(words.removeprefix("(quote) "))
    spoken.note(name, conversation, Line(id=id, at=at, by="agent", agent=agent, face=Face(name=name), content=content))
    return ci.AgentSpoke(id=id, agent=agent, face=Face(name=name), content=content, quote=quote)


def deed(
    spoken: Spoken, ids: dict[str, str], id: str, who: str, verb: str, arg: str, at: datetime
) -> tuple[str, Any] | None:
    """(stream, input) of what people do beside talking; None for what is not understood here."""
    to, _, words = arg.partition(" ")
    match verb:
        case "edits" | "recalls":
            return changed(spoken, ids, who, verb, arg)
        case "takes" if to == "over":
            face = Face(name=who)
            taken = ci.AgentTransferred(id=id, by=face, to_name=who, to_agent=ids[who], takes_over=True)
            return f"conversation/{words}", taken
        case "transfers":
            return f"conversation/{to}", transferred(ids, id, who, words.removeprefix("to "))
        case "calls":
            face = Face(name=to)
            help = ci.HelperInvited(agent=ids[to], face=face, by=Face(name=who))
            return f"conversation/{words.removeprefix('to ')}", help
        case "leaves":
            return f"conversation/{to}", ci.HelperLeft(agent=ids[who], face=Face(name=who))
        case "holds" | "resumes":
            return f"conversation/{to}", ci.AgentHeld(agent=ids[who], on=verb == "holds")
        case "tags":
            return f"conversation/{to}", ci.AgentTagged(agent=ids[who], tags=tuple(words.split(",")))
        case "loses":
            return f"conversation/{who}", ci.TagsGone(tags=(to,), by="")
        case "summarises":
            template, *given = words.split()
            values = dict(word.split("=") for word in given)
            filed = ci.AgentSummarised(agent=ids[who], template=template, version=1, values=values)
            return f"conversation/{to}", filed
        case "bans":
            until = at + timedelta(seconds=int(words)) if words else None
            return f"contact/{to}", contact.SetBan(ban=contact.Ban(by=ids[who], until=until))
        case "unbans":
            return f"contact/{to}", contact.LiftBan(by=ids[who])
        case _:
            return None


def transferred(ids: dict[str, str], id: str, who: str, words: str) -> ci.AgentTransferred:
    """`乙: 说明` or `售后`."""
    name, _, note = words.partition(": ")
    agent, group = (ids[name], None) if ids[name].startswith("a") else (None, ids[name])
    face = Face(name=who)
    return ci.AgentTransferred(id=id, by=face, to_name=name, to_agent=agent, to_group=group, note=note)


def changed(spoken: Spoken, ids: dict[str, str], who: str, verb: str, arg: str) -> tuple[str, Any]:
    """The newest line of whoever acts, or with `of 小王` that of somebody else."""
    if not arg:
        return f"conversation/{who}", ci.VisitorRecalled(line=spoken.line(who, who))
    head, _, text = arg.partition(": ")
    conversation, _, whose = head.partition(" of ")
    line = spoken.line(whose or who, conversation)
    if verb == "recalls":
        return f"conversation/{conversation}", ci.AgentRecalled(agent=ids[who], line=line)
    content = TextContent(text=text)
    return f"conversation/{conversation}", ci.AgentEdited(agent=ids[who], line=line, content=content)
