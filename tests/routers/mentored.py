"""Mentored regions for tests: a candidacy with an active mentorship, put there past all rules."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.kernel.db import Database
from app.kernel.writing import new_id
from app.models.candidacies import Candidacy
from app.models.experts import Expert, ExpertContact
from app.models.mentorships import Mentorship
from app.models.workshops import Workshop
from tests.conftest import INSTITUTION, As
from tests.ground import laid
from tests.routers.factories import make_candidacy, make_cohort
from tests.routers.results import make_commitment, make_quick_win

STARTS, ENDS = date(2026, 6, 1), date(2026, 12, 31)


class Mentored(NamedTuple):
    """Ids of what a mentored region has; `workshops` by number, the first at index 0."""

    candidacy: str
    mentorship: str
    mentor: str
    workshops: tuple[str, ...]


@laid
async def make_mentored(
    officer: httpx.AsyncClient,
    database: Database,
    region: str = "32.73",
    *,
    cohort: str = "test",
    closed: int = 0,
    **fields: Any,
) -> Mentored:
    """Make a region mentored by the institution of the tests' mentor, with so many of its workshops closed.

    With all four it has on record what the last one asks for. The cohort is made, with these fields, when there is
    none.
    """
    if (await officer.get(f"/v1/cohorts/{cohort}")).is_error:
        await make_cohort(officer, cohort, **fields)
    candidacy = (await make_candidacy(officer, cohort, region)).rpartition("/")[2]
    async with database.write() as session:
        row = (await session.scalars(select(Candidacy).where(Candidacy.id == UUID(candidacy)))).one()
        row.state = "mentoring"
        mentor = Expert(id=new_id(), name="Pembimbing Uji", institution_id=INSTITUTION, roles=["mentor"])
        session.add(mentor)
        await session.flush()
        session.add(ExpertContact(expert_id=mentor.id))
        mentorship = Mentorship(
            id=new_id(),
            candidacy_id=row.id,
            institution_id=INSTITUTION,
            lead_mentor_id=mentor.id,
            starts_on=STARTS,
            ends_on=ENDS,
            state="active",
        )
        session.add(mentorship)
        await session.flush()
        workshops = [
            Workshop(
                id=new_id(),
                mentorship_id=mentorship.id,
                number=number,
                state="closed" if number <= closed else "planned",
            )
            for number in range(1, 5)
        ]
        session.add_all(workshops)
        if closed == len(workshops):
            await make_quick_win(session, candidacy, "proposed", "approved")
            for agency in (None, "Bappeda"):
                await make_commitment(session, candidacy, "drafted", "signed", agency=agency)
    return Mentored(candidacy, str(mentorship.id), str(mentor.id), tuple(str(workshop.id) for workshop in workshops))


@pytest.fixture
async def candidacy(as_: As, database: Database) -> str:
    """Return a candidacy of the region editor's region, mentored by the mentor's institution."""
    return (await make_mentored(as_("officer"), database)).candidacy
