"""What we say, as the bodies of `kf/send_msg`. Pure. Limits are WeChat's and count bytes of UTF-8."""

from collections.abc import Callable
from typing import Any

from chatserver.conversation.content import (
    AnyContent,
    FormContent,
    MenuContent,
    NoticeContent,
    RatingContent,
    TextContent,
)

MAX_BYTES = 2000
"""Bytes of one text: WeChat takes 2,048, and nobody has said what it does at the very edge."""

MAX_ENTRIES = 10
"""Entries of one menu."""

HEAD_BYTES, ENTRY_BYTES = 1024, 128

Body = dict[str, Any]
Words = Callable[[NoticeContent], str]
"""The sentence of a notice, in the visitor's language."""

TOLD = frozenset(
    {
        "queued",
        "turned_away_full",
        "turned_away_nobody",
        "turned_away_timeout",
        "soothed",
        "agent_away",
        "answer_not_valid",
        "words_wanted",
        "idle_warned",
        "closed_idle",
        "closed_agent",
    }
)
"""The notices that are worth one of the five messages, beside those that an administrator wrote."""


def bodies(line: str, content: AnyContent, words: Words, form_url: str) -> list[Body]:
    """The messages that say `content`, in order; none for what is not said in WeChat.

    `line` is the id of the line, so that a tap can say what it answers; `form_url` leads to the form on the H5 page.
    """
    match content:
        case TextContent():
            return [_text(piece) for piece in pieces(content.text)]
        case MenuContent():
            return _choices(content.text, [(f"{CHOICE}{line}|{o.key}", o.label) for o in content.options])
        case RatingContent():
            question = content.text or words(NoticeContent(code="rating_asked", data={"agent": content.agent}))
            return _choices(question, [(f"{RATING}{line}|{x.score}", x.label) for x in reversed(content.levels)])
        case FormContent():
            return [_text(f"{cut(content.text, MAX_BYTES - 500)}\n{form_url}")]
        case NoticeContent() if content.code in TOLD or content.text:
            return [_text(piece) for piece in pieces(content.text or words(content))]
        case _:
            return []


CHOICE, RATING = "o|", "r|"
"""What a menu entry's id begins with: a choice of the flow, or a level of a survey."""


def tapped(menu: str) -> tuple[str, str, str] | None:
    """(CHOICE or RATING, line, key) of an entry of ours; None for any other id."""
    kind, rest = menu[:2], menu[2:]
    line, _, key = rest.partition("|")
    return (kind, line, key) if kind in (CHOICE, RATING) and line and key else None


def pieces(text: str, limit: int = MAX_BYTES) -> list[str]:
    """`text` in parts of at most `limit` bytes: cut at a break where one is near, never in a character."""
    parts: list[str] = []
    while len(text.encode()) > limit:
        part = cut(text, limit)
        at = max(part.rfind("\n"), part.rfind(" "))
        if at > len(part) // 2:
            part = part[: at + 1]
        parts.append(part)
        text = text[len(part) :]
    return [*parts, text] if text.strip() or not parts else parts


def cut(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` bytes."""
    return text.encode()[:limit].decode(errors="ignore")


def _text(text: str) -> Body:
    return {"msgtype": "text", "text": {"content": text}}


def _choices(head: str, entries: list[tuple[str, str]]) -> list[Body]:
    """A menu to tap; where it would be too large for one, a list to answer by number or in words."""
    if len(entries) > MAX_ENTRIES or any(len(id.encode()) > ENTRY_BYTES for id, _ in entries):
        rows = (f"{n}. {label}" for n, (_, label) in enumerate(entries, 1))
        return [_text(piece) for piece in pieces("\n".join((head, *rows)))]
    taps = [{"type": "click", "click": {"id": id, "content": cut(label, ENTRY_BYTES)}} for id, label in entries]
    return [{"msgtype": "msgmenu", "msgmenu": {"head_content": cut(head, HEAD_BYTES), "list": taps}}]
