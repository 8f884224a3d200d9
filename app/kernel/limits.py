"""How much one client may ask for in a minute, and at once (kernel/places.py).

Whoever sends a key or token that was found good is counted as who that is, with whichever secret; everyone else by
address. Reads, writes and exports are counted apart. Who sends keys that are none is counted by address, before a key
is looked up.
"""

from typing import NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.kernel.addresses import address_of, neighbourhood_of
from app.kernel.audit import ACTOR
from app.kernel.auth import KnownKeys
from app.kernel.counters import WINDOW_S, Counters
from app.kernel.credentials import Credentials, credentials_of
from app.kernel.failures import problem_response
from app.kernel.messages import Text
from app.kernel.places import ALL_OPEN, AT_ONCE, EXPORTS_WITHOUT_KEY, OPEN_AT_ONCE, Places, Work
from app.kernel.problem import Problem
from app.kernel.problems import Unavailable

_CLIENTS_MET = 10_000
_UNKNOWN = "unknown"
_AGAIN_S = 1
_UNAUTHENTICATED = 401
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SLOWER = Text(
    en="You have asked for more than is allowed in a minute. Wait for `Retry-After` seconds and go on more slowly; "
    "`RateLimit` in every answer says how much is left.",
    id="Permintaan Anda melebihi batas per menit. Tunggu `Retry-After` detik lalu lanjutkan lebih pelan; "
    "`RateLimit` di setiap jawaban menyebut sisanya.",
)
_FEWER = Text(
    en="Too many requests are open at once: of one client {reads}, of its exports {exports}, of all exports without a "
    "key {without_key}. Take the answers of those that run, then ask again.",
    id="Terlalu banyak permintaan terbuka bersamaan: satu klien {reads}, ekspornya {exports}, seluruh ekspor tanpa "
    "kunci {without_key}. Terima dahulu jawaban yang sedang berjalan, lalu coba lagi.",
).format(**OPEN_AT_ONCE, without_key=EXPORTS_WITHOUT_KEY)


class TooManyRequests(Problem):
    """The client has asked for more than its share of this minute."""

    code, status = "too_many_requests", 429
    title = Text(en="Too many requests", id="Terlalu banyak permintaan")
    help = Text(
        en=f"{_SLOWER.en} For whole datasets use `/v1/exports`.",
        id=f"{_SLOWER.id} Untuk seluruh kumpulan data gunakan `/v1/exports`.",
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
        kind = self.kind.encode()
        return [
            (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (kind, self.quota, WINDOW_S)),
            (b"ratelimit", b'"%s";r=%d;t=%d' % (kind, self.left, self.seconds)),
        ]


def spared(path: str) -> bool:
    """Tell whether a path is for those who watch over the service, and answers whatever else happens."""
    return path.startswith("/health/")


class Limits:
    """What each client has left of what it may ask for."""

    def __init__(self, settings: Settings) -> None:
        self._quotas = {
            "reads": settings.reads_per_minute,
            "writes": settings.writes_per_minute,
            "exports": settings.exports_per_minute,
            "failures": settings.failures_per_minute,
        }
        redis = settings.redis_url
        self.counters = Counters(None if redis is None else redis.get_secret_value())
        self.places = Places()
        self._met: dict[bytes, str] = {}

    def known_as(self, credentials: Credentials, scope: Scope) -> str | None:
        """Return whose these were when they were looked up last; None when they were no good, or never looked up."""
        keys: KnownKeys = scope["app"].state.known_keys
        return keys.whose(credentials, scope) if credentials.is_key else self._met.get(credentials.digest)

    async def learn(self, credentials: Credentials, scope: Scope, status: int) -> None:
        """Note from the answer one more failure, or whose token this is, which nobody else remembers."""
        if status == _UNAUTHENTICATED:
            self._met.pop(credentials.digest, None)
            await self.take("failures", neighbourhood_of(address_of(scope)))
        elif ACTOR in scope["state"] and not credentials.is_key:
            if len(self._met) >= _CLIENTS_MET:
                self._met.clear()
            self._met[credentials.digest] = scope["state"][ACTOR]

    async def take(self, kind: str, client: str, amount: int = 1) -> Share:
        """Count so many requests; what is left is negative when there was nothing left."""
        quota = self._quotas[kind]
        count = await self.counters.add(f"seratus:{kind}:{client}", amount)
        return Share(kind, quota, quota - count.amount, max(1, round(count.seconds)))


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
        if limits.places.at_work >= AT_ONCE or limits.places.open >= ALL_OPEN:
            await problem_response(Request(scope), Unavailable())(scope, receive, send)
            return
        work = Work(limits.places)
        try:
            await self._within(limits, work, scope, receive, send)
        finally:
            work.ends()

    async def _within(self, limits: Limits, work: Work, scope: Scope, receive: Receive, send: Send) -> None:
        credentials = credentials_of(scope)
        known = None if credentials is None else limits.known_as(credentials, scope)
        client = known or neighbourhood_of(address_of(scope))
        if credentials is not None and known is None:
            failures = await limits.take("failures", client, 0)
            if failures.left <= 0:
                await _refusal(scope, TooManyFailures, failures)(scope, receive, send)
                return
            # Anything can be sent for a key. Until one was found good, all that an address sends are one client;
            # another than whoever sends none from there, so that a key that nobody has seen yet is not kept out.
            client = f"{client} {_UNKNOWN}"
        kind = _kind(scope)
        share = await limits.take(kind, client)
        if share.left < 0:
            detail = _SLOWER if kind == "exports" else None
            await _refusal(scope, TooManyRequests, share, detail)(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                work.ends()
                if credentials is not None:
                    await limits.learn(credentials, scope, message["status"])
                message = {**message, "headers": [*message["headers"], *share.headers()]}
            await send(message)

        # An export looks its key up before it begins, so there one that is none holds a place for no longer than that.
        opener = credentials.digest.hex() if kind == "exports" and credentials and not known else client
        with limits.places.opened(kind, opener, has_key=credentials is not None) as fits:
            if fits:
                await self.app(scope, receive, telling)
                return
        refusal = problem_response(Request(scope), TooManyRequests(_FEWER, headers={"Retry-After": str(_AGAIN_S)}))
        await refusal(scope, receive, telling)


def _refusal(scope: Scope, problem: type[Problem], share: Share, detail: Text | None = None) -> ASGIApp:
    answer = problem_response(Request(scope), problem(detail, headers={"Retry-After": str(share.seconds)}))
    answer.raw_headers.extend(share._replace(left=0).headers())
    return answer


def _kind(scope: Scope) -> str:
    if scope["path"].startswith("/v1/exports/"):
        return "exports"
    return "reads" if scope["method"] in _READS else "writes"
