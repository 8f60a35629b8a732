"""The built front ends: where they are, and how each kind of file is cached. Names with a hash never change."""

import os
import secrets
from pathlib import Path

from aiohttp import web

from chatserver.kernel.errors import ErrorCode, Refused

PACKAGE = Path(__file__).parents[1]
EVERYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOREVER = "public, max-age=31536000, immutable"
SOON = "public, max-age=300"

H5_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""The hash of nothing: React leaves an empty style element behind, which may stand there as long as it is empty."""

CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}' {empty}; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def web_dir() -> Path | None:
    """The built assets: `$CHATSERVER_WEB`, the installed package's own, or a checkout's build."""
    places = (os.environ.get("CHATSERVER_WEB"), PACKAGE / "_web", PACKAGE.parent / "widget_build" / "dist")
    return next((Path(p) for p in places if p and (Path(p) / "manifest.json").is_file()), None)


class Assets:
    """Routes of the front ends. Without a build every page says so in words."""

    def __init__(self, root: Path | None) -> None:
        self._root = root.resolve() if root else None

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/w/{path:.+}", self.widget)
        for page in ("h5", "console"):
            app.router.add_get(f"/{page}", self.with_slash)
            app.router.add_get(f"/{page}/assets/{{path:.+}}", self.asset)
        app.router.add_get("/h5/{rest:.*}", self.h5)
        app.router.add_get("/console/{rest:.*}", self.console)
        app.router.add_get("/", self.root)

    async def root(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/console/")

    async def with_slash(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{request.path}/" + (f"?{request.query_string}" if request.query_string else ""))

    async def widget(self, request: web.Request) -> web.StreamResponse:
        return self._file(request.path, EVERYWHERE)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        return self._file(request.path, {})

    async def h5(self, request: web.Request) -> web.StreamResponse:
        page = self._page("h5")
        return _html(page, H5_POLICY)

    async def console(self, request: web.Request) -> web.StreamResponse:
        """Each page load has its own nonce, for the styles that the console makes at run time."""
        nonce = secrets.token_urlsafe(16)
        page = self._page("console").replace("__CSP_NONCE__", nonce)
        return _html(page, CONSOLE_POLICY.format(nonce=nonce, empty=EMPTY_STYLE), {"X-Frame-Options": "DENY"})

    def _page(self, name: str) -> str:
        if self._root is None:
            return "<!doctype html><title>chatserver</title><p>The front ends are not built: <code>make build</code>"
        return (self._root / name / "index.html").read_text("utf-8")

    def _file(self, path: str, headers: dict[str, str]) -> web.StreamResponse:
        """aiohttp picks the `.br` or `.gz` beside it by itself.

        Only out of the folder that the address names first: a page has headers that a mere file would lack.
        """
        if self._root is None:
            raise Refused(ErrorCode.NOT_FOUND)
        folder = self._root / path.split("/")[1]
        try:
            file = (self._root / path.lstrip("/")).resolve()
            if not file.is_relative_to(folder) or file.suffix == ".html" or not file.is_file():
                raise Refused(ErrorCode.NOT_FOUND)
        except (OSError, ValueError):  # a name too long, or with a NUL in it
            raise Refused(ErrorCode.NOT_FOUND) from None
        cache = FOREVER if "/assets/" in path else SOON
        return web.FileResponse(file, headers={**headers, "Cache-Control": cache})


def _html(page: str, policy: str, headers: dict[str, str] | None = None) -> web.Response:
    base = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", **(headers or {})}
    return web.Response(text=page, content_type="text/html", headers=base)
