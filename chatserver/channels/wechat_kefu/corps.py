"""企业绑定: the corps whose accounts we answer. Their secrets are kept in the vault."""

from collections.abc import Callable, Iterable

import aiohttp
import msgspec

from chatserver.channels.wechat_kefu.crypto import BadCallback, Callback
from chatserver.channels.wechat_kefu.vault import Vault
from chatserver.channels.wechat_kefu.wecom import ApiError, Corp, Http, WeCom
from chatserver.hub.ports import Store
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused

KIND = "wechat_corp"


class Bound(msgspec.Struct, frozen=True):
    """A corp that is ready to use."""

    corp: Corp
    callback: Callback
    api: WeCom


class Corps:
    """By our own short name of each. Call `open` before use."""

    def __init__(self, store: Store, clock: Clock, secret: str, api_base: str) -> None:
        self._clock = clock
        self._base = api_base
        self.vault = Vault(store, secret)
        self._bound: dict[str, Bound] = {}
        self._http: Http | None = None
        self.changed: list[Callable[[], None]] = []
        """Who wants to hear that a corp was bound or let go."""

    async def open(self) -> None:
        self._http = Http(self._base, aiohttp.ClientSession())
        for corp in await self.vault.all(KIND, Corp):
            self._bound[corp.id] = self._ready(corp)

    async def close(self) -> None:
        if self._http:
            await self._http.session.close()

    async def bind(self, corp: Corp) -> None:
        """Try the secrets out, then keep them. Raises `Refused(wechat_refused)` with WeCom's code."""
        try:
            bound = self._ready(corp)
        except BadCallback:
            raise Refused(ErrorCode.FIELD_INVALID, field="aes_key", label="EncodingAESKey") from None
        try:
            await bound.api.post("kf/account/list", {"offset": 0, "limit": 1})
        except ApiError as failure:
            raise refused(failure) from None
        await self.vault.put(KIND, corp.id, corp)
        self._bound[corp.id] = bound
        self._tell()

    async def unbind(self, id: str) -> None:
        self.get(id)
        await self.vault.delete(KIND, id)
        del self._bound[id]
        self._tell()

    def get(self, id: str) -> Bound:
        """Raises `Refused(not_found)`."""
        bound = self._bound.get(id)
        if bound is None:
            raise Refused(ErrorCode.NOT_FOUND, corp=id)
        return bound

    def find(self, id: str) -> Bound | None:
        return self._bound.get(id)

    def all(self) -> Iterable[Bound]:
        return [self._bound[id] for id in sorted(self._bound)]

    def _tell(self) -> None:
        for tell in self.changed:
            tell()

    def _ready(self, corp: Corp) -> Bound:
        callback = Callback(corp.token, corp.aes_key, corp.corpid)
        return Bound(corp, callback, WeCom(corp, self.http, self._clock))

    @property
    def http(self) -> Http:
        assert self._http, "opened before use"
        return self._http


def refused(failure: ApiError) -> Refused:
    """WeCom's no, as ours: the code tells an administrator which page of WeCom's to look at."""
    return Refused(ErrorCode.WECHAT_REFUSED, wechat=failure.code)
