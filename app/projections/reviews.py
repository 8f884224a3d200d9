"""Who sees which reviews: the author; once the whole panel has submitted, the panel and the ministry; a region never.

Assessors judge blind: before the last of them has submitted, a review is not there for anyone but its author, at any
door. The same two conditions, `complete` and `judged`, stand before whatever else tells of levels.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_

from app.domain.permissions import Role
from app.kernel.filters import Condition, equals
from app.kernel.projection import READER_EXPERT, Projection, Reader, columns_of
from app.models.assessments import Assessment
from app.models.candidacies import Candidacy
from app.models.experts import Expert
from app.models.panels import PanelMember
from app.models.regions import Region
from app.models.reviews import Review
from app.schemas.reviews import ReviewRead

_reviews = Review.__table__
_assessments = Assessment.__table__
_candidacies = Candidacy.__table__
_experts = Expert.__table__
_regions = Region.__table__
_seats = PanelMember.__table__


def complete() -> Condition:
    """Tell of an assessment in the statement that its panel has submitted, and that nobody joined it since."""
    waits = exists().where(
        _seats.c.assessment_id == _assessments.c.id, _seats.c.state != "submitted", _seats.c.state != "recused"
    )
    return and_(_assessments.c.revealed_at.is_not(None), ~waits)


def judged(assessment_id: ColumnElement[Any]) -> Condition:
    """Tell that the reader sits on this panel and has submitted: a late member sees no more than the others did."""
    return exists().where(
        _seats.c.assessment_id == assessment_id, _seats.c.expert_id == READER_EXPERT, _seats.c.state == "submitted"
    )


def _blind(reader: Reader) -> Condition:
    # A draft is its author's alone, whatever else holds.
    shown = and_(_reviews.c.state == "submitted", complete())
    if reader.insider:
        return shown
    if reader.role is Role.ASSESSOR:
        return or_(_reviews.c.expert_id == READER_EXPERT, and_(shown, judged(_reviews.c.assessment_id)))
    return false()


REVIEWS = Projection(
    name="reviews",
    schema=ReviewRead,
    source=_reviews.join(_assessments, _assessments.c.id == _reviews.c.assessment_id)
    .join(_candidacies, _candidacies.c.id == _assessments.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code)
    .join(_experts, _experts.c.id == _reviews.c.expert_id),
    columns=columns_of(
        ReviewRead,
        _reviews,
        cohort_code=_candidacies.c.cohort_code,
        region_code=_candidacies.c.region_code,
        region_name=_regions.c.name,
        expert_name=_experts.c.name,
    ),
    key=_reviews.c.id,
    sorts={"created_at": _reviews.c.created_at},
    filters={
        "id": equals(_reviews.c.id),
        "assessment": equals(_reviews.c.assessment_id),
        "expert": equals(_reviews.c.expert_id),
        "state": equals(_reviews.c.state),
        "cohort": equals(_candidacies.c.cohort_code),
        "region": equals(_candidacies.c.region_code),
    },
    visible=_blind,
)
