"""Regions as the API shows and takes them."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.exports import ExportQuery
from app.kernel.listing import Filters, ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Flag, Integer, Search
from app.kernel.types import Code, Degrees, LongText, Number, People, RegionCode, ShortText, Unit, Uuid

Kind = Literal["province", "regency", "city"]
IslandGroup = Literal["sumatera", "jawa", "bali-nusa-tenggara", "kalimantan", "sulawesi", "maluku", "papua"]
TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]


class RegionRead(RecordRead):
    """A province, regency or city under its Home Ministry code."""

    code: RegionCode
    name: Annotated[
        str,
        Field(description="official name, kind included; without the kind, several regions share one"),
    ]
    kind: Kind
    province_code: Annotated[RegionCode | None, Field(description="null for a province")]
    island_group: IslandGroup
    capital: str
    latitude: Annotated[Degrees, Field(description="of the centroid, WGS 84")]
    longitude: Annotated[Degrees, Field(description="of the centroid, WGS 84")]
    population: Annotated[People, Field(description="at the end of `population_year`")]
    population_year: int
    area_km2: Annotated[Number, Unit("km2")]
    time_zone: TimeZone
    own_budget: Annotated[bool, Field(description="false for the six administrative units of Jakarta")]
    aliases: Annotated[list[str], Field(description="other spellings in use, and former names")]
    valid_from: Annotated[date | None, Field(description="since when the code is in use, where known")]
    valid_to: date | None


class RegionUpdate(Patch):
    """What may be corrected by hand. Everything else follows the official files."""

    capital: ShortText
    aliases: Annotated[list[ShortText], Field(max_length=50)]


class RegionFilter(Filters):
    """Which regions are wanted."""

    q: Annotated[Search | None, Field(description="part of the name or of an alias")] = None
    kind: Kind | None = None
    kind_in: CommaList[Kind] | None = None
    province: Annotated[RegionCode | None, Field(description="code of the province")] = None
    island_group: IslandGroup | None = None
    own_budget: Annotated[Flag | None, Field(description="has a budget of its own")] = None
    population_gte: Integer | None = None
    population_lt: Integer | None = None


class RegionQuery(ListQuery, RegionFilter):
    """Filters of `GET /v1/regions`."""

    default_sort: ClassVar[str] = "code"

    sort: Literal["code", "-code", "name", "-name", "population", "-population"] | None = None


class ProfileEntry(Schema):
    """A problem or a potential. Send its `id` back to keep it the same entry; leave it out for a new one."""

    id: Uuid | None = None
    title: ShortText
    description: LongText
    dimension: Annotated[Code, Field(description="a code of the catalogue `dimensions`")]


class ProfileEntryRead(BaseModel):
    """A problem or a potential of a region."""

    id: Uuid
    title: str
    description: str
    dimension: str


class ProfileRead(RecordRead):
    """What a region says of itself."""

    region_code: RegionCode
    problems: list[ProfileEntryRead]
    potentials: list[ProfileEntryRead]


class ProfilesExport(ExportQuery):
    """Filters of the exported profiles."""

    region: RegionCode | None = None
    province: RegionCode | None = None


class ProfileUpdate(Patch):
    """Replaces the lists that are sent."""

    problems: Annotated[list[ProfileEntry], Field(max_length=100)]
    potentials: Annotated[list[ProfileEntry], Field(max_length=100)]


class Point(BaseModel):
    """A GeoJSON point: longitude, latitude."""

    type: Literal["Point"]
    coordinates: Annotated[list[Number], Field(min_length=2, max_length=2)]


class RegionFeature(BaseModel):
    """A region as a GeoJSON feature."""

    type: Literal["Feature"]
    id: RegionCode
    geometry: Point
    properties: dict[str, str | int | None]


class RegionCollection(BaseModel):
    """All regions that match, as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[RegionFeature]
