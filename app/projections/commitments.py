"""Who sees which commitments: a signed one everyone, a draft those whom the region concerns."""

from sqlalchemy import and_, or_

from app.kernel.filters import Condition, at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, Reader, columns_of
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.commitments import Commitment
from app.models.regions import Region
from app.projections.candidacies import concerned
from app.projections.cohorts import published
from app.schemas.commitments import CommitmentRead

_commitments = Commitment.__table__
_candidacies = Candidacy.__table__
_cohorts = Cohort.__table__
_regions = Region.__table__


def _once_signed(reader: Reader) -> Condition:
    return or_(and_(_commitments.c.published_at.is_not(None), published(reader)), concerned(reader))


COMMITMENTS = Projection(
    name="commitments",
    schema=CommitmentRead,
    source=_commitments.join(_candidacies, _candidacies.c.id == _commitments.c.candidacy_id)
    .join(_cohorts, _cohorts.c.code == _candidacies.c.cohort_code)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(
        CommitmentRead,
        _commitments,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        simulation=_cohorts.c.simulation,
    ),
    key=_commitments.c.id,
    sorts={"region_code": _candidacies.c.region_code, "created_at": _commitments.c.created_at},
    filters={
        "id": equals(_commitments.c.id),
        "q": contains(_commitments.c.agency),
        "signatory": equals(_commitments.c.signatory),
        "state": equals(_commitments.c.state),
        "state_in": one_of(_commitments.c.state),
        "signed_on_gte": at_least(_commitments.c.signed_on),
        "signed_on_lt": below(_commitments.c.signed_on),
        "candidacy": equals(_commitments.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "simulation": equals(_cohorts.c.simulation),
        "region": equals(_candidacies.c.region_code),
        "province": equals(_regions.c.province_code),
    },
    visible=_once_signed,
    early=concerned,
)
