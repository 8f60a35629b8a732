"""What the doors ask of parts that they do not know: uploaded media, and what a conversation can be labelled with."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chatserver.conversation.content import Answer, Said
from chatserver.hub.plug import NO_UPLOADS
from chatserver.kernel.errors import ErrorCode, Refused


class Media(Protocol):
    """附件: what was uploaded, by its id."""

    async def content(self, media: str, owner: str) -> Said:
        """As a message holds it. `owner` is who uploaded it, named like the room of all their pages: `visitor:v1`,
        `agent:a1`. Raises `Refused(media_unknown)` for what is not there, or is somebody else's."""
        ...


class Labels(Protocol):
    """标签 and 小结模板: which of them there are."""

    def unfit(self, wanted: Sequence[str], had: Sequence[str]) -> Sequence[str]:
        """Those of `wanted` that a conversation which `had` these may not be given."""
        ...

    def filled(self, template: str, version: int, values: Mapping[str, str]) -> Sequence[Answer]:
        """What is recorded of a filled template. Raises `Refused`, with the field that is wrong."""
        ...


class _NoLabels:
    def unfit(self, wanted: Sequence[str], had: Sequence[str]) -> Sequence[str]:
        return wanted

    def filled(self, template: str, version: int, values: Mapping[str, str]) -> Sequence[Answer]:
        raise Refused(ErrorCode.NOT_FOUND, template=template)


NO_MEDIA: Media = NO_UPLOADS
NO_LABELS: Labels = _NoLabels()
"""A server without the parts that keep them."""
