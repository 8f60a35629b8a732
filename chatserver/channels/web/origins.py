"""Which websites may speak for an inbox, and which page a visitor uses."""

from urllib.parse import parse_qs, urlsplit


def origin_of(url: str) -> str:
    """`https://host:port` of a URL, lower case, without the default port; empty when there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def channel_of(channel: str, url: str, own: str) -> str:
    """The kind of channel of a page: on a web inbox our own H5 page, opened by a link and not inside a site's frame, is
    a kind of its own. `url` is what the page says of itself, and may be anything."""
    if channel != "web" or origin_of(url) != own:
        return channel
    parts = urlsplit(url)
    return "h5" if parts.path == "/h5/" and "embed" not in parse_qs(parts.query, True) else channel


def allowed(origin: str | None, own: str, allowed_origins: tuple[str, ...]) -> bool:
    """The server's own pages (H5) always; other sites by the inbox's list, all of them when it is empty.

    A browser always sends `Origin` with a WebSocket; a request without one is not a page, and is let in as a
    client that could write any header it likes.
    """
    if origin is None or not allowed_origins:
        return True
    asked = origin_of(origin)
    return bool(asked) and (asked == own or asked in {origin_of(o) for o in allowed_origins})
