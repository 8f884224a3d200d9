"""Who sees which scorecards: the ministry, the panel, and the region's own office once its result letter is out."""

from sqlalchemy import and_, exists, false, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, equals
from app.kernel.projection import READER_REGION, Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.regions import Region
from app.models.result_letters import ResultLetter
from app.models.scorecards import Scorecard
from app.projections.reviews import judged
from app.schemas.scorecards import ScorecardRead

_scorecards = Scorecard.__table__
_assessments = Assessment.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__
_letters = ResultLetter.__table__


def _told(reader: Reader) -> Condition:
    # A scorecard is made when the whole panel has submitted, and never before.
    if reader.insider:
        return true()
    if reader.role is Role.ASSESSOR:
        return judged(_scorecards.c.assessment_id)
    if reader.role is Role.REGION_EDITOR:
        letter = exists().where(_letters.c.candidacy_id == _candidacies.c.id)
        return and_(_candidacies.c.region_code == READER_REGION, letter)
    return false()


SCORECARDS = Projection(
    name="scorecards",
    schema=ScorecardRead,
    source=_scorecards.join(_assessments, _assessments.c.id == _scorecards.c.assessment_id)
    .join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(
        ScorecardRead,
        _scorecards,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
    ),
    key=_scorecards.c.id,
    sorts={"edition": _scorecards.c.edition, "created_at": _scorecards.c.created_at},
    filters={
        "id": equals(_scorecards.c.id),
        "edition": equals(_scorecards.c.edition),
        "assessment": equals(_scorecards.c.assessment_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "region": equals(_candidacies.c.region_code),
    },
    visible=_told,
)
