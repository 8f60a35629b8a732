"""The demonstration: a workspace with two groups, three agents and a flow, and a shop page of another origin.

Everything in it is plainly made up; the passwords are printed, and meant for a machine that nobody else reaches.
"""

from datetime import date
from html import escape

from aiohttp import web

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.app import Server
from chatserver.channels.web.settings import Inbox, Style
from chatserver.dispatch.model import Strategy
from chatserver.dispatch.settings import Group
from chatserver.flow import model as f
from chatserver.flow.form import FormField
from chatserver.hours.model import Calendar, Holiday, Interval, Week
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.settings.model import Settings

PASSWORD = "demo-password"

AGENTS: dict[str, Profile] = {
    "demo-agent-1": Profile(
        account="agent1", name="演示座席一", nickname="客服一号", groups=("sales",), min=1, max=3
    ),
    "demo-agent-2": Profile(
        account="agent2", name="演示座席二", nickname="客服二号", groups=("sales", "support"), max=3
    ),
    "demo-admin": Profile(
        account="admin",
        name="演示管理员",
        nickname="客服主管",
        roles=("admin", "agent"),
        groups=("support",),
        max=5,
        initial_status="busy",
    ),
}


def flow() -> f.Flow:
    """Greeting, hours, menu, two groups, and a form for the rest."""
    fields = (
        FormField(key="name", label="您的称呼", required=True),
        FormField(key="tel", label="联系电话", kind="tel", required=True),
        FormField(key="topic", label="问题类型", kind="select", options=("售前咨询", "售后服务", "其他")),
        FormField(key="text", label="留言内容", kind="textarea", required=True),
    )
    menu = "您好，欢迎光临演示商城！请选择您要咨询的问题："
    return f.Flow(
        id="main",
        name="主流程",
        nodes=(
            f.Start(id="start", next="hours"),
            f.Hours(id="hours", title="服务时间", calendar="always", open="menu", closed="form"),
            f.Menu(
                id="menu",
                title="引导菜单",
                text=menu,
                options=(
                    f.Option(key="1", label="售前咨询", next="sales"),
                    f.Option(key="2", label="售后服务", next="support"),
                    f.Option(key="3", label="给我们留言", next="form"),
                ),
            ),
            f.ToGroup(id="sales", title="转售前", group="sales", otherwise="form"),
            f.ToGroup(id="support", title="转售后", group="support", otherwise="form"),
            f.LeaveMessage(
                id="form",
                title="留言",
                text="请留下您的联系方式，我们会尽快回复您。",
                fields=fields,
                thanks="感谢您的留言，我们会尽快与您联系。",
            ),
        ),
    )


def settings() -> Settings:
    """Open around the clock, so that the demonstration works at any hour; its only holiday is over."""
    day = (Interval(start="00:00", end="24:00"),)
    week = Week(mon=day, tue=day, wed=day, thu=day, fri=day, sat=day, sun=day)
    spring_festival = Holiday(first=date(2026, 2, 15), last=date(2026, 2, 23), name="春节")
    return Settings(
        name="演示商城",
        groups=(
            Group(id="sales", name="售前组", strategy=Strategy.RETURNING_FIRST, secondary=Strategy.ROUND_ROBIN),
            Group(id="support", name="售后组", strategy=Strategy.LEAST_LOADED, queue_limit=50, wait_limit=1_800),
        ),
        calendars=(Calendar(id="always", name="全天", regular=week, holidays=(spring_festival,)),),
        flows=(flow(),),
        inboxes=(
            Inbox(
                id="web",
                name="演示商城网站",
                flow="main",
                style=Style(title="演示商城客服", subtitle="通常在一分钟内回复"),
            ),
            Inbox(id="h5", name="H5 链接", flow="main", style=Style(title="演示商城客服", brand="#0f766e")),
        ),
    )


async def fill(server: Server) -> None:
    """Write the demonstration into a workspace that has nothing yet; a filled one is left as it is."""
    if server.hub.held("workspace", "main").version:
        return
    await server.save_settings(settings(), by="demo")
    for id, profile in AGENTS.items():
        await server.hub.send(Envelope(stream("agent", id), ai.Saved(profile=profile)))
        await server.logins.set_password(id, PASSWORD)


SHOP = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>演示商城</title><link rel="icon" href="data:,"><style>
body{{margin:0;font:16px/1.7 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1f2937}}
header{{background:#f3f4f6;padding:18px 24px;font-weight:600}}main{{max-width:880px;margin:0 auto;padding:24px}}
ul{{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:16px;list-style:none;padding:0}}
li{{border:1px solid #e5e7eb;border-radius:12px;padding:16px}}
li b{{display:block;height:88px;border-radius:8px;background:#e5e7eb;margin-bottom:8px}}
</style></head><body><header>演示商城 Demo shop</header><main>
<p>这个页面与客服服务器不同源，只嵌入了一行代码。点击右下角按钮开始咨询。</p>
<ul><li><b></b>示例商品一</li><li><b></b>示例商品二</li><li><b></b>示例商品三</li><li><b></b>示例商品四</li></ul>
</main><script async src="{server}/w/loader.js" data-inbox="web"></script></body></html>"""


async def serve_shop(server: Server, host: str, port: int) -> web.AppRunner:
    """A foreign site with nothing but the snippet; listens on its own port, which makes it another origin."""
    page = SHOP.format(server=escape(server.deployment.url, quote=True))

    async def shop(request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", shop)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def welcome(server: Server, shop_url: str) -> str:
    """What `make run` prints."""
    url = server.deployment.url
    logins = "\n".join(f"    {p.account:<8} {PASSWORD}   {p.name}, {'/'.join(p.groups)}" for p in AGENTS.values())
    return f"""
  The demonstration runs. 演示已启动。

  Shop with the widget  网站挂件   {shop_url}
  H5 page               H5 链接    {url}/h5/?inbox=h5
  Console               客服工作台  {url}/console/

  Logins 登录账号 (account, password):
{logins}

  Stop with Ctrl+C. 按 Ctrl+C 停止。
"""
