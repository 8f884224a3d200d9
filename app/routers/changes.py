"""Changes: what became of records since a reader last looked, for whoever keeps a copy."""

from functools import partial
from typing import Annotated

from fastapi import Response

from app.domain.permissions import Permission
from app.kernel.following import follow
from app.kernel.problem_docs import problems
from app.kernel.problems import ExpiredCursor
from app.kernel.reading import Reading, reads
from app.kernel.rooms import Room
from app.schemas.changes import ChangeQuery, ChangesRead
from app.services.changes import check, followed
from app.services.dataset import PATH

router = Room(prefix="/v1/changes", tags=["changes"])


@router.get("", response_model=ChangesRead, responses=problems(ExpiredCursor), summary="Follow changes")
async def follow_changes(
    reading: Annotated[Reading[ChangeQuery], reads(Permission.CHANGES_READ, ChangeQuery)],
) -> Response:
    """Tell what was created, updated and deleted since a cursor, in the order in which it was written.

    Nothing that was committed is left out, and nothing but an erasure is told twice. A record that changed several
    times is told once, as it is now. What comes into the reader's sight is told as created, what leaves it as deleted.
    Begin with the `Change-Cursor` of an export; without `after`, changes follow from now on. With `wait`, the answer
    comes as soon as there is a change. A resource that is asked for by name must be one the reader may export. Cursors
    are good for at least 400 days.
    """
    check(reading.query)
    return await follow(reading, partial(followed, query=reading.query), reload=PATH)
