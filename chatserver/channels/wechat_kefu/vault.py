"""Secrets at rest: documents that only this server's own secret opens, so that a backup gives nothing away."""

import base64
import hashlib
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from chatserver.hub.ports import Store

T = TypeVar("T")


class Vault:
    """Documents of the store, sealed. What another secret sealed is as good as gone: it has to be entered again."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = store
        self._seal = Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"vault:{secret}".encode()).digest()))

    async def put(self, kind: str, id: str, value: object, expires_at: int | None = None) -> None:
        await self._store.put_document(kind, id, self._seal.encrypt(msgspec.json.encode(value)), expires_at)

    async def get(self, kind: str, id: str, type: type[T]) -> T | None:
        sealed = await self._store.get_document(kind, id)
        return self._opened(sealed, type) if sealed else None

    async def all(self, kind: str, type: type[T]) -> list[T]:
        """At most a thousand."""
        found = (self._opened(sealed, type) for _, sealed in await self._store.list_documents(kind, "", 1_000))
        return [value for value in found if value is not None]

    async def delete(self, kind: str, id: str) -> bool:
        return await self._store.delete_document(kind, id)

    def _opened(self, sealed: bytes, type: type[T]) -> T | None:
        try:
            return msgspec.json.decode(self._seal.decrypt(sealed), type=type)
        except (InvalidToken, msgspec.DecodeError):
            return None
