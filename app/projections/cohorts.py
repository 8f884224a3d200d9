"""Who sees which cohorts: a draft is seen by ministry staff and auditors only."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, true

from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.models.cohorts import Cohort
from app.schemas.cohorts import CohortRead

_cohorts = Cohort.__table__


def published(reader: Reader) -> Condition:
    """Show a cohort, and all that hangs below it, to everyone once it is open."""
    return true() if reader.insider else _cohorts.c.state != "draft"


def _pair(name: str) -> ColumnElement[Any]:
    """Return the edition that two columns name together, null where they name none."""
    code, edition = _cohorts.c[f"{name}_code"], _cohorts.c[f"{name}_edition"]
    return case((code.is_not(None), func.json_build_object("code", code, "edition", edition)))


COHORTS = Projection(
    name="cohorts",
    schema=CohortRead,
    source=_cohorts,
    columns=columns_of(CohortRead, _cohorts, rubric=_pair("rubric"), plan_template=_pair("plan_template")),
    key=_cohorts.c.code,
    sorts={"year": _cohorts.c.year, "code": _cohorts.c.code},
    filters={
        "code": equals(_cohorts.c.code),
        "cohort": equals(_cohorts.c.code),  # among what belongs to it is the cohort itself
        "q": contains(_cohorts.c.title),
        "state": equals(_cohorts.c.state),
        "state_in": one_of(_cohorts.c.state),
        "year": equals(_cohorts.c.year),
        "simulation": equals(_cohorts.c.simulation),
    },
    visible=published,
)
