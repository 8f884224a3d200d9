"""Who takes the seat of a region that withdrew, and the seating itself: both judge by the same facts.

The order of the reserves, the equity rules and the groups they bound are those of the cohort's published final run.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import select

from app.domain.facts import Region
from app.domain.lifecycles import CHOSEN, COHORT
from app.domain.reasons import Reason
from app.domain.replacement import Reserve, no_seat, offer
from app.kernel.db import driver_connection
from app.kernel.engines import from_json
from app.kernel.formats import JSON
from app.kernel.messages import Text
from app.kernel.problems import Conflict, NotFound
from app.kernel.reading import Reading
from app.kernel.writing import IfMatch, Writing
from app.models.candidacies import Candidacy, SeatAlreadyReplaced
from app.projections.candidacies import CANDIDACIES
from app.schemas.assessments import ReasonRead
from app.schemas.candidacies import OfferRead, PassedOverRead, ReplacementCreate, ReplacementRead, SeatHolderRead
from app.services.candidacies import lock_cohort, move, require_state
from app.services.cohorts import method_of, to_domain

# A closed cohort has neither memorandum nor mentor for whoever would be seated.
_SEATING = tuple(state for state in COHORT.states if state != "closed")
# Of the cohort of candidacy $1: its quota, its published final run, and every candidacy with its region and its rank.
# `left_seat`: it withdrew from one of the states $2, in which a seat is held.
_FACTS = """
SELECT json_build_object(
    'quota', c.quota, 'method', r.method, 'rules', r.summary -> 'equity' -> 'rules',
    'candidacies', (
        SELECT json_agg(json_build_object(
            'id', x.id, 'state', x.state, 'replaces_id', x.replaces_id, 'rank', s.rank,
            'region_code', g.code, 'region_name', g.name, 'kind', g.kind,
            'province', coalesce(g.province_code, g.code), 'island_group', g.island_group,
            'left_seat', EXISTS (
                SELECT FROM transitions t
                WHERE t.resource = 'candidacies' AND t.record_key = x.id::text
                    AND t.to_state = 'withdrawn' AND t.from_state = ANY($2::text[])
            )
        ))
        FROM candidacies x
        JOIN regions g ON g.code = x.region_code
        LEFT JOIN selection_results s ON s.run_id = r.id AND s.region_code = x.region_code
        WHERE x.cohort_code = c.code
    )
)::text
FROM candidacies me
JOIN cohorts c ON c.code = me.cohort_code
LEFT JOIN selection_runs r ON r.cohort_code = c.code AND r.stage = 'final' AND r.state = 'published'
WHERE me.id = $1
"""


class NoSeatFree(Conflict):
    """The candidacy has left no seat that another could take."""

    code = "no_seat_free"
    title = Text(en="No seat free", id="Tidak ada kursi kosong")
    help = Text(
        en="No seat of this candidacy is free; `reason` says why. See `GET /v1/candidacies/{id}/replacement`.",
        id="Pencalonan ini tidak meninggalkan kursi; lihat `reason` dan `GET /v1/candidacies/{id}/replacement`.",
    )


class NoReserveFits(Conflict):
    """There is no reserve, or none that passes no upper bound of the equity rules."""

    code = "no_reserve_fits"
    title = Text(en="No reserve fits", id="Tidak ada cadangan yang sesuai")
    help = Text(
        en="No reserve can be seated: see `region_codes` for those passed over. The seat stays empty for now.",
        id="Tak ada cadangan yang dapat mengisi; yang dilewati ada di `region_codes`. Kursi dibiarkan kosong dahulu.",
    )


async def tell(reading: Reading, candidacy_id: UUID) -> Response:
    """Answer whom the seat of a visible candidacy is offered to, why, and who held it so far."""
    facts = from_json(await reading.value(_FACTS, candidacy_id, list(CHOSEN)))
    judged = await asyncio.to_thread(_judge, str(candidacy_id), facts)
    return Response(judged.model_dump_json(), media_type=JSON)


async def seat(writing: Writing, candidacy_id: UUID, if_match: IfMatch, asked: ReplacementCreate) -> UUID:
    """Seat the reserve that the seat of a withdrawn candidacy is offered to; return the candidacy of that reserve.

    Raises `CohortNotReady` once the cohort is closed, `SeatAlreadyReplaced`, `NoSeatFree` or `NoReserveFits`.
    """
    session = writing.session
    code = await session.scalar(select(Candidacy.cohort_code).where(Candidacy.id == candidacy_id))
    if code is None:
        raise NotFound
    # The cohort first, the candidacies second: all takers of seats lock in this order.
    cohort = await lock_cohort(session, code)
    await writing.fetch(Candidacy, CANDIDACIES, if_match=if_match, id=candidacy_id)
    connection = await driver_connection(session)
    facts = from_json(await connection.fetchval(_FACTS, candidacy_id, list(CHOSEN)))
    judged = await asyncio.to_thread(_judge, str(candidacy_id), facts)
    why = Text(en=judged.reason.text_en, id=judged.reason.text_id)
    if judged.reason.code == "seat_taken":
        raise SeatAlreadyReplaced(why)
    if not judged.free:
        raise NoSeatFree(why, reason=judged.reason.code)
    if judged.offered is None:
        raise NoReserveFits(why, region_codes=[passed.region_code for passed in judged.passed_over])
    require_state(cohort, *_SEATING)
    successor = await session.get_one(Candidacy, judged.offered.candidacy_id, with_for_update=True)
    successor.replaces_id = candidacy_id
    await move(session, cohort, [successor], "selected", reason=asked.reason, actor=writing.principal.id)
    return successor.id


def _judge(candidacy_id: str, facts: Mapping[str, Any]) -> ReplacementRead:
    rows = {row["id"]: row for row in facts["candidacies"]}
    by_region = {row["region_code"]: row for row in rows.values()}
    heirs = {row["replaces_id"]: row for row in rows.values() if row["replaces_id"] is not None}
    seated = [_region(row) for row in rows.values() if row["state"] in CHOSEN]
    freed = sum(row["left_seat"] and row["id"] not in heirs for row in rows.values())
    open_seats = min(freed, facts["quota"] - len(seated))
    leaver = rows[candidacy_id]
    chain = _chain(leaver, rows, heirs)
    bar = no_seat(
        leaver["state"],
        held=leaver["left_seat"],
        decided=facts["method"] is not None,
        taken=candidacy_id in heirs,
        open_seats=open_seats,
    )
    if bar is not None:
        return ReplacementRead(free=False, offered=None, reason=_told(bar), passed_over=[], chain=chain)
    found = offer(
        seated,
        [Reserve(_region(row), row["rank"]) for row in rows.values() if row["state"] == "reserve"],
        to_domain(method_of(facts["method"])).equity,
        [[group["group"] for group in rule["groups"]] for rule in facts["rules"]],
        open_seats=open_seats,
    )
    offered = None if found.region is None else by_region[found.region]
    return ReplacementRead(
        free=True,
        offered=None if offered is None else OfferRead(candidacy_id=offered["id"], **_named(offered)),
        reason=_told(found.reason),
        passed_over=[
            PassedOverRead(reason=_told(passed.reason), **_named(by_region[passed.region]))
            for passed in found.passed_over
        ],
        chain=chain,
    )


def _chain(
    leaver: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], heirs: Mapping[str, Mapping[str, Any]]
) -> list[SeatHolderRead]:
    """Follow `replaces_id` from the first candidacy of a seat to the last."""
    holder = leaver
    while holder["replaces_id"] is not None:
        holder = rows[holder["replaces_id"]]
    holders = [holder]
    while (heir := heirs.get(holders[-1]["id"])) is not None:
        holders.append(heir)
    return [SeatHolderRead(candidacy_id=row["id"], state=row["state"], **_named(row)) for row in holders]


def _region(row: Mapping[str, Any]) -> Region:
    return Region(row["region_code"], row["region_name"], row["kind"], row["province"], row["island_group"])


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("region_code", "region_name", "rank")}


def _told(reason: Reason) -> ReasonRead:
    return ReasonRead(code=reason.code, text_en=reason.text_en, text_id=reason.text_id)
