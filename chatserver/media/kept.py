"""⟂ What is known of an upload beside its bytes, and the words that a message says it in."""

from typing import Literal

import msgspec

from chatserver.conversation.content import FileContent, ImageContent, Said, VoiceContent

Kind = Literal["image", "file", "voice"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is who sent it, `visitor:<id>` or `agent:<id>`. `hidden`: the message that held it was taken back."""

    id: str
    kind: Kind
    mime: str
    name: str
    size: int
    owner: str
    at: int
    width: int = 0
    height: int = 0
    seconds: int = 0
    hidden: bool = False


def content(kept: Kept, url: str) -> Said:
    match kept.kind:
        case "image":
            return ImageContent(
                media=kept.id, url=url, name=kept.name, size=kept.size, width=kept.width, height=kept.height
            )
        case "voice":
            return VoiceContent(media=kept.id, url=url, seconds=kept.seconds, size=kept.size)
        case "file":
            return FileContent(media=kept.id, url=url, name=kept.name, size=kept.size, mime=kept.mime)
