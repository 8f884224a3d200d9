"""Who sees which master plans: everyone those accepted; before that, whoever works on them and the ministry."""

from sqlalchemy import and_, case, func, or_

from app.kernel.filters import Condition, at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.master_plans import REGULATION, MasterPlan
from app.models.regions import Region
from app.projections.candidacies import concerned
from app.projections.cohorts import published
from app.schemas.master_plans import MasterPlanRead

_plans = MasterPlan.__table__
_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__


def seen(reader: Reader) -> Condition:
    """Show an accepted plan, and all that belongs to it, to everyone; another one to those whom it concerns.

    Among the row's sources must be `master_plans`, `candidacies` and `cohorts`.
    """
    return or_(and_(published(reader), _plans.c.accepted_at.is_not(None)), concerned(reader))


_regulation = case(
    (
        _plans.c.regulation_number.is_not(None),
        func.json_build_object(*(part for name in REGULATION for part in (name, _plans.c[f"regulation_{name}"]))),
    )
)
_rehearsed = _plans.c.rehearsal.is_not(None)
MASTER_PLANS = Projection(
    name="master-plans",
    schema=MasterPlanRead,
    source=_plans.join(_candidacies, _candidacies.c.id == _plans.c.candidacy_id)
    .join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)
    .join(_regions, _regions.c.code == _plans.c.region_code),
    columns=columns_of(
        MasterPlanRead,
        _plans,
        cohort_code=_candidacies.c.cohort_code,
        region_name=_regions.c.name,
        simulation=_rehearsed,
        template=func.json_build_object("code", _plans.c.template_code, "edition", _plans.c.template_edition),
        regulation=_regulation,
    ),
    key=_plans.c.id,
    sorts={
        "region_code": _plans.c.region_code,
        "created_at": _plans.c.created_at,
        "updated_at": _plans.c.updated_at,
    },
    filters={
        "id": equals(_plans.c.id),
        "simulation": equals(_rehearsed),
        "q": contains(_plans.c.title),
        "state": equals(_plans.c.state),
        "state_in": one_of(_plans.c.state),
        "candidacy": equals(_plans.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "region": equals(_plans.c.region_code),
        "province": equals(_regions.c.province_code),
        "revises": equals(_plans.c.revises_id),
        "regulation_date_gte": at_least(_plans.c.regulation_date),
        "regulation_date_lt": below(_plans.c.regulation_date),
    },
    visible=seen,
    early=concerned,
)
