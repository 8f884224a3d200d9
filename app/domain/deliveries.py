"""How an event reaches a receiver: which events it asked for, when one is tried again, and what an answer means.

An event is named `RESOURCE.VERB`, such as `quick-wins.updated`. It is tried ten times over three days, with pauses that
grow and a little chance in each, so that receivers that failed together are not all tried again together.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

ALL = "*"
PING = "ping"
# What the change log calls it, and what the event is called.
VERBS: Mapping[str, str] = {"create": "created", "update": "updated", "delete": "deleted"}

# The pauses between ten tries. Most failures are over within an hour, and a weekend is not longer than all of them.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=26),
)
TRIES = len(PAUSES) + 1
# So much of a pause is left to chance, to both sides.
JITTER = 0.1
# A receiver may ask for more time, but not for ever.
LONGEST_WAIT = timedelta(days=1)
# For so long after a rotation the secret before it signs as well.
ROTATION_OVERLAP = timedelta(hours=24)

Verdict = Literal["delivered", "failed", "gone"]
_GONE = 410


def type_of(resource: str, operation: str) -> str:
    """Return the name of the event."""
    return f"{resource}.{VERBS[operation]}"


def event_types(resource: str) -> tuple[str, ...]:
    """Return all that can be asked for about one resource."""
    return (*(f"{resource}.{verb}" for verb in VERBS.values()), f"{resource}.{ALL}")


def wanted(events: Collection[str], event: str) -> bool:
    """Tell whether a receiver of these `events` asked for this one, by its name or by a star."""
    return bool({event, f"{event.partition('.')[0]}.{ALL}", ALL}.intersection(events))


def verdict(status: int | None) -> Verdict:
    """Judge an answer by its status; None is no answer. Only 2xx is success, and 410 asks for silence."""
    if status is not None and status // 100 == 2:  # noqa: PLR2004 - the class of success
        return "delivered"
    return "gone" if status == _GONE else "failed"


def pause_after(tries: int, chance: float, asked: timedelta | None = None) -> timedelta | None:
    """Return how long to wait after so many tries (from 1) that failed; None when that was the last.

    `chance` is drawn from 0 to 1. `asked` is what the receiver asked for: it is given that time, up to `LONGEST_WAIT`.
    """
    if tries >= TRIES:
        return None
    pause = PAUSES[tries - 1] * (1 + JITTER * (2 * chance - 1))
    return max(pause, min(asked or timedelta(), LONGEST_WAIT))


def asked_pause(retry_after: str | None, now: datetime) -> timedelta | None:
    """Read a `Retry-After` (RFC 9110, section 10.2.3), seconds or a date; None for what says nothing."""
    if retry_after is None:
        return None
    given = retry_after.strip()
    if given.isascii() and given.isdecimal():
        return timedelta(seconds=min(int(given[:12]), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(given)
    except (ValueError, OverflowError):  # the latter for a year or a zone beyond all bounds
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - now, timedelta())
