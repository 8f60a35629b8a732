"""Who a web visitor is: a signed token that the browser keeps, or the word of the site, proved by HMAC.

Knows secrets and signatures; knows nothing of sockets or conversations.
"""

import hashlib
import hmac
import re

import msgspec
from itsdangerous import BadSignature, URLSafeSerializer

from chatserver.kernel.errors import ErrorCode, Refused

_CONTACT = re.compile(r"[A-Za-z0-9_:.\-]{1,64}")


class VisitorIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """`contact` is unique in the workspace; `verified` when the site vouches for it. `name` may be empty, and is the
    visitor's own word unless the site vouches for it too: then it is `name_verified`."""

    contact: str
    verified: bool = False
    name: str = ""
    name_verified: bool = False


_TESTER = "test-"


def tester(id: str) -> VisitorIdentity:
    """Somebody of our own who tries an inbox; `id` is unique. Nobody becomes one without a token of ours."""
    return VisitorIdentity(contact=f"{_TESTER}{id}", name="测试访客")


def is_tester(contact: str) -> bool:
    return contact.startswith(_TESTER)


class VisitorTokens:
    """Issues and reads tokens. A token is bound to its inbox: one site's token opens nothing on another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._serializer = URLSafeSerializer(secret, salt="visitor-token-1")

    def issue(self, inbox: str, who: VisitorIdentity) -> str:
        return str(self._serializer.dumps([inbox, who.contact, who.verified, who.name, who.name_verified]))

    def read(self, inbox: str, token: str) -> VisitorIdentity:
        """Raises `Refused(bad_token)` for a forged token, or one of another inbox."""
        try:
            issued_for, contact, verified, name, *named = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            raise Refused(ErrorCode.BAD_TOKEN) from None
        if issued_for != inbox or not _CONTACT.fullmatch(str(contact)):
            raise Refused(ErrorCode.BAD_TOKEN)
        return VisitorIdentity(contact=contact, verified=bool(verified), name=str(name), name_verified=named == [True])

    def identity_key(self, inbox: str) -> str:
        """The key (hex) with which a site signs its users' ids; derived, so that no setting holds a secret."""
        return hmac.new(self._secret.encode(), f"identity:{inbox}".encode(), hashlib.sha256).hexdigest()

    def verified(self, inbox: str, user: str, signature: str, name: str) -> VisitorIdentity:
        """The identity that a site asserts; `signature` is hex HMAC-SHA256(identity key, user id), or of the id and the
        name with a line break between."""
        key = self.identity_key(inbox).encode()

        def signs(text: str) -> bool:
            made = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
            return hmac.compare_digest(made.encode(), signature.lower().encode())

        named = bool(name) and signs(f"{user}\n{name}")
        # With a line break in it, an id could be taken for an id and a name.
        if "\n" in user or not (named or signs(user)):
            raise Refused(ErrorCode.BAD_IDENTITY)
        # A digest of the site's id: contacts stay short, printable, and unlike each other between inboxes.
        digest = hashlib.sha256(f"{inbox}\n{user}".encode()).hexdigest()[:32]
        return VisitorIdentity(contact=f"id-{digest}", verified=True, name=name, name_verified=named)
