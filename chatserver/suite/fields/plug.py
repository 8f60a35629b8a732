"""The fields context as the hub runs it."""

from chatserver.hub.hub import Hub
from chatserver.hub.plug import Opened, Plug, Site
from chatserver.hub.relay import Subscriber
from chatserver.hub.tables import Rows
from chatserver.suite.fields import forms, tags, uses, versions
from chatserver.suite.fields.form_door import FormDoor
from chatserver.suite.fields.tag_door import TagDoor


def open(hub: Hub, rows: Rows, site: Site) -> Opened:
    used, kept = uses.Uses(hub, rows), versions.Versions(rows)
    return Opened(
        operations=(*TagDoor(hub, used).operations, *FormDoor(hub, rows).operations),
        subscribers=(
            Subscriber(uses.NAME, used.handle, durable=True, tells=True),
            Subscriber(versions.NAME, kept.handle, durable=True, tells=True),
        ),
    )


PLUG = Plug(
    name="fields",
    open=open,
    machines=(tags.MACHINE, forms.MACHINE),
    tables={uses.TABLE: uses.NAME, versions.TABLE: versions.NAME},
    questions={**uses.QUESTIONS, **versions.QUESTIONS},
)
