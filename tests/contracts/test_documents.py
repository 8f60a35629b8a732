"""Small documents outside the log (accounts, login sessions): whole, found by kind and id, gone only when told."""

import asyncio

from chatserver.hub.ports import Store
from tests.contracts.batches import NOON, body


async def test_the_last_write_of_a_document_wins(store: Store) -> None:
    await store.put_document("account", "a1", b'{"v":1}', NOON)
    await store.put_document("account", "a1", b'{"v":2}')

    assert await store.get_document("account", "a1") == b'{"v":2}'
    assert await store.delete_expired(2**53) == 0  # the second write has no end
    assert await store.delete_document("account", "a1")
    assert not await store.delete_document("account", "a1")
    assert await store.get_document("account", "a1") is None


async def test_two_first_writes_of_a_document_at_once_are_both_accepted(store: Store) -> None:
    await asyncio.gather(*(store.put_document("account", "a1", body(v=n)) for n in range(8)))
    assert len(await store.list_documents("account", "", 10)) == 1


async def test_documents_are_listed_by_id_in_pages_and_by_kind(store: Store) -> None:
    for id in ("b", "c", "a", "é"):
        await store.put_document("account", id, body(id=id))
    await store.put_document("login", "a", b"{}")

    assert await store.list_documents("account", "", 2) == [("a", body(id="a")), ("b", body(id="b"))]
    assert [id for id, _ in await store.list_documents("account", "b", 9)] == ["c", "é"]
    assert await store.list_documents("account", "é", 9) == []
    assert await store.list_documents("account", "", 0) == []


async def test_documents_expire_only_when_somebody_says_so(store: Store) -> None:
    """The store does not judge time: until it is told an instant, a document is given out however old."""
    await store.put_document("login", "past", b"1", 1)
    await store.put_document("login", "now", b"2", NOON)
    await store.put_document("login", "later", b"3", NOON + 1)
    await store.put_document("login", "never", b"4")

    assert await store.get_document("login", "past") == b"1"
    assert await store.delete_expired(NOON) == 2
    assert [id for id, _ in await store.list_documents("login", "", 9)] == ["later", "never"]
    assert await store.delete_expired(NOON) == 0
