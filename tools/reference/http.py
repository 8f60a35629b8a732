"""The HTTP part of docs/protocol.md: what a route takes and answers. That it exists is read from the doors."""

from chatserver.api.auth import COOKIE
from chatserver.api.callers import CSRF_HEADER
from chatserver.api.media_door import INBOX_HEADER, TOKEN_HEADER
from chatserver.api.rest import PREFIX
from tools.reference.doors import others, routes
from tools.reference.markdown import code, table

SAID: dict[tuple[str, str], tuple[str, str]] = {
    ("POST", "/api/login"): (
        "[Login](#login)",
        f"[LoggedIn](#loggedin), and the login as the cookie `{COOKIE}`. "
        "Whoever was offline gets the profile's initial status.",
    ),
    ("GET", "/api/session"): ("", "[LoggedIn](#loggedin) of the cookie, or `unauthenticated`; null without one."),
    ("POST", "/api/logout"): ("", "`{}`. The login is over, the agent offline."),
    ("GET", "/healthz"): ("", "200 while the process runs."),
    ("GET", "/readyz"): ("", "200 with `{status, seq}` when the store answers within 2 s, else 503."),
    ("GET", "/metrics"): ("", "Prometheus text, to addresses of `CHATSERVER_METRICS_FROM` only."),
    ("POST", "/media"): (
        "the file's bytes",
        "201 with `{id, kind, url, small, name, size, mime, width, height, seconds}`; the `id` goes into `say` or "
        "`send` as `media`. `?name=` is the file's name. A visitor's page shows its token and inbox in the headers "
        f"`{TOKEN_HEADER}` and `{INBOX_HEADER}`, an agent the login, a program a key with `conversation.reply`.",
    ),
    ("OPTIONS", "/media"): ("", "What a browser asks before it uploads from another site."),
    ("GET", "/media/{id}/{signature}/{name}"): (
        "",
        "The file of a `url`, or a part of it. With `?size=small` a picture's small edition. Whoever knows the address "
        "may read it, until the message is taken back.",
    ),
    ("GET", "/wechat/{corp}/callback"): ("", "WeCom proves the address of a corp's callback."),
    ("POST", "/wechat/{corp}/callback"): ("", "WeCom says that there is something to pull."),
    ("GET", "/wechat/provider"): ("", "WeCom proves the address of a provider's app."),
    ("POST", "/wechat/provider"): ("", "WeCom gives a provider its tickets and tells of corps."),
    ("GET", "/wechat/authorised"): ("", "Where the administrator of a corp lands after the scan."),
    ("GET", "/w/{path}"): ("", "The widget's files; any site may load them."),
    ("GET", "/h5"): ("", "Redirects to `/h5/`."),
    ("GET", "/h5/assets/{path}"): ("", "The H5 page's files."),
    ("GET", "/h5/{rest}"): ("", "The H5 page: `/h5/?inbox=ID`."),
    ("GET", "/console"): ("", "Redirects to `/console/`."),
    ("GET", "/console/assets/{path}"): ("", "The console's files."),
    ("GET", "/console/{rest}"): ("", "The console, whatever screen the address names."),
    ("GET", "/"): ("", "Redirects to the console."),
}

INTRO = f"""
What programs ask, under `{PREFIX}`, is in [rest.md](rest.md); this is the rest. Where nothing else is said, JSON goes
in and out, and a body needs `Content-Type: application/json`. A request that changes something must repeat the
`csrf` of [LoggedIn](#loggedin) in the header `{CSRF_HEADER}`; logging in is the exception. A refusal is a
[Failed](#failed) with the status of its code; a `rate_limited` one also has `Retry-After`. The cookie is `HttpOnly`,
`SameSite=Lax`, and `Secure` when the public address begins with `https`.
"""


def http() -> str:
    found = [*((r.method, r.path) for r in routes()), *((method, path) for method, path, _ in others())]
    rows = ((code(f"{method} {path}"), *SAID.get((method, path), ("", ""))) for method, path in found)
    return INTRO.strip() + "\n\n" + table(("Route", "Body", "Answer"), rows)
