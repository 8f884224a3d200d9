"""Where a reader stands in the change log, as an opaque signed cursor.

A cursor is of one kind of reader: whoever sees other records has another copy of them, and must load it anew.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints

from app.domain.permissions import Principal
from app.kernel.change_feed import Moment, Position
from app.kernel.listing import sign, verify
from app.kernel.problems import ExpiredCursor, InvalidCursor
from app.kernel.projection import reader_of

ChangeCursor = Annotated[str, StringConstraints(max_length=2000)]
# For so long an earlier moment can be asked for: what was taken back since is shown no longer than that.
_EARLIER = timedelta(hours=1)


def cursor_at(secret: bytes, principal: Principal, position: Position) -> str:
    """Return the cursor of a position."""
    return sign(secret, _scope(principal), (position.text(), ""))


def position_in(secret: bytes, principal: Principal, cursor: str) -> Position:
    """Return the position in a cursor; raise `InvalidCursor` for one that is forged, from elsewhere or another's."""
    text, _ = verify(secret, _scope(principal), cursor)
    return Position.parse(text)


def moment_in(secret: bytes, principal: Principal, cursor: str, now: Moment) -> Moment:
    """Return the moment in a cursor that stands at one; raise `InvalidCursor`, or `ExpiredCursor` after an hour."""
    position = position_in(secret, principal, cursor)
    if position.until is not None:
        raise InvalidCursor
    if position.since.at < now.at - _EARLIER:
        raise ExpiredCursor
    return position.since


def _scope(principal: Principal) -> str:
    reader, bound = reader_of(principal)
    return ":".join(map(str, ("changes", *reader, *bound.values())))
