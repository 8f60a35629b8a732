"""满意度: when a visitor is asked to rate an agent, and what counts as an answer.

One conversation has one survey: an invitation that is not answered is not repeated at the end.
"""

from datetime import datetime, timedelta

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.content import RatingContent
from chatserver.conversation.model import ClosedBy, Conversation, Scene
from chatserver.conversation.settings import SatisfactionSettings
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.placeholders import fill

MAX_COMMENT = 500
MAX_TAGS = 20

SCENES = {ClosedBy.AGENT: Scene.CLOSED, ClosedBy.VISITOR: Scene.CLOSED, ClosedBy.IDLE: Scene.IDLE}
"""Which ends ask how the agent was. A flow that ends by itself asks for nobody."""


def ask(c: Conversation, scene: Scene, s: SatisfactionSettings, now: datetime) -> list[e.AnyEvent]:
    """The survey, unless there has been one, or nobody has served and the workspace asks only about agents."""
    if c.rating is not None or (c.face is None and not s.without_agent):
        return []
    name = c.face.name if c.face else ""
    text = fill(s.text, {"agent": name}) if c.face else s.without_agent
    return [e.RatingAsked(at=now, scene=scene, content=RatingContent(text=text, agent=name, levels=s.levels))]


def after_close(c: Conversation, closed: e.Closed, s: SatisfactionSettings) -> list[e.AnyEvent]:
    """What follows an end: the survey of its scene, where that is switched on."""
    scene = Scene.CLOSED if c.face is None else SCENES.get(closed.by)
    wanted = {Scene.CLOSED: s.on_close, Scene.IDLE: s.on_idle_close}
    return ask(c, scene, s, closed.at) if scene and wanted[scene] else []


def rated(c: Conversation, input: i.VisitorRated, s: SatisfactionSettings, now: datetime) -> list[e.AnyEvent]:
    """The answer, once, in time, and made of what was offered then."""
    if c.rating is None or c.rating.line != input.item:
        raise Refused(ErrorCode.NO_RATING_ASKED)
    if c.rating.score is not None:
        raise Refused(ErrorCode.ALREADY_RATED)
    if now >= c.rating.asked_at + timedelta(seconds=s.valid_for):
        raise Refused(ErrorCode.RATING_EXPIRED)
    # A survey of long ago does not say in the state what it offers.
    level = next((x for x in c.rating.levels or s.levels if x.score == input.score), None)
    if level is None:
        raise Refused(ErrorCode.FIELD_INVALID, field="score", label="score")
    if len(input.tags) > MAX_TAGS or not set(input.tags) <= set(level.tags):
        raise Refused(ErrorCode.FIELD_INVALID, field="tags", label="tags")
    comment = input.comment.strip()
    if len(comment) > MAX_COMMENT:
        raise Refused(ErrorCode.MESSAGE_TOO_LONG, limit=MAX_COMMENT)
    tags = tuple(dict.fromkeys(input.tags))
    return [e.Rated(at=now, id=input.id, score=level.score, label=level.label, tags=tags, comment=comment)]
