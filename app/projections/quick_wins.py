"""Who sees which quick wins: an approved one everyone, a proposed one those whom its candidacy concerns.

The reports on a quick win are seen by whoever sees the quick win.
"""

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.kernel.filters import Condition, Filter, at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.quick_wins import ProgressReport, QuickWin
from app.models.regions import Region
from app.projections.candidacies import concerned
from app.projections.cohorts import published
from app.schemas.quick_win_standings import QuickWinFacts
from app.schemas.quick_wins import ProgressReportRead, QuickWinRead

_quick_wins = QuickWin.__table__
_reports = ProgressReport.__table__
_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__


def seen(reader: Reader) -> Condition:
    """Show what was approved to everyone, and what is proposed to those whom its candidacy concerns."""
    if reader.insider:
        return true()
    return and_(published(reader), or_(_quick_wins.c.published_at.is_not(None), concerned(reader)))


_source = (
    _quick_wins.join(_candidacies, _candidacies.c.id == _quick_wins.c.candidacy_id)
    .join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)
    .join(_regions, _regions.c.code == _candidacies.c.region_code)
)
_place = {
    "cohort_code": _candidacies.c.cohort_code,
    "region_code": _candidacies.c.region_code,
    "region_name": _regions.c.name,
}
_measure = func.json_build_object(
    "unit", _quick_wins.c.measure_unit,
    "baseline", _quick_wins.c.measure_baseline,
    "target", _quick_wins.c.measure_target,
)  # fmt: skip
_of_the_candidacy: dict[str, Filter] = {
    "candidacy": equals(_quick_wins.c.candidacy_id),
    "cohort": equals(_candidacies.c.cohort_code),
    "region": equals(_candidacies.c.region_code),
    "province": equals(_regions.c.province_code),
}

QUICK_WINS = Projection(
    name="quick-wins",
    schema=QuickWinRead,
    source=_source,
    columns=columns_of(QuickWinRead, _quick_wins, measure=_measure, simulation=_cohorts.c.simulation, **_place),
    key=_quick_wins.c.id,
    sorts={
        "ends_on": _quick_wins.c.ends_on,
        "created_at": _quick_wins.c.created_at,
        "updated_at": _quick_wins.c.updated_at,
    },
    filters={
        "id": equals(_quick_wins.c.id),
        "q": contains(_quick_wins.c.title),
        "state": equals(_quick_wins.c.state),
        "state_in": one_of(_quick_wins.c.state),
        "published": equals(_quick_wins.c.published_at.is_not(None)),
        "dimension": equals(_quick_wins.c.dimension),
        "sub_dimension": equals(_quick_wins.c.sub_dimension),
        "initiative": equals(_quick_wins.c.initiative_id),
        "starts_on_gte": at_least(_quick_wins.c.starts_on),
        "starts_on_lt": below(_quick_wins.c.starts_on),
        "ends_on_gte": at_least(_quick_wins.c.ends_on),
        "ends_on_lt": below(_quick_wins.c.ends_on),
        "simulation": equals(_cohorts.c.simulation),
        **_of_the_candidacy,
    },
    visible=seen,
    early=concerned,
)

PROGRESS_REPORTS = Projection(
    name="progress-reports",
    schema=ProgressReportRead,
    source=_reports.join(_source, _quick_wins.c.id == _reports.c.quick_win_id),
    columns=columns_of(ProgressReportRead, _reports, candidacy_id=_quick_wins.c.candidacy_id, **_place),
    key=_reports.c.id,
    sorts={"reported_on": _reports.c.reported_on, "created_at": _reports.c.created_at},
    filters={
        "id": equals(_reports.c.id),
        "quick_win": equals(_reports.c.quick_win_id),
        "dimension": equals(_quick_wins.c.dimension),
        "reported_on_gte": at_least(_reports.c.reported_on),
        "reported_on_lt": below(_reports.c.reported_on),
        **_of_the_candidacy,
    },
    visible=seen,
)

_reported = func.json_build_object("reported_on", _reports.c.reported_on, "percent", _reports.c.percent)
QUICK_WIN_FACTS = Projection(
    name="quick-win-facts",
    schema=QuickWinFacts,
    source=_source,
    columns=columns_of(
        QuickWinFacts,
        _quick_wins,
        measure=_measure,
        time_zone=_regions.c.time_zone,
        quick_win_rules=_cohorts.c.quick_win_rules,
        left=_candidacies.c.state == "withdrawn",
        # Of two reports of one day the later one counts, so in the order in which they came.
        reports=select(
            func.coalesce(func.json_agg(aggregate_order_by(_reported, _reports.c.number)), func.json_build_array())
        )
        .where(_reports.c.quick_win_id == _quick_wins.c.id)
        .scalar_subquery(),
        **_place,
    ),
    key=_quick_wins.c.id,
    sorts={"region_code": _candidacies.c.region_code},
    filters={
        "id": equals(_quick_wins.c.id),
        "published": equals(_quick_wins.c.published_at.is_not(None)),
        "cohort": equals(_candidacies.c.cohort_code),
    },
    visible=seen,
)
