"""扫码授权: other corps let us answer their accounts by a scan, so that nobody has to copy a secret (代开发).

WeCom sends our app a ticket every ten minutes. With it we ask for a code, the corp's administrator scans, and WeCom
hands out a permanent code, which is that corp's secret from then on. Facts: the pages `get_suite_token`,
`get_pre_auth_code`, `v2/get_permanent_code` and the instruction callback of developer.work.weixin.qq.com.
"""

import asyncio
import logging
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from chatserver.channels.wechat_kefu.corps import Corps
from chatserver.channels.wechat_kefu.crypto import BadCallback, Callback
from chatserver.channels.wechat_kefu.wecom import ApiError, Corp, code_of
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.tasks import spawn

_log = logging.getLogger("chatserver.wechat")

INSTALL = "https://open.work.weixin.qq.com/3rdapp/install"
"""Shows the QR code that an administrator of the corp scans."""

TICKET_LIVES = timedelta(minutes=30)
STATE_LIVES = timedelta(minutes=20)
"""As long as WeCom's code for one authorisation."""


class App(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's app, as its console shows it."""

    suite_id: str
    secret: str
    token: str
    aes_key: str


class Provider:
    """Begins and ends authorisations. A corp that has authorised is a bound corp like any other."""

    def __init__(self, corps: Corps, clock: Clock, url: str) -> None:
        self._corps = corps
        self._vault = corps.vault
        self._clock = clock
        self._url = url
        self._token: tuple[str, datetime] | None = None
        self._finishing: asyncio.Task[Any] | None = None

    async def save(self, app: App) -> None:
        try:
            Callback(app.token, app.aes_key, app.suite_id)
        except BadCallback:
            raise Refused(ErrorCode.FIELD_INVALID, field="aes_key", label="EncodingAESKey") from None
        await self._vault.put("wechat_provider", "app", app)

    async def app(self) -> App:
        """Raises `Refused(not_found)` where none was entered."""
        app = await self._vault.get("wechat_provider", "app", App)
        if app is None:
            raise Refused(ErrorCode.NOT_FOUND, provider="app")
        return app

    async def begin(self, corp: str) -> str:
        """Where the corp's administrator scans; good for twenty minutes."""
        app = await self.app()
        params = {"suite_access_token": await self._suite_token(app)}
        answer = await self._ask("GET", "service/get_pre_auth_code", params)
        state = secrets.token_hex(16)
        await self._keep("wechat_state", state, corp, STATE_LIVES)
        back = {"redirect_uri": f"{self._url}/wechat/authorised", "state": state}
        return f"{INSTALL}?{urlencode({'suite_id': app.suite_id, 'pre_auth_code': answer['pre_auth_code'], **back})}"

    async def finish(self, auth_code: str, state: str) -> str:
        """The scan was made: the name of the corp that is bound now. A state is good once."""
        corp = await self._kept("wechat_state", state)
        if corp is None or not await self._vault.delete("wechat_state", state):
            raise Refused(ErrorCode.NOT_FOUND, state=state[:40])
        app = await self.app()
        params = {"suite_access_token": await self._suite_token(app)}
        answer = await self._ask("POST", "service/v2/get_permanent_code", params, json={"auth_code": auth_code})
        info = answer.get("auth_corp_info") or {}
        bound = Corp(
            id=corp,
            corpid=str(info.get("corpid", "")),
            secret=str(answer.get("permanent_code", "")),
            token=app.token,
            aes_key=app.aes_key,
        )
        await self._corps.bind(bound)
        return corp

    async def hear(self, event: dict[str, object]) -> None:
        """An instruction of WeCom's. It is answered at once; what takes longer goes on behind the answer."""
        match event.get("InfoType"):
            case "suite_ticket":
                await self._keep("wechat_provider", "ticket", str(event.get("SuiteTicket")), TICKET_LIVES)
            case "create_auth":
                finish = self._finish(str(event.get("AuthCode")), str(event.get("State", "")))
                self._finishing = spawn(finish, "wechat authorisation")
            case "cancel_auth":
                for bound in self._corps.all():
                    if bound.corp.corpid == event.get("AuthCorpId"):
                        await self._corps.unbind(bound.corp.id)
            case _:
                pass

    async def _finish(self, auth_code: str, state: str) -> None:
        try:
            await self.finish(auth_code, state)
        except Refused as refused:
            _log.warning("an authorisation failed", extra={"code": refused.code.value, "data": str(refused.data)})

    async def _suite_token(self, app: App) -> str:
        if self._token and self._clock.now() < self._token[1]:
            return self._token[0]
        ticket = await self._kept("wechat_provider", "ticket")
        if ticket is None:
            # WeCom sends one every ten minutes once the app's address answers.
            raise Refused(ErrorCode.WECHAT_REFUSED, wechat=40085)
        body = {"suite_id": app.suite_id, "suite_secret": app.secret, "suite_ticket": ticket}
        answer = await self._ask("POST", "service/get_suite_token", {}, json=body)
        lives = int(answer.get("expires_in", 7200))
        until = self._clock.now() + timedelta(seconds=lives - min(300, lives // 10))
        self._token = (str(answer["suite_access_token"]), until)
        return self._token[0]

    async def _keep(self, kind: str, id: str, value: str, lives: timedelta) -> None:
        until = epoch_ms(self._clock.now() + lives)
        await self._vault.put(kind, id, (value, until), until)

    async def _kept(self, kind: str, id: str) -> str | None:
        """None when it is older than it may be: the store forgets what has expired only now and then."""
        found = await self._vault.get(kind, id, tuple[str, int])
        return found[0] if found and epoch_ms(self._clock.now()) < found[1] else None

    async def _ask(self, method: str, path: str, params: dict[str, str], **sent: Any) -> dict[str, Any]:
        try:
            answer = await self._corps.http.request(method, path, params, **sent)
        except ApiError as failure:
            raise Refused(ErrorCode.WECHAT_REFUSED, wechat=failure.code) from None
        if code := code_of(answer):
            raise Refused(ErrorCode.WECHAT_REFUSED, wechat=code)
        return answer
