"""What is `allowed` can be asked for: the steps that another operation takes are refused, and are not among them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from app.domain.lifecycles import ASSESSMENT, CANDIDACY, MASTER_PLAN, PANEL_MEMBER, REVIEW
from app.domain.states import Lifecycle
from app.kernel.db import Database
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.master_plans import MasterPlan
from app.models.panels import PanelMember
from app.models.reviews import Review
from tests.conftest import As
from tests.ground import laid
from tests.routers.factories import make_candidacy, make_cohort
from tests.routers.plans import make_plan, make_planning
from tests.routers.reviews import FIRST, make_panel

NOW = datetime.now(UTC)
# How a step is refused that is never to be asked for.
TAKEN_ELSEWHERE = {
    "illegal_transition",
    "decided_by_run",
    "moved_by_assessment",
    "moved_by_memorandum",
    "moved_by_mentorship",
    "moved_by_plan",
    "moved_by_plan_review",
    "moved_by_replacement",
    "moved_by_review",
    "moved_by_revision",
}


Model = type[Assessment | Candidacy | MasterPlan | PanelMember | Review]


@laid
async def put(database: Database, model: Model, path: str, state: str, **columns: object) -> None:
    """Put a record into a state, past all rules."""
    async with database.write() as session:
        record = model.id == UUID(path.rpartition("/")[2])
        await session.execute(update(model).where(record).values(state=state, **columns))


async def check_allowed(lifecycle: Lifecycle, path: str, state: str, movers: Sequence[httpx.AsyncClient]) -> None:
    """Ask for every state as everyone who may move the record, in rehearsal, and compare with what is `allowed`."""
    shown = (await movers[0].get(f"{path}/transitions")).json()
    assert shown["state"] == state
    possible = set()
    for to in lifecycle.states:
        for mover in movers:
            body = {"to": to, "reason": "test"}
            answer = await mover.post(f"{path}/transitions?dry_run=true", json=body, headers={"If-Match": "*"})
            told = answer.json()
            if answer.status_code == 403:
                continue
            if told.get("code") not in TAKEN_ELSEWHERE:
                possible.add(to)
            else:
                assert (told["state"], told["allowed"]) == (state, shown["allowed"]), to
    assert set(shown["allowed"]) == possible


@pytest.mark.parametrize("state", CANDIDACY.states)
async def test_of_a_candidacy(as_: As, database: Database, state: str) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = await make_candidacy(officer, "test")
    await put(database, Candidacy, path, state)
    await check_allowed(CANDIDACY, path, state, [officer])


@pytest.mark.parametrize("state", ASSESSMENT.states)
async def test_of_an_assessment(as_: As, database: Database, state: str) -> None:
    path = (await make_panel(as_("officer"), database)).assessment
    await put(database, Assessment, path, state, revealed_at=NOW, finalised_at=NOW)
    await check_allowed(ASSESSMENT, path, state, [as_("officer"), as_("region_editor")])


@pytest.mark.parametrize("state", PANEL_MEMBER.states)
async def test_of_a_seat(as_: As, database: Database, state: str) -> None:
    path = (await make_panel(as_("officer"), database)).seats[FIRST]
    await put(database, PanelMember, path, state)
    await check_allowed(PANEL_MEMBER, path, state, [as_(FIRST), as_("officer")])


@pytest.mark.parametrize("state", REVIEW.states)
async def test_of_a_review(as_: As, database: Database, state: str) -> None:
    path = (await make_panel(as_("officer"), database)).reviews[FIRST]
    await put(database, Review, path, state, submitted_at=NOW)
    await check_allowed(REVIEW, path, state, [as_(FIRST)])


@pytest.mark.parametrize("state", MASTER_PLAN.states)
async def test_of_a_plan(as_: As, database: Database, state: str) -> None:
    editor = as_("region_editor")
    path = await make_plan(editor, (await make_planning(as_, database)).candidacy)
    columns: dict[str, object] = {"submitted_at": NOW}
    if state in {"accepted", "enacted", "superseded"}:
        columns["accepted_at"] = NOW
    if state in {"enacted", "superseded"}:
        columns |= {"regulation_kind": "mayor_regulation", "regulation_number": "7"}
        columns |= {"regulation_year": NOW.year, "regulation_date": NOW.date()}
    await put(database, MasterPlan, path, state, **columns)
    await check_allowed(MASTER_PLAN, path, state, [editor, as_("officer")])
