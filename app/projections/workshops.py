"""Who sees which workshops and sessions: those whom the mentored region concerns, and nobody else."""

from app.kernel.filters import Filter, at_least, below, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.candidacies import Candidacy
from app.models.mentorships import Mentorship
from app.models.regions import Region
from app.models.workshops import Session, Workshop
from app.projections.candidacies import concerned
from app.schemas.workshops import SessionRead, WorkshopRead

_workshops = Workshop.__table__
_sessions = Session.__table__
_mentorships = Mentorship.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__

_mentored = (
    _workshops.join(_mentorships, _mentorships.c.id == _workshops.c.mentorship_id)
    .join(_candidacies, _candidacies.c.id == _mentorships.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code)
)
_SHOWN = {
    "candidacy_id": _mentorships.c.candidacy_id,
    "cohort_code": _candidacies.c.cohort_code,
    "region_code": _candidacies.c.region_code,
    "region_name": _regions.c.name,
}
_BY_MENTORSHIP: dict[str, Filter] = {
    "mentorship": equals(_workshops.c.mentorship_id),
    "candidacy": equals(_mentorships.c.candidacy_id),
    "institution": equals(_mentorships.c.institution_id),
    "cohort": equals(_candidacies.c.cohort_code),
    "region": equals(_candidacies.c.region_code),
    "province": equals(_regions.c.province_code),
    "number": equals(_workshops.c.number),
}

WORKSHOPS = Projection(
    name="workshops",
    schema=WorkshopRead,
    source=_mentored,
    columns=columns_of(WorkshopRead, _workshops, **_SHOWN),
    key=_workshops.c.id,
    sorts={
        "number": _workshops.c.number,
        "region_code": _candidacies.c.region_code,
        "created_at": _workshops.c.created_at,
    },
    filters={
        "id": equals(_workshops.c.id),
        "state": equals(_workshops.c.state),
        "state_in": one_of(_workshops.c.state),
        **_BY_MENTORSHIP,
    },
    visible=concerned,
)

SESSIONS = Projection(
    name="sessions",
    schema=SessionRead,
    source=_mentored.join(_sessions, _sessions.c.workshop_id == _workshops.c.id),
    columns=columns_of(
        SessionRead,
        _sessions,
        workshop_number=_workshops.c.number,
        mentorship_id=_workshops.c.mentorship_id,
        **_SHOWN,
    ),
    key=_sessions.c.id,
    sorts={"date": _sessions.c.date, "region_code": _candidacies.c.region_code},
    filters={
        "id": equals(_sessions.c.id),
        "workshop": equals(_sessions.c.workshop_id),
        "mode": equals(_sessions.c.mode),
        "date_gte": at_least(_sessions.c.date),
        "date_lt": below(_sessions.c.date),
        **_BY_MENTORSHIP,
    },
    visible=concerned,
)
