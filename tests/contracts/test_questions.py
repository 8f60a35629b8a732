"""Every question that a context asks is answered from an index that it declared, in every store, in its order."""

import pytest

from chatserver.app import PLUGS, TABLES
from chatserver.hub.ports import Store
from chatserver.hub.tables import Ask, Tally

QUESTIONS: dict[str, Ask | Tally] = {
    f"{plug.name}: {name}": question for plug in PLUGS for name, question in plug.questions.items()
}


@pytest.fixture
async def declared(store: Store) -> Store:
    await store.rows.declare(list(TABLES), {table.name: name for table, name in TABLES.items()})
    return store


async def test_no_question_looks_at_all_rows(declared: Store) -> None:
    """However many there will be: a hundred thousand conversations are answered as a hundred are."""
    unanswered = {}
    for name, question in QUESTIONS.items():
        plan = await declared.rows.plan(question)
        if not plan.index or plan.index not in (*question.table.indexes, question.table.key):
            unanswered[name] = plan.text
    assert unanswered == {}


async def test_no_list_is_sorted_only_when_it_is_asked_for(declared: Store) -> None:
    """A page costs what it shows."""
    sorted_late = {}
    for name, question in QUESTIONS.items():
        text = (await declared.rows.plan(question)).text
        if isinstance(question, Ask) and ("TEMP B-TREE" in text or "SORT" in text):
            sorted_late[name] = text
    assert sorted_late == {}


def test_every_table_is_asked_something() -> None:
    """A table that no declared question reads is read by questions that nobody has timed."""
    asked = {question.table.name for question in QUESTIONS.values()}
    kept = {table.name for plug in PLUGS for table in plug.tables if table.indexes}  # others are only read by their key
    assert kept - asked == set()
