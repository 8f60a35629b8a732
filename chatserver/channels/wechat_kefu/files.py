"""附件 on their way between WeChat and our own keeping: fetched at once: WeChat forgets them in three days."""

from typing import Protocol

from chatserver.channels.wechat_kefu.bodies import Body
from chatserver.channels.wechat_kefu.items import Sent
from chatserver.channels.wechat_kefu.wecom import ApiError, WeCom
from chatserver.conversation.content import FileContent, ImageContent, Said, TextContent, VoiceContent
from chatserver.kernel.errors import ErrorCode, Refused

MIB = 1024 * 1024
MOST = 20 * MIB
"""Bytes of the largest file that WeChat passes on, and takes."""

IMAGES = ("image/jpeg", "image/png")
"""What WeChat shows as a picture; any other picture goes as a file."""

WORDS = {"image": "[图片]", "voice": "[语音]", "video": "[视频]", "file": "[文件]"}
"""What stands in the conversation for what could not be fetched, or is not allowed."""

Attachment = ImageContent | FileContent | VoiceContent


class Held(Protocol):
    """What is known of a kept file."""

    @property
    def kind(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def name(self) -> str: ...


class Files(Protocol):
    """Our own keeping of attachments."""

    async def keep(self, name: str, owner: str, body: bytes) -> Said:
        """Raises `Refused` for what is too large, broken or not allowed."""
        ...

    async def read(self, media: str) -> tuple[Held, bytes] | None: ...


async def fetched(api: WeCom, files: Files, sent: Sent, owner: str) -> Said:
    """What a visitor sent, as a message of ours; a word in its place when it cannot be had."""
    try:
        body, name = await api.download(sent.media, MOST)
        return await files.keep(name, owner, body)
    except ApiError:
        return TextContent(text=WORDS[sent.kind])
    except Refused as refused:
        if refused.code in (ErrorCode.BUSY, ErrorCode.INTERNAL):
            raise
        return TextContent(text=WORDS[sent.kind])


async def uploaded(api: WeCom, files: Files, content: Attachment, url: str) -> Body:
    """A message that shows the attachment; its address in words where WeChat would not take the file.

    Raises `ApiError` like any call.
    """
    found = await files.read(content.media)
    if found is None or len(found[1]) > MOST:
        return {"msgtype": "text", "text": {"content": url}}
    held, body = found
    kind = "image" if held.mime in IMAGES else "voice" if held.mime == "audio/amr" else "file"
    media = await api.upload(kind, held.name or held.kind, body)
    return {"msgtype": kind, kind: {"media_id": media}}
