"""Versions of a plan, comments on it and verdicts, as the API shows and takes them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from app.domain.plan_diff import Change
from app.domain.plan_review import Side, Verdict
from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.messages import worded
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.types import Instant, Int32, LongText, RegionCode, Uuid

CommentState = Literal["open", "resolved"]
Reviewer = Literal["mentor", "ministry"]
VersionNumber = Annotated[Int32, Field(ge=1)]
Anchor = Annotated[
    str,
    StringConstraints(
        max_length=500,
        pattern=worded(
            r"^(/[^\x00-\x1f\x7f-\x9f]*)?$",
            en="A JSON pointer: empty, or a slash first, such as /initiatives/0/title.",
            id="Penunjuk JSON: kosong, atau diawali garis miring, misalnya /initiatives/0/title.",
        ),
    ),
]
_ANCHOR = "JSON pointer (RFC 6901) into the plan as its versions hold it; empty: the plan as a whole"
_CODE_OF_COHORT = "code of the cohort"


class PlanVersionRead(RecordRead):
    """The plan as it was when it was submitted; it never changes."""

    id: Uuid
    plan_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    number: Annotated[int, Field(description="1, 2, 3 …")]
    content_sha256: Annotated[str, Field(description="of the bytes that `/content` answers")]
    reason: str
    made_by: str


class PatchOperationRead(BaseModel):
    """One step of a patch (RFC 6902)."""

    op: Literal["add", "remove", "replace"]
    path: str
    value: Annotated[Any, Field(description="but for `remove`")] = None


class PlanChangeRead(BaseModel):
    """What changed in one initiative, or in one other part of the plan, in words."""

    code: str
    change: Change
    pointer: Annotated[str | None, Field(description="of the part; null for an initiative")]
    initiative_id: Annotated[str | None, Field(description="of the initiative; null for another part")]
    fields: Annotated[list[str], Field(description="what changed of the initiative")]
    text_en: str
    text_id: str


class PlanDiffRead(BaseModel):
    """What lies between two versions of a plan."""

    plan_id: Uuid
    from_number: int
    from_sha256: str
    to_number: int
    to_sha256: str
    patch: Annotated[list[PatchOperationRead], Field(description="makes the content of `to` of that of `from`")]
    summary: Annotated[list[PlanChangeRead], Field(description="the same for people; empty when nothing changed")]


class PlanCommentRead(RecordRead):
    """One comment on a part of a plan, open until it is resolved."""

    id: Uuid
    plan_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    anchor: Annotated[str, Field(description=_ANCHOR)]
    initiative_id: Annotated[
        Uuid | None, Field(description="what `anchor` meant when an initiative: its place may be another by now")
    ]
    text: str
    side: Side
    author: str
    state: CommentState


class PlanCommentCreate(Schema):
    """A comment; of which side it is goes by the key."""

    anchor: Annotated[Anchor, Field(description=_ANCHOR, examples=["/parts/gap-analysis", "/initiatives/0/measure"])]
    text: LongText


class PlanReviewRead(RecordRead):
    """The verdict of one side on one version of a plan."""

    id: Uuid
    plan_id: Uuid
    version_id: Uuid
    version_number: int
    cohort_code: str
    region_code: RegionCode
    region_name: str
    side: Reviewer
    verdict: Verdict
    reason: str
    reviewed_by: str


class PlanReviewCreate(Schema):
    """A verdict; of which side it is goes by the key."""

    version_number: Annotated[
        VersionNumber, Field(description="the version that was read: a verdict never goes to one that came since")
    ]
    verdict: Verdict
    reason: LongText


class PlanVersionQuery(ListQuery):
    """Filters of the versions of a plan."""

    default_sort: ClassVar[str] = "number"

    sort: Literal["number", "-number"] | None = None


class OnePlanCommentQuery(ListQuery):
    """Filters of the comments on one plan."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    state: CommentState | None = None
    side: Side | None = None
    anchor: Annotated[Anchor | None, Field(description=_ANCHOR)] = None
    initiative: Uuid | None = None
    q: Annotated[Search | None, Field(description="part of the text")] = None


class PlanCommentQuery(OnePlanCommentQuery):
    """Filters of the comments on all plans."""

    plan: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description=_CODE_OF_COHORT)] = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    created_at_gte: Instant | None = None
    created_at_lt: Instant | None = None


class OnePlanReviewQuery(ListQuery):
    """Filters of the verdicts on one plan."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    side: Reviewer | None = None
    side_in: CommaList[Reviewer] | None = None
    verdict: Verdict | None = None
    version_number: VersionNumber | None = None


class PlanReviewQuery(OnePlanReviewQuery):
    """Filters of the verdicts on all plans."""

    plan: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description=_CODE_OF_COHORT)] = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    created_at_gte: Instant | None = None
    created_at_lt: Instant | None = None
