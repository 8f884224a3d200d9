"""Who sees which candidacies: those of a published cohort, everyone; and whom one concerns."""

from sqlalchemy import exists, false, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import READER_INSTITUTION, READER_REGION, Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.mentorships import Mentorship
from app.models.regions import Region
from app.projections.cohorts import published
from app.schemas.candidacies import CandidacyRead

_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__
_ours = Mentorship.__table__.alias()  # by a name of its own, where mentorships are the very rows that are asked for


def concerned(reader: Reader) -> Condition:
    """Show what a region works on to the region itself, to who mentors it, and to ministry staff and auditors.

    Among the row's sources must be `candidacies`.
    """
    if reader.insider:
        return true()
    if reader.role is Role.REGION_EDITOR:
        return _candidacies.c.region_code == READER_REGION
    if reader.role is not Role.MENTOR:
        return false()
    return exists().where(
        _ours.c.candidacy_id == _candidacies.c.id,
        _ours.c.institution_id == READER_INSTITUTION,
        _ours.c.state != "ended",
    )


CANDIDACIES = Projection(
    name="candidacies",
    schema=CandidacyRead,
    source=_candidacies.join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code).join(
        _regions, _regions.c.code == _candidacies.c.region_code
    ),
    columns=columns_of(CandidacyRead, _candidacies, region_name=_regions.c.name, simulation=_cohorts.c.simulation),
    key=_candidacies.c.id,
    sorts={
        "region_code": _candidacies.c.region_code,
        "created_at": _candidacies.c.created_at,
        "updated_at": _candidacies.c.updated_at,
    },
    filters={
        "id": equals(_candidacies.c.id),
        "q": contains(_regions.c.name),
        "cohort": equals(_candidacies.c.cohort_code),
        "simulation": equals(_cohorts.c.simulation),
        "region": equals(_candidacies.c.region_code),
        "state": equals(_candidacies.c.state),
        "state_in": one_of(_candidacies.c.state),
        "province": equals(_regions.c.province_code),
        "island_group": equals(_regions.c.island_group),
        "kind": equals(_regions.c.kind),
    },
    visible=published,
)
