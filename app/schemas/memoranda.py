"""Memoranda as the API shows and takes them.

A memorandum is a public act, so the names of those who sign and witness it are shown, each with the office held, and
nothing else of them.
"""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.messages import Text, bad_value
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.types import Date, Digest, LongText, RegionCode, ShortText, UnpaddedText, Url, Uuid, Year
from app.schemas.rehearsals import Simulation, Simulations

State = Literal["drafted", "signed", "void"]
PartyKind = Literal["ministry", "region", "other"]
MemorandumNumber = Annotated[UnpaddedText, Field(max_length=100)]
_ONE_OF_BOTH = Text(
    en="Name either `candidacy_id` or `memorandum_id`.", id="Isi salah satu: `candidacy_id` atau `memorandum_id`."
)


class MemorandumParty(Schema):
    """Who concludes the memorandum: an institution, and the office that signs for it."""

    party: PartyKind
    institution: ShortText
    name: Annotated[ShortText | None, Field(description="of the office holder who signs")] = None
    office: Annotated[ShortText, Field(description="for example Wali Kota Bandung")]


class Witness(Schema):
    """Who witnesses the signing."""

    name: ShortText
    office: ShortText | None = None


class DocumentLink(Schema):
    """Where the signed paper is, and the digest by which a copy is known to be the same."""

    url: Url
    title: ShortText
    sha256: Annotated[Digest | None, Field(description="of the file, in lower-case hexadecimal")] = None


class DocumentLinkUpdate(DocumentLink, Patch):
    """What changes in the link to the document."""


class WithDocument(Schema):
    """The document at its place in a memorandum, so that a pointer to a fault in it leads there."""

    document: DocumentLink


Parties = Annotated[list[MemorandumParty], Field(max_length=20)]
Witnesses = Annotated[list[Witness], Field(max_length=20)]


class PartyRead(BaseModel):
    """Who concludes the memorandum."""

    party: PartyKind
    institution: str
    name: str | None
    office: str


class WitnessRead(BaseModel):
    """Who witnesses the signing."""

    name: str
    office: str | None


class DocumentLinkRead(BaseModel):
    """Where the signed paper is."""

    url: str
    title: str
    sha256: str | None


class MemorandumRead(RecordRead):
    """A memorandum of understanding with one region of one cohort."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    number: Annotated[
        str | None, Field(description="unique in its year, and in each rehearsal for itself; null while unknown")
    ]
    year: Annotated[int, Field(description="of the series in which the number stands; that of `date`")]
    date: dt.date | None
    place: str | None
    parties: list[PartyRead]
    witnesses: list[WitnessRead]
    document: DocumentLinkRead | None
    source: Annotated[str | None, Field(description="where a historic memorandum is known from")]
    state: State
    published_at: Annotated[
        AwareDatetime | None, Field(description="when it was recorded as signed, and so became public; null before")
    ]


class MemorandumCreate(Schema):
    """Drafts the memorandum of a candidacy that is `selected`. All but that may follow later."""

    candidacy_id: Uuid
    number: MemorandumNumber | None = None
    year: Annotated[Year | None, Field(description="that of `date`, or of the cohort, when absent")] = None
    date: Date | None = None
    place: ShortText | None = None
    parties: Parties = Field(default_factory=list)
    witnesses: Witnesses = Field(default_factory=list)
    document: DocumentLink | None = None
    reason: Annotated[LongText, Field(description="why; kept with the first state")] = "drafted"


class MemorandumUpdate(Patch):
    """What may change of a memorandum while it is drafted. Lists are replaced whole."""

    number: MemorandumNumber | None
    year: Annotated[Year, Field(description="follows `date` when absent")]
    date: Date | None
    place: ShortText | None
    parties: Parties
    witnesses: Witnesses
    document: DocumentLinkUpdate | None


class CeremonyItem(Schema):
    """One memorandum of a ceremony: the draft of a candidacy if it has one, else a new one.

    What is sent replaces what the draft says. Parties: those of the ceremony, then these, or else the draft's own.
    """

    candidacy_id: Uuid | None = None
    memorandum_id: Annotated[Uuid | None, Field(description="a draft, instead of `candidacy_id`")] = None
    number: Annotated[MemorandumNumber | None, Field(description="that of the draft when absent")] = None
    parties: Annotated[Parties, Field(description="the region's")] = Field(default_factory=list)
    document: DocumentLink | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.candidacy_id is None) == (self.memorandum_id is None):
            raise bad_value("exactly_one", _ONE_OF_BOTH)
        return self


class CeremonyCreate(Schema):
    """One ceremony at which several regions sign."""

    date: Date
    place: ShortText
    parties: Annotated[Parties, Field(description="those that sign every memorandum, such as the ministry")] = Field(
        default_factory=list
    )
    witnesses: Witnesses = Field(default_factory=list)
    items: Annotated[list[CeremonyItem], Field(min_length=1, max_length=600)]
    reason: Annotated[LongText, Field(description="why; kept with every move")]


class SignedRead(BaseModel):
    """One memorandum that was signed."""

    memorandum_id: Uuid
    number: str
    candidacy_id: Uuid
    region_code: RegionCode
    region_name: str
    state: State


class CeremonyRead(BaseModel):
    """What was signed, in the order it was sent."""

    cohort_code: str
    date: dt.date
    place: str
    signed: Annotated[int, Field(description="number of memoranda")]
    items: list[SignedRead]


class CohortMemorandumQuery(ListQuery):
    """Filters of the memoranda of one cohort."""

    default_sort: ClassVar[str] = "region_code"

    sort: Literal["region_code", "-region_code", "year", "-year", "created_at", "-created_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the number")] = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    candidacy: Uuid | None = None
    region: RegionCode | None = None
    province: RegionCode | None = None
    year: Year | None = None
    date_gte: Date | None = None
    date_lt: Date | None = None


class MemorandumQuery(CohortMemorandumQuery):
    """Filters of the memoranda of all cohorts."""

    default_sort: ClassVar[str] = "-year"

    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
