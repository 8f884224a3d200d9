"""Where a reader stands in the change log, as an opaque signed cursor.

A cursor is of one kind of reader: whoever sees other records has another copy of them, and must load it anew. So must
who took it from the database before that was restored, which may have been told what it no longer knows.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints

from app.domain.principals import Principal
from app.kernel.change_feed import Moment, Position
from app.kernel.db import Connection
from app.kernel.listing import sign, verify
from app.kernel.problems import ExpiredCursor, InvalidCursor
from app.kernel.projection import reader_of
from app.kernel.restored import is_outdated

ChangeCursor = Annotated[str, StringConstraints(max_length=8000)]
# For so long an earlier moment can be asked for: what was taken back since is shown no longer than that.
_EARLIER = timedelta(hours=1)


def cursor_at(secret: bytes, principal: Principal, position: Position) -> str:
    """Return the cursor of a position."""
    return sign(secret, _scope(principal), (position.text(), ""))


async def position_in(connection: Connection, secret: bytes, principal: Principal, cursor: str) -> Position:
    """Return the position in a cursor; raise `InvalidCursor` for one that is forged, from elsewhere or another's.

    Raises `ExpiredCursor` when the database was restored since.
    """
    text, _ = verify(secret, _scope(principal), cursor)
    position = Position.parse(text)
    if await is_outdated(connection, *(position.until or position.since)):
        raise ExpiredCursor
    return position


async def moment_in(connection: Connection, secret: bytes, principal: Principal, cursor: str, now: Moment) -> Moment:
    """Return the moment in a cursor that stands at one; raise as `position_in`, or `ExpiredCursor` after an hour."""
    position = await position_in(connection, secret, principal, cursor)
    if position.until is not None:
        raise InvalidCursor
    if position.since.at < now.at - _EARLIER:
        raise ExpiredCursor
    return position.since


def _scope(principal: Principal) -> str:
    reader, bound = reader_of(principal)
    return ":".join(map(str, ("changes", *reader, *bound.values())))
