"""The keys context as the hub runs it."""

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.tables import Rows
from chatserver.suite.keys.door import Door
from chatserver.suite.keys.keys import MACHINE


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    return Opened(operations=Door(hub).operations)


PLUG = Plug(name="keys", open=open, machines=(MACHINE,))
