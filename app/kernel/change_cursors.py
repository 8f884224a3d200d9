"""Where a reader stands in the change log, as an opaque signed cursor.

A cursor is of one kind of reader: whoever sees other records has another copy of them, and must load it anew.
"""

from app.domain.permissions import Principal
from app.kernel.change_feed import Position
from app.kernel.listing import sign, verify
from app.kernel.projection import reader_of


def cursor_at(secret: bytes, principal: Principal, position: Position) -> str:
    """Return the cursor of a position."""
    return sign(secret, _scope(principal), (position.text(), ""))


def position_in(secret: bytes, principal: Principal, cursor: str) -> Position:
    """Return the position in a cursor; raise `InvalidCursor` for one that is forged, from elsewhere or another's."""
    text, _ = verify(secret, _scope(principal), cursor)
    return Position.parse(text)


def _scope(principal: Principal) -> str:
    reader, bound = reader_of(principal)
    return ":".join(map(str, ("changes", *reader, *bound.values())))
