"""WeCom's knock on the door: prove who we are, or take a hint. Answered at once, whatever it leads to later."""

import logging
from collections.abc import Callable

from aiohttp import web

from chatserver.channels.wechat_kefu.corps import Bound, Corps
from chatserver.channels.wechat_kefu.crypto import BadCallback, Callback
from chatserver.channels.wechat_kefu.provider import Provider
from chatserver.kernel.errors import Refused
from chatserver.protocol.sentences import sentence

_log = logging.getLogger("chatserver.wechat")

PATH = "/wechat/{corp}/callback"
PROVIDER_PATH = "/wechat/provider"
"""Where WeCom instructs the provider's app."""

MAX_BODY = 65_536

Hint = Callable[[Bound, str, str], None]
"""(corp, open_kfid or "" for all of its accounts, token)."""

Changed = Callable[[Bound], None]
"""Which accounts we may use is another set now."""


class Callbacks:
    """The addresses that WeCom calls: one a corp, one for the provider's app, and the way back from a scan."""

    def __init__(self, corps: Corps, provider: Provider, hint: Hint, changed: Changed) -> None:
        self._corps = corps
        self._provider = provider
        self._hint = hint
        self._changed = changed

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PATH, self.prove),
            web.post(PATH, self.hear),
            web.get(PROVIDER_PATH, self.prove_provider),
            web.post(PROVIDER_PATH, self.hear_provider),
            web.get("/wechat/authorised", self.authorised),
        ]

    async def prove(self, request: web.Request) -> web.Response:
        """WeCom asks when the address is saved; the plain text must come back byte for byte."""
        bound = self._corps.find(request.match_info["corp"])
        return _echo(request, bound.callback if bound else None)

    async def hear(self, request: web.Request) -> web.Response:
        bound = self._corps.find(request.match_info["corp"])
        try:
            event = await _event(request, bound.callback if bound else None)
        except (BadCallback, KeyError) as failure:
            return _no(failure)
        assert bound, "an event that was read has keys"
        match event.get("Event"):
            case "kf_msg_or_event":
                self._hint(bound, _text(event.get("OpenKfId")), _text(event.get("Token")))
            case "kf_account_auth_change":
                self._changed(bound)
            case _:
                pass  # the same address hears of much that does not concern us
        return web.Response(text="success")


    async def prove_provider(self, request: web.Request) -> web.Response:
        return _echo(request, await self._provider_keys())

    async def hear_provider(self, request: web.Request) -> web.Response:
        try:
            event = await _event(request, await self._provider_keys())
        except (BadCallback, KeyError) as failure:
            return _no(failure)
        await self._provider.hear(event)
        return web.Response(text="success")

    async def authorised(self, request: web.Request) -> web.Response:
        """The administrator comes back from the scan."""
        query = request.query
        try:
            corp = await self._provider.finish(query.get("auth_code", ""), query.get("state", ""))
        except Refused as refused:
            return web.Response(status=400, text=sentence("zh-CN", f"error.{refused.code.value}", refused.data))
        return web.Response(text=sentence("zh-CN", "wechat.authorised", {"corp": corp}))

    async def _provider_keys(self) -> Callback | None:
        try:
            app = await self._provider.app()
        except Refused:
            return None
        return Callback(app.token, app.aes_key, app.suite_id)


def _echo(request: web.Request, keys: Callback | None) -> web.Response:
    try:
        if keys is None:
            raise BadCallback("unknown")
        plain = keys.echo(*_signed(request), request.query["echostr"])
    except (BadCallback, KeyError) as failure:
        return _no(failure)
    return web.Response(text=plain)


async def _event(request: web.Request, keys: Callback | None) -> dict[str, object]:
    body = await request.content.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY, len(body))
    if keys is None:
        raise BadCallback("unknown")
    return keys.event(*_signed(request), body)


def _signed(request: web.Request) -> tuple[str, str, str]:
    query = request.query
    return query["msg_signature"], query["timestamp"], query["nonce"]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _no(failure: Exception) -> web.Response:
    _log.info("refused", extra={"event": "wechat callback", "code": "bad_callback", "data": type(failure).__name__})
    return web.Response(status=403)
