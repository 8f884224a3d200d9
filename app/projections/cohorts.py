"""Who sees which cohorts: a draft is seen by ministry staff and auditors only."""

from sqlalchemy import case, func, true

from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.models.cohorts import Cohort
from app.schemas.cohorts import CohortRead

_cohorts = Cohort.__table__


def published(reader: Reader) -> Condition:
    """Show a cohort, and all that hangs below it, to everyone once it is open."""
    return true() if reader.insider else _cohorts.c.state != "draft"


_rubric = case(
    (
        _cohorts.c.rubric_code.is_not(None),
        func.json_build_object("code", _cohorts.c.rubric_code, "edition", _cohorts.c.rubric_edition),
    )
)
COHORTS = Projection(
    name="cohorts",
    schema=CohortRead,
    source=_cohorts,
    columns=columns_of(CohortRead, _cohorts, rubric=_rubric),
    key=_cohorts.c.code,
    sorts={"year": _cohorts.c.year, "code": _cohorts.c.code},
    filters={
        "code": equals(_cohorts.c.code),
        "q": contains(_cohorts.c.title),
        "state": equals(_cohorts.c.state),
        "state_in": one_of(_cohorts.c.state),
        "year": equals(_cohorts.c.year),
        "simulation": equals(_cohorts.c.simulation),
    },
    visible=published,
)
