"""附件设置: what may be sent, by whom, and how large it may be."""

from typing import Annotated

import msgspec
from msgspec import Meta

Extension = Annotated[str, Meta(pattern=r"^[a-z0-9]{1,10}$(?!\n)")]
Megabytes = Annotated[int, Meta(ge=1, le=100)]

MIB = 1024 * 1024

EXTENSIONS = (
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "zip", "rar", "7z", "mp3", "m4a", "wav", "mp4",
)  # fmt: skip


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """附件. Pictures and voice are known by what they hold; `extensions` are those of all other files."""

    visitors_may_send: Annotated[bool, Meta(title="访客可发送附件")] = True
    agents_may_send: Annotated[bool, Meta(title="座席可发送附件")] = True
    image_mb: Annotated[Megabytes, Meta(title="图片大小上限（MB）")] = 10
    file_mb: Annotated[Megabytes, Meta(title="文件大小上限（MB）")] = 20
    voice_mb: Annotated[Megabytes, Meta(title="语音大小上限（MB）")] = 2
    voice_seconds: Annotated[int, Meta(ge=1, le=300, title="语音时长上限（秒）")] = 60
    extensions: Annotated[
        tuple[Extension, ...],
        Meta(max_length=100, title="允许的文件类型", description="Endings of names, without the dot."),
    ] = EXTENSIONS
