"""What is remembered of a visitor between conversations: short values, the newest of each key, and not too many."""

from datetime import UTC, datetime

import pytest

from chatserver.conversation.contact import LONGEST_FIELD, MAX_FIELDS, Contact, Learn, SetFields, decide, evolve
from chatserver.conversation.content import Answer
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

NOW = Env(datetime(2026, 5, 6, tzinfo=UTC), None)


def learnt(contact: Contact, *values: tuple[str, str]) -> Contact:
    fields = tuple(Answer(key=key, label=key, value=value) for key, value in values)
    for event in decide(contact, Learn(fields=fields), NOW):
        contact = evolve(contact, event)
    return contact


def known(contact: Contact) -> dict[str, str]:
    return {field.key: field.value for field in contact.fields}


def test_the_newest_value_of_a_key_is_known_and_the_same_again_is_no_event() -> None:
    """S1-5.1.1a: conditions read it as `contact:key`."""
    once = learnt(Contact(id="v"), ("city", "上海"), ("name", "王"))
    again = learnt(once, ("city", "北京"), ("name", "王"))
    assert known(again) == {"name": "王", "city": "北京"}
    assert learnt(again, ("city", "北京")) is again


def edited(contact: Contact, *values: tuple[str, str]) -> Contact:
    fields = tuple(Answer(key=key, label=key, value=value) for key, value in values)
    for event in decide(contact, SetFields(fields=fields, by="crm"), NOW):
        contact = evolve(contact, event)
    return contact


def test_what_is_set_stands_beside_what_was_learnt_and_an_empty_value_forgets() -> None:
    """S1-5.1.1a: a program says what it knows of a customer; the same again is no event."""
    once = edited(learnt(Contact(id="v"), ("city", "上海"), ("name", "王")), ("level", "gold"), ("city", ""))
    assert known(once) == {"name": "王", "level": "gold"}
    assert edited(once, ("level", "gold"), ("city", "")) is once
    twice = edited(once, ("level", "silver"), ("level", "plain"), ("name", "李"))
    assert known(twice) == {"name": "李", "level": "plain"}


def test_what_is_set_pushes_nothing_out() -> None:
    full = Contact(id="v")
    for n in range(MAX_FIELDS):
        full = learnt(full, (f"k{n}", "x"))
    with pytest.raises(Refused) as no:
        edited(full, ("new", "x"))
    assert (no.value.code, no.value.data) == (ErrorCode.LIMIT_REACHED, {"limit": MAX_FIELDS})
    assert len(known(edited(full, ("k0", ""), ("new", "x")))) == MAX_FIELDS


@pytest.mark.parametrize(("length", "kept"), [(LONGEST_FIELD, True), (LONGEST_FIELD + 1, False)])
def test_a_story_is_not_remembered_as_a_field(length: int, kept: bool) -> None:
    assert bool(known(learnt(Contact(id="v"), ("text", "长" * length)))) is kept


def test_of_very_many_fields_the_newest_are_kept() -> None:
    contact = Contact(id="v")
    for n in range(MAX_FIELDS + 10):
        contact = learnt(contact, (f"k{n}", "x"))
    assert list(known(contact)) == [f"k{n}" for n in range(10, MAX_FIELDS + 10)]
