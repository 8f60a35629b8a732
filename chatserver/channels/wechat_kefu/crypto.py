"""The callback's signature and cipher, by wechatpy; whatever it raises becomes one `BadCallback`.

What wechatpy 1.8.18 raises for broken input was tried out, not guessed: struct errors for bad padding, KeyError and
ExpatError for bad XML, AssertionError and binascii errors for bad keys.
"""

import binascii
import struct
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException

_BROKEN = (
    WeChatException,
    ExpatError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    struct.error,
    binascii.Error,
    AssertionError,
)


class BadCallback(Exception):
    """Not from WeChat, or not for us."""


class Callback:
    """One corp's keys: `token` and `aes_key` as they were typed into WeCom, `receiver` is the corp id."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        """Raises `BadCallback` for a key that is none."""
        try:
            self._crypto = WeChatCrypto(token, aes_key, receiver)
        except _BROKEN as failure:
            raise BadCallback(type(failure).__name__) from None

    def echo(self, signature: str, timestamp: str, nonce: str, text: str) -> str:
        """What proves, when WeCom asks, that the address is ours."""
        try:
            return str(self._crypto.check_signature(signature, timestamp, nonce, text))
        except _BROKEN as failure:
            raise BadCallback(type(failure).__name__) from None

    def event(self, signature: str, timestamp: str, nonce: str, body: bytes) -> dict[str, object]:
        """The decrypted event, one entry an XML node; a node that stands there twice is a list."""
        try:
            plain = self._crypto.decrypt_message(body, signature, timestamp, nonce)
            event = xmltodict.parse(plain)["xml"]
        except _BROKEN as failure:
            raise BadCallback(type(failure).__name__) from None
        if not isinstance(event, dict):
            raise BadCallback("not an event")
        return event
