"""Examples for docs/protocol.md: real structs, encoded as the server encodes them, so that an example cannot lie."""

import msgspec

from chatserver.conversation.content import FormContent, MenuContent, MenuOption, NoticeContent, TextContent
from chatserver.conversation.model import Conversation, Face, Last, Phase, Visit
from chatserver.flow.form import FormField
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import from_epoch_ms
from chatserver.protocol import agent, visitor, wire
from chatserver.protocol.views import card, visitor_conversation
from tools.reference.markdown import fenced

AT = 1_893_459_600_000
"""2030-01-01 09:00 in Shanghai."""

TOKEN = "(a signed text of about 100 characters)"
CSRF = "(43 characters)"
MESSAGE, CHAT, CONTACT = "01K0000000000000000000MSG1", "01K0000000000000000000CHAT", "v-01K0000000000000000000VIS"

AUTH = visitor.VisitorAuth(inbox="web", locale="zh-CN")
OPEN = visitor.Open(id="01K0000000000000000000OPEN", page=visitor.VisitedPage(url="https://shop.example.com/"))
SAY = visitor.Say(id=MESSAGE, text="你好")
ACK = wire.Ack(seq=42, at=AT, conversation=CHAT)
REFUSED = wire.refusal(Refused(ErrorCode.FIELD_REQUIRED, field="tel", label="联系电话"))
ITEM = wire.Item(seq=42, id=MESSAGE, at=AT, conversation=CHAT, by="visitor", content=TextContent(text="你好"))
MENU = MenuContent(text="请选择", options=(MenuOption(key="1", label="售前"), MenuOption(key="2", label="售后")))
FORM = FormContent(text="请留言", fields=(FormField(key="tel", label="联系电话", kind="tel", required=True),))
NOTICE = NoticeContent(code="queued", data={"ahead": 2})
CHATTING = Conversation(
    id=CHAT,
    version=5,
    phase=Phase.SERVING,
    visit=Visit(contact=CONTACT, inbox="web", name="", page_url="https://shop.example.com/"),
    group="sales",
    agent="demo-agent-1",
    face=Face(name="客服一号"),
    opened_at=from_epoch_ms(AT),
    queued_at=from_epoch_ms(AT),
    last=Last(by="visitor", text="你好", at=from_epoch_ms(AT)),
    unread=1,
)
WELCOME = visitor.Welcome(
    token=TOKEN,
    visitor=CONTACT,
    seq=42,
    inbox=visitor.InboxView(title="在线客服", subtitle="", locale="zh-CN", theme=visitor.Theme()),
    conversation=visitor_conversation(CHATTING, ahead=None, wait=None),
    items=[ITEM],
    more=False,
    reset=True,
)
AGENT_AUTH = agent.AgentAuth(csrf=CSRF, device="01K0000000000000000000DEV1")
SEND = agent.Send(id=MESSAGE, conversation=CHAT, text="您好，请讲")
RECORD = agent.ConversationRecord(seq=42, card=card(CHATTING), item=ITEM)


def line(value: object) -> str:
    """As it goes over the wire."""
    return msgspec.json.encode(value).decode()


def block(*values: object) -> str:
    """Each on its own lines, for people."""
    return "\n\n".join(fenced("json", msgspec.json.format(msgspec.json.encode(v)).decode()) for v in values)


def frames() -> str:
    """One exchange, byte for byte, as a WebSocket carries it: what the client sends, what the server answers."""
    lines = (
        '← 0{"sid":"…","upgrades":[],"pingTimeout":10000,"pingInterval":15000,"maxPayload":1250000}',
        f"→ 40/visitor,{line(AUTH)}",
        '← 40/visitor,{"sid":"…"}',
        f"→ 42/visitor,1{line(['hello', visitor.VisitorHello()])}",
        "← 43/visitor,1[Welcome]",
        f"→ 42/visitor,2{line(['open', OPEN])}",
        f"← 43/visitor,2[{line(ACK)}]",
        "← 42/visitor,[\"item\",Item]",
        "← 2",
        "→ 3",
    )
    return fenced("text", "\n".join(lines))
