"""Which values of a server's answer a webhook keeps, and how: as short texts, like a visitor's answers."""

from collections.abc import Mapping
from typing import Any

from chatserver.flow.model import Webhook

MAX_LENGTH = 500
"""Characters of one value: what a condition compares and an agent reads at a glance."""


def values(webhook: Webhook, answer: object) -> Mapping[str, str]:
    """By their keys; what the answer does not have, or is no plain value, is left out."""
    found = {saved.key: _text(_at(saved.path.split("."), answer)) for saved in webhook.save}
    return {key: text for key, text in found.items() if text}


def _at(path: list[str], answer: Any) -> object:
    """What stands at the path, through objects by name and lists by number from 0."""
    for part in path:
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdecimal() and len(part) < 7:
            answer = answer[int(part)] if int(part) < len(answer) else None
        else:
            return None
    return answer


def _text(value: object) -> str:
    """A number is written as JSON writes it, and so are true and false."""
    match value:
        case str():
            clean = "".join(char if char.isprintable() else " " for char in value[: 2 * MAX_LENGTH])
            return " ".join(clean.split())[:MAX_LENGTH]
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)[:MAX_LENGTH]
        case _:
            return ""
