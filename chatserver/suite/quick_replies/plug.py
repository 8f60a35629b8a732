"""The quick replies context as the hub runs it."""

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.relay import Subscriber
from chatserver.hub.tables import Rows
from chatserver.suite.quick_replies.decide import MACHINE
from chatserver.suite.quick_replies.door import Door
from chatserver.suite.quick_replies.shelf import NAME, QUESTIONS, TABLE, Shelf


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    shelf = Shelf(rows, site.uploads)
    follows = Subscriber(NAME, shelf.handle, durable=True, tells=True)
    return Opened(operations=Door(hub, shelf, site.uploads).operations, subscribers=(follows,))


PLUG = Plug(name="quick_replies", open=open, machines=(MACHINE,), tables={TABLE: NAME}, questions=QUESTIONS)
