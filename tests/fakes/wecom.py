"""WeCom's server and its visitors' phones, as one aiohttp application that enforces the published rules.

Built from the public pages of `kf/sync_msg`, `kf/send_msg`, `gettoken` and the callback's cipher, with code of its own
for the cipher: a mistake of ours must not hide on both sides. Time is the test's clock.
"""

import base64
import hashlib
import json
import os
import re
import struct
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chatserver.kernel.clock import Clock

CORPID, SECRET = "ww1234567890abcdef", "app-secret"
TOKEN, AES_KEY = "KfSimToken2024", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
SUITE, TICKET, PERMANENT = "wwsuite00000000000", "ticketABC", "permanent-code"
MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
WINDOW, QUOTA = timedelta(hours=48), 5


class FakeWecom:
    """`call_back` is where hints go. `faults` maps a path to codes (or "drop_after") for its next calls."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.call_back = ""
        self.log: dict[str, list[dict[str, Any]]] = {}
        self.accounts: dict[str, str] = {}
        self.inbox: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.spoke: dict[tuple[str, str], tuple[Any, int]] = {}
        self.codes: dict[str, str] = {}
        self.media: dict[str, tuple[bytes, str]] = {}
        self.faults: dict[str, list[int | str]] = {}
        self.calls: list[str] = []
        self.tokens: list[str] = []
        self.pull_tokens: set[str] = set()
        self.page = 1000
        self._msgids: set[tuple[str, str]] = set()
        self._count = 0
        self._server: TestServer | None = None

    async def start(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/cgi-bin/{path:.*}", self._api)
        self._server = TestServer(app)
        await self._server.start_server()
        return str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        if self._server:
            await self._server.close()

    # ---- the visitor's phone ----

    def write(self, account: str, user: str, kind: str = "text", **body: Any) -> str:
        """A visitor writes; a new allowance begins. Returns WeChat's id."""
        self.spoke[account, user] = (self.clock.now(), 0)
        return self._append(account, user, {"origin": 3, "msgtype": kind, kind: body})

    def click(self, account: str, user: str, entry: int) -> str:
        """Taps the entry of the newest menu on the phone."""
        menus = [m["msgmenu"] for m in self.inbox[account, user] if m["msgtype"] == "msgmenu"]
        click = menus[-1]["list"][entry]["click"]
        return self.write(account, user, content=click["content"], menu_id=click["id"])

    def enter(self, account: str, user: str, scene: str = "") -> None:
        code = f"WELCOME{self._next()}"
        self.codes[code] = f"{account}/{user}"
        self._event(account, user, event_type="enter_session", scene=scene, welcome_code=code)

    def fail(self, account: str, user: str, msgid: str, why: int) -> None:
        self._event(account, user, event_type="msg_send_fail", fail_msgid=msgid, fail_type=why)

    def take_back(self, account: str, user: str, msgid: str) -> None:
        """The visitor recalls a message of the last two minutes."""
        self._event(account, user, event_type="user_recall_msg", recall_msgid=msgid)

    def phone(self, account: str, user: str) -> list[str]:
        """What this visitor's phone shows of us, in order."""
        return [_shown(m) for m in self.inbox.get((account, user), [])]

    def _append(self, account: str, user: str, item: dict[str, Any]) -> str:
        id = f"msg_{self._next():06}"
        head = {"msgid": id, "send_time": int(self.clock.now().timestamp())}
        who = {} if item["msgtype"] == "event" else {"open_kfid": account, "external_userid": user}
        self.log.setdefault(account, []).append({**head, **who, **item})
        return id

    def _event(self, account: str, user: str, **event: Any) -> None:
        body = {"open_kfid": account, "external_userid": user, **event}
        self._append(account, user, {"origin": 4, "msgtype": "event", "event": body})

    # ---- the callback ----

    async def hint(self, account: str) -> int:
        """Tells the product that something is new; the status of its answer."""
        token = f"ENC{self._next()}"
        self.pull_tokens.add(token)
        nodes = {"ToUserName": CORPID, "MsgType": "event", "Event": "kf_msg_or_event"}
        nodes |= {"Token": token, "OpenKfId": account}
        xml = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in nodes.items())
        return await self.post(f"<xml>{xml}</xml>")

    async def post(self, xml: str, *, receiver: str = CORPID, signature: str = "") -> int:
        encrypted = encrypt(xml.encode(), receiver)
        query = signed(encrypted, "1700000000", "nonce")
        body = f"<xml><ToUserName>{receiver}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        params = {**query, **({"msg_signature": signature} if signature else {})}
        async with aiohttp.ClientSession() as http, http.post(self.call_back, params=params, data=body) as answer:
            return answer.status

    async def verify(self, echo: str = "1616140317555161061") -> tuple[int, str]:
        """Saves the address in the console: (status, body)."""
        encrypted = encrypt(echo.encode(), CORPID)
        params = {**signed(encrypted, "1700000000", "nonce"), "echostr": encrypted}
        async with aiohttp.ClientSession() as http, http.get(self.call_back, params=params) as answer:
            return answer.status, await answer.text()

    # ---- the API ----

    async def _api(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.calls.append(path)
        fault = self.faults[path].pop(0) if self.faults.get(path) else 0
        if isinstance(fault, int) and fault:
            return _answer({"errcode": fault, "errmsg": "hint: [1]"})
        if path == "gettoken":
            return _answer(self._gettoken(request.query))
        if path.startswith("service/"):
            name = path.removeprefix("service/").replace("/", "_")
            return _answer(getattr(self, f"_service_{name}")(request.query, await request.read()))
        if request.query.get("access_token") not in self.tokens:
            return _answer({"errcode": 40014})
        if path == "media/get":
            return self._download(request.query["media_id"])
        if path == "media/upload":
            return _answer(await self._upload(request))
        answer = getattr(self, "_" + path.replace("/", "_"))(await request.json())
        if fault == "drop_after":
            assert request.transport
            request.transport.close()
        return _answer({"errcode": 0, "errmsg": "ok", **answer})

    def _gettoken(self, query: Any) -> dict[str, Any]:
        if query.get("corpid") != CORPID:
            return {"errcode": 40013}
        if query.get("corpsecret") not in (SECRET, PERMANENT):
            return {"errcode": 40001}
        self.tokens.append(f"T{self._next()}")
        return {"errcode": 0, "access_token": self.tokens[-1], "expires_in": 7200}

    # ---- the provider's app ----

    async def instruct(self, **nodes: str) -> int:
        """An instruction to the provider's app; the status of its answer."""
        xml = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in {"SuiteId": SUITE, **nodes}.items())
        return await self.post(f"<xml>{xml}</xml>", receiver=SUITE)

    def scan(self, link: str) -> dict[str, str]:
        """An administrator opens the link and scans: the query with which the browser comes back."""
        query = dict(parse_qsl(urlsplit(link).query))
        assert query["suite_id"] == SUITE and query["pre_auth_code"] in self.codes
        code = f"AUTH{self._next()}"
        self.codes[code] = "auth"
        return {"auth_code": code, "state": query["state"]}

    def _service_get_suite_token(self, query: Any, raw: bytes) -> dict[str, Any]:
        body = json.loads(raw)
        if body["suite_ticket"] != TICKET:
            return {"errcode": 40085}
        return {"suite_access_token": "SAT", "expires_in": 7200}

    def _service_get_pre_auth_code(self, query: Any, raw: bytes) -> dict[str, Any]:
        if query.get("suite_access_token") != "SAT":
            return {"errcode": 40082}
        code = f"PAC{self._next()}"
        self.codes[code] = "pre"
        return {"errcode": 0, "pre_auth_code": code, "expires_in": 1200}

    def _service_v2_get_permanent_code(self, query: Any, raw: bytes) -> dict[str, Any]:
        if self.codes.pop(json.loads(raw)["auth_code"], "") != "auth":
            return {"errcode": 40078}
        return {"errcode": 0, "permanent_code": PERMANENT, "auth_corp_info": {"corpid": CORPID}}

    def _kf_sync_msg(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["open_kfid"] not in self.accounts:
            return {"errcode": 95000}
        if "token" in body and body["token"] not in self.pull_tokens:
            return {"errcode": 95007}
        after = int(body.get("cursor") or 0)
        log = self.log.get(body["open_kfid"], [])
        items = log[after : after + min(body["limit"], self.page)]
        upto = after + len(items)
        return {"next_cursor": str(upto), "has_more": int(upto < len(log)), "msg_list": items}

    def _kf_send_msg(self, body: dict[str, Any]) -> dict[str, Any]:
        account, user, id = body["open_kfid"], body["touser"], body.get("msgid", "x")
        if len(str(body.get("text", {}).get("content", "")).encode()) > 2048:
            return {"errcode": 45002}
        if len(body.get("msgmenu", {}).get("list", ())) > 10:
            return {"errcode": 95008}
        spoke = self.spoke.get((account, user))
        if spoke is None:
            return {"errcode": 95031}
        at, used = spoke
        if self.clock.now() - at > WINDOW:
            return {"errcode": 95002}
        if used >= QUOTA:
            return {"errcode": 95001}
        if not MSGID.fullmatch(id) or (account, id) in self._msgids:
            return {"errcode": 40058}
        self._msgids.add((account, id))
        self.spoke[account, user] = (at, used + 1)
        self.inbox.setdefault((account, user), []).append(body)
        return {"msgid": id}

    def _kf_send_msg_on_event(self, body: dict[str, Any]) -> dict[str, Any]:
        to = self.codes.pop(body["code"], None)
        if to is None:
            return {"errcode": 40058}
        account, _, user = to.partition("/")
        self.inbox.setdefault((account, user), []).append(body)
        return {"msgid": "w"}

    def send(self, account: str, user: str, kind: str, body: bytes, name: str = "") -> str:
        """The visitor sends a picture, a voice message or a file."""
        media = f"MEDIA{self._next()}"
        self.media[media] = (body, name)
        return self.write(account, user, kind, media_id=media)

    def _download(self, media: str) -> web.Response:
        """An unknown one is an error as JSON, with status 200."""
        if media not in self.media:
            return _answer({"errcode": 40007, "errmsg": "invalid media_id"})
        body, name = self.media[media]
        return web.Response(body=body, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    async def _upload(self, request: web.Request) -> dict[str, Any]:
        part = await (await request.multipart()).next()
        assert isinstance(part, BodyPartReader) and part.name == "media"
        body = bytes(await part.read())
        if len(body) <= 5:
            return {"errcode": 44001}
        media = f"MEDIA{self._next()}"
        self.media[media] = (body, part.filename or "")
        return {"errcode": 0, "type": request.query["type"], "media_id": media, "created_at": "1"}

    def _kf_account_list(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = [{"open_kfid": k, "name": n, "avatar": "", "manage_privilege": True} for k, n in self.accounts.items()]
        return {"account_list": rows[body["offset"] : body["offset"] + min(100, body["limit"])]}

    def _kf_account_add(self, body: dict[str, Any]) -> dict[str, Any]:
        if not 1 <= len(body["name"]) <= 16:
            return {"errcode": 95006}
        id = f"wkNEW{self._next()}"
        self.accounts[id] = body["name"]
        return {"open_kfid": id}

    def _kf_account_update(self, body: dict[str, Any]) -> dict[str, Any]:
        self.accounts[body["open_kfid"]] = body["name"]
        return {}

    def _kf_account_del(self, body: dict[str, Any]) -> dict[str, Any]:
        del self.accounts[body["open_kfid"]]
        return {}

    def _kf_add_contact_way(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"https://work.weixin.qq.com/kfid/kfc{body['open_kfid'][-6:]}?enc_scene=ENC{body['scene']}"}

    def _kf_customer_batchget(self, body: dict[str, Any]) -> dict[str, Any]:
        users = body["external_userid_list"]
        return {"customer_list": [{"external_userid": u, "nickname": f"微信访客{u[-2:]}"} for u in users]}

    def _next(self) -> int:
        self._count += 1
        return self._count


def encrypt(message: bytes, receiver: str) -> str:
    """AES-256-CBC over random(16), length, message and receiver, padded to 32 bytes."""
    key = base64.b64decode(AES_KEY + "=")
    plain = os.urandom(16) + struct.pack(">I", len(message)) + message + receiver.encode()
    pad = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def signed(encrypted: str, timestamp: str, nonce: str) -> dict[str, str]:
    signature = hashlib.sha1("".join(sorted([TOKEN, timestamp, nonce, encrypted])).encode()).hexdigest()
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def _shown(message: dict[str, Any]) -> str:
    if message["msgtype"] in ("image", "voice", "file"):
        return f"<{message['msgtype']}>"
    if message["msgtype"] == "text":
        return str(message["text"]["content"])
    menu = message["msgmenu"]
    return " | ".join([menu["head_content"], *(row["click"]["content"] for row in menu["list"])])


def _answer(value: dict[str, Any]) -> web.Response:
    return web.json_response(value)
