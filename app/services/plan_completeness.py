"""Tell how complete a plan is and what it adds up to; nothing of it is stored."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Response

from app.domain.plan_completeness import completeness
from app.domain.plan_figures import aimless, budget, coverage, served
from app.domain.plans import Plan, plan_gaps
from app.kernel import rendering
from app.kernel.answers import fetch_record
from app.kernel.auth import Identity
from app.kernel.db import Connection
from app.kernel.engines import from_json
from app.kernel.formats import JSON
from app.kernel.reading import Reading
from app.projections.initiatives import INITIATIVES
from app.projections.master_plans import MASTER_PLANS
from app.schemas.plan_completeness import PlanCompletenessRead
from app.services.plan_contents import plan_in
from app.services.plan_templates import to_domain

# What a plan is held against: its template, the catalogues in force, the region's profile.
_MEASURES = """
SELECT json_build_object(
    'books', (SELECT books FROM plan_templates WHERE code = $1 AND edition = $2),
    'dimensions', (SELECT entries FROM catalogues WHERE code = 'dimensions' AND in_force),
    'priorities', (SELECT entries FROM catalogues WHERE code = 'national-priorities' AND in_force),
    'problems', (SELECT problems FROM region_profiles WHERE region_code = $3),
    'potentials', (SELECT potentials FROM region_profiles WHERE region_code = $3)
)::text
"""


async def tell(reading: Reading, plan_id: UUID) -> Response:
    """Answer how complete a plan is that the reader sees, its initiatives among it, all as of one moment."""
    plan, version, measures = await reading.snapshot(partial(_gather, plan_id))
    told = {"plan_id": plan_id, "plan_version": version} | _told(plan, measures)
    return Response(PlanCompletenessRead.model_validate(told, from_attributes=True).model_dump_json(), media_type=JSON)


async def _gather(plan_id: UUID, connection: Connection, who: Identity) -> tuple[Plan, int, Mapping[str, Any]]:
    shown = from_json((await fetch_record(connection, MASTER_PLANS, who, {"id": plan_id})).body)
    initiatives = from_json(await rendering.every(connection, INITIATIVES, who, "created_at", plan=plan_id))
    template, horizon = shown["template"], {name: shown[name] for name in ("first_year", "last_year")}
    measures = await connection.fetchval(_MEASURES, template["code"], template["edition"], shown["region_code"])
    plan = plan_in(shown | {"horizon": horizon, "initiatives": initiatives})
    return plan, shown["version"], from_json(measures)


def _told(plan: Plan, measures: Mapping[str, Any]) -> dict[str, Any]:
    whole = completeness(to_domain(measures["books"]), plan)
    children = {one["code"]: _codes(one.get("children"), "code") for one in measures["dimensions"] or ()}
    return {
        "share": whole.share,
        "books": whole.books,
        "missing": whole.missing,
        "gaps": plan_gaps(plan),
        "coverage": coverage(plan, children),
        "budget": budget(plan),
        "problems": served(plan, "problems", _codes(measures["problems"], "id")),
        "potentials": served(plan, "potentials", _codes(measures["potentials"], "id")),
        "priorities": served(plan, "priorities", _codes(measures["priorities"], "code")),
        "aimless": aimless(plan),
    }


def _codes(entries: Collection[Mapping[str, Any]] | None, key: str) -> tuple[str, ...]:
    return tuple(entry[key] for entry in entries or ())
