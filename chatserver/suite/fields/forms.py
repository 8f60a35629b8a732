"""动态表单模板: forms with which service is recorded (服务小结), a machine of its own. An edit is a new version.

The state keeps each template as it is now; what it was before stands in the log, and in `versions.py` to be read.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, assert_never

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from chatserver.conversation.content import Answer
from chatserver.flow.form import FormField, check_answers
from chatserver.flow.node_check import form_findings
from chatserver.hub.machines import Machine
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input

KIND, ID = "forms", "main"
STREAM = f"{KIND}/{ID}"

MAX_FORMS = 100
MAX_LETTERS = 6_000
"""Characters of all keys, labels and options of one template: the state holds every template, and is written whole."""

FormName = Annotated[str, Meta(min_length=1, max_length=50, title="模板名称")]
FormFields = Annotated[tuple[FormField, ...], Meta(min_length=1, max_length=30, title="字段")]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One template in one version. Who is switched off stays readable, and takes no new answers."""

    id: str
    version: int
    name: str
    fields: tuple[FormField, ...]
    active: bool = True


class Forms(msgspec.Struct, frozen=True, kw_only=True):
    """The state: every template as it is now, in the order of its making."""

    id: str
    version: int = 0
    forms: tuple[Form, ...] = ()

    def form(self, id: str) -> Form:
        found = next((f for f in self.forms if f.id == id), None)
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, form=id)
        return found


class CreateForm(Input, frozen=True, kw_only=True):
    id: str
    name: str
    fields: tuple[FormField, ...]
    by: str


class ChangeForm(Input, frozen=True, kw_only=True):
    """The template as it shall be, on or off; `based_on` is the version that the editor saw."""

    form: str
    name: str
    fields: tuple[FormField, ...]
    active: bool
    based_on: int
    by: str


class DeleteForm(Input, frozen=True, kw_only=True):
    """The template is offered no more; what was recorded with it stays readable."""

    form: str
    by: str


class FormSaved(Event, frozen=True, kw_only=True):
    """A template in its version `revision`, the first or a further one."""

    id: str
    revision: int
    name: str
    fields: tuple[FormField, ...]
    by: str


class FormSwitched(Event, frozen=True, kw_only=True):
    id: str
    active: bool
    by: str


class FormDeleted(Event, frozen=True, kw_only=True):
    id: str
    by: str


FormInput = CreateForm | ChangeForm | DeleteForm
FormEvent = FormSaved | FormSwitched | FormDeleted


def decide(s: Forms, input: FormInput, env: Env[object]) -> list[FormEvent]:
    match input:
        case CreateForm():
            if len(s.forms) >= MAX_FORMS:
                raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_FORMS)
            return [_saved(s, input, input.id, 1, env)]
        case ChangeForm():
            return list(_changed(s, input, env))
        case DeleteForm():
            return [FormDeleted(at=env.now, id=s.form(input.form).id, by=input.by)]
        case _:
            assert_never(input)


def _changed(s: Forms, input: ChangeForm, env: Env[object]) -> Iterator[FormEvent]:
    """What is set as it already is, changes nothing; switching makes no version."""
    present = s.form(input.form)
    if input.based_on != present.version:
        raise Refused(ErrorCode.CONFLICT, version=present.version)
    saved = _saved(s, input, present.id, present.version + 1, env)
    if (saved.name, saved.fields) != (present.name, present.fields):
        yield saved
    if input.active != present.active:
        yield FormSwitched(at=env.now, id=present.id, active=input.active, by=input.by)


def _saved(s: Forms, input: CreateForm | ChangeForm, id: str, revision: int, env: Env[object]) -> FormSaved:
    name = " ".join(input.name.split())
    if not name:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.name", reason="Expected a name")
    if any(f.name.casefold() == name.casefold() for f in s.forms if f.id != id):
        raise Refused(ErrorCode.NAME_TAKEN, name=name)
    for path, code in form_findings(input.fields):
        raise Refused(ErrorCode.BAD_REQUEST, path=f"$.{path}", reason=code.value)
    if sum(len(word) for f in input.fields for word in (f.key, f.label, *f.options)) > MAX_LETTERS:
        raise Refused(ErrorCode.TOO_LARGE, path="$.fields", limit=MAX_LETTERS)
    return FormSaved(at=env.now, id=id, revision=revision, name=name, fields=input.fields, by=input.by)


def evolve(s: Forms, event: FormEvent) -> Forms:
    s = replace(s, version=s.version + 1)
    match event:
        case FormSaved():
            active = next((f.active for f in s.forms if f.id == event.id), True)
            form = Form(id=event.id, version=event.revision, name=event.name, fields=event.fields, active=active)
            return _with(s, form) if event.revision > 1 else replace(s, forms=(*s.forms, form))
        case FormSwitched():
            return _with(s, replace(s.form(event.id), active=event.active))
        case FormDeleted():
            return replace(s, forms=tuple(f for f in s.forms if f.id != event.id))
        case _:
            assert_never(event)


def _with(s: Forms, form: Form) -> Forms:
    return replace(s, forms=tuple(form if f.id == form.id else f for f in s.forms))


def wake_at(s: Forms, settings: object) -> None:
    """Templates wait for nothing."""


def fill(s: Forms, id: str, version: int, values: Mapping[str, str]) -> tuple[Answer, ...]:
    """What is recorded, checked field by field. Refuses a version that is not the present one: the form has changed
    while it was being filled, and whoever fills it must see what is asked now."""
    form = s.form(id)
    if version != form.version or not form.active:
        raise Refused(ErrorCode.CONFLICT, version=form.version)
    rows = check_answers(form.fields, values)
    return tuple(Answer(key=key, label=label, value=value) for key, label, value in rows)


MACHINE = Machine(
    kind=KIND,
    only=ID,
    state=Forms,
    event=FormEvent,
    fresh=lambda id: Forms(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
)
