"""Requests to addresses that others chose, such as webhooks: only to where anybody on the internet could send them too.

A name is resolved once, every address it has is judged, and the connection goes to a judged address itself, so that no
second answer of the name's owner counts; TLS still proves the name. No redirect is followed, no proxy asked, and of the
answer nothing is read but its status and headers.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal, NamedTuple

import httpx

from app.kernel.messages import Text

Trouble = Literal[
    "refused_target", "refused_address", "name_not_found", "connection_failed", "tls_failed", "timed_out", "no_answer"
]
Resolve = Callable[[str, int], Awaitable[list[str]]]
IPAddress = IPv4Address | IPv6Address

TOTAL_S = 15.0
CONNECT_S = 5.0
ADDRESSES_TRIED = 3
_PORTS = range(1024, 65536)  # those below belong to services that nobody means to be sent to
# A host that ends like this is read as an IPv4 address by some, in decimal, octal or hexadecimal (WHATWG URL, 3.5).
_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?$")
# Nobody's to be sent to, whatever the setting: this host, link-local (where clouds keep their secrets), multicast,
# reserved, and IPv6 addresses that carry an IPv4 address inside.
_NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "169.254.0.0/16", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2002::/16", "fe80::/10",
        "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_LOOPBACK_6 = IPv6Address("::1")
_SCHEME = Text(en="Use https.", id="Gunakan https.")
_USER = Text(en="Leave user and password out.", id="Hapus nama pengguna dan kata sandi.")
_PORT = Text(en="Use port 443, or one from 1024 on.", id="Gunakan port 443, atau port mulai 1024.")
_HOST = Text(
    en="Name a host that everyone on the internet can reach.",
    id="Sebutkan host yang dapat dijangkau siapa pun di internet.",
)


class Answer(NamedTuple):
    """What came of a request: a status, or why there is none. `retry_after` is that header as it came."""

    status: int | None = None
    trouble: Trouble | None = None
    retry_after: str | None = None


class _TroubleError(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, those first that are best reached."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class Outbound:
    """The way out. With `private`, private addresses and plain http are allowed too, as closed networks need."""

    private: bool = False
    resolve: Resolve = resolve
    total_s: float = TOTAL_S

    def fault(self, url: str) -> Text | None:
        """Say what is wrong with a target, as far as it shows without asking for its address."""
        try:
            target = httpx.URL(url)
            host = target.host  # read only now, and a label in Punycode may be none
        except (httpx.InvalidURL, ValueError):
            return _HOST
        if target.scheme not in ({"http", "https"} if self.private else {"https"}):
            return _SCHEME
        if target.userinfo:
            return _USER
        plain = 443 if target.scheme == "https" else 80
        if target.port is not None and target.port != plain and target.port not in _PORTS:
            return _PORT
        return None if self._may_be_reached(host) else _HOST

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body, within `total_s` all in all; never raises for what the other side does."""
        try:
            async with asyncio.timeout(self.total_s):
                return await self._post(url, headers, body)
        except _TroubleError as error:
            return Answer(trouble=error.trouble)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(trouble="timed_out")
        except httpx.ConnectError as error:
            return Answer(trouble="tls_failed" if _in_tls(error) else "connection_failed")
        except httpx.HTTPError:
            return Answer(trouble="no_answer")

    def _may_be_reached(self, host: str) -> bool:
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            return self.private
        if ":" not in name and not _NUMBER.search(name):
            return bool(name)
        try:
            return allowed(ip_address(name), private=self.private)
        except ValueError:
            return False

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self.fault(url) is not None:  # it was sound when it was taken, perhaps under another setting
            raise _TroubleError("refused_target")
        target = httpx.URL(url)
        addresses = await self._addresses(target)
        headers = {"Host": target.netloc.decode(), "User-Agent": "Seratus", **headers}
        timeout = httpx.Timeout(self.total_s, connect=CONNECT_S)
        async with httpx.AsyncClient(verify=tls(), trust_env=False, timeout=timeout) as client:
            for address in addresses[:-1]:
                try:
                    return await _send(client, target, address, headers, body)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return await _send(client, target, addresses[-1], headers, body)

    async def _addresses(self, target: httpx.URL) -> list[str]:
        """Resolve the target's name; one address that is not allowed condemns them all."""
        try:
            found = await self.resolve(target.raw_host.decode(), target.port or 443)
        except (OSError, UnicodeError):
            raise _TroubleError("name_not_found") from None
        if not found:
            raise _TroubleError("name_not_found")
        if not all(allowed(ip_address(address), private=self.private) for address in found):
            raise _TroubleError("refused_address")
        return found[:ADDRESSES_TRIED]


def allowed(address: IPAddress, *, private: bool) -> bool:
    """Tell whether an address may be sent to: a global one, or with `private` also one of a closed network."""
    if address == _LOOPBACK_6:
        return private
    if any(address in network for network in _NEVER):
        return False
    return address.is_global or (private and address.is_private)


async def _send(
    client: httpx.AsyncClient, target: httpx.URL, address: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    # TLS asks for the name, and holds the certificate against it, wherever the connection goes.
    named = {"sni_hostname": target.raw_host.decode()}
    pinned = target.copy_with(host=address)
    async with client.stream("POST", pinned, headers=headers, content=body, extensions=named) as response:
        # Leaving here closes the connection, however much of the answer is still to come.
        return Answer(response.status_code, retry_after=response.headers.get("retry-after"))


@cache
def tls() -> ssl.SSLContext:
    """Return whom TLS trusts, loaded once because it takes a while. SSL_CERT_FILE names those of a closed network."""
    return httpx.create_ssl_context()


def _in_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
