"""Takes uploads in, gives them to messages, and shows them to whoever knows the address. Knows no sockets and no HTTP.

An upload that no message used within a day is taken away; one whose messages were all taken back is shown no more,
unless somebody holds it ready.
"""

import asyncio
import hashlib
import hmac
import math
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from chatserver.conversation import events as e
from chatserver.conversation.content import FileContent, ImageContent, Said, VoiceContent
from chatserver.hub.ports import Store
from chatserver.hub.relay import Entry, Subscriber
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.instants import epoch_ms, from_epoch_ms
from chatserver.kernel.tasks import spawn, stop
from chatserver.media import kinds, voice
from chatserver.media.blobs import Blobs
from chatserver.media.images import Unreadable, remade
from chatserver.media.kept import Kept, content
from chatserver.media.settings import MIB, MediaSettings

NAME = "media"
"""Of the subscriber, and of the documents that describe uploads."""

NEW = "media-new"
"""Kind of the documents that name visitors' uploads which no message has used yet, with their time."""

HELD = "media-held"
"""Kind of the documents that name, by its holder, the upload that it keeps in use."""

AGENTS = "agent:"
"""How the owners begin that are agents."""

UNUSED_FOR = timedelta(days=1)
SWEEP_EVERY = timedelta(hours=1)
AT_ONCE = 2
"""Pictures that are remade at the same time: each takes a processor and up to some hundred megabytes."""

PIECE = 256 * 1024
"""Bytes written at once."""


