"""Webhooks as the API shows and takes them. The secret is in the answer that makes it, and nowhere else."""

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from pydantic.fields import FieldInfo

from app.domain.deliveries import ALL, PING, VERBS, event_types
from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.messages import Text, bad_value
from app.kernel.outbound import Trouble
from app.kernel.projection import RecordRead
from app.kernel.types import EACH_ONCE, Instant, LongText, RegionCode, Url, Uuid
from app.schemas.changes import Resource

State = Literal["active", "paused", "disabled"]
DisabledBecause = Literal["requested", "gone", "failing", "key_revoked", "key_expired"]
DeliveryState = Literal["pending", "delivered", "failed", "cancelled"]
# What can be heard of is what can be followed.
RESOURCES: tuple[str, ...] = get_args(Resource)
EVENTS = (ALL, *(event for resource in RESOURCES for event in event_types(resource)))
_CHOICE = Text(
    en="Choose `*`, `RESOURCE.*` or `RESOURCE.created`, `.updated` or `.deleted`, of a resource in `/v1/exports`.",
    id="Pilih `*`, `RESOURCE.*` atau `RESOURCE.created`, `.updated`, atau `.deleted`, dari sumber di `/v1/exports`.",
)


def _one_of(events: tuple[str, ...]) -> tuple[FieldInfo, AfterValidator]:
    def known(event: str) -> str:
        if event not in events:
            raise bad_value("invalid_choice", _CHOICE)
        return event

    return Field(max_length=64, json_schema_extra={"enum": list(events)}), AfterValidator(known)


_Event = Annotated[str, *_one_of(EVENTS)]
_Delivered = Annotated[
    str, *_one_of((*(f"{resource}.{verb}" for resource in RESOURCES for verb in VERBS.values()), PING))
]
_Events = Annotated[
    list[_Event], Field(min_length=1, max_length=100, description="`*` is all that the key may see"), *EACH_ONCE
]
_Target = Annotated[
    Url, Field(description="https, to a host that is reached from the internet", examples=["https://example.org/hook"])
]
_Cohort = Annotated[str, Field(max_length=40, description="only this cohort itself and what belongs to it")]
_Region = Annotated[RegionCode, Field(description="only this region itself and what belongs to it")]


class WebhookRead(RecordRead):
    """An endpoint, without its secret."""

    id: Uuid
    api_key_id: Annotated[Uuid, Field(description="the key that made it: it sees what that key sees, and ends with it")]
    url: str
    description: str | None
    events: Annotated[list[str], Field(description="open: there may be others tomorrow")]
    cohort_code: str | None
    region_code: RegionCode | None
    state: State
    disabled_because: Annotated[
        DisabledBecause | None,
        Field(description="`gone`: it answered 410; `failing`: it took nothing for three days; null unless disabled"),
    ]
    rotated_at: Annotated[
        AwareDatetime | None, Field(description="when its secret was changed; for a day the one before signs too")
    ]


class WebhookIssued(WebhookRead):
    """An endpoint with its secret, which is shown this once: a retry of the same request is refused."""

    secret: Annotated[str, Field(description="signs every request (Standard Webhooks)", examples=["whsec_c2VjcmV0"])]


class WebhookCreate(Schema):
    """Asks to be told."""

    url: _Target
    description: LongText | None = None
    events: _Events
    cohort_code: _Cohort | None = None
    region_code: _Region | None = None


class WebhookUpdate(Patch):
    """What may change of an endpoint."""

    url: _Target
    description: LongText | None
    events: _Events
    cohort_code: _Cohort | None
    region_code: _Region | None


class WebhookQuery(ListQuery):
    """Filters of `GET /v1/webhooks`."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    state: State | None = None


class AttemptRead(BaseModel):
    """One try: when, the status of the answer or why there was none, and how long it took."""

    at: AwareDatetime
    status_code: int | None
    error: Annotated[
        Trouble | None, Field(description="why no answer came; `refused_address`: its name leads where nothing is sent")
    ]
    duration_ms: int


class WebhookDeliveryRead(RecordRead):
    """One event on its way to an endpoint, and what became of it; kept for 30 days."""

    id: Annotated[Uuid, Field(description="the `webhook-id` of every try, by which a receiver knows it again")]
    webhook_id: Uuid
    type: Annotated[str, Field(description="`RESOURCE.created`, `.updated` or `.deleted`, or `ping`")]
    resource: str | None
    record_key: Annotated[str | None, Field(description="id or code of the record")]
    state: DeliveryState
    attempts: list[AttemptRead]
    next_attempt_at: Annotated[AwareDatetime | None, Field(description="while it is pending")]


class WebhookDeliveryQuery(ListQuery):
    """Filters of the deliveries of an endpoint."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at"] | None = None
    state: DeliveryState | None = None
    type: Annotated[_Delivered | None, Field(description="of the event")] = None
    created_at_gte: Instant | None = None
    created_at_lt: Instant | None = None


class RedeliveriesCreate(Schema):
    """Asks for events to be sent again: those of some time, whatever became of them, or what one thing became of."""

    since: Annotated[Instant, Field(description="from this moment on")]
    until: Annotated[Instant | None, Field(description="before this moment; now when absent")] = None
    state: Annotated[
        Literal["delivered", "failed", "cancelled"] | None, Field(description="only what became of them")
    ] = None


class RedeliveriesRead(BaseModel):
    """What will be sent again."""

    redelivered: Annotated[int, Field(description="how many events")]
