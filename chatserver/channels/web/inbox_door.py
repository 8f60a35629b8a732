"""接入列表: what to copy out of an inbox: the snippet for a site, the H5 link, a link to try it, and its QR code."""

import io
from html import escape

import msgspec
import segno

from chatserver.access import permissions as p
from chatserver.channels.web.identity import VisitorTokens, tester
from chatserver.channels.web.settings import Inbox
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Download, Operation
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id


class InboxView(msgspec.Struct, frozen=True, kw_only=True):
    """`snippet` goes into a site, `h5` into menus and mails. `test` is a link by which somebody new tries the inbox;
    reports do not count it."""

    id: str
    name: str
    flow: str
    snippet: str
    h5: str
    test: str


class InboxDoor:
    """The operations. `url` is where browsers reach the server."""

    def __init__(self, hub: Hub, tokens: VisitorTokens, url: str) -> None:
        self._hub = hub
        self._tokens = tokens
        self._url = url
        self.operations = (
            Operation(
                name="listInboxes", method="GET", path="/inboxes", requires=p.CHANNEL_MANAGE, run=self.list,
                answers=list[InboxView],
            ),
            Operation(
                name="readInboxQr", method="GET", path="/inboxes/{inbox}/qr.png", requires=p.CHANNEL_MANAGE,
                run=self.qr, answers=Download,
            ),
        )  # fmt: skip

    async def list(self, call: Call) -> list[InboxView]:
        """List the web inboxes, with what to copy out of each."""
        return [self._view(inbox) for inbox in self._inboxes()]

    async def qr(self, call: Call) -> Download:
        """The H5 link as a picture to scan."""
        inbox = next((i for i in self._inboxes() if i.id == call.path["inbox"]), None)
        if inbox is None:
            raise Refused(ErrorCode.INBOX_UNKNOWN, inbox=call.path["inbox"])
        picture = io.BytesIO()
        segno.make(self._h5(inbox), error="m").save(picture, kind="png", scale=8, border=4)
        return Download(filename=f"{inbox.id}.png", mime="image/png", body=picture.getvalue())

    def _view(self, inbox: Inbox) -> InboxView:
        url, id = escape(self._url, quote=True), escape(inbox.id, quote=True)
        return InboxView(
            id=inbox.id,
            name=inbox.name,
            flow=inbox.flow,
            snippet=f'<script async src="{url}/w/loader.js" data-inbox="{id}"></script>',
            h5=self._h5(inbox),
            test=f"{self._h5(inbox)}#t={self._tokens.issue(inbox.id, tester(new_id()))}",
        )

    def _h5(self, inbox: Inbox) -> str:
        return f"{self._url}/h5/?inbox={inbox.id}"

    def _inboxes(self) -> tuple[Inbox, ...]:
        inboxes: tuple[Inbox, ...] = self._hub.held("workspace", "main").settings.inboxes
        return inboxes
