"""Finding a quick reply: by its title, by how the title is read, or by what it says; the nearest first. Pure."""

from collections.abc import Iterable, Iterator

from chatserver.suite.quick_replies.model import QuickReplies
from chatserver.suite.quick_replies.pinyin import by_sound, fold
from chatserver.suite.quick_replies.shelf import Answers, Entered, QuickReply


def in_order(s: QuickReplies, answers: Answers) -> Iterator[Entered]:
    """All answers as they are shown, category by category."""
    return (answers[id] for category in s.categories for id in category.items if id in answers)


def find(query: str, answers: Iterable[Entered], limit: int) -> list[QuickReply]:
    """The first `limit` that fit, as near as they fit; among equals those that stand first."""
    title, text = fold(query), query.strip().casefold()
    heard = by_sound(title) if title else None
    found: list[list[QuickReply]] = [[], [], [], []]
    for entered in answers:
        if title and entered.title.startswith(title):
            found[0].append(entered.row)
        elif title and title in entered.title:
            found[1].append(entered.row)
        elif heard and heard(entered.title):
            found[2].append(entered.row)
        elif text and text in entered.text:
            found[3].append(entered.row)
    return [row for nearness in found for row in nearness][:limit]
