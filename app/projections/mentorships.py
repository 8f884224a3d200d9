"""Who sees which mentorships: everyone those of a published cohort. They name experts by id, and no person."""

from sqlalchemy import Uuid, bindparam, func, or_

from app.kernel.filters import Condition, at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.institutions import Institution
from app.models.mentorships import Mentorship
from app.models.regions import Region
from app.projections.cohorts import published
from app.schemas.mentorships import MentorshipRead

_mentorships = Mentorship.__table__
_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__
_institutions = Institution.__table__


def _mentored_by(name: str) -> Condition:
    """`mentor=id`: leads or facilitates it."""
    expert = bindparam(name, type_=Uuid)
    return or_(_mentorships.c.lead_mentor_id == expert, expert == func.any(_mentorships.c.facilitator_ids))


MENTORSHIPS = Projection(
    name="mentorships",
    schema=MentorshipRead,
    source=_mentorships.join(_candidacies, _candidacies.c.id == _mentorships.c.candidacy_id)
    .join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)
    .join(_regions, _regions.c.code == _candidacies.c.region_code)
    .join(_institutions, _institutions.c.id == _mentorships.c.institution_id),
    # Whom an override let mentor has judged the region, and regions are not to know their assessors.
    columns=columns_of(
        MentorshipRead,
        _mentorships,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        simulation=_cohorts.c.simulation,
        institution_name=_institutions.c.name,
    ),
    key=_mentorships.c.id,
    sorts={"region_code": _candidacies.c.region_code, "created_at": _mentorships.c.created_at},
    filters={
        "id": equals(_mentorships.c.id),
        "q": contains(_regions.c.name),
        "state": equals(_mentorships.c.state),
        "state_in": one_of(_mentorships.c.state),
        "candidacy": equals(_mentorships.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "simulation": equals(_cohorts.c.simulation),
        "region": equals(_candidacies.c.region_code),
        "province": equals(_regions.c.province_code),
        "institution": equals(_mentorships.c.institution_id),
        "mentor": _mentored_by,
        "starts_on_gte": at_least(_mentorships.c.starts_on),
        "starts_on_lt": below(_mentorships.c.starts_on),
        "ends_on_gte": at_least(_mentorships.c.ends_on),
        "ends_on_lt": below(_mentorships.c.ends_on),
    },
    visible=published,
)
