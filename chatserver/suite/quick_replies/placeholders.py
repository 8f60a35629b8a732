"""占位符: what a quick reply leaves open, and what it becomes in a conversation. Pure."""

import re
from collections.abc import Mapping

import msgspec

from chatserver.conversation.model import Conversation
from chatserver.kernel.errors import ErrorCode, Refused

NAMES = ("visitor", "agent", "company")
"""`{visitor}` 访客名称, `{agent}` 座席昵称, `{company}` 企业名称."""

ANSWER = "answer:"
"""`{answer:order}`: what the visitor answered to the flow's question `order`."""

_HOLE = re.compile(r"\{([^{}]*)\}")
_KEY = re.compile(r"[^\s{}:]{1,32}")


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """The words for one conversation. What is not known there is `missing`, and stands in the text as it was."""

    text: str
    image: str | None
    missing: tuple[str, ...]


def check_placeholders(text: str) -> None:
    """Refuses a text with a placeholder that can never be filled."""
    for name in _HOLE.findall(text):
        if name not in NAMES and not (name.startswith(ANSWER) and _KEY.fullmatch(name, len(ANSWER))):
            raise Refused(ErrorCode.UNKNOWN_PLACEHOLDER, placeholder="{" + name + "}", path="$.text")


def values_of(c: Conversation, agent: str, company: str) -> dict[str, str]:
    """What is known in a conversation, by placeholder."""
    known = {"visitor": c.visit.name if c.visit else "", "agent": agent, "company": company}
    return known | {ANSWER + a.key: a.value for a in c.answers}


def render(text: str, image: str | None, values: Mapping[str, str]) -> Rendered:
    missing = tuple(dict.fromkeys(name for name in _HOLE.findall(text) if not values.get(name)))
    # A value is put in as it is: braces in a visitor's name are not filled again.
    filled = _HOLE.sub(lambda hole: values.get(hole[1]) or hole[0], text)
    return Rendered(text=filled, image=image, missing=missing)
