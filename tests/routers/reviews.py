"""Panels for tests: assessments with seats and draft reviews, made past the rules; and the ways through a review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.domain.permissions import Role
from app.domain.principals import SYSTEM
from app.kernel.db import Database
from app.kernel.writing import act_as, new_id
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.experts import Expert, ExpertContact
from app.models.institutions import Institution
from app.models.panels import PanelMember
from app.models.result_letters import ResultLetter
from app.models.reviews import Review
from app.schemas.api_keys import ApiKeyCreate
from app.services.api_keys import issue
from app.services.cohorts import freeze_rules
from tests.conftest import EXPERT, secret_of
from tests.ground import laid
from tests.routers.factories import make_candidacy, make_cohort, make_rubric, move

# Levels for every question of the rubric that `make_rubric` makes, and some that are too far from them.
LEVELS = {"vision": 3, "drive": 2, "rules": 4}
FAR = {"vision": 0, "drive": 2, "rules": 1}
# The assessor of the template, and others that `make_assessor` makes.
FIRST, SECOND, THIRD = "assessor", "second_assessor", "third_assessor"


@dataclass(frozen=True)
class Panel:
    """An assessment with the reviews and seats of its panel, as paths; these by who has them."""

    cohort: str
    candidacy: str
    assessment: str
    reviews: Mapping[str, str] = field(default_factory=dict)
    seats: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The assessment's."""
        return UUID(self.assessment.rpartition("/")[2])


@laid
async def make_assessor(database: Database, person: str, **fields: Any) -> UUID:
    """Make an expert of an institution of its own, with a key for `as_(person)`; return the expert's id."""
    async with database.write() as session:
        await act_as(session, SYSTEM)
        known = await session.scalar(select(Expert.id).where(Expert.name == person))
        if known is not None:
            return known
        institution = Institution(id=new_id(), name=f"University of {person}", kind="university")
        session.add(institution)
        await session.flush()
        expert = Expert(id=new_id(), name=person, **{"institution_id": institution.id, "roles": ["assessor"]} | fields)
        session.add(expert)
        await session.flush()
        session.add(ExpertContact(expert_id=expert.id))
        asked = ApiKeyCreate(
            name=person, role=Role.ASSESSOR, expert_id=expert.id, expires_at=datetime.now(UTC) + timedelta(days=1)
        )
        await issue(session, SYSTEM, asked, secret=secret_of(person))
        return expert.id


@laid
async def make_panel(
    officer: httpx.AsyncClient,
    database: Database,
    people: Sequence[str] = (FIRST, SECOND),
    *,
    cohort: str = "assessed",
    region: str = "32.73",
    **fields: Any,
) -> Panel:
    """Make an assessment in a cohort of its own, in review, whose panel has declared and owes its reviews.

    The other fields are the cohort's, such as `assessment_rules`. All share one rubric.
    """
    if (await officer.get("/v1/rubrics/judged")).status_code != 200:
        await make_rubric(officer, "judged")
    await make_cohort(officer, cohort, rubric={"code": "judged", "edition": 1}, **fields)
    candidacy = (await make_candidacy(officer, cohort, region)).rpartition("/")[2]
    async with database.write() as session:
        await act_as(session, SYSTEM)
        row = (await session.scalars(select(Cohort).filter_by(code=cohort))).one()
        frozen = await freeze_rules(session, row)
        row.state = "assessing"
        (await session.scalars(select(Candidacy).filter_by(id=UUID(candidacy)))).one().state = "form_submitted"
        assessment = Assessment(
            id=new_id(),
            candidacy_id=UUID(candidacy),
            rubric_code=frozen.code,
            rubric_edition=frozen.edition,
            state="in_review",
            submitted_at=datetime.now(UTC),
        )
        session.add(assessment)
    panel = Panel(cohort, candidacy, f"/v1/assessments/{assessment.id}")
    for person in people:
        panel = await join(database, panel, person)
    return panel


@laid
async def join(database: Database, panel: Panel, person: str) -> Panel:
    """Give one more assessor a seat and a draft; return the panel with it."""
    expert = EXPERT if person == FIRST else await make_assessor(database, person)
    async with database.write() as session:
        await act_as(session, SYSTEM)
        seat = PanelMember(id=new_id(), assessment_id=panel.id, expert_id=expert, state="declared")
        session.add(seat)
        await session.flush()
        review = Review(id=new_id(), assessment_id=panel.id, expert_id=expert, state="draft")
        session.add(review)
    return replace(
        panel,
        reviews={**panel.reviews, person: f"/v1/reviews/{review.id}"},
        seats={**panel.seats, person: f"/v1/panel-members/{seat.id}"},
    )


async def save(author: httpx.AsyncClient, review: str, **changes: Any) -> httpx.Response:
    """Change a review as it stands."""
    return await author.patch(review, json=changes, headers={"If-Match": "*"})


async def submit(
    author: httpx.AsyncClient, review: str, levels: Mapping[str, int] | None = None, **query: Any
) -> httpx.Response:
    """Submit a review as it stands, with these levels if there are any."""
    if levels is not None:
        saved = await save(author, review, levels=levels)
        assert saved.status_code == 200, saved.text
    body = {"to": "submitted", "reason": "seen all"}
    return await author.post(f"{review}/transitions", json=body, headers={"If-Match": "*"}, params=query)


@laid
async def finish(officer: httpx.AsyncClient, panel: Panel, reason: str = "agreed") -> str:
    """Make an assessment final; return the path of its scorecard."""
    finished = await move(officer, panel.assessment, "final", reason=reason)
    assert finished.status_code == 200, finished.text
    (newest,) = (await officer.get(f"{panel.assessment}/scorecards?sort=-edition&limit=1")).json()["items"]
    return f"/v1/scorecards/{newest['id']}"


async def change_assessment(database: Database, panel: Panel, **values: Any) -> None:
    """Set columns of an assessment, past all rules."""
    async with database.write() as session:
        await act_as(session, SYSTEM)
        row = (await session.scalars(select(Assessment).filter_by(id=panel.id))).one()
        for name, value in values.items():
            setattr(row, name, value)


async def send_letter(database: Database, panel: Panel, run_id: str, scorecard: str) -> None:
    """Tell the region its result."""
    async with database.write() as session:
        await act_as(session, SYSTEM)
        session.add(
            ResultLetter(
                id=new_id(),
                candidacy_id=UUID(panel.candidacy),
                number=f"1/{panel.cohort}",
                year=2026,
                date=datetime(2026, 2, 28, tzinfo=UTC).date(),
                run_id=UUID(run_id),
                decision="in",
                rank=1,
                scorecard_id=UUID(scorecard.rpartition("/")[2]),
                reason="merit",
                comparison=[],
            )
        )
