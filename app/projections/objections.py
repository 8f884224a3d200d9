"""Who sees which objections: ministry staff and auditors all, a region's own office its own."""

from sqlalchemy import true

from app.kernel.filters import Condition, equals, one_of
from app.kernel.projection import READER_REGION, Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.objections import Objection
from app.models.regions import Region
from app.schemas.objections import ObjectionRead

_objections = Objection.__table__
_assessments = Assessment.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__


def _objector(reader: Reader) -> Condition:
    return true() if reader.insider else _candidacies.c.region_code == READER_REGION


OBJECTIONS = Projection(
    name="objections",
    schema=ObjectionRead,
    source=_objections.join(_assessments, _assessments.c.id == _objections.c.assessment_id)
    .join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(
        ObjectionRead,
        _objections,
        candidacy_id=_assessments.c.candidacy_id,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
    ),
    key=_objections.c.id,
    sorts={"created_at": _objections.c.created_at, "updated_at": _objections.c.updated_at},
    filters={
        "id": equals(_objections.c.id),
        "state": equals(_objections.c.state),
        "state_in": one_of(_objections.c.state),
        "ground": equals(_objections.c.ground),
        "cohort": equals(_candidacies.c.cohort_code),
        "assessment": equals(_objections.c.assessment_id),
        "region": equals(_candidacies.c.region_code),
        "province": equals(_regions.c.province_code),
    },
    visible=_objector,
)
