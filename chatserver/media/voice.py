"""⟂ How long a recording is, told from its container. None for what is no mere recording, or is broken."""

import struct
from collections.abc import Iterator


def seconds(mime: str, data: bytes) -> float | None:
    """The length of a recording of a kind that `kinds.VOICES` names."""
    measure = {"audio/wav": _wav, "audio/amr": _amr, "audio/ogg": _ogg, "audio/webm": _webm, "audio/mp4": _mp4}[mime]
    try:
        found = measure(data)
    except (IndexError, struct.error, ZeroDivisionError, OverflowError):
        return None
    return found if found and found > 0 else None


def _wav(data: bytes) -> float | None:
    """Bytes of sound by bytes a second."""
    at, rate = 12, 0
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if kind == b"fmt ":
            rate = struct.unpack_from("<I", data, at + 16)[0]
        if kind == b"data":
            return float(min(size, len(data) - at - 8) / rate)
        at += 8 + size + size % 2
    return None


_AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)


def _amr(data: bytes) -> float | None:
    """Frames of 20 ms each."""
    wide = data.startswith(b"#!AMR-WB\n")
    at, sizes, frames = (9, _AMR_WIDE, 0) if wide else (6, _AMR, 0)
    while at < len(data):
        at += 1 + sizes[data[at] >> 3 & 0xF]
        frames += 1
    return frames / 50


def _ogg(data: bytes) -> float | None:
    """The last page says how many samples there were."""
    head = data[27 + data[26] :]
    if head.startswith(b"OpusHead"):
        rate, skipped = 48_000, struct.unpack_from("<H", head, 10)[0]
    elif head.startswith(b"\x01vorbis"):
        rate, skipped = struct.unpack_from("<I", head, 12)[0], 0
    else:
        return None
    last = data.rfind(b"OggS\0")
    return float((struct.unpack_from("<q", data, last + 6)[0] - skipped) / rate)


_ENTERED = {0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0}
"""Segment, info, tracks, track, cluster and group of blocks."""
_SOUND = 2


def _webm(data: bytes) -> float | None:
    """Where the last block of sound begins: a recorder that streams cannot say the whole length in front."""
    scale, cluster, last, said = 1_000_000, 0, 0, 0.0
    for id, body in _elements(data):
        match id:
            case 0x2AD7B1:  # nanoseconds of a tick
                scale = _number(body)
            case 0x4489:  # the whole length
                said = struct.unpack(">f" if len(body) == 4 else ">d", body)[0]
            case 0x83 if _number(body) != _SOUND:
                return None
            case 0xE7:  # where a cluster begins
                cluster = _number(body)
            case 0xA1 | 0xA3:  # a block, and where it lies in its cluster
                last = max(last, cluster + struct.unpack_from(">h", body, _width(body[0]))[0])
            case _:
                continue
    return float(max(last, said) * scale / 1e9)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every element in the order of the file; those that hold others are entered, so that they may lack a size."""
    at = 0
    while at < len(data):
        width = _width(data[at])
        id = int.from_bytes(data[at : at + width])
        at += width
        width = _width(data[at])
        size = int.from_bytes(data[at : at + width]) & ((1 << 7 * width) - 1)
        at += width
        if id in _ENTERED:
            continue
        yield id, data[at : at + size]
        at += size


def _number(body: bytes) -> int:
    """Of eight bytes at most, as the format has it: with one of a megabyte every sum takes its time."""
    if len(body) > 8:
        raise IndexError("no such number")
    return int.from_bytes(body)


def _width(first: int) -> int:
    """Bytes of a number of variable length: one more than its leading zeros."""
    if not first:
        raise IndexError("no such number")
    return 9 - first.bit_length()


_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"}


def _mp4(data: bytes) -> float | None:
    """As its head says, or, where a recorder streamed it in pieces, the sum of the pieces."""
    whole = rate = usual = pieces = 0.0
    own = 0.0
    for kind, body in _boxes(data):
        match kind:
            case b"hdlr" if body[8:12] == b"vide":
                return None
            case b"mvhd":
                whole = _length(body)
            case b"mdhd":
                rate = struct.unpack_from(">I", body, 20 if body[0] else 12)[0]
            case b"trex":
                usual = struct.unpack_from(">I", body, 12)[0]
            case b"tfhd":
                own = _own_duration(body) or usual
            case b"trun":
                pieces += _samples(body, own)
            case _:
                continue
    return float(whole or pieces / rate)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I", data, at)[0], data[at + 4 : at + 8]
        head = 16 if size == 1 else 8
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0]
        if kind in _BOXES:
            at += head
            continue
        end = at + size if size >= head else len(data)
        yield kind, data[at + head : end]
        at = end


def _length(body: bytes) -> float:
    rate, length = struct.unpack_from(">IQ" if body[0] else ">II", body, 20 if body[0] else 12)
    return float(length / rate)


def _own_duration(body: bytes) -> int:
    """Of each sample of a piece; 0 when the piece does not say."""
    flags = int.from_bytes(body[1:4])
    if not flags & 8:
        return 0
    before = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
    return int(struct.unpack_from(">I", body, before)[0])


def _samples(body: bytes, usual: float) -> float:
    """The length of one run of samples."""
    flags, count = int.from_bytes(body[1:4]), struct.unpack_from(">I", body, 4)[0]
    if not flags & 0x100:
        return float(count * usual)
    at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    step = 4 * sum(1 for flag in (0x100, 0x200, 0x400, 0x800) if flags & flag)
    return float(sum(struct.unpack_from(">I", body, at + n * step)[0] for n in range(min(count, len(body)))))
