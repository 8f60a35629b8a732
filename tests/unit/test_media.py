"""Attachments: what a file is, how it is made harmless, how long a recording is, and what becomes of unused ones."""

import io
import os
import struct
import wave
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image

from chatserver.conversation import events as e
from chatserver.conversation.content import FileContent, ImageContent, TextContent, VoiceContent
from chatserver.hub.step import Happened
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.media import kinds, voice
from chatserver.media.blobs import Folder
from chatserver.media.images import MAX_SIDE, SMALL
from chatserver.media.kept import Kept
from chatserver.media.media import Media
from chatserver.media.settings import MIB, MediaSettings
from tests.fakes.clock import T0, FakeClock
from tests.fakes.memory_store import MemoryStore

VISITOR, OTHER, AGENT = "visitor:v1", "visitor:v2", "agent:a1"


def picture(format: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **more: Any) -> bytes:
    body = io.BytesIO()
    Image.new(mode, size, 128).save(body, format, **more)
    return body.getvalue()


def moving(format: str = "GIF", frames: int = 3, size: tuple[int, int] = (20, 10)) -> bytes:
    body = io.BytesIO()
    each = [Image.new("RGB", size, (n * 40 % 256, 0, 0)) for n in range(frames)]
    each[0].save(body, format, save_all=True, append_images=each[1:], duration=70, loop=0)
    return body.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of some kilobytes that unpacks to very much nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packed = zlib.compress(b"\0" * ((width // 8 + 1) * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def wav(seconds: float, rate: int = 8000) -> bytes:
    body = io.BytesIO()
    with wave.open(body, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\0\0" * int(seconds * rate))
    return body.getvalue()


def amr(seconds: float) -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * round(seconds * 50)


def ogg(seconds: float) -> bytes:
    def page(granule: int, body: bytes) -> bytes:
        return b"OggS\0\0" + struct.pack("<qIII", granule, 1, 0, 0) + b"\x01" + bytes([len(body)]) + body

    head = b"OpusHead\x01\x01" + struct.pack("<H", 312) + struct.pack("<I", 48_000) + bytes(3)
    return page(0, head) + page(312 + round(seconds * 48_000), b"sound")


def webm(seconds: float, track: int = 2) -> bytes:
    """As a recorder streams it: segment and clusters without a size, and no length in front."""

    def element(id: str, body: bytes) -> bytes:
        return bytes.fromhex(id) + struct.pack(">Q", 1 << 56 | len(body)) + body

    head = element("1A45DFA3", element("4282", b"webm")) + bytes.fromhex("18538067" + "01" + "FF" * 7)
    head += element("1549A966", element("2AD7B1", (1_000_000).to_bytes(4)))
    head += element("1654AE6B", element("AE", element("83", bytes([track]))))
    blocks = b"".join(element("A3", b"\x81" + struct.pack(">h", ms) + b"\x80sound") for ms in (0, 500))
    last = round(seconds * 1000) - 500
    return head + b"".join(bytes.fromhex("1F43B675FF") + element("E7", at.to_bytes(4)) + blocks for at in (0, last))


def mp4(seconds: float, handler: bytes = b"soun", pieces: bool = False) -> bytes:
    def box(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack(">I", 8 + len(body)) + kind + body

    whole = 0 if pieces else round(seconds * 1000)
    times = struct.pack(">IIIII", 0, 0, 0, 1000, whole)
    track = box(b"trak", box(b"mdia", box(b"mdhd", times), box(b"hdlr", bytes(8) + handler + bytes(12))))
    head = box(b"ftyp", b"M4A isom") + box(b"moov", box(b"mvhd", times), track)
    if not pieces:
        return head + box(b"mdat", b"sound")
    usual = box(b"tfhd", struct.pack(">II", 8, 1), struct.pack(">I", 20))
    run = box(b"trun", struct.pack(">II", 0, round(seconds * 50)))
    return head + box(b"moof", box(b"traf", usual, run)) + box(b"mdat", b"sound")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "media")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings() -> list[MediaSettings]:
    """The first one counts."""
    return [MediaSettings()]


@pytest.fixture
def media(folder: Folder, clock: FakeClock, settings: list[MediaSettings]) -> Media:
    return Media(MemoryStore(), folder, clock, "a secret", lambda: settings[0])


async def pieces(body: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def take(media: Media, body: bytes, name: str = "a.png", owner: str = VISITOR) -> Kept:
    return await media.take(name, owner, pieces(body))


async def refused(media: Media, body: bytes, name: str = "a.png") -> ErrorCode:
    with pytest.raises(Refused) as refusal:
        await take(media, body, name)
    return refusal.value.code


async def shown(media: Media, kept: Kept, small: bool = False) -> bytes:
    _, _, id, signature, _ = media.url(kept).split("/")
    return (await media.shown(id, signature, small))[1].read_bytes()


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


async def test_a_picture_is_made_anew_and_only_what_can_be_seen_goes_on(media: Media) -> None:
    """Where it was taken, by whom, and whatever else somebody put into the file stay behind."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET CAMERA"
    exif[0x0112] = 6  # lies on its side
    body = picture("JPEG", (60, 40), exif=exif, comment=b"<script>alert(1)</script>") + b"PK\x03\x04 a zip behind it"

    kept = await take(media, body, "../../etc/照片.exe")
    made = await shown(media, kept)

    assert (kept.kind, kept.mime, kept.name) == ("image", "image/jpeg", "照片.jpg")
    assert (kept.width, kept.height) == (40, 60)
    assert kept.size == len(made)
    for hidden in (b"SECRET", b"script", b"PK\x03\x04", b"Exif"):
        assert hidden not in made
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (40, 60)


MODES = {
    "JPEG": ("1", "L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("1", "L", "P", "RGB", "RGBA"),
    "WEBP": ("L", "RGB", "RGBA"),
}


@pytest.mark.parametrize(("format", "mode"), [(format, mode) for format, modes in MODES.items() for mode in modes])
async def test_pictures_of_every_kind_stay_of_their_kind(media: Media, format: str, mode: str) -> None:
    kept = await take(media, picture(format, mode=mode))
    with Image.open(io.BytesIO(await shown(media, kept))) as image:
        assert image.format == format
        assert image.size == (64, 48)
    with Image.open(io.BytesIO(await shown(media, kept, small=True))) as small:
        assert (small.format, small.size) == ("WEBP", (64, 48))


async def test_a_huge_picture_gets_smaller_and_has_a_small_edition(media: Media) -> None:
    kept = await take(media, picture("JPEG", (5000, 2500)), "a.jpg")
    assert (kept.width, kept.height) == (MAX_SIDE, MAX_SIDE // 2)
    with Image.open(io.BytesIO(await shown(media, kept, small=True))) as small:
        assert small.size == (SMALL, SMALL // 2)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
async def test_a_moving_picture_goes_on_moving(media: Media, format: str) -> None:
    kept = await take(media, moving(format))
    with Image.open(io.BytesIO(await shown(media, kept))) as image:
        assert getattr(image, "n_frames", 1) == 3
        assert image.info.get("duration", 70) == 70


async def test_too_many_frames_become_one(media: Media) -> None:
    kept = await take(media, moving(frames=201, size=(4, 4)))
    with Image.open(io.BytesIO(await shown(media, kept))) as image:
        assert getattr(image, "n_frames", 1) == 1


HOSTILE = {
    "nothing": b"",
    "a picture that ends early": picture("JPEG", (400, 400))[:-400],
    "only the beginning of a picture": b"\x89PNG\r\n\x1a\n",
    "a beginning and noise": b"GIF89a" + os.urandom(500),
    "a bomb": bomb(30_000, 30_000),
    "a bomb that is just too large": bomb(8_000, 5_008),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_broken_or_monstrous_picture_is_refused(media: Media, tmp_path: Path, what: str) -> None:
    """And nothing of it stays on the disk."""
    assert await refused(media, HOSTILE[what]) is ErrorCode.MEDIA_BROKEN
    assert files(tmp_path) == []


NOT_ALLOWED = {
    "a drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "a.png"),
    "the same by its own name": (b"<svg onload=alert(1)>", "a.svg"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "a.html"),
    "a page as a picture": (b"<html>", "photo.jpg"),
    "a program": (b"MZ\x90\0" + bytes(200), "setup.exe"),
    "a program as a document": (b"MZ\x90\0" + bytes(200), "invoice.pdf"),
    "a program as a text": (b"MZ\x90\0" + bytes(200), "readme.txt"),
    "a program behind another ending": (b"MZ\x90\0" + bytes(200), "invoice.pdf.exe"),
    "an ending that is turned around": (b"MZ\x90\0" + bytes(200), "invoice\u202efdp.exe"),
    "no ending": (b"hello", "README"),
    "no name": (b"hello", ""),
    "a phone's own kind of picture": (b"\0\0\0\x18ftypheic" + bytes(50), "a.heic"),
}


@pytest.mark.parametrize("what", NOT_ALLOWED)
async def test_what_is_not_on_the_list_is_refused(media: Media, tmp_path: Path, what: str) -> None:
    """S1-5.3.5: which files may be sent is a setting; what a file is says its content, not its name."""
    body, name = NOT_ALLOWED[what]
    assert await refused(media, body, name) is ErrorCode.MEDIA_NOT_ALLOWED
    assert files(tmp_path) == []


async def test_a_file_is_kept_as_it_is(media: Media, settings: list[MediaSettings]) -> None:
    body = b"%PDF-1.7 " + os.urandom(3000)
    kept = await take(media, body, r"C:\Users\me\报价单 2030.pdf")
    assert (kept.kind, kept.mime, kept.name, kept.size) == ("file", "application/pdf", "报价单 2030.pdf", len(body))
    assert await shown(media, kept) == body

    settings[0] = replace(settings[0], extensions=("txt",))
    assert await refused(media, body, "a.pdf") is ErrorCode.MEDIA_NOT_ALLOWED
    assert (await take(media, "你好".encode(), "a.TXT")).kind == "file"


async def test_each_kind_has_its_own_limit_and_nothing_larger_is_written(media: Media, tmp_path: Path) -> None:
    """S1-5.3.5: a stream is cut off as soon as it is too long, however long it would have been."""
    taken = 0

    async def endless(head: bytes) -> AsyncIterator[bytes]:
        nonlocal taken
        taken = 0
        yield head
        while True:
            taken += 100_000
            yield bytes(100_000)

    for head, limit in ((b"%PDF-", 20), (b"\xff\xd8\xff", 10)):
        with pytest.raises(Refused) as refusal:
            await media.take("a.pdf", VISITOR, endless(head))
        assert refusal.value.code is ErrorCode.TOO_LARGE
        assert refusal.value.data == {"limit": limit * MIB}
        assert taken <= limit * MIB + 100_000
    assert files(tmp_path) == []


@pytest.mark.parametrize("make", [wav, amr, ogg, webm, mp4, lambda s: mp4(s, pieces=True)])
async def test_a_recording_knows_its_length(media: Media, make: Any) -> None:
    kept = await take(media, make(3.2), "blob")
    assert (kept.kind, kept.seconds) == ("voice", 3)
    assert kept.name.startswith("blob.")


async def test_a_recording_that_is_too_long_is_no_voice_message(media: Media) -> None:
    """S1-5.3.5: it may be sent as a file, where files of its kind may."""
    assert await refused(media, ogg(75), "a.ogg") is ErrorCode.MEDIA_NOT_ALLOWED
    assert (await take(media, wav(75), "a.wav")).kind == "file"
    assert (await take(media, wav(60.5), "a.wav")).kind == "voice"


@pytest.mark.parametrize("make", [webm, lambda s, _: mp4(s, b"vide")])
async def test_a_film_is_no_recording(media: Media, make: Any) -> None:
    assert await refused(media, make(3, 1), "a.webm") is ErrorCode.MEDIA_NOT_ALLOWED


@pytest.mark.parametrize("mime", kinds.VOICES)
def test_a_broken_recording_has_some_length_or_none(mime: str) -> None:
    """Cut off anywhere, or noise: never an error, never for ever."""
    whole = {
        "audio/wav": wav(1),
        "audio/amr": amr(1),
        "audio/ogg": ogg(1),
        "audio/webm": webm(1),
        "audio/mp4": mp4(1, pieces=True),
    }[mime]
    found = [voice.seconds(mime, whole[:length]) for length in range(0, min(len(whole), 400))]
    for seed in range(200):
        noise = bytes((n * 31 + seed * 17 + n * n * seed) % 256 for n in range(300))
        found.append(voice.seconds(mime, whole[: seed % 60] + noise))
    assert all(length is None or length > 0 for length in found)


async def test_a_message_says_what_was_uploaded(media: Media) -> None:
    image, file, sound = (
        await take(media, picture()),
        await take(media, b"%PDF-1", "a.pdf"),
        await take(media, amr(2)),
    )
    said = [await media.content(kept.id, VISITOR) for kept in (image, file, sound)]
    assert [type(content) for content in said] == [ImageContent, FileContent, VoiceContent]
    assert [content.url for content in said if not isinstance(content, TextContent)] == [
        media.url(kept) for kept in (image, file, sound)
    ]


async def test_a_visitor_sends_the_own_uploads_and_no_others(media: Media) -> None:
    """Whoever guesses or overhears an id has nothing; agents share theirs, for answers kept ready."""
    own, agents = await take(media, picture()), await take(media, picture(), owner=AGENT)
    for id, owner in ((own.id, OTHER), (own.id, AGENT), (agents.id, VISITOR), ("01NEVER", VISITOR), ("../x", VISITOR)):
        with pytest.raises(Refused) as refusal:
            await media.content(id, owner)
        assert refusal.value.code is ErrorCode.MEDIA_UNKNOWN
    assert isinstance(await media.content(agents.id, "agent:a2"), ImageContent)


async def test_an_address_is_only_good_as_it_was_given(media: Media) -> None:
    kept, other = await take(media, picture()), await take(media, picture())
    signature, foreign = media.url(kept).split("/")[3], media.url(other).split("/")[3]
    await media.shown(kept.id, signature)
    for id, sign in ((kept.id, foreign), (kept.id, ""), (kept.id, signature[:-1]), ("../secret.key", signature)):
        with pytest.raises(Refused) as refusal:
            await media.shown(id, sign)
        assert refusal.value.code is ErrorCode.NOT_FOUND


async def test_another_servers_secret_signs_other_addresses(media: Media, folder: Folder, clock: FakeClock) -> None:
    kept = await take(media, picture())
    other = Media(MemoryStore(), folder, clock, "another secret", MediaSettings)
    assert other.url(kept) != media.url(kept)


async def told(media: Media, *events: e.AnyEvent) -> None:
    await media.handle([(n, Happened("conversation/c1", n, event)) for n, event in enumerate(events, 1)])


async def test_what_no_message_used_is_taken_away_after_a_day(media: Media, clock: FakeClock, tmp_path: Path) -> None:
    """What was used stays, and so does what agents keep ready."""
    unused, used = await take(media, picture()), await take(media, picture())
    ready = await take(media, picture(), owner=AGENT)
    content = await media.content(used.id, VISITOR)
    await told(media, e.VisitorMessage(at=T0, id="m1", content=content))
    clock.advance(23 * 3600)
    young = await take(media, picture())
    await media.sweep()
    assert len(files(tmp_path)) == 8

    clock.advance(2 * 3600)
    await media.sweep()

    assert len(files(tmp_path)) == 6
    for kept in (used, ready, young):
        await shown(media, kept)
    with pytest.raises(Refused):
        await shown(media, unused)
    with pytest.raises(Refused):
        await media.content(unused.id, VISITOR)


@pytest.mark.parametrize("owner", [VISITOR, AGENT])
async def test_an_upload_that_breaks_off_leaves_nothing_behind(
    media: Media, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    """Wherever that is: between any two of the things that are written, the process may end."""
    puts = (media._store, "put_document"), (media._blobs, "put")
    written = last = 0

    def broken_off(plain: Any) -> Any:
        async def put(*given: Any) -> None:
            nonlocal written
            written += 1
            if written > last:
                raise EOFError("the process ends")
            await plain(*given)

        return put

    for on, name in puts:
        monkeypatch.setattr(on, name, broken_off(getattr(on, name)))
    for puts_before in range(4):
        written, last = 0, puts_before
        with pytest.raises(EOFError):
            await take(media, picture(), owner=owner)
    monkeypatch.undo()
    clock.advance(25 * 3600)
    await media.sweep()
    assert files(tmp_path) == []
    ready = await take(media, picture(), owner=AGENT)
    clock.advance(25 * 3600)
    await media.sweep()
    await shown(media, ready)


async def test_what_was_taken_back_is_shown_no_more(media: Media) -> None:
    """Not even to whoever has kept the address."""
    kept = await take(media, picture())
    content = await media.content(kept.id, VISITOR)
    await told(media, e.VisitorMessage(at=T0, id="m1", content=content))
    await shown(media, kept)
    await told(media, e.MessageRecalled(at=T0, line="m1", by="visitor", content=content))
    for small in (False, True):
        with pytest.raises(Refused):
            await shown(media, kept, small)
    with pytest.raises(Refused):
        await media.content(kept.id, VISITOR)


async def test_files_belong_to_the_servers_user_alone(media: Media, tmp_path: Path) -> None:
    await take(media, picture())
    for path in files(tmp_path):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.png", "a.png"),
        ("../../../etc/passwd", "passwd"),
        (r"..\..\boot.ini", "boot.ini"),
        ("/abs/报告.pdf", "报告.pdf"),
        ("a\x00b\nc\r.txt", "abc.txt"),
        ("con:<>|?*.txt", "con.txt"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        (".htaccess", "htaccess"),
        ("...", ""),
        ("x" * 500 + ".pdf", "x" * 97 + ".pdf"),
        ("a." + "e" * 500, "a." + "e" * 10),
    ],
)
def test_a_name_is_safe_to_save_under_anywhere(name: str, safe: str) -> None:
    assert kinds.cleaned(name) == safe
