"""Indicators and their values as the API shows and takes them."""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.messages import Text, bad_value, worded
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Integer, Search
from app.kernel.types import Code, Date, Decimal, LongText, Number, RegionCode, ShortText, Uuid, Year
from app.schemas.regions import Kind

Direction = Literal["higher", "lower"]
Quality = Literal["official", "derived", "synthetic"]
IndicatorCode = Annotated[
    str,
    StringConstraints(
        max_length=64,
        pattern=worded(
            "^[a-z][a-z0-9_]*$",
            en="Lower-case letters, digits and underscores, a letter first, such as poverty_rate.",
            id="Huruf kecil, angka, dan garis bawah, diawali huruf, misalnya poverty_rate.",
        ),
    ),
]

_ENDS_BEFORE_IT_STARTS = Text(en="The end is not before the start.", id="Akhir tidak mendahului awal.")
_NOT_RISING = Text(
    en="Only the first category may have no lower bound; those of the others rise. A code comes once.",
    id="Hanya kategori pertama boleh tanpa batas bawah; batas yang lain naik. Satu kode muncul sekali.",
)


class Category(Schema):
    """Values from `lower` on, up to the next category, bear this name; null: from below everything."""

    code: ShortText
    name_en: ShortText
    name_id: ShortText
    lower: Decimal | None = None


class Bands(Schema):
    """Categories in force from a day on, by legal instrument."""

    valid_from: Date
    valid_to: Date | None = None
    instrument: ShortText
    categories: Annotated[list[Category], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise bad_value("out_of_range", _ENDS_BEFORE_IT_STARTS)
        codes = {category.code for category in self.categories}
        bounds = [category.lower for category in self.categories if category.lower is not None]
        unbounded = sum(category.lower is None for category in self.categories[1:])
        if len(codes) < len(self.categories) or unbounded or bounds != sorted(set(bounds)):
            raise bad_value("invalid_order", _NOT_RISING)
        return self


class CategoryRead(BaseModel):
    """One category of a band set."""

    code: str
    name_en: str
    name_id: str
    lower: Number | None


class BandsRead(BaseModel):
    """Categories in force from a day on."""

    valid_from: date
    valid_to: date | None
    instrument: str
    categories: list[CategoryRead]


class IndicatorRead(RecordRead):
    """What a number means."""

    code: str
    name_en: str
    name_id: str
    owner: Annotated[str, Field(description="the ministry or agency that answers for the values")]
    unit: str
    direction: Annotated[Direction, Field(description="which values are better")]
    scale_min: Annotated[Number | None, Field(description="in the unit that `unit` names")]
    scale_max: Annotated[Number | None, Field(description="in the unit that `unit` names")]
    levels: Annotated[list[Kind], Field(description="kinds of regions it is measured for")]
    bands: list[BandsRead]
    note_en: str | None
    note_id: str | None


class IndicatorCreate(Schema):
    """A new indicator."""

    code: IndicatorCode
    name_en: ShortText
    name_id: ShortText
    owner: ShortText
    unit: ShortText
    direction: Direction
    scale_min: Decimal | None = None
    scale_max: Decimal | None = None
    levels: Annotated[list[Kind], Field(min_length=1, max_length=3)]
    bands: list[Bands] = Field(default_factory=list, max_length=50)
    note_en: LongText | None = None
    note_id: LongText | None = None


class IndicatorUpdate(Patch):
    """What may change of an indicator; its code may not."""

    name_en: ShortText
    name_id: ShortText
    owner: ShortText
    unit: ShortText
    direction: Direction
    scale_min: Decimal | None
    scale_max: Decimal | None
    levels: Annotated[list[Kind], Field(min_length=1, max_length=3)]
    bands: Annotated[list[Bands], Field(max_length=50)]
    note_en: LongText | None
    note_id: LongText | None


class IndicatorQuery(ListQuery):
    """Filters of `GET /v1/indicators`."""

    default_sort: ClassVar[str] = "code"

    sort: Literal["code", "-code"] | None = None
    q: Annotated[Search | None, Field(description="part of a name, in either language")] = None
    direction: Direction | None = None


class IndicatorValueRead(RecordRead):
    """One value, with its source and quality."""

    id: Uuid
    indicator_code: str
    region_code: RegionCode
    year: int
    value: Annotated[Number, Field(description="in the unit that `unit` names")]
    unit: str
    source: str
    instrument: Annotated[str | None, Field(description="the regulation or decree that fixes it, if any")]
    quality: Quality
    category: str | None
    import_id: Uuid | None


class _ValueQuery(ListQuery):
    default_sort: ClassVar[str] = "year"

    sort: Literal["year", "-year", "value", "-value"] | None = None
    year: Year | None = None
    year_gte: Integer | None = None
    year_lt: Integer | None = None
    quality: Quality | None = None


class IndicatorValueQuery(_ValueQuery):
    """Filters of the values of one indicator."""

    region: RegionCode | None = None
    province: Annotated[RegionCode | None, Field(description="values of the regencies and cities of a province")] = None
    kind: Kind | None = None


class RegionValueQuery(_ValueQuery):
    """Filters of the values of one region."""

    indicator: Code | None = None
    indicator_in: CommaList[Code] | None = None
