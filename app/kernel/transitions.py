"""States, in one shape everywhere: `POST …/transitions {"to", "reason"}` moves, `GET …/transitions` tells the history.

The lifecycle (a table in `domain/lifecycles.py`) judges; the move and its reason are written together with the record.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.states import IllegalTransitionError, Lifecycle
from app.kernel import rendering
from app.kernel.answers import fetch_record
from app.kernel.auth import Identity
from app.kernel.bodies import Schema
from app.kernel.db import Connection
from app.kernel.formats import JSON
from app.kernel.messages import worded
from app.kernel.problem import Problem
from app.kernel.problems import IllegalTransition
from app.kernel.projection import Projection
from app.kernel.reading import Reading
from app.kernel.tables import transitions
from app.kernel.types import LongText
from app.kernel.writing import new_id

_HISTORY = """
SELECT json_build_object('state', $4::text, 'allowed', $5::text[], 'history', coalesce(json_agg(json_build_object(
    'from', from_state, 'to', to_state, 'reason', reason, 'effective_on', effective_on, 'actor', actor, 'at', at
) ORDER BY at, id), '[]'::json))::text
FROM transitions WHERE resource = $1 AND record_key = $2 AND to_state <> ALL($3::text[])
"""


_STATE = worded(
    "^[a-z_]+$",
    en="Lower-case letters and underscores, as states are named.",
    id="Huruf kecil dan garis bawah, seperti nama status.",
)


class TransitionCreate(Schema):
    """Ask for the next state."""

    to: Annotated[str, Field(max_length=40, pattern=_STATE, description="one of `allowed`")]
    reason: Annotated[LongText, Field(description="why; kept with the move")]


class TransitionRead(BaseModel):
    """One move: from which state to which, why, by whom and when."""

    model_config = {"populate_by_name": True}

    from_: Annotated[str | None, Field(alias="from")]
    to: str
    reason: str
    effective_on: Annotated[date | None, Field(description="the day it took effect, where that is not `at`")]
    actor: str
    at: AwareDatetime


class TransitionsRead(BaseModel):
    """The state of a record, the states allowed next, and how it came here."""

    state: str
    allowed: Annotated[
        list[str],
        Field(description="states to ask for now; those that another operation leads to are not among them"),
    ]
    history: list[TransitionRead]


async def enter(
    session: AsyncSession,
    resource: str,
    moves: Sequence[tuple[str, str | None, str]],
    *,
    reason: str,
    actor: str,
    effective_on: date | None = None,
) -> None:
    """Write down moves `(record key, from, to)` that happened together, for one reason."""
    if not moves:
        return
    rows = [
        {
            "id": new_id(),
            "resource": resource,
            "record_key": key,
            "from_state": before,
            "to_state": to,
            "reason": reason,
            "effective_on": effective_on,
            "actor": actor,
        }
        for key, before, to in moves
    ]
    await session.execute(insert(transitions), rows)


def advance(lifecycle: Lifecycle, state: str, to: str) -> str:
    """Let the lifecycle judge one step, as a problem when it refuses."""
    try:
        return lifecycle.advance(state, to)
    except IllegalTransitionError as error:
        raise IllegalTransition(state=error.state, allowed=list(error.allowed)) from None


def by_hand(lifecycle: Lifecycle, state: str, to: str, otherwise: Mapping[str, type[Problem]] | None = None) -> str:
    """Let the lifecycle judge a step that somebody asks for.

    A step that is taken elsewhere is refused by the problem that `otherwise` has for its taker, or else like one that
    the lifecycle does not know.
    """
    advance(lifecycle, state, to)
    taker = lifecycle.taken_by(state, to)
    if taker is None:
        return to
    kind = (otherwise or {}).get(taker, IllegalTransition)
    raise kind(state=state, allowed=list(lifecycle.allowed(state)))


async def history(reading: Reading, projection: Projection, lifecycle: Lifecycle, **key: Any) -> Response:
    """Answer the state, the states allowed next and every move so far, oldest first; raise `NotFound`.

    Who sees the record only since it was published is not told how it came so far.
    """

    async def told(connection: Connection, who: Identity) -> str:
        record = await fetch_record(connection, projection, who, key)
        hidden = lifecycle.unpublished
        if hidden and await rendering.is_seen(connection, projection.unpublished, who, **key):
            hidden = frozenset()
        state, (named,) = json.loads(record.body)["state"], key.values()
        moves = projection.name, str(named), [*hidden]
        return str(await connection.fetchval(_HISTORY, *moves, state, list(lifecycle.allowed(state))))

    return Response(await reading.run(told), media_type=JSON)
