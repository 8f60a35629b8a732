"""How the receiver of a call knows that it comes from here, and is not an old one sent again. Asks nobody for the time.

The header `X-Chat-Signature: t=<epoch seconds>,v1=<hex>` holds an HMAC-SHA256 over `<t>.<body>`; while a secret is
being changed for another there are two `v1`, of which one is enough.
"""

import hashlib
import hmac
import re
from datetime import datetime

HEADER = "X-Chat-Signature"

TOLERANCE = 300
"""Seconds that a receiver's clock may differ; what is older is a repetition by somebody else."""

_FORM = re.compile(r"t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,2})")


def sign(secret: str, timestamp: int, body: bytes, old_secret: str = "") -> str:
    """The value of the header for a body that leaves at `timestamp` (epoch seconds)."""
    digests = [_digest(s, str(timestamp), body) for s in (secret, old_secret) if s]
    return f"t={timestamp}" + "".join(f",v1={digest}" for digest in digests)


def verify(secret: str, header: str, body: bytes, now: datetime, tolerance: int = TOLERANCE) -> bool:
    """Whether `header` was made with `secret` for this body, no longer ago (or ahead) than `tolerance`."""
    form = _FORM.fullmatch(header)
    if form is None or abs(now.timestamp() - int(form[1])) > tolerance:
        return False
    right = _digest(secret, form[1], body)
    return any(hmac.compare_digest(given, right) for given in form[2].split(",v1=")[1:])


def _digest(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
