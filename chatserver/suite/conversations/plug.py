"""The conversations context as the hub runs it."""

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.relay import Subscriber
from chatserver.hub.tables import Rows
from chatserver.suite.conversations.door import Door
from chatserver.suite.conversations.follow import Follower
from chatserver.suite.conversations.lists import QUESTIONS
from chatserver.suite.conversations.tables import NAME, TABLES


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    follower = Follower(hub, rows)
    return Opened(
        operations=Door(hub, rows, site.url).operations,
        subscribers=(Subscriber(NAME, follower.handle, durable=True, tells=True),),
    )


PLUG = Plug(name="conversations", open=open, tables=TABLES, questions=QUESTIONS)
