"""The reports as the hub runs them."""

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.tables import Rows
from chatserver.suite.reports.door import ReportDoor
from chatserver.suite.reports.projection import QUESTIONS as READS
from chatserver.suite.reports.projection import Projection
from chatserver.suite.reports.questions import QUESTIONS
from chatserver.suite.reports.tables import SUBSCRIBER, TABLES
from chatserver.suite.reports.wall import WallDoor


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    projection = Projection(rows)
    return Opened(
        operations=(*ReportDoor(hub, rows, projection).operations, *WallDoor(hub, rows).operations),
        subscribers=(projection.subscriber,),
    )


PLUG = Plug(name="reports", open=open, tables=dict.fromkeys(TABLES, SUBSCRIBER), questions={**QUESTIONS, **READS})
