"""Who sees which assessments: ministry staff, auditors, the region's own office, and the experts on its panel."""

from sqlalchemy import false, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, equals
from app.kernel.projection import READER_REGION, Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.projections.panels import on_panel
from app.schemas.assessments import AssessmentRead

_assessments = Assessment.__table__
_candidacies = Candidacy.__table__


def _concerned(reader: Reader) -> Condition:
    if reader.insider:
        return true()
    if reader.role is Role.REGION_EDITOR:
        return _candidacies.c.region_code == READER_REGION
    if reader.role is not Role.ASSESSOR:
        return false()
    return on_panel(_assessments.c.id)


ASSESSMENTS = Projection(
    name="assessments",
    schema=AssessmentRead,
    source=_assessments.join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id),
    columns=columns_of(AssessmentRead, _assessments),
    key=_assessments.c.id,
    sorts={"created_at": _assessments.c.created_at},
    filters={"id": equals(_assessments.c.id)},
    visible=_concerned,
)
