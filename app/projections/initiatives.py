"""Initiatives, seen by whoever sees their plan."""

from sqlalchemy import String, bindparam, func

from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.initiatives import MEASURE, Initiative
from app.models.master_plans import MasterPlan
from app.models.regions import Region
from app.projections.master_plans import seen
from app.schemas.initiatives import InitiativeRead

_initiatives = Initiative.__table__
_plans = MasterPlan.__table__
_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__


def _serves(name: str) -> Condition:
    return bindparam(name, type_=String) == func.any(_initiatives.c.priorities)


INITIATIVES = Projection(
    name="initiatives",
    schema=InitiativeRead,
    source=_initiatives.join(_plans, _plans.c.id == _initiatives.c.plan_id)
    .join(_candidacies, _candidacies.c.id == _plans.c.candidacy_id)
    .join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)
    .join(_regions, _regions.c.code == _plans.c.region_code),
    columns=columns_of(
        InitiativeRead,
        _initiatives,
        candidacy_id=_plans.c.candidacy_id,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_plans.c.region_code,
        region_name=_regions.c.name,
        simulation=_cohorts.c.simulation,
        plan_state=_plans.c.state,
        measure=func.json_build_object(
            *(part for name in MEASURE for part in (name, _initiatives.c[f"measure_{name}"]))
        ),
    ),
    key=_initiatives.c.id,
    sorts={"created_at": _initiatives.c.created_at},
    filters={
        "id": equals(_initiatives.c.id),
        "q": contains(_initiatives.c.title),
        "plan": equals(_initiatives.c.plan_id),
        "plan_state": equals(_plans.c.state),
        "plan_state_in": one_of(_plans.c.state),
        "dimension": equals(_initiatives.c.dimension),
        "dimension_in": one_of(_initiatives.c.dimension),
        "sub_dimension": equals(_initiatives.c.sub_dimension),
        "priority": _serves,
        "candidacy": equals(_plans.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "simulation": equals(_cohorts.c.simulation),
        "region": equals(_plans.c.region_code),
        "province": equals(_regions.c.province_code),
    },
    visible=seen,
)
