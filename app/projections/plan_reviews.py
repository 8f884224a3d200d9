"""Who sees the versions of a plan, the comments on it and the verdicts: the region, its mentors, the ministry."""

from app.kernel.filters import Filter, at_least, below, contains, equals, one_of
from app.kernel.projection import Projection, columns_of
from app.models.candidacies import Candidacy
from app.models.master_plans import MasterPlan, PlanVersion
from app.models.plan_reviews import PlanComment, PlanReview
from app.models.regions import Region
from app.projections.candidacies import concerned
from app.schemas.plan_reviews import PlanCommentRead, PlanReviewRead, PlanVersionRead

_versions = PlanVersion.__table__
_comments = PlanComment.__table__
_reviews = PlanReview.__table__
_plans = MasterPlan.__table__
_candidacies = Candidacy.__table__
_regions = Region.__table__

_belongs = {
    "cohort_code": _candidacies.c.cohort_code,
    "region_code": _candidacies.c.region_code,
    "region_name": _regions.c.name,
}
_of_the_plan: dict[str, Filter] = {
    "plan": equals(_plans.c.id),
    "cohort": equals(_candidacies.c.cohort_code),
    "region": equals(_candidacies.c.region_code),
    "province": equals(_regions.c.province_code),
}

PLAN_VERSIONS = Projection(
    name="plan-versions",
    schema=PlanVersionRead,
    source=_versions.join(_plans, _plans.c.id == _versions.c.plan_id)
    .join(_candidacies, _candidacies.c.id == _plans.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(PlanVersionRead, _versions, **_belongs),
    key=_versions.c.id,
    sorts={"number": _versions.c.number},
    filters=_of_the_plan | {"number": equals(_versions.c.number)},
    visible=concerned,
)
PLAN_COMMENTS = Projection(
    name="plan-comments",
    schema=PlanCommentRead,
    source=_comments.join(_plans, _plans.c.id == _comments.c.plan_id)
    .join(_candidacies, _candidacies.c.id == _plans.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(PlanCommentRead, _comments, **_belongs),
    key=_comments.c.id,
    sorts={"created_at": _comments.c.created_at},
    filters=_of_the_plan
    | {
        "id": equals(_comments.c.id),
        "state": equals(_comments.c.state),
        "side": equals(_comments.c.side),
        "anchor": equals(_comments.c.anchor),
        "initiative": equals(_comments.c.initiative_id),
        "q": contains(_comments.c.text),
        "created_at_gte": at_least(_comments.c.created_at),
        "created_at_lt": below(_comments.c.created_at),
    },
    visible=concerned,
)
PLAN_REVIEWS = Projection(
    name="plan-reviews",
    schema=PlanReviewRead,
    source=_reviews.join(_versions, _versions.c.id == _reviews.c.version_id)
    .join(_plans, _plans.c.id == _versions.c.plan_id)
    .join(_candidacies, _candidacies.c.id == _plans.c.candidacy_id)
    .join(_regions, _regions.c.code == _candidacies.c.region_code),
    columns=columns_of(PlanReviewRead, _reviews, plan_id=_plans.c.id, version_number=_versions.c.number, **_belongs),
    key=_reviews.c.id,
    sorts={"created_at": _reviews.c.created_at},
    filters=_of_the_plan
    | {
        "id": equals(_reviews.c.id),
        "side": equals(_reviews.c.side),
        "side_in": one_of(_reviews.c.side),
        "verdict": equals(_reviews.c.verdict),
        "version_number": equals(_versions.c.number),
        "created_at_gte": at_least(_reviews.c.created_at),
        "created_at_lt": below(_reviews.c.created_at),
    },
    visible=concerned,
)
