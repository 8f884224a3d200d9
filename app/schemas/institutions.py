"""Institutions as the API shows and takes them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.types import RegionCode, ShortText, Url, Uuid
from app.schemas.rehearsals import Simulated, Simulations

InstitutionKind = Literal["university", "company", "ministry", "agency", "other"]


class InstitutionRead(RecordRead):
    """A university, company, ministry or agency that experts come from or that mentors regions."""

    id: Uuid
    name: str
    kind: InstitutionKind
    region_code: Annotated[RegionCode | None, Field(description="where its seat is")]
    website: str | None
    simulation: Simulated


class InstitutionCreate(Schema):
    """A new institution. Its name is taken once, whatever the case; it stays simulated, or real."""

    name: ShortText
    kind: InstitutionKind
    region_code: Annotated[RegionCode | None, Field(description="where its seat is")] = None
    website: Url | None = None
    simulation: Simulated = False


class InstitutionUpdate(Patch):
    """What may change of an institution."""

    name: ShortText
    kind: InstitutionKind
    region_code: Annotated[RegionCode | None, Field(description="where its seat is")]
    website: Url | None


class InstitutionQuery(ListQuery):
    """Filters of `GET /v1/institutions`."""

    default_sort: ClassVar[str] = "name"

    sort: Literal["name", "-name"] | None = None
    q: Annotated[Search | None, Field(description="part of the name")] = None
    kind: InstitutionKind | None = None
    kind_in: CommaList[InstitutionKind] | None = None
    region: Annotated[RegionCode | None, Field(description="where the seat is")] = None
    simulation: Simulations = None
