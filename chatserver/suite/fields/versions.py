"""Every version of every form template, to be read as long as something was recorded with it. Kept from the log."""

from collections.abc import Sequence

import msgspec

from chatserver.flow.form import FormField
from chatserver.hub.relay import Entry
from chatserver.hub.tables import Ask, Is, Put, Row, Rows, Table, Tally, Told
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.fields.forms import FormSaved

NAME = "fields.versions"
"""Of the subscriber."""


class FormVersion(Row, frozen=True, kw_only=True):
    """`fields` is JSON, `by` who saved it."""

    form: str
    version: int
    name: str
    fields: str
    saved_at: int
    by: str


TABLE = Table(name="form_version", row=FormVersion, key=("form", "version"))


def of(form: str) -> Ask:
    """The versions of a form, newest first."""
    return Ask(table=TABLE, where=(Is("form", (form,)),), order="version", descending=True)


QUESTIONS: dict[str, Ask | Tally] = {"versions of a form": of("f1")}


class Versions:
    """Follows the log; `handle` is the subscriber."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def handle(self, entries: Sequence[Entry]) -> None:
        puts = [Put(TABLE, _row(h.event)) for _, h in entries if isinstance(h.event, FormSaved)]
        if puts:
            await self._rows.write(puts, Told(NAME, entries[-1][0]))


def _row(saved: FormSaved) -> FormVersion:
    return FormVersion(
        form=saved.id,
        version=saved.revision,
        name=saved.name,
        fields=msgspec.json.encode(saved.fields).decode(),
        saved_at=epoch_ms(saved.at),
        by=saved.by,
    )


def fields_of(row: FormVersion) -> tuple[FormField, ...]:
    return msgspec.json.decode(row.fields, type=tuple[FormField, ...])
