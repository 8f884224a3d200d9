"""Who sees which moderations: the ministry and the panel. A region reads of them in its scorecard."""

from sqlalchemy import and_, false

from app.domain.permissions import Role
from app.kernel.filters import Condition, equals
from app.kernel.projection import Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.moderations import Moderation
from app.models.regions import Region
from app.projections.reviews import complete, judged
from app.schemas.moderations import ModerationRead

_moderations = Moderation.__table__
_assessments = Assessment.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__


def _revealed(reader: Reader) -> Condition:
    if reader.insider:
        return complete()
    if reader.role is Role.ASSESSOR:
        return and_(complete(), judged(_moderations.c.assessment_id))
    return false()


MODERATIONS = Projection(
    name="moderations",
    schema=ModerationRead,
    source=_moderations.join(_assessments, _assessments.c.id == _moderations.c.assessment_id)
    .join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(
        ModerationRead,
        _moderations,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
    ),
    key=_moderations.c.id,
    sorts={"round": _moderations.c.round},
    filters={"id": equals(_moderations.c.id), "assessment": equals(_moderations.c.assessment_id)},
    visible=_revealed,
)
