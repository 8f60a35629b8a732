"""⟂ A conversation as a file to take along: text, a page that mail programs keep as it is, or data.

The page is inert: every word is escaped, all style is in place, nothing is fetched from anywhere. What was attached is
linked with the whole address, which holds for as long as the attachment is there.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from chatserver.conversation.content import (
    AnswersContent,
    AnyContent,
    FileContent,
    FormContent,
    ImageContent,
    MenuContent,
    NoticeContent,
    RatingContent,
    TextContent,
    VoiceContent,
)
from chatserver.conversation.model import Conversation, Quote
from chatserver.hub.plug import Download
from chatserver.kernel.instants import epoch_ms, from_epoch_ms
from chatserver.protocol.sentences import notice, sentence
from chatserver.protocol.timeline import Audience
from chatserver.protocol.wire import Item
from chatserver.suite.conversations.views import TranscriptQuery

TEXT, PAGE, DATA = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"

SHOWN = ("image", "voice", "notice")
"""Kinds of what can be answered and has no words: of a notice, that it was taken back."""

_COLOURS = {"visitor": "#0b57d0", "agent": "#146c2e", "bot": "#7b4bb7", "system": "#6b7280"}
_FONT = "font-family:-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif"
_QUOTE = "margin:2px 0 4px;padding-left:8px;border-left:3px solid #d0d7de;color:#6b7280"
_CELL = "padding:6px 12px;vertical-align:top;font-size:14px;line-height:1.6"


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as data. Instants are epoch milliseconds."""

    conversation: str
    audience: Audience
    opened_at: int | None
    closed_at: int | None
    lines: Sequence[Item]


def linked(line: Item, url: str) -> Item:
    """The line with the whole address of what is attached to it: `url` is where the server is reached."""
    content = line.content
    if isinstance(content, ImageContent | FileContent | VoiceContent):
        return replace(line, content=replace(content, url=url.rstrip("/") + content.url))
    return line


def written(c: Conversation, lines: Sequence[Item], query: TranscriptQuery, zone: ZoneInfo) -> Download:
    """The file that was asked for; the lines are `linked`."""
    match query.format:
        case "txt":
            return _file(c, "txt", TEXT, _text(c, lines, query.language, zone))
        case "html":
            return _file(c, "html", PAGE, _page(c, lines, query.language, zone))
        case "json":
            data = Transcript(
                conversation=c.id,
                audience=query.audience,
                opened_at=epoch_ms(c.opened_at) if c.opened_at else None,
                closed_at=epoch_ms(c.closed_at) if c.closed_at else None,
                lines=lines,
            )
            return _file(c, "json", DATA, msgspec.json.encode(data).decode())
        case _:
            assert_never(query.format)


def _file(c: Conversation, ending: str, mime: str, body: str) -> Download:
    return Download(f"{c.id}.{ending}", mime, body.encode())


def _text(c: Conversation, lines: Sequence[Item], language: str, zone: ZoneInfo) -> str:
    head = [f"{name}: {value}" for name, value in _facts(c, lines, language, zone)]
    # What somebody wrote on further lines is moved in, so that nobody writes a line that looks like ours.
    said = ["\n    ".join(_plain(x, language, zone).splitlines()) for x in lines]
    return "\n".join([sentence(language, "transcript.title"), *head, "", *said, ""])


def _plain(line: Item, language: str, zone: ZoneInfo) -> str:
    head = f"[{_at(line.at, zone)}] {_who(line, language)}: "
    quoted = [_quoted(line.quote, language)] if line.quote else []
    return head + "\n".join([*quoted, _said(line, language), *_addresses(line)])


def _page(c: Conversation, lines: Sequence[Item], language: str, zone: ZoneInfo) -> str:
    title = escape(sentence(language, "transcript.title"))
    facts = "".join(
        f'<tr><td style="{_CELL};color:#6b7280;white-space:nowrap">{escape(name)}</td>'
        f'<td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in _facts(c, lines, language, zone)
    )
    rows = "".join(_row(line, language, zone) for line in lines)
    table = '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse'
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title></head>'
        f'<body style="margin:0;padding:16px;background:#ffffff;color:#1f2328;{_FONT}">'
        f'<h1 style="font-size:18px;margin:0 0 12px 12px">{title}</h1>{table}">{facts}</table>'
        f'{table};width:100%;max-width:760px;margin-top:12px">{rows}</table></body></html>\n'
    )


