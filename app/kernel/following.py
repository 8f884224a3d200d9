"""The answer to whoever follows the changes: a page of them, or a wait until there are some.

While it waits, no connection is held.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

from fastapi import Response
from pydantic import Field

from app.domain.principals import Principal
from app.kernel.auth import Identity
from app.kernel.change_cursors import ChangeCursor, cursor_at, position_in
from app.kernel.change_feed import Change, Delta, changes_after, position_now
from app.kernel.db import Connection
from app.kernel.formats import JSON
from app.kernel.listing import Filters
from app.kernel.problems import ExpiredCursor
from app.kernel.projection import Projection
from app.kernel.queries import Integer
from app.kernel.reading import Reading
from app.kernel.statements import WHO

LONGEST_WAIT_S = 20  # as long as a service that stops gives to requests at work
_LOOK_AGAIN_S = 0.5
# Each waiter looks for itself; beyond so many in one process, an answer comes at once, empty as it may be.
WAITING_AT_ONCE = 50
_waiting = asyncio.Semaphore(WAITING_AT_ONCE)


class FollowQuery(Filters):
    """How changes are followed. A service adds what can be followed, and filters."""

    after: Annotated[
        ChangeCursor | None,
        Field(description="`next_cursor` of the page before, or an export's `Change-Cursor`; from now on when absent"),
    ] = None
    limit: Annotated[Integer, Field(ge=1, le=200, description="changes to a page")] = 50
    wait: Annotated[
        Integer, Field(ge=0, le=LONGEST_WAIT_S, description="seconds to wait for a change when there is none yet")
    ] = 0


Followed = Callable[[Principal], Sequence[Projection]]


async def follow(reading: Reading[FollowQuery], followed: Followed, *, reload: str) -> Response:
    """Answer what changed in the records of those projections that are `followed` by this principal.

    Raises `InvalidCursor`, or `ExpiredCursor` which points to `reload`, where all of it can be had anew.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + reading.query.wait
    try:
        delta, cursor = await reading.run(partial(_page, reading, followed, reading.query.after))
        while not (delta.changes or delta.more or clock() >= ends or _waiting.locked()):
            async with _waiting:
                await asyncio.sleep(min(ends - clock(), _LOOK_AGAIN_S))
            delta, cursor = await reading.run(partial(_page, reading, followed, cursor))
    except ExpiredCursor:
        raise ExpiredCursor(reload=reload) from None
    return _answer(reading, delta, cursor)


async def _page(
    reading: Reading[FollowQuery], followed: Followed, after: str | None, connection: Connection, who: Identity
) -> tuple[Delta, str]:
    await WHO.run(connection, who, {})
    principal, secret = who.principal, reading.secret
    projections = followed(principal)
    if after is None:
        delta = Delta([], await position_now(connection), more=False)
    else:
        position, query = await position_in(connection, secret, principal, after), reading.query
        delta = await changes_after(connection, projections, principal, position, query.limit, query.filters())
    return delta, cursor_at(secret, principal, delta.position)


def _answer(reading: Reading[FollowQuery], delta: Delta, cursor: str) -> Response:
    items = b",".join(map(_rendered, delta.changes))
    more = b"true" if delta.more else b"false"
    body = b'{"items":[%s],"next_cursor":"%s","more":%s}' % (items, cursor.encode(), more)
    return Response(body, headers={"Link": reading.link_to_next("after", cursor)}, media_type=JSON)


def _rendered(change: Change) -> bytes:
    told = json.dumps(
        {
            "resource": change.resource,
            "key": change.key,
            "operation": change.operation,
            "at": change.at.isoformat().replace("+00:00", "Z"),
        }
    )
    return b'%s, "record": %s}' % (told[:-1].encode(), change.record or b"null")
