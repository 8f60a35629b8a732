"""满意度 of a conversation as it is shown. Old states hold no more of it than the score: then the log says the rest.

Knows nothing of who may see it.
"""

from msgspec.structs import replace

from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Rating
from chatserver.hub.history import backwards
from chatserver.hub.hub import Hub, stream


async def survey(hub: Hub, c: Conversation) -> Rating | None:
    """Whom it is about is whoever had been assigned when it was asked for."""
    rating = c.rating
    if rating is None or rating.levels:
        return rating
    asked = False
    async for _, event in backwards(hub, stream("conversation", c.id)):
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
