"""Experts as the API shows and takes them: what they can do and where they come from, not how to reach them."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.messages import worded
from app.kernel.projection import RecordRead
from app.kernel.queries import Flag, Search
from app.kernel.types import EACH_ONCE, Code, Date, RegionCode, ShortText, Uuid
from app.schemas.rehearsals import Simulated, Simulations

ExpertRole = Literal["assessor", "mentor", "facilitator"]
# Whether mail or a call arrives, no pattern tells; these keep out what cannot be meant.
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=worded(
            r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            en="An e-mail address, such as name@example.org.",
            id="Alamat surel, misalnya nama@example.org.",
        ),
    ),
]
Phone = Annotated[
    str,
    StringConstraints(
        max_length=30,
        pattern=worded(
            r"^\+?[0-9][0-9 ()./-]{3,27}[0-9]$",
            en="A telephone number of 5 to 30 digits, blanks, brackets and hyphens, such as +62 22 250 0935.",
            id="Nomor telepon, 5 sampai 30 angka, spasi, kurung, dan tanda hubung, misalnya +62 22 250 0935.",
        ),
    ),
    Field(description="with the country's code", examples=["+62 22 250 0935"]),
]

Roles = Annotated[list[ExpertRole], Field(min_length=1, max_length=3, description="what the expert does"), *EACH_ONCE]
Sectors = Annotated[
    list[ShortText], Field(max_length=20, description="fields of work, in the expert's words"), *EACH_ONCE
]
Dimensions = Annotated[list[Code], Field(max_length=20, description="codes of the catalogue `dimensions`"), *EACH_ONCE]


class ExpertRead(RecordRead):
    """Someone who assesses, mentors or facilitates."""

    id: Uuid
    name: str
    institution_id: Uuid
    institution_name: str
    simulation: Simulated
    roles: list[ExpertRole]
    sectors: list[str]
    dimensions: list[str]
    home_region_code: Annotated[RegionCode | None, Field(description="the expert's own region, never theirs to assess")]
    trained_on: Annotated[date | None, Field(description="when the programme last trained the expert")]
    active: Annotated[bool, Field(description="false: gets no new work")]
    erased_at: Annotated[
        AwareDatetime | None, Field(description="when the person was made unrecognisable; null: is as it says")
    ]


class ExpertCreate(Schema):
    """A new expert."""

    name: ShortText
    institution_id: Uuid
    roles: Roles
    sectors: Sectors = Field(default_factory=list)
    dimensions: Dimensions = Field(default_factory=list)
    home_region_code: RegionCode | None = None
    trained_on: Date | None = None
    active: bool = True


class ExpertUpdate(Patch):
    """What may change of an expert, who stays simulated, or real; lists are replaced whole."""

    name: ShortText
    institution_id: Uuid
    roles: Roles
    sectors: Sectors
    dimensions: Dimensions
    home_region_code: RegionCode | None
    trained_on: Date | None
    active: bool


class ExpertContactRead(RecordRead):
    """How to reach an expert: for ministry staff, the expert's institution and the regions that the expert mentors."""

    expert_id: Uuid
    expert_name: str
    email: str | None
    phone: str | None


class ExpertContactUpdate(Patch):
    """What changes in how to reach an expert; null clears it."""

    email: Email | None
    phone: Phone | None


class ExpertQuery(ListQuery):
    """Filters of `GET /v1/experts`."""

    default_sort: ClassVar[str] = "name"

    sort: Literal["name", "-name"] | None = None
    q: Annotated[Search | None, Field(description="part of the name")] = None
    institution: Uuid | None = None
    role: Annotated[ExpertRole | None, Field(description="has this role, among others")] = None
    sector: Annotated[ShortText | None, Field(description="works in this field, among others")] = None
    dimension: Annotated[Code | None, Field(description="knows this dimension, among others")] = None
    home_region: RegionCode | None = None
    active: Flag | None = None
    simulation: Simulations = None