class Media:
    """Attachments of one workspace. `secret` signs their addresses."""

    def __init__(
        self, store: Store, blobs: Blobs, clock: Clock, secret: str, settings: Callable[[], MediaSettings]
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._key = hmac.new(secret.encode(), b"media-address-1", hashlib.sha256).digest()
        self._settings = settings
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Whether an upload is in use is read and then written, by more than one who follows the log.
        self._uses = asyncio.Lock()
        self._closed = asyncio.Event()
        self._sweeper: asyncio.Task[Any] | None = None

    @property
    def subscriber(self) -> Subscriber:
        return Subscriber(NAME, self.handle, durable=True)

    def start(self) -> None:
        self._sweeper = spawn(self._sweep_now_and_then(), "media sweeper")

    async def stop(self) -> None:
        self._closed.set()
        await stop(self._sweeper)

    async def take(self, name: str, owner: str, pieces: AsyncIterator[bytes]) -> Kept:
        """An upload, as it comes. Refuses what is too large as soon as it is, and what is not allowed."""
        settings = self._settings()
        path, small = [await asyncio.to_thread(self._blobs.room) for _ in range(2)]
        try:
            head, size = await self._receive(path, pieces, settings)
            if not size:
                raise Refused(ErrorCode.MEDIA_BROKEN, reason="empty")
            kept = Kept(
                id=new_id(),
                kind="file",
                mime=kinds.sniff(head),
                name=kinds.cleaned(name),
                size=size,
                owner=owner,
                at=epoch_ms(self._clock.now()),
            )
            kept = await self._judge(kept, path, small, head, settings)
            # First that it is new: what a crash leaves of it is then swept away.
            await self._store.put_document(NEW, kept.id, msgspec.json.encode(kept.at))
            if kept.kind == "image":
                await self._blobs.put(_small(kept.id), small)
            await self._blobs.put(kept.id, path)
        finally:
            for room in (path, small):
                await asyncio.to_thread(room.unlink, missing_ok=True)
        await self._store.put_document(NAME, kept.id, msgspec.json.encode(kept))
        if owner.startswith(AGENTS):  # who may keep an answer ready with a picture in it
            await self._store.delete_document(NEW, kept.id)
        return kept

    async def keep(self, name: str, owner: str, body: bytes) -> Said:
        """The same for bytes that a channel has fetched, ready to be said."""

        async def whole() -> AsyncIterator[bytes]:
            yield body

        kept = await self.take(name, owner, whole())
        return content(kept, self.url(kept))

    async def read(self, media: str) -> tuple[Kept, bytes] | None:
        """For a channel that sends the bytes on; None for what is not there, or was taken back."""
        kept = await self._find(media)
        path = await self._blobs.get(media) if kept and not kept.hidden else None
        return (kept, await asyncio.to_thread(path.read_bytes)) if kept and path else None

    async def content(self, media: str, owner: str) -> Said:
        """What a message of `owner` says with this upload. Agents share theirs; a visitor has only the own ones."""
        kept = await self._find(media)
        agents = owner.startswith(AGENTS) and kept is not None and kept.owner.startswith(AGENTS)
        # What agents took back they may say again: it can be the picture of a prepared answer.
        if kept is None or (kept.hidden and not agents) or not (agents or kept.owner == owner):
            raise Refused(ErrorCode.MEDIA_UNKNOWN, media=media)
        return content(kept, self.url(kept))

    async def shown(self, id: str, signature: str, small: bool = False) -> tuple[Kept, Path]:
        """The file behind an address. Refuses what is not there like what is not signed, so that nothing is learnt."""
        kept = await self._find(id) if hmac.compare_digest(self._sign(id).encode(), signature.encode()) else None
        if kept is None or kept.hidden:
            raise Refused(ErrorCode.NOT_FOUND)
        path = await self._blobs.get(_small(id) if small and kept.kind == "image" else id)
        if path is None:
            raise Refused(ErrorCode.NOT_FOUND)
        return kept, path

    def url(self, kept: Kept) -> str:
        """The address, as a path on this server. Nobody guesses it; whoever was told it may look."""
        return f"/media/{kept.id}/{self._sign(kept.id)}/{quote(kept.name or kept.kind, safe='')}"

    def small(self, id: str) -> str:
        """The address of a picture's small edition, for whoever knows that it is a picture."""
        return f"/media/{id}/{self._sign(id)}/image?size=small"

    async def hold(self, holder: str, media: str | None) -> bool:
        """Something beside the lines of conversations, an answer kept ready, uses this picture, and no other."""
        kept = await self._find(media) if media else None
        held = kept.id if kept and kept.kind == "image" and kept.owner.startswith(AGENTS) else None
        async with self._uses:
            before = await self._store.get_document(HELD, holder)
            old = msgspec.json.decode(before, type=str) if before else None
            if old and old != held:
                await self._leave(old, holder)
            if held:
                await self._use(held, holder)
                await self._store.put_document(HELD, holder, msgspec.json.encode(held))
            elif old:
                await self._store.delete_document(HELD, holder)
        return held is not None

    async def handle(self, entries: Sequence[Entry]) -> None:
        """The log says what was used, and what was taken back."""
        for _, happened in entries:
            match happened.event:
                case e.VisitorMessage(content=said, id=line) | e.AgentMessage(content=said, id=line):
                    if id := _media_of(said):
                        await self._store.delete_document(NEW, id)
                        async with self._uses:
                            await self._use(id, line)
                case e.MessageRecalled(content=said, line=line):
                    if id := _media_of(said):
                        async with self._uses:
                            await self._leave(id, line)
                case _:
                    continue

    async def sweep(self) -> None:
        """Take away what was never used. The oldest ids come first."""
        limit = self._clock.now() - UNUSED_FOR
        after = ""
        while page := await self._store.list_documents(NEW, after, 100):
            old = [id for id, at in page if from_epoch_ms(msgspec.json.decode(at, type=int)) <= limit]
            for id in old:
                await self._forget(id)
            if len(old) < len(page):
                break
            after = page[-1][0]
        await self._blobs.sweep(limit.timestamp())

    async def _receive(
        self, path: Path, pieces: AsyncIterator[bytes], settings: MediaSettings
    ) -> tuple[bytes, int]:
        """(how it begins, how large it is). Never writes more than its kind may have."""
        head, held, size = b"", bytearray(), 0
        with open(path, "wb") as file:
            async for piece in pieces:
                size += len(piece)
                head += piece[: kinds.HEAD - len(head)]
                if size > _most(head, settings):
                    raise Refused(ErrorCode.TOO_LARGE, limit=_most(head, settings))
                held += piece
                if len(held) >= PIECE:
                    await asyncio.to_thread(file.write, bytes(held))
                    held.clear()
            await asyncio.to_thread(file.write, bytes(held))
        return head, size

    async def _judge(self, kept: Kept, path: Path, small: Path, head: bytes, settings: MediaSettings) -> Kept:
        """What it is: a picture, made anew; a recording; or a file of a kind that is allowed."""
        if kept.mime in kinds.IMAGES:
            return await self._picture(kept, path, small)
        if kept.mime in kinds.VOICES and kept.size <= settings.voice_mb * MIB:
            async with self._turns:
                length = await asyncio.to_thread(lambda: voice.seconds(kept.mime, path.read_bytes()))
            if length is not None and length <= settings.voice_seconds + 1:  # recorders stop a little late
                name = kinds.renamed(kept.name, kinds.VOICES[kept.mime])
                return msgspec.structs.replace(kept, kind="voice", name=name, seconds=max(1, math.floor(length + 0.5)))
        ending = kinds.ending_of(kept.name)
        if ending not in settings.extensions or not kinds.holds_what_it_says(ending, head):
            raise Refused(ErrorCode.MEDIA_NOT_ALLOWED, name=kept.name)
        return kept

    async def _picture(self, kept: Kept, path: Path, small: Path) -> Kept:
        try:
            async with self._turns:
                picture = await asyncio.to_thread(remade, path, kept.mime)
        except Unreadable as failure:
            raise Refused(ErrorCode.MEDIA_BROKEN, reason=str(failure)[:200]) from None
        await asyncio.to_thread(path.write_bytes, picture.body)
        await asyncio.to_thread(small.write_bytes, picture.small)
        return msgspec.structs.replace(
            kept,
            kind="image",
            name=kinds.renamed(kept.name, kinds.IMAGES[kept.mime]),
            size=len(picture.body),
            width=picture.width,
            height=picture.height,
        )

    async def _find(self, id: str) -> Kept | None:
        body = await self._store.get_document(NAME, id)
        return msgspec.json.decode(body, type=Kept) if body else None

    async def _use(self, id: str, by: str) -> None:
        await self._store.put_document(_used(id), by, b"")
        await self._hide(id, False)

    async def _leave(self, id: str, by: str) -> None:
        await self._store.delete_document(_used(id), by)
        await self._hide(id, not await self._store.list_documents(_used(id), "", 1))

    async def _hide(self, id: str, hidden: bool) -> None:
        """Hidden is what nothing uses any more."""
        kept = await self._find(id)
        if kept is not None and kept.hidden != hidden:
            await self._store.put_document(NAME, id, msgspec.json.encode(msgspec.structs.replace(kept, hidden=hidden)))

    async def _forget(self, id: str) -> None:
        """First the bytes: what is left of a sweep that was broken off is found again by its document."""
        await self._blobs.delete(id)
        await self._blobs.delete(_small(id))
        await self._store.delete_document(NAME, id)
        await self._store.delete_document(NEW, id)

    async def _sweep_now_and_then(self) -> None:
        while not self._closed.is_set():
            await self.sweep()
            await self._clock.sleep_until(self._clock.now() + SWEEP_EVERY, self._closed)

    def _sign(self, id: str) -> str:
        return urlsafe_b64encode(hmac.new(self._key, id.encode(), hashlib.sha256).digest()[:18]).decode()


def _most(head: bytes, settings: MediaSettings) -> int:
    """Bytes that a file which begins so may have. A recording that is too long for a voice message may be a file."""
    return (settings.image_mb if kinds.sniff(head) in kinds.IMAGES else settings.file_mb) * MIB


def _media_of(said: Said) -> str | None:
    return said.media if isinstance(said, ImageContent | FileContent | VoiceContent) else None


def _used(id: str) -> str:
    """Kind of the documents that name the lines with this upload, and whoever else holds it."""
    return f"media-used:{id}"


def _small(id: str) -> str:
    return f"{id}-small"
