"""⟂ What a file is, told from what it holds; its name and its sender's word count for nothing."""

import re
import unicodedata

IMAGES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
"""Pictures that are remade, and the ending that each gets."""

VOICES = {"audio/wav": "wav", "audio/ogg": "ogg", "audio/webm": "webm", "audio/mp4": "m4a", "audio/amr": "amr"}
"""What recorders of browsers and phones make."""

UNKNOWN = "application/octet-stream"

HEAD = 64
"""Bytes that tell what a file is."""

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
    (b"#!AMR", "audio/amr"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"ID3", "audio/mpeg"),
)

_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")

_HOLDS = {
    "pdf": "application/pdf",
    "doc": "application/x-ole-storage",
    "xls": "application/x-ole-storage",
    "ppt": "application/x-ole-storage",
    "docx": "application/zip",
    "xlsx": "application/zip",
    "pptx": "application/zip",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
}
"""What a file with this ending has to begin as; of other endings nothing is known."""

_TEXTS = {"txt", "csv", "md", "log", "json", "xml"}

_CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that no name needs: controls, and marks that turn the direction of writing around."""


def sniff(head: bytes) -> str:
    """The kind of a file that begins so."""
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head[4:8] == b"ftyp":
        return UNKNOWN if head[8:12] in _PICTURE_BRANDS else "audio/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # the frame of an MP3 without a title
        return "audio/mpeg"
    return UNKNOWN


def holds_what_it_says(ending: str, head: bytes) -> bool:
    """A program does not go by the name of a document."""
    if ending in _TEXTS:
        return b"\0" not in head and sniff(head) == UNKNOWN
    return ending not in _HOLDS or sniff(head) == _HOLDS[ending]


def cleaned(name: str) -> str:
    """A name that is safe to save under anywhere: no folders, no controls, nothing that hides the ending."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in last if unicodedata.category(c) not in _CONTROLS)
    plain = re.sub(r'[<>:"|?*\s]+', " ", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:100]
    return f"{stem[: 100 - len(ending[:10])].rstrip(' .')}.{ending[:10]}"


def ending_of(name: str) -> str:
    """In small letters, without the dot; empty when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def renamed(name: str, ending: str) -> str:
    """The name with the ending that is true."""
    stem = name.rpartition(".")[0] if "." in name else name
    return f"{stem or 'file'}.{ending}"
