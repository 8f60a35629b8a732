"""Pictures, made anew: only what can be seen goes on. Whatever else a file held stays behind with it.

The one place that imports Pillow. Runs on a thread: a large picture takes a second.
"""

import io
import warnings
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageOps, ImageSequence

from chatserver.media.kinds import IMAGES

MAX_PIXELS = 40_000_000
"""Of one picture: the best cameras of phones; 160 MB while it is open."""

MAX_SIDE = 4_096
MAX_FRAMES = 200
MAX_MOVING = 60_000_000
"""Pixels of all frames together; of more than that, or of more frames, only the first one goes on."""

SMALL = 480
"""Longest side of the small edition that lists of lines show."""

# Pillow refuses every frame with more than twice this many pixels; what it warns of before that is allowed here.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
_SAVED: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88, "progressive": True},
    "PNG": {},
    "GIF": {},
    "WEBP": {"quality": 85, "method": 2},
}


class Unreadable(Exception):
    """No picture, or one that is broken or too large."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of our own making. `small` is a WebP of at most 480 pixels a side."""

    body: bytes
    width: int
    height: int
    small: bytes


def remade(path: Path, mime: str) -> Picture:
    """The picture in the file, turned the right way up, without anything that was attached to it."""
    assert mime in IMAGES
    try:
        with Image.open(path, formats=[_FORMATS[mime]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unreadable("too many pixels")
            return _made(image, _FORMATS[mime])
    except Unreadable:
        raise
    except Exception as failure:  # a decoder that is fed nonsense fails in ways that nobody lists
        raise Unreadable(str(failure)) from None


def _made(image: Image.Image, format: str) -> Picture:
    frames = _frames(image, format)
    if frames is None:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG far too large is read at a fraction of its size at once
        upright = ImageOps.exif_transpose(image)
        frames = [_fitting(_bare(upright, format))]
    first = frames[0]
    body = io.BytesIO()
    moving: dict[str, Any] = {}
    if len(frames) > 1:
        lengths = [max(20, int(frame.info.get("duration", 100))) for frame in frames]
        moving = {"save_all": True, "append_images": frames[1:], "duration": lengths, "loop": 0}
        moving |= {"disposal": 2} if format == "GIF" else {}
    first.save(body, format, **_SAVED[format], **moving)
    return Picture(body=body.getvalue(), width=first.width, height=first.height, small=_small(first))


def _frames(image: Image.Image, format: str) -> list[Image.Image] | None:
    """All frames of a moving picture; None for one that stands still, or is shown standing still."""
    count = getattr(image, "n_frames", 1) if format in ("GIF", "WEBP") else 1
    if not 1 < count <= MAX_FRAMES or count * image.width * image.height > MAX_MOVING:
        image.seek(0)
        return None
    frames = []
    for frame in ImageSequence.Iterator(image):
        made = _fitting(frame.convert("RGBA"))
        made.info = {"duration": frame.info.get("duration", 100)}
        frames.append(made)
    return frames


def _bare(image: Image.Image, format: str) -> Image.Image:
    """In a mode that the format keeps, and with nothing but pixels."""
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    mode = "RGBA" if clear and format != "JPEG" else "L" if image.mode in ("1", "L") else "RGB"
    made = image.convert(mode)
    made.info = {}
    return made


def _fitting(image: Image.Image) -> Image.Image:
    if max(image.size) > MAX_SIDE:
        image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return image


def _small(image: Image.Image) -> bytes:
    small = image.convert("RGBA" if image.mode == "RGBA" else "RGB")
    small.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    small.info = {}
    body = io.BytesIO()
    small.save(body, "WEBP", quality=78, method=4)
    return body.getvalue()
