"""What is known of a cohort's regions and of who may mentor them: a proposal and its recording judge by the same facts.

One statement gathers them, because a read asks the database once, and a write asks after it has taken its locks.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.conflicts import mentoring_conflicts
from app.domain.distance import Place
from app.domain.mentorships import Person
from app.domain.reasons import Reason
from app.kernel.db import driver_connection
from app.schemas.mentoring_rules import MentoringRules

# States of a cohort in which its regions get mentors.
MENTORING = ("decided", "mentoring")
# Of cohort $1. A panel is without those who stepped aside; the newest override comes first.
FACTS = """
SELECT json_build_object(
    'calendar', c.calendar, 'rules', coalesce(c.mentoring_rules, '{}'),
    'regions', (
        SELECT coalesce(json_object_agg(x.id, json_build_object(
            'code', g.code, 'name', g.name, 'state', x.state,
            'place', json_build_object('latitude', g.latitude, 'longitude', g.longitude),
            'needs', ARRAY(
                SELECT problem ->> 'dimension'
                FROM region_profiles p CROSS JOIN jsonb_array_elements(p.problems) problem
                WHERE p.region_code = g.code
            ),
            'mentored', EXISTS (SELECT FROM mentorships m WHERE m.candidacy_id = x.id AND m.state <> 'ended'),
            'panel', ARRAY(
                SELECT s.expert_id FROM assessments a JOIN panel_members s ON s.assessment_id = a.id
                WHERE a.candidacy_id = x.id AND (s.state <> 'recused' OR EXISTS (
                    SELECT FROM reviews v
                    WHERE v.assessment_id = a.id AND v.expert_id = s.expert_id AND v.submitted_at IS NOT NULL
                ))
            ),
            'overrides', ARRAY(
                SELECT json_build_object(
                    'id', o.id, 'expert', o.expert_id,
                    'covers', ARRAY(SELECT found ->> 'code' FROM jsonb_array_elements(o.conflicts) found)
                )
                FROM assessments a JOIN conflict_overrides o ON o.assessment_id = a.id
                WHERE a.candidacy_id = x.id AND o.duty = 'mentor' AND o.state = 'approved'
                ORDER BY o.id DESC
            )
        )), '{}')
        FROM candidacies x JOIN regions g ON g.code = x.region_code
        WHERE x.cohort_code = c.code
    ),
    'experts', (
        SELECT coalesce(json_object_agg(e.id, json_build_object(
            'name', e.name, 'institution_name', i.name, 'dimensions', e.dimensions,
            'person', json_build_object(
                'institution', i.id, 'roles', e.roles, 'active', e.active,
                'simulated', i.simulation AND NOT c.simulation
            ),
            'place', CASE WHEN g.code IS NOT NULL THEN
                json_build_object('latitude', g.latitude, 'longitude', g.longitude)
            END,
            'held', (
                SELECT count(*) FROM mentorships m JOIN candidacies x ON x.id = m.candidacy_id
                WHERE m.lead_mentor_id = e.id AND x.cohort_code = c.code AND m.state <> 'ended'
            )
        )), '{}')
        FROM experts e JOIN institutions i ON i.id = e.institution_id LEFT JOIN regions g ON g.code = i.region_code
    )
)::text
FROM cohorts c
WHERE c.code = $1
"""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of the cohort's calendar, as it is stored."""

    code: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Override:
    """The word of two officers that an expert may mentor in spite of what it covers."""

    id: UUID
    expert: str
    covers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Region:
    """A candidacy of the cohort and its region; `needs` are the dimensions of the region's problems."""

    code: str
    name: str
    state: str
    place: Place
    needs: frozenset[str]
    mentored: bool
    panel: frozenset[str]
    overrides: tuple[Override, ...]

    def conflicts(self, expert: str) -> tuple[tuple[Reason, ...], UUID | None]:
        """Tell every conflict of interest of an expert, and the override that covers them all."""
        found = mentoring_conflicts(expert, self.panel)
        codes = {reason.code for reason in found}
        covering = (one.id for one in self.overrides if one.expert == expert and codes <= one.covers)
        return found, next(covering, None) if found else None


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert, where the institution's seat is, and how many mentorships of the cohort the expert leads."""

    name: str
    institution_name: str
    dimensions: frozenset[str]
    person: Person
    place: Place | None
    held: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Regions by candidacy and experts, both by id; the rules are the defaults where nobody gave any."""

    calendar: tuple[Window, ...]
    rules: MentoringRules
    regions: dict[str, Region]
    experts: dict[str, Expert]


_FACTS = TypeAdapter(Facts)


def read(found: Any) -> Facts:
    """Read what the statement found."""
    return _FACTS.validate_json(found)


async def of_cohort(session: AsyncSession, code: str) -> Facts:
    """Gather the facts of a cohort as this transaction sees them."""
    await session.flush()
    connection = await driver_connection(session)
    return read(await connection.fetchval(FACTS, code))
