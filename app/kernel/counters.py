"""Counters by name, each of a minute that begins when it is first asked for.

Hides where they are kept: in the memory of this process, or in a Redis that all processes and machines share. While
that is away, each process counts for itself.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import structlog

if TYPE_CHECKING:
    from redis.asyncio import Redis

WINDOW_S = 60
REDIS_S = 0.25  # what takes longer is away
REDIS_PAUSE_S = 1.0  # and is not asked for so long
_log = structlog.get_logger(__name__)


class Count(NamedTuple):
    """What was counted, and for how many seconds that stands."""

    amount: int
    seconds: float


@dataclass(slots=True)
class _Minute:
    amount: int
    ends: float


class Counters:
    """The counters of one process, or its part in those that are shared. `clock` (seconds) is for tests."""

    def __init__(self, redis_url: str | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._own: dict[str, _Minute] = {}
        self._forget_at = clock() + WINDOW_S
        self._shared = None if redis_url is None else _redis(redis_url)
        self._alone_until = -math.inf

    async def add(self, name: str, amount: int) -> Count:
        """Add to a counter and return what it has come to; of an amount of 0, what it stands at."""
        if self._shared is None or self._clock() < self._alone_until:
            return self._add_own(name, amount)
        from redis import RedisError  # noqa: PLC0415 - a tenth of a second at every start, for those who have one

        try:
            return await _add(self._shared, name, amount)
        except RedisError as error:
            self._alone_until = self._clock() + REDIS_PAUSE_S
            _log.warning("counters_not_shared", error=type(error).__name__)
            return self._add_own(name, amount)

    async def close(self) -> None:
        """Give back the connections."""
        if self._shared is not None:
            await self._shared.aclose()

    def _add_own(self, name: str, amount: int) -> Count:
        now = self._clock()
        if now >= self._forget_at:
            self._own = {name: minute for name, minute in self._own.items() if minute.ends > now}
            self._forget_at = now + WINDOW_S
        minute = self._own.get(name)
        if minute is None or minute.ends <= now:
            self._own[name] = minute = _Minute(0, now + WINDOW_S)
        minute.amount += amount
        return Count(minute.amount, minute.ends - now)


async def _add(redis: "Redis", name: str, amount: int) -> Count:
    """Add in one round trip, as one act."""
    async with redis.pipeline(transaction=True) as act:
        act.set(name, 0, ex=WINDOW_S, nx=True)
        act.incrby(name, amount)
        act.pttl(name)
        _, total, milliseconds = await act.execute()
    return Count(total, milliseconds / 1000)


def _redis(url: str) -> "Redis":
    from redis.asyncio import Redis  # noqa: PLC0415 - as above
    from redis.asyncio.retry import Retry  # noqa: PLC0415 - as above
    from redis.backoff import NoBackoff  # noqa: PLC0415 - as above

    # Once more, for a connection that the other side has closed meanwhile.
    again = Retry(NoBackoff(), 1)
    return Redis.from_url(url, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S, retry=again)
