"""满意度 of a conversation as it is shown. Old states hold no more of it than the score: then the log says the rest.

Knows nothing of who may see it.
"""

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Rating
from chatserver.hub.hub import Hub, stream

PAGE = 100


async def survey(hub: Hub, c: Conversation) -> Rating | None:
    """Whom it is about is whoever had been assigned when it was asked for."""
    rating = c.rating
    if rating is None or rating.levels:
        return rating
    asked = False
    async for event in _backwards(hub, c.id):
        match event:
            case e.Rated():
                rating = replace(rating, label=event.label, tags=event.tags, comment=event.comment)
            case e.RatingAsked():
                asked = True
            case e.Assigned() if asked:
                return replace(rating, agent=event.agent)
            case _:
                pass
    return rating


async def _backwards(hub: Hub, conversation: str) -> AsyncIterator[Any]:
    before = 0
    while records := await hub.store.history(stream("conversation", conversation), before, PAGE):
        for record in reversed(records):
            yield hub.event(record)
        before = records[0].seq
