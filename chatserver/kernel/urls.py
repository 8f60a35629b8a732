"""What counts as the address of a web service that somebody typed. Pure: where it leads is found when it is called."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https with a host, and without a user name in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is none
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
