"""The inbox of left messages as the hub runs it."""

from functools import partial

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.relay import Subscriber
from chatserver.hub.tables import Rows
from chatserver.suite.leave_messages.decide import MACHINE
from chatserver.suite.leave_messages.door import Door
from chatserver.suite.leave_messages.lists import QUESTIONS
from chatserver.suite.leave_messages.model import KIND
from chatserver.suite.leave_messages.news import tell
from chatserver.suite.leave_messages.rows import NAME, TABLE, Inbox
from chatserver.suite.leave_messages.wiring import WIRING


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    inbox = Inbox(hub, rows)
    follows = Subscriber(NAME, inbox.handle, durable=True, tells=True)
    return Opened(operations=Door(hub, rows).operations, subscribers=(follows,), news={KIND: partial(tell, hub)})


PLUG = Plug(
    name="leave_messages", open=open, machines=(MACHINE,), wiring=WIRING, tables={TABLE: NAME}, questions=QUESTIONS
)