def _row(line: Item, language: str, zone: ZoneInfo) -> str:
    """One line of the page; what the system says is quieter than what people say."""
    shade = "#fff8e1" if line.note else "#ffffff"
    colour = _COLOURS[line.by]
    said = escape(_said(line, language)).replace("\n", "<br>")
    for address in _addresses(line):
        said = f'<a href="{escape(address)}" rel="noreferrer">{said}</a>'
    if line.quote:
        quoted = escape(_quoted(line.quote, language)).replace("\n", "<br>")
        said = f'<div style="{_QUOTE}">{quoted}</div>{said}'
    quiet = ";color:#6b7280" if line.by == "system" else ""
    return (
        f'<tr style="background:{shade}">'
        f'<td style="{_CELL};white-space:nowrap;color:#6b7280">{_at(line.at, zone)}</td>'
        f'<td style="{_CELL};white-space:nowrap;color:{colour}"><b>{escape(_who(line, language))}</b></td>'
        f'<td style="{_CELL};width:100%;word-break:break-word{quiet}">{said}</td></tr>'
    )


def words(content: AnyContent, language: str) -> str:
    """A line in words alone, of whatever kind it is."""
    match content:
        case TextContent(text=text):
            return text
        case ImageContent(name=name):
            return sentence(language, "transcript.image", {"name": name})
        case FileContent(name=name):
            return sentence(language, "transcript.file", {"name": name})
        case VoiceContent(seconds=seconds):
            return sentence(language, "transcript.voice", {"seconds": seconds})
        case MenuContent(text=text, options=options):
            return "\n".join([text, *(f"{option.key}. {option.label}" for option in options)])
        case FormContent(text=text):
            return text
        case AnswersContent(items=items):
            return "\n".join(f"{answer.label}: {answer.value}" for answer in items)
        case RatingContent(text=text, agent=agent):
            return text or sentence(language, "notice.rating_asked", {"agent": agent})
        case NoticeContent():
            return notice(language, content)
        case _:
            assert_never(content)


def _said(line: Item, language: str) -> str:
    """The line's words, with a mark if they were others at first."""
    text = words(line.content, language)
    return f"{text} {sentence(language, 'transcript.edited')}" if line.edited else text


def _quoted(quote: Quote, language: str) -> str:
    """What the line answers."""
    who = f"{quote.name} ({_role(quote, language)})" if quote.name else _role(quote, language)
    text = quote.text or sentence(language, f"transcript.quoted_{quote.kind if quote.kind in SHOWN else 'other'}")
    return sentence(language, "transcript.quoted", {"who": who, "text": text})


def _addresses(line: Item) -> list[str]:
    """Where the attachment is, if the line is one."""
    content = line.content
    return [content.url] if isinstance(content, ImageContent | FileContent | VoiceContent) else []


def _facts(c: Conversation, lines: Sequence[Item], language: str, zone: ZoneInfo) -> list[tuple[str, str]]:
    facts = {"number": c.id, "opened": _moment(c.opened_at, zone), "closed": _moment(c.closed_at, zone)}
    facts["time_zone"] = zone.key
    if any(_addresses(line) for line in lines):
        facts["links"] = sentence(language, "transcript.links_hold")
    return [(sentence(language, f"transcript.{name}"), value) for name, value in facts.items() if value]


def _who(line: Item, language: str) -> str:
    role = sentence(language, "transcript.note") if line.note else _role(line, language)
    return f"{line.name} ({role})" if line.name else role


def _role(line: Item | Quote, language: str) -> str:
    return sentence(language, f"transcript.{line.by}")


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _at(ms: int, zone: ZoneInfo) -> str:
    return _moment(from_epoch_ms(ms), zone)
