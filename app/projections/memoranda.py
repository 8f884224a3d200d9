"""Who sees which memoranda: a signed one everyone, a draft ministry staff, auditors and the region's own office."""

from sqlalchemy import and_, false, or_, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, at_least, below, contains, equals, one_of
from app.kernel.projection import READER_REGION, Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.memoranda import Memorandum
from app.models.regions import Region
from app.projections.cohorts import published
from app.schemas.memoranda import MemorandumRead

_memoranda = Memorandum.__table__
_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__


def drafting(reader: Reader) -> Condition:
    """Show a draft to ministry staff and auditors, and to the region's own office.

    Among the row's sources must be `candidacies`.
    """
    if reader.insider:
        return true()
    return _candidacies.c.region_code == READER_REGION if reader.role is Role.REGION_EDITOR else false()


def _once_signed(reader: Reader) -> Condition:
    return and_(published(reader), or_(_memoranda.c.published_at.is_not(None), drafting(reader)))


_rehearsed = _memoranda.c.rehearsal.is_not(None)
MEMORANDA = Projection(
    name="memoranda",
    schema=MemorandumRead,
    source=_memoranda.join(_candidacies, _candidacies.c.id == _memoranda.c.candidacy_id)
    .join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(
        MemorandumRead,
        _memoranda,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        simulation=_rehearsed,
    ),
    key=_memoranda.c.id,
    sorts={
        "region_code": _candidacies.c.region_code,
        "year": _memoranda.c.year,
        "created_at": _memoranda.c.created_at,
    },
    filters={
        "id": equals(_memoranda.c.id),
        "simulation": equals(_rehearsed),
        "q": contains(_memoranda.c.number),
        "state": equals(_memoranda.c.state),
        "state_in": one_of(_memoranda.c.state),
        "candidacy": equals(_memoranda.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "region": equals(_candidacies.c.region_code),
        "province": equals(_regions.c.province_code),
        "year": equals(_memoranda.c.year),
        "date_gte": at_least(_memoranda.c.date),
        "date_lt": below(_memoranda.c.date),
    },
    visible=_once_signed,
    early=drafting,
)
