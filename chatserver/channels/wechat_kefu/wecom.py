"""WeCom's HTTP API: one call, one answer, with a token that is fetched by one and used by all.

A dead token is replaced once and the call made once more; nothing else is repeated here, because only the caller
knows whether a repetition is harmless. Addresses hold secrets, so they never enter a log or an exception.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from chatserver.kernel.clock import Clock

TIMEOUT = 15.0
"""Seconds for one call; WeCom's own limit towards us is five."""

DEAD_TOKEN = (40001, 40014, 42001)
FETCH_AGAIN_AFTER = timedelta(seconds=30)
"""A server that hands out the same dead token again is not asked for a third one at once."""

UNREACHABLE = -1000
"""Our own code: no answer, or none that can be read. Whether the call arrived is not known."""


class ApiError(Exception):
    """WeCom said no: `code` is its `errcode`, or `UNREACHABLE`."""

    def __init__(self, code: int, path: str) -> None:
        super().__init__(f"{path}: {code}")
        self.code = code


class Corp(msgspec.Struct, frozen=True, kw_only=True):
    """A bound corp and its secrets. `id` is our name of it, `secret` that of the app which may use 微信客服;
    `token` and `aes_key` are those of the callback."""

    id: str
    corpid: str
    secret: str
    token: str
    aes_key: str


class _Token(msgspec.Struct, frozen=True):
    value: str
    fetched: datetime
    until: datetime


class Http:
    """One request to WeCom, one answer as JSON; addresses hold secrets, so they never enter an exception."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base.rstrip("/")
        self.session = session

    async def request(self, method: str, path: str, params: dict[str, str], **sent: Any) -> dict[str, Any]:
        """The answer, whatever it says. Raises `ApiError(UNREACHABLE)`."""
        if "json" in sent:
            # Their examples are UTF-8 as it is, and so is what we send.
            sent = {"data": msgspec.json.encode(sent["json"]), "headers": {"Content-Type": "application/json"}}
        url = f"{self.base}/cgi-bin/{path}"
        try:
            async with asyncio.timeout(TIMEOUT), self.session.request(method, url, params=params, **sent) as response:
                answer = msgspec.json.decode(await response.read())
        except (TimeoutError, aiohttp.ClientError, msgspec.DecodeError, UnicodeDecodeError):
            raise ApiError(UNREACHABLE, path) from None
        if not isinstance(answer, dict):
            raise ApiError(UNREACHABLE, path)
        return answer


class WeCom:
    """The API as one app of one corp may use it."""

    def __init__(self, corp: Corp, http: Http, clock: Clock) -> None:
        self._corp = corp
        self._http = http
        self._clock = clock
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """`path` like `kf/send_msg`. Raises `ApiError`."""
        return await self._with_token(path, lambda token: self._ask(path, token, json=body))

    async def upload(self, kind: str, name: str, data: bytes) -> str:
        """The media id, good for three days."""

        async def ask(token: str) -> dict[str, Any]:
            # A form is used up by sending, so each try makes a new one. A quoted name would be shown as it is.
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("media", data, filename=name, content_type="application/octet-stream")
            return await self._ask("media/upload", token, data=form, type=kind)

        answer = await self._with_token("media/upload", ask)
        return str(answer.get("media_id", ""))

    async def download(self, media: str, limit: int) -> tuple[bytes, str]:
        """(bytes, file name) of what a visitor sent; at most `limit` bytes. Errors come as JSON with status 200."""
        token = await self._live()
        found: dict[str, Any] = {}
        try:
            async with asyncio.timeout(TIMEOUT):
                url = f"{self._http.base}/cgi-bin/media/get"
                params = {"access_token": token, "media_id": media}
                async with self._http.session.get(url, params=params) as response:
                    data = await response.content.read(limit + 1)
                    while len(data) <= limit and (more := await response.content.read(limit + 1 - len(data))):
                        data += more
                    disposition = response.content_disposition
                    if disposition is not None:
                        name = disposition.filename or ""
                        return _within(data, limit), name
                    found = msgspec.json.decode(data)
        except (TimeoutError, aiohttp.ClientError, msgspec.DecodeError):
            raise ApiError(UNREACHABLE, "media/get") from None
        raise ApiError(code_of(found) or UNREACHABLE, "media/get")

    async def _with_token(self, path: str, ask: Any) -> dict[str, Any]:
        token = await self._live()
        answer: dict[str, Any] = await ask(token)
        if code_of(answer) in DEAD_TOKEN:
            answer = await ask(await self._live(dead=token))
        if code := code_of(answer):
            raise ApiError(code, path)
        return answer

    async def _live(self, dead: str = "") -> str:
        """A token that is not the `dead` one. Twenty who ask at once cause one fetch."""
        async with self._lock:
            known, now = self._token, self._clock.now()
            if known and known.value != dead and now < known.until:
                return known.value
            if known and known.value == dead and now < known.fetched + FETCH_AGAIN_AFTER:
                return known.value
            self._token = await self._fetch(now)
            return self._token.value

    async def _fetch(self, now: datetime) -> _Token:
        params = {"corpid": self._corp.corpid, "corpsecret": self._corp.secret}
        answer = await self._http.request("GET", "gettoken", params)
        if code := code_of(answer):
            raise ApiError(code, "gettoken")
        lives = int(answer.get("expires_in", 7200))
        margin = min(300, lives // 10)
        return _Token(str(answer["access_token"]), now, now + timedelta(seconds=lives - margin))

    async def _ask(self, path: str, token: str, **sent: Any) -> dict[str, Any]:
        params = {"access_token": token}
        if kind := sent.pop("type", None):
            params["type"] = kind
        return await self._http.request("POST", path, params, **sent)


def code_of(answer: dict[str, Any]) -> int:
    """Its `errcode`; 0 for an answer without one, which is a success."""
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) else UNREACHABLE


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise ApiError(45001, "media/get")
    return data
