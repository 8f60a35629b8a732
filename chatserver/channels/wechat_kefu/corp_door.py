"""What an administrator does about WeChat: bind a corp, look at its accounts, copy the link or the QR code of one."""

import io
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import segno
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.channels.wechat_kefu.callback import PATH
from chatserver.channels.wechat_kefu.corps import Bound, Corps, refused
from chatserver.channels.wechat_kefu.provider import App, Provider
from chatserver.channels.wechat_kefu.settings import CorpId, KefuInbox
from chatserver.channels.wechat_kefu.wecom import ApiError, Corp
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Download, Operation
from chatserver.kernel.errors import ErrorCode, Refused

PAGE = 100
"""Accounts of one page of `kf/account/list`, at most."""

MAX_ACCOUNTS = 5_000


class BindCorp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What WeCom's console shows of an app that may use 微信客服."""

    corpid: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]
    secret: Annotated[str, Meta(min_length=1, max_length=200)]
    token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,32}$(?!\n)")]
    aes_key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{43}$(?!\n)")]


class ProviderApp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the provider's console shows of its app (代开发应用)."""

    suite_id: Annotated[str, Meta(min_length=1, max_length=64)]
    secret: Annotated[str, Meta(min_length=1, max_length=200)]
    token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,32}$(?!\n)")]
    aes_key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{43}$(?!\n)")]


class CorpView(msgspec.Struct, frozen=True):
    """A bound corp; its secrets are never shown again. `callback` is what to type into WeCom."""

    id: str
    corpid: str
    callback: str
    problem: int


class AccountView(msgspec.Struct, frozen=True):
    """客服账号: `usable` when this app may answer for it; `inbox` is ours that does, if one does."""

    open_kfid: str
    name: str
    avatar: str
    usable: bool
    inbox: str | None


class NameAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=16)]


class MadeAccount(msgspec.Struct, frozen=True):
    open_kfid: str


class LinkQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`scene` says in the reports where the visitor found the link; `param` comes back with the visitor."""

    scene: Annotated[str, Meta(pattern=r"^[0-9a-zA-Z_\-]{0,32}$(?!\n)")] = ""
    param: Annotated[str, Meta(max_length=128)] = ""


class Link(msgspec.Struct, frozen=True):
    url: str


class CorpDoor:
    """`problem` says what stands in the way of reading an inbox: WeCom's code, 0 for nothing."""

    def __init__(self, hub: Hub, corps: Corps, provider: Provider, url: str, problem: Any) -> None:
        self._hub = hub
        self._corps = corps
        self._provider = provider
        self._url = url
        self._problem = problem

    @property
    def operations(self) -> list[Operation]:
        corp, account, inbox = "/wechat/corps/{corp}", "/wechat/corps/{corp}/accounts", "/wechat/inboxes/{inbox}"

        def row(name: str, method: Any, path: str, run: Any, **more: Any) -> Operation:
            return Operation(name=name, method=method, path=path, requires=p.CHANNEL_MANAGE, run=run, **more)

        return [
            row("listWechatCorps", "GET", "/wechat/corps", self.corps, answers=list[CorpView]),
            row("bindWechatCorp", "PUT", corp, self.bind, body=BindCorp, answers=CorpView),
            row("unbindWechatCorp", "DELETE", corp, self.unbind, status=204),
            row("saveWechatProvider", "PUT", "/wechat/provider", self.save_provider, body=ProviderApp),
            row("authoriseWechatCorp", "POST", corp + "/authorisation", self.authorise, answers=Link),
            row("listWechatAccounts", "GET", account, self.accounts, answers=list[AccountView]),
            row("addWechatAccount", "POST", account, self.add, body=NameAccount, answers=MadeAccount, status=201),
            row("renameWechatAccount", "PATCH", account + "/{account}", self.rename, body=NameAccount, status=204),
            row("deleteWechatAccount", "DELETE", account + "/{account}", self.delete, status=204),
            row("readWechatLink", "GET", inbox + "/link", self.link, query=LinkQuery, answers=Link),
            row("readWechatQr", "GET", inbox + "/qr.png", self.qr, query=LinkQuery, answers=Download),
        ]

    async def corps(self, call: Call) -> list[CorpView]:
        """List the bound corps."""
        return [self._view(bound) for bound in self._corps.all()]

    async def bind(self, call: Call) -> CorpView:
        """Bind a corp, or give it new secrets.

        The secrets are tried out first: wrong ones are refused with WeCom's own code, and nothing is kept.
        """
        body: BindCorp = call.body
        corp = Corp(id=_corp_id(call), corpid=body.corpid, secret=body.secret, token=body.token, aes_key=body.aes_key)
        await self._corps.bind(corp)
        return self._view(self._corps.get(corp.id))

    async def unbind(self, call: Call) -> None:
        """Forget a corp and its secrets. Its inboxes stay in the settings, and are silent."""
        await self._corps.unbind(call.path["corp"])

    async def save_provider(self, call: Call) -> None:
        """Enter the provider's app, by which other corps can be bound with a scan."""
        body: ProviderApp = call.body
        app = App(suite_id=body.suite_id, secret=body.secret, token=body.token, aes_key=body.aes_key)
        await self._provider.save(app)

    async def authorise(self, call: Call) -> Link:
        """Begin to bind a corp by a scan: the link shows the QR code to its administrator, for twenty minutes."""
        return Link(url=await self._provider.begin(_corp_id(call)))

    async def accounts(self, call: Call) -> list[AccountView]:
        """List the accounts that exist in WeCom."""
        bound = self._corps.get(call.path["corp"])
        ours = {inbox.open_kfid: inbox.id for inbox in self._inboxes() if inbox.corp == bound.corp.id}
        found: list[dict[str, Any]] = []
        while len(found) < MAX_ACCOUNTS:
            answer = await _asked(bound, "kf/account/list", {"offset": len(found), "limit": PAGE})
            rows = [r for r in answer.get("account_list") or [] if isinstance(r, dict)]
            found += rows
            if len(rows) < PAGE:
                break
        return [_account(row, ours) for row in found]

    async def add(self, call: Call) -> MadeAccount:
        """Make an account in WeCom. It answers nobody until an inbox with a flow is set up for it."""
        answer = await _asked(self._corps.get(call.path["corp"]), "kf/account/add", {"name": call.body.name})
        return MadeAccount(open_kfid=str(answer.get("open_kfid", "")))

    async def rename(self, call: Call) -> None:
        """Rename an account."""
        body = {"open_kfid": call.path["account"], "name": call.body.name}
        await _asked(self._corps.get(call.path["corp"]), "kf/account/update", body)

    async def delete(self, call: Call) -> None:
        """Delete an account in WeCom; an inbox that uses it has to go first."""
        used = next((i.id for i in self._inboxes() if i.open_kfid == call.path["account"]), None)
        if used:
            raise Refused(ErrorCode.CONFLICT, inbox=used)
        await _asked(self._corps.get(call.path["corp"]), "kf/account/del", {"open_kfid": call.path["account"]})

    async def link(self, call: Call) -> Link:
        """The link that opens the chat in WeChat."""
        return Link(url=await self._link(call))

    async def qr(self, call: Call) -> Download:
        """The same link as a picture to scan."""
        picture = io.BytesIO()
        segno.make(await self._link(call), error="m").save(picture, kind="png", scale=8, border=4)
        return Download(filename=f"{call.path['inbox']}.png", mime="image/png", body=picture.getvalue())

    async def _link(self, call: Call) -> str:
        inbox = next((i for i in self._inboxes() if i.id == call.path["inbox"]), None)
        if inbox is None:
            raise Refused(ErrorCode.INBOX_UNKNOWN, inbox=call.path["inbox"])
        query: LinkQuery = call.query
        body = {"open_kfid": inbox.open_kfid, "scene": query.scene}
        url = str((await _asked(self._corps.get(inbox.corp), "kf/add_contact_way", body)).get("url", ""))
        if not query.param:
            return url
        if not query.scene:
            raise Refused(ErrorCode.BAD_REQUEST, path="$.param", reason="WeChat returns it only with a scene")
        return f"{url}{'&' if '?' in url else '?'}scene_param={quote(query.param, safe='')}"

    def _inboxes(self) -> tuple[KefuInbox, ...]:
        inboxes: tuple[KefuInbox, ...] = self._hub.held("workspace", "main").settings.kefu
        return inboxes

    def _view(self, bound: Bound) -> CorpView:
        corp = bound.corp
        problems = (self._problem(i.id) for i in self._inboxes() if i.corp == corp.id)
        callback = self._url + PATH.replace("{corp}", corp.id)
        return CorpView(corp.id, corp.corpid, callback, next((code for code in problems if code), 0))


def _corp_id(call: Call) -> str:
    try:
        return msgspec.convert(call.path["corp"], CorpId)
    except msgspec.ValidationError:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.corp", reason="1 to 16 letters and digits") from None


def _account(row: dict[str, Any], ours: dict[str, str]) -> AccountView:
    id = str(row.get("open_kfid", ""))
    usable = row.get("manage_privilege") is not False
    return AccountView(id, str(row.get("name", "")), str(row.get("avatar", "")), usable, ours.get(id))


async def _asked(bound: Bound, path: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        return await bound.api.post(path, body)
    except ApiError as failure:
        raise refused(failure) from None
