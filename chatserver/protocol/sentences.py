"""The sentences of `locales/` with their blanks filled, for wherever the server itself writes to a person."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from chatserver.conversation.content import NoticeContent

FALLBACK = "zh-CN"


def sentence(locale: str, key: str, data: Mapping[str, object] = {}) -> str:
    """The sentence `key`; the key itself where nobody has written one, so that nothing is ever silent."""
    text = _sentences(locale).get(key) or _sentences(FALLBACK).get(key, key)
    for name, value in data.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def notice(locale: str, content: NoticeContent) -> str:
    """What a notice says: an administrator's own words before the built-in sentence."""
    if content.text:
        return content.text
    first = content.code == "queued" and content.data.get("ahead") == 0
    return sentence(locale, "notice.queued_first" if first else f"notice.{content.code}", content.data)


@cache
def _sentences(locale: str) -> Mapping[str, str]:
    name = "en" if locale.lower().startswith("en") else FALLBACK
    raw = (files("chatserver") / "locales" / f"{name}.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, str])
