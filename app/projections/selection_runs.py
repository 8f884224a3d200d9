"""Who sees which selection runs and results: those published everyone, the others ministry staff and auditors.

One that was superseded stays in sight, so that everyone can tell what changed, and why.
"""

from sqlalchemy import and_, true

from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.models.cohorts import Cohort
from app.models.regions import Region
from app.models.selection_runs import SelectionResult, SelectionRun
from app.projections.cohorts import published
from app.schemas.selection_runs import SelectionResultRead, SelectionRunRead

_runs = SelectionRun.__table__
_results = SelectionResult.__table__
_regions = Region.__table__
_cohorts = Cohort.__table__


def _published_run(reader: Reader) -> Condition:
    return true() if reader.insider else and_(_runs.c.published_by.is_not(None), published(reader))


SELECTION_RUNS = Projection(
    name="selection-runs",
    schema=SelectionRunRead,
    source=_runs.join(_cohorts, _cohorts.c.code == _runs.c.cohort_code),
    columns=columns_of(SelectionRunRead, _runs),
    key=_runs.c.id,
    sorts={"created_at": _runs.c.created_at},
    filters={
        "id": equals(_runs.c.id),
        "cohort": equals(_runs.c.cohort_code),
        "stage": equals(_runs.c.stage),
        "state": equals(_runs.c.state),
    },
    visible=_published_run,
)

SELECTION_RESULTS = Projection(
    name="selection-results",
    schema=SelectionResultRead,
    source=_results.join(_runs, _runs.c.id == _results.c.run_id)
    .join(_cohorts, _cohorts.c.code == _runs.c.cohort_code)
    .join(_regions, _regions.c.code == _results.c.region_code),
    columns=columns_of(
        SelectionResultRead,
        _results,
        region_name=_regions.c.name,
        kind=_regions.c.kind,
        province_code=_regions.c.province_code,
        island_group=_regions.c.island_group,
    ),
    key=_results.c.id,
    sorts={"position": _results.c.position},
    filters={
        "run": equals(_results.c.run_id),
        "cohort": equals(_runs.c.cohort_code),
        "q": contains(_regions.c.name),
        "region": equals(_results.c.region_code),
        "decision": equals(_results.c.decision),
        "decision_in": one_of(_results.c.decision),
        "reason": equals(_results.c.reason),
        "province": equals(_regions.c.province_code),
        "island_group": equals(_regions.c.island_group),
        "kind": equals(_regions.c.kind),
    },
    visible=_published_run,
)
