"""The HTTP part of docs/protocol.md: what a route takes and answers. That it exists is read from the doors."""

from chatserver.api.auth import COOKIE
from chatserver.api.callers import CSRF_HEADER
from chatserver.api.rest import PREFIX
from tools.reference.doors import others, routes
from tools.reference.markdown import code, table

SAID: dict[tuple[str, str], tuple[str, str]] = {
    ("POST", "/api/login"): (
        "[Login](#login)",
        f"[LoggedIn](#loggedin), and the login as the cookie `{COOKIE}`. "
        "Whoever was offline gets the profile's initial status.",
    ),
    ("GET", "/api/session"): ("", "[LoggedIn](#loggedin) of the cookie, or `unauthenticated`."),
    ("POST", "/api/logout"): ("", "`{}`. The login is over, the agent offline."),
    ("GET", "/healthz"): ("", "200 while the process runs."),
    ("GET", "/readyz"): ("", "200 with `{status, seq}` when the store answers within 2 s, else 503."),
    ("GET", "/metrics"): ("", "Prometheus text, to addresses of `CHATSERVER_METRICS_FROM` only."),
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
What programs ask, under `{PREFIX}`, is in [rest.md](rest.md); this is the rest, and open to everybody. JSON in, JSON
out; a body needs `Content-Type: application/json`. A request that changes something must repeat the
`csrf` of [LoggedIn](#loggedin) in the header `{CSRF_HEADER}`; logging in is the exception. A refusal is a
[Failed](#failed) with the status of its code; a `rate_limited` one also has `Retry-After`. The cookie is `HttpOnly`,
`SameSite=Lax`, and `Secure` when the public address begins with `https`.
"""


def http() -> str:
    found = [*((r.method, r.path) for r in routes()), *((method, path) for method, path, _ in others())]
    rows = ((code(f"{method} {path}"), *SAID.get((method, path), ("", ""))) for method, path in found)
    return INTRO.strip() + "\n\n" + table(("Route", "Body", "Answer"), rows)
