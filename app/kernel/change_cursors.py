"""Where a reader stands in the change log, as an opaque signed cursor.

An export hands out the snapshot it was read from: the oldest transaction that was running, the first that had not
begun, and those between them that were running. Whoever reads the log from the snapshot's `xmin` on misses nothing, and
skips exactly what the export shows already by `pg_visible_in_snapshot(xid, snapshot)`: no gap and no double.
"""

from app.kernel.listing import sign, verify
from app.kernel.problems import InvalidCursor

_SCOPE = "changes"
_SNAPSHOT = "snapshot"


def of_snapshot(secret: bytes, snapshot: str) -> str:
    """Return the cursor of what follows upon a snapshot, in the form of `pg_snapshot`: `xmin:xmax:running`."""
    return sign(secret, _SCOPE, (_SNAPSHOT, snapshot))


def snapshot_in(secret: bytes, cursor: str) -> str:
    """Return the snapshot in a cursor; raise `InvalidCursor` for one that is forged or from elsewhere."""
    kind, snapshot = verify(secret, _SCOPE, cursor)
    if kind != _SNAPSHOT:
        raise InvalidCursor
    return snapshot
