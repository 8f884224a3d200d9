"""Who sees which assessments: ministry staff and auditors, the region's own office, and the experts on its panel."""

from sqlalchemy import case, exists, false, func, true

from app.domain.permissions import Role
from app.kernel.filters import Condition, contains, equals, one_of
from app.kernel.projection import READER_EXPERT, READER_REGION, Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.panels import PanelMember
from app.models.regions import Region
from app.schemas.assessments import AssessmentRead

_assessments = Assessment.__table__
_candidacies = Candidacy.__table__
_mine = PanelMember.__table__.alias()  # by a name of its own, where seats are the very rows that are asked for
_regions = Region.__table__


def on_the_panel() -> Condition:
    """Tell whether the reader has a seat on the panel of the row's assessment and has not stepped aside.

    Among the row's sources must be `assessments`.
    """
    return exists().where(
        _mine.c.assessment_id == _assessments.c.id,
        _mine.c.expert_id == READER_EXPERT,
        _mine.c.state != "recused",
    )


def seen(reader: Reader) -> Condition:
    """Show an assessment to those whom it concerns; beside it, `candidacies` must be among the row's sources."""
    if reader.insider:
        return true()
    if reader.role is Role.REGION_EDITOR:
        return _candidacies.c.region_code == READER_REGION
    return on_the_panel() if reader.role is Role.ASSESSOR else false()


_late_admission = case(
    (
        _assessments.c.late_until.is_not(None),
        func.json_build_object(
            "until", _assessments.c.late_until,
            "reason", _assessments.c.late_reason,
            "admitted_by", _assessments.c.late_admitted_by,
        ),
    )
)  # fmt: skip
ASSESSMENTS = Projection(
    name="assessments",
    schema=AssessmentRead,
    source=_assessments.join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id).join(
        _regions, _regions.c.code == _candidacies.c.region_code
    ),
    columns=columns_of(
        AssessmentRead,
        _assessments,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        rubric=func.json_build_object("code", _assessments.c.rubric_code, "edition", _assessments.c.rubric_edition),
        late_admission=_late_admission,
    ),
    key=_assessments.c.id,
    sorts={
        "region_code": _candidacies.c.region_code,
        "created_at": _assessments.c.created_at,
        "updated_at": _assessments.c.updated_at,
    },
    filters={
        "id": equals(_assessments.c.id),
        "q": contains(_regions.c.name),
        "candidacy": equals(_assessments.c.candidacy_id),
        "cohort": equals(_candidacies.c.cohort_code),
        "region": equals(_candidacies.c.region_code),
        "province": equals(_regions.c.province_code),
        "island_group": equals(_regions.c.island_group),
        "state": equals(_assessments.c.state),
        "state_in": one_of(_assessments.c.state),
        "submitted": equals(_assessments.c.submitted_at.is_not(None)),
        "late": equals(_assessments.c.late_until.is_not(None)),
    },
    visible=seen,
)
