"""Commitments as the API shows and takes them. They are public acts once signed, and name offices, not people."""

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.listing import ListQuery
from app.kernel.projection import RecordRead
from app.kernel.queries import CommaList, Search
from app.kernel.types import Date, LongText, RegionCode, UnpaddedText, Uuid
from app.schemas.memoranda import DocumentLink, DocumentLinkRead, DocumentLinkUpdate
from app.schemas.rehearsals import Simulation, Simulations

State = Literal["drafted", "signed", "void"]
Signatory = Literal["region_head", "agency"]


class CommitmentRead(RecordRead):
    """What the head of a region, or one of its agencies, commits to."""

    id: Uuid
    candidacy_id: Uuid
    cohort_code: str
    region_code: RegionCode
    region_name: str
    simulation: Simulation
    signatory: Signatory
    agency: Annotated[str | None, Field(description="null: the head of region, for the whole region")]
    statement: str
    signed_on: dt.date | None
    document: DocumentLinkRead | None
    state: State
    published_at: Annotated[
        AwareDatetime | None, Field(description="when it was recorded as signed, and so became public; null before")
    ]


class CommitmentCreate(Schema):
    """Drafts a commitment. The day and the document may follow; it counts once it is moved to `signed`."""

    signatory: Signatory
    agency: Annotated[UnpaddedText | None, Field(description="of a commitment of an agency")] = None
    statement: LongText
    signed_on: Date | None = None
    document: DocumentLink | None = None
    reason: Annotated[LongText, Field(description="why; kept with the first state")] = "drafted"


class CommitmentUpdate(Patch):
    """What may change of a commitment while it is drafted."""

    agency: UnpaddedText
    statement: LongText
    signed_on: Date | None
    document: DocumentLinkUpdate | None


class CandidacyCommitmentQuery(ListQuery):
    """Filters of the commitments of one candidacy."""

    default_sort: ClassVar[str] = "created_at"

    sort: Literal["region_code", "-region_code", "created_at", "-created_at"] | None = None
    q: Annotated[Search | None, Field(description="part of the agency's name")] = None
    signatory: Signatory | None = None
    state: State | None = None
    state_in: CommaList[State] | None = None
    signed_on_gte: Date | None = None
    signed_on_lt: Date | None = None


class CommitmentQuery(CandidacyCommitmentQuery):
    """Filters of the commitments of all candidacies."""

    default_sort: ClassVar[str] = "region_code"

    candidacy: Uuid | None = None
    cohort: Annotated[str | None, Field(max_length=40, description="code of the cohort")] = None
    simulation: Simulations = None
    region: RegionCode | None = None
    province: RegionCode | None = None
