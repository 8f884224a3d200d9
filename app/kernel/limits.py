"""How much one client may ask for in a minute, and how much the service does at once.

Whoever sends a key is counted by it, everyone else by address; reads, writes and exports are counted apart. Who sends
keys that are none is counted by address, before a key is looked up. Hides where the numbers are kept: in the memory of
this process, or in a Redis that all processes and machines share. When that is away, nobody is refused.

Beyond `AT_ONCE` requests in one process a further one is refused at once: one that waits for a connection until its
time is up helps nobody, and holds up the next.
"""

import hashlib
from ipaddress import IPv6Address, IPv6Network
from time import time
from typing import NamedTuple

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.kernel.addresses import address_of
from app.kernel.failures import problem_response
from app.kernel.messages import Text
from app.kernel.problem import Problem
from app.kernel.problems import Unavailable

AT_ONCE = 300
WINDOW_S = 60
REDIS_S = 0.25  # what takes longer is away
_NEIGHBOURS = 64  # one client has as many IPv6 addresses as there are below this length of prefix
_UNAUTHENTICATED = 401
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_log = structlog.get_logger(__name__)


class TooManyRequests(Problem):
    """The client has asked for more than its share of this minute."""

    code, status = "too_many_requests", 429
    title = Text(en="Too many requests", id="Terlalu banyak permintaan")
    help = Text(
        en="You have asked for more than is allowed in a minute. Wait for `Retry-After` seconds and go on more slowly; "
        "`RateLimit` in every answer says how much is left. For whole datasets use `/v1/exports`.",
        id="Permintaan Anda melebihi batas per menit. Tunggu `Retry-After` detik lalu lanjutkan lebih pelan; "
        "`RateLimit` di setiap jawaban menyebut sisanya. Untuk seluruh kumpulan data gunakan `/v1/exports`.",
    )


class TooManyFailures(Problem):
    """From this address came too many keys that are none."""

    code, status = "too_many_failed_logins", 429
    title = Text(en="Too many failed logins", id="Terlalu banyak upaya masuk yang gagal")
    help = Text(
        en="Too many requests with a wrong key came from your address. Correct the key, and try again after "
        "`Retry-After` seconds.",
        id="Terlalu banyak permintaan dengan kunci yang salah dari alamat Anda. Perbaiki kuncinya, lalu coba lagi "
        "setelah `Retry-After` detik.",
    )


class Share(NamedTuple):
    """What is left to a client of one kind of request, and for how many seconds that is so."""

    kind: str
    quota: int
    left: int
    seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10)."""
        return [
            (b"ratelimit-policy", f'"{self.kind}";q={self.quota};w={WINDOW_S}'.encode()),
            (b"ratelimit", f'"{self.kind}";r={self.left};t={self.seconds}'.encode()),
        ]


def spared(path: str) -> bool:
    """Tell whether a path is for those who watch over the service, and answers whatever else happens."""
    return path.startswith("/health/")


class Limits:
    """The counters of one process, or its part in those that are shared."""

    def __init__(self, settings: Settings) -> None:
        amounts = {
            "reads": settings.reads_per_minute,
            "writes": settings.writes_per_minute,
            "exports": settings.exports_per_minute,
            "failures": settings.failures_per_minute,
        }
        self._items = {kind: RateLimitItemPerMinute(amount) for kind, amount in amounts.items()}
        self._limiter = FixedWindowRateLimiter(_storage(settings))
        self.at_work = 0

    async def take(self, kind: str, client: str) -> Share:
        """Count one request; what is left is -1 when there was nothing left."""
        return await self._share(kind, client, counts=True)

    async def failures_left(self, client: str) -> Share:
        """Return what is left of failed logins, without counting one."""
        return await self._share("failures", client, counts=False)

    async def _share(self, kind: str, client: str, *, counts: bool) -> Share:
        item = self._items[kind]
        try:
            taken = not counts or await self._limiter.hit(item, kind, client)
            reset, left = await self._limiter.get_window_stats(item, kind, client)
        except StorageError:
            _log.warning("limits_unavailable")
            return Share(kind, item.amount, item.amount, WINDOW_S)
        return Share(kind, item.amount, left if taken else -1, max(1, round(reset - time())))


class Limited:
    """ASGI middleware: lets through what is within the limits, and tells in every answer what is left."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and count."""
        if scope["type"] != "http" or spared(scope["path"]):
            await self.app(scope, receive, send)
            return
        limits: Limits = scope["app"].state.limits
        if limits.at_work >= AT_ONCE:
            await problem_response(Request(scope), Unavailable())(scope, receive, send)
            return
        limits.at_work += 1
        try:
            await self._within(limits, scope, receive, send)
        finally:
            limits.at_work -= 1

    async def _within(self, limits: Limits, scope: Scope, receive: Receive, send: Send) -> None:
        credentials = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        address = _neighbourhood(scope)
        if credentials is not None and not scope["app"].state.known_keys.knows(credentials, scope):
            failures = await limits.failures_left(address)
            if failures.left <= 0:
                await _refusal(scope, TooManyFailures, failures)(scope, receive, send)
                return
        client = address if credentials is None else hashlib.sha256(credentials).hexdigest()
        share = await limits.take(_kind(scope), client)
        if share.left < 0:
            await _refusal(scope, TooManyRequests, share._replace(left=0))(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                if credentials is not None and message["status"] == _UNAUTHENTICATED:
                    await limits.take("failures", address)
                message = {**message, "headers": [*message["headers"], *share.headers()]}
            await send(message)

        await self.app(scope, receive, telling)


def _refusal(scope: Scope, problem: type[Problem], share: Share) -> ASGIApp:
    answer = problem_response(Request(scope), problem(headers={"Retry-After": str(share.seconds)}))
    answer.raw_headers.extend(share.headers())
    return answer


def _storage(settings: Settings) -> Storage:
    if settings.redis_url is None:
        return MemoryStorage()
    url = f"async+{settings.redis_url.get_secret_value()}"
    patience = {"socket_timeout": REDIS_S, "socket_connect_timeout": REDIS_S}
    storage = storage_from_string(url, implementation="redispy", wrap_exceptions=True, **patience)
    if not isinstance(storage, Storage):
        raise TypeError
    return storage


def _kind(scope: Scope) -> str:
    if scope["path"].startswith("/v1/exports/"):
        return "exports"
    return "reads" if scope["method"] in _READS else "writes"


def _neighbourhood(scope: Scope) -> str:
    """Return the client's address; of IPv6 the network that one client has to itself."""
    address = address_of(scope)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _NEIGHBOURS), strict=False))
    return str(address)
