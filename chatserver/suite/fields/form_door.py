"""Form templates over HTTP: read them in every version, and edit them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.access.check import Target, require
from chatserver.flow.form import FormField
from chatserver.hub.hub import Hub
from chatserver.hub.paging import Page, Paged, page
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Rows
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.suite.fields import forms, versions
from chatserver.suite.fields.forms import Form, FormFields, FormName, Forms
from chatserver.suite.fields.versions import FormVersion


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """A template in its present version."""

    id: str
    version: int
    name: str
    fields: tuple[FormField, ...]
    active: bool


class FormList(msgspec.Struct, frozen=True, kw_only=True):
    """All templates, in the order of their making."""

    items: list[FormView]


class FormVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """A template as it was in one version; `at` in epoch milliseconds."""

    form: str
    version: int
    name: str
    fields: tuple[FormField, ...]
    at: int
    by: str


class NewForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template to be made."""

    name: FormName
    fields: FormFields


class FormChange(NewForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole template as it shall be; `version` is the one that the editor saw."""

    version: Annotated[int, Meta(ge=1)]
    active: bool = True


class FormDoor:
    """The operations of form templates."""

    def __init__(self, hub: Hub, rows: Rows) -> None:
        self._hub = hub
        self._rows = rows
        read, manage = p.FORM_READ, p.FORM_MANAGE
        one, each = "/forms/{id}", "/forms/{id}/versions"
        self.operations: Sequence[Operation] = (
            Operation(name="listForms", method="GET", path="/forms", requires=read, run=self.list, answers=FormList),
            Operation(
                name="createForm",
                method="POST",
                path="/forms",
                requires=manage,
                run=self.create,
                body=NewForm,
                answers=FormView,
                status=201,
            ),
            Operation(name="readForm", method="GET", path=one, requires=read, run=self.read, answers=FormView),
            Operation(
                name="changeForm",
                method="PUT",
                path=one,
                requires=manage,
                run=self.change,
                body=FormChange,
                answers=FormView,
            ),
            Operation(name="deleteForm", method="DELETE", path=one, requires=manage, run=self.delete, status=204),
            Operation(
                name="listFormVersions",
                method="GET",
                path=each,
                requires=read,
                run=self.versions,
                query=Paged,
                answers=Page[FormVersionView],
            ),
            Operation(
                name="readFormVersion",
                method="GET",
                path=each + "/{version}",
                requires=read,
                run=self.version,
                answers=FormVersionView,
            ),
        )

    async def list(self, call: Call) -> FormList:
        """All form templates, those included that are switched off."""
        return FormList(items=[view(f) for f in self._now().forms])

    async def read(self, call: Call) -> FormView:
        """A form template in its present version."""
        return view(self._now().form(call.path["id"]))

    async def create(self, call: Call) -> FormView:
        """Make a form template."""
        require(call.actor, p.FORM_MANAGE, Target())
        new: NewForm = call.body
        create = forms.CreateForm(id=new_id(), name=new.name, fields=new.fields, by=call.actor.agent)
        made = await self._hub.first_event(await self._hub.send(Envelope(forms.STREAM, create, call.id)))
        return view(self._now().form(made.id))

    async def change(self, call: Call) -> FormView:
        """Change a form template. Other fields or another name make a new version; the old ones stay readable."""
        require(call.actor, p.FORM_MANAGE, Target())
        asked: FormChange = call.body
        change = forms.ChangeForm(
            form=call.path["id"],
            name=asked.name,
            fields=asked.fields,
            active=asked.active,
            based_on=asked.version,
            by=call.actor.agent,
        )
        await self._hub.send(Envelope(forms.STREAM, change, call.id))
        return view(self._now().form(change.form))

    async def delete(self, call: Call) -> None:
        """Take a form template out of use for good. What was recorded with it stays readable."""
        require(call.actor, p.FORM_MANAGE, Target())
        delete = forms.DeleteForm(form=call.path["id"], by=call.actor.agent)
        await self._hub.send(Envelope(forms.STREAM, delete, call.id))

    async def versions(self, call: Call) -> Page[FormVersionView]:
        """The versions of a form template, newest first, of a deleted one too."""
        await self._hub.caught_up(versions.NAME)
        return await page(self._rows, versions.of(call.path["id"]), call.query, past)

    async def version(self, call: Call) -> FormVersionView:
        """A form template as it was in one version, of a deleted one too."""
        version = call.path["version"]
        number = int(version) if version.isdecimal() and len(version) < 10 else 0
        await self._hub.caught_up(versions.NAME)
        found = await self._rows.row(versions.TABLE, (call.path["id"], number))
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, form=call.path["id"], version=version)
        return past(found)

    def _now(self) -> Forms:
        now: Forms = self._hub.held(forms.KIND, forms.ID)
        return now


def view(f: Form) -> FormView:
    return FormView(id=f.id, version=f.version, name=f.name, fields=f.fields, active=f.active)


def past(row: FormVersion) -> FormVersionView:
    fields = versions.fields_of(row)
    return FormVersionView(form=row.form, version=row.version, name=row.name, fields=fields, at=row.saved_at, by=row.by)
