"""API keys as the API shows and takes them. The secret is in the answer that makes it, and nowhere else."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.domain.keys import LONGEST_OVERLAP_HOURS, MOST_RANGES
from app.domain.permissions import Permission, Role
from app.kernel.bodies import Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import Flag
from app.kernel.types import EACH_ONCE, Instant, Network, RegionCode, ShortText, Uuid


class ApiKeyRead(RecordRead):
    """A key, without its secret."""

    id: Uuid
    name: str
    role: Role
    scopes: Annotated[
        list[str] | None,  # open, because a client that knows them all today must bear with a new one tomorrow
        Field(description="permissions, each written `resource:verb`; null: everything the role may do"),
    ]
    region_code: RegionCode | None
    expert_id: Uuid | None
    institution_id: Uuid | None
    address_ranges: Annotated[
        list[str] | None, Field(description="networks from which it is good, as in 10.0.0.0/8; null: from anywhere")
    ]
    hint: Annotated[str, Field(description="the last four characters, to tell keys apart")]
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None
    rotated_at: Annotated[AwareDatetime | None, Field(description="when it was given the secret it has now")]
    created_by: str


class ApiKeyIssued(ApiKeyRead):
    """A key with its new secret. `secret` is shown this once: a retry of the same request is refused."""

    secret: str


class ApiKeyLastUse(BaseModel):
    """When a key was used last."""

    last_used_at: Annotated[
        AwareDatetime | None, Field(description="written down within a minute or so; null: not used so far")
    ]


class ApiKeyCreate(Schema):
    """Asks for a key."""

    name: Annotated[ShortText, Field(description="who or what will use it")]
    role: Role
    scopes: Annotated[list[Permission] | None, Field(max_length=100)] = None
    region_code: Annotated[RegionCode | None, Field(description="required for a region editor")] = None
    expert_id: Annotated[Uuid | None, Field(description="required for an assessor: the expert who uses the key")] = None
    institution_id: Annotated[Uuid | None, Field(description="for a mentor: whom the key speaks for")] = None
    address_ranges: Annotated[
        Annotated[list[Network], Field(min_length=1, max_length=MOST_RANGES), *EACH_ONCE] | None,
        Field(
            description="networks from which it is good, as in 10.0.0.0/8; from elsewhere it is refused as unknown. "
            "With a key that has some, only keys within them are made"
        ),
    ] = None
    expires_at: Annotated[Instant, Field(description="at most a year away")]


class ApiKeyRotate(Schema):
    """Asks for a key's next secret."""

    overlap_hours: Annotated[
        int, Field(ge=0, le=LONGEST_OVERLAP_HOURS, description="for so long the old secret goes on working")
    ] = 24


class ApiKeyQuery(ListQuery):
    """Filters of `GET /v1/api-keys`."""

    default_sort: ClassVar[str] = "-created_at"

    sort: Literal["created_at", "-created_at", "expires_at", "-expires_at"] | None = None
    role: Role | None = None
    region: RegionCode | None = None
    expert: Uuid | None = None
    institution: Uuid | None = None
    revoked: Flag | None = None
