"""WeCom's knock on the door: prove who we are, or take a hint. Answered at once, whatever it leads to later."""

import logging
from collections.abc import Callable

from aiohttp import web

from chatserver.channels.wechat_kefu.corps import Bound, Corps
from chatserver.channels.wechat_kefu.crypto import BadCallback

_log = logging.getLogger("chatserver.wechat")

PATH = "/wechat/{corp}/callback"
MAX_BODY = 65_536

Hint = Callable[[Bound, str, str], None]
"""(corp, open_kfid or "" for all of its accounts, token)."""

Changed = Callable[[Bound], None]
"""Which accounts we may use is another set now."""


class Callbacks:
    """The two handlers of the callback's address."""

    def __init__(self, corps: Corps, hint: Hint, changed: Changed) -> None:
        self._corps = corps
        self._hint = hint
        self._changed = changed

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.prove), web.post(PATH, self.hear)]

    async def prove(self, request: web.Request) -> web.Response:
        """WeCom asks when the address is saved; the plain text must come back byte for byte."""
        bound, query = self._corps.find(request.match_info["corp"]), request.query
        try:
            if bound is None:
                raise BadCallback("unknown corp")
            plain = bound.callback.echo(*_signed(request), query["echostr"])
        except (BadCallback, KeyError) as failure:
            return _no(failure)
        return web.Response(text=plain)

    async def hear(self, request: web.Request) -> web.Response:
        bound = self._corps.find(request.match_info["corp"])
        if (request.content_length or 0) > MAX_BODY:
            return web.Response(status=413)
        body = await request.content.read(MAX_BODY + 1)
        try:
            if bound is None or len(body) > MAX_BODY:
                raise BadCallback("unknown corp, or too long")
            event = bound.callback.event(*_signed(request), body)
        except (BadCallback, KeyError) as failure:
            return _no(failure)
        match event.get("Event"):
            case "kf_msg_or_event":
                self._hint(bound, _text(event.get("OpenKfId")), _text(event.get("Token")))
            case "kf_account_auth_change":
                self._changed(bound)
            case _:
                pass  # the same address hears of much that does not concern us
        return web.Response(text="success")


def _signed(request: web.Request) -> tuple[str, str, str]:
    query = request.query
    return query["msg_signature"], query["timestamp"], query["nonce"]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _no(failure: Exception) -> web.Response:
    _log.info("refused", extra={"event": "wechat callback", "code": "bad_callback", "data": type(failure).__name__})
    return web.Response(status=403)
