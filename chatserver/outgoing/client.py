"""The one HTTP client for addresses that somebody typed into a form: it posts, signs, and trusts nobody.

Every socket is checked at the moment of connecting, whatever a name resolved to before, so a name that changes its
mind (DNS rebinding) or an address in disguise reaches nothing that is not public. Redirects are not followed.
"""

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import Any

import aiohttp
import msgspec

from chatserver.kernel.clock import Clock
from chatserver.kernel.urls import is_web_address
from chatserver.outgoing.addresses import may_reach
from chatserver.outgoing.signature import HEADER, sign

_log = logging.getLogger("chatserver.outgoing")

MAX_REPLY = 65_536
"""Bytes of an answer: it holds a few fields, not a file."""

PER_HOST = 8
"""Connections to one host at a time: a slow receiver does not hold up the others, nor is it flooded."""

JSON = "application/json"


class Why(StrEnum):
    """Why nothing, or nothing usable, came back. Stable names: they stand in logs and on screens."""

    BAD_URL = "bad_url"  # not http(s), or with a user name in it
    NOT_PUBLIC = "not_public"  # it leads into a network that is not to be reached
    UNREACHABLE = "unreachable"  # no such name, nobody listens, or TLS failed
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"  # the answer is longer than MAX_REPLY


class NotDelivered(Exception):
    """There is no answer. Whether the call arrived is only known when it did not even connect."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Reply(msgspec.Struct, frozen=True):
    """What came back, whatever the status; a redirect is an answer like any other."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class _NotPublic(OSError):
    """One text for all addresses: of several failures with the same text, the first is raised as it is."""

    def __init__(self) -> None:
        super().__init__("the address is not public")


class Outgoing:
    """`private`: networks (CIDR) that may be reached although they are not public. Close it after use."""

    def __init__(self, clock: Clock, private: Sequence[str] = ()) -> None:
        self._clock = clock
        self._private = [ip_network(n) for n in private]
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        secret: str,
        old_secret: str = "",
        headers: Mapping[str, str] = {},
        timeout: float,
    ) -> Reply:
        """Post `body`, signed with `secret` (empty: unsigned), within `timeout` seconds. Raises `NotDelivered`."""
        if not is_web_address(url):
            raise NotDelivered(Why.BAD_URL)
        sent = {"Content-Type": JSON, **headers}
        if secret:
            sent[HEADER] = sign(secret, int(self._clock.now().timestamp()), body, old_secret)
        try:
            async with asyncio.timeout(timeout):
                return await self._post(url, body, sent)
        except TimeoutError:
            raise NotDelivered(Why.TIMEOUT) from None
        except aiohttp.InvalidURL:
            raise NotDelivered(Why.BAD_URL) from None
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            # ValueError: a name that cannot be encoded for DNS.
            _log.info("a call was not delivered", extra={"failure": type(failure).__name__})
            blocked = isinstance(getattr(failure, "os_error", None), _NotPublic)
            raise NotDelivered(Why.NOT_PUBLIC if blocked else Why.UNREACHABLE) from None

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as response:
            read = bytearray()
            async for chunk in response.content.iter_any():
                read += chunk
                if len(read) > MAX_REPLY:
                    raise NotDelivered(Why.TOO_LARGE)
            return Reply(response.status, bytes(read))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # No limit for all together: those who hang would use it up for the others.
                connector=aiohttp.TCPConnector(
                    limit=0, limit_per_host=PER_HOST, use_dns_cache=False, socket_factory=self._socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Nothing is unpacked: a small answer must not become a large one. Time is kept by `post`.
                auto_decompress=False,
                headers={"Accept": JSON, "Accept-Encoding": "identity", "User-Agent": "chatserver"},
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session

    def _socket(self, to: Any) -> socket.socket:
        """aiohttp asks for a socket to exactly the address that it is about to connect to."""
        family, kind, proto, _, address = to
        if not may_reach(address[0], self._private):
            raise _NotPublic
        return socket.socket(family, kind, proto)
