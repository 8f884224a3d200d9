"""Who sees which candidacies: those of a published cohort, everyone."""

from app.kernel.filters import contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.regions import Region
from app.projections.cohorts import published
from app.schemas.candidacies import CandidacyRead

_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__

CANDIDACIES = Projection(
    name="candidacies",
    schema=CandidacyRead,
    source=_candidacies.join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code).join(
        _regions, _regions.c.code == _candidacies.c.region_code
    ),
    columns=columns_of(CandidacyRead, _candidacies, region_name=_regions.c.name),
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
        "region": equals(_candidacies.c.region_code),
        "state": equals(_candidacies.c.state),
        "state_in": one_of(_candidacies.c.state),
        "province": equals(_regions.c.province_code),
        "island_group": equals(_regions.c.island_group),
        "kind": equals(_regions.c.kind),
    },
    visible=published,
)
