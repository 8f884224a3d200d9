"""Assessments as the API shows and takes them."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.kernel.bodies import Schema
from app.kernel.projection import RecordRead
from app.kernel.types import Digest, ShortText, Url, Uuid


class Evidence(Schema):
    """A document that proves what is said, and the digest by which a copy is known to be the same."""

    url: Url
    title: ShortText
    sha256: Annotated[Digest | None, Field(description="of the file, in lower-case hexadecimal")] = None


class EvidenceRead(BaseModel):
    """A document that proves what is said."""

    url: str
    title: str
    sha256: str | None


class ReasonRead(BaseModel):
    """Why something is as it is: a stable code, and a sentence in each language."""

    code: str
    text_en: str
    text_id: str


class AssessmentRead(RecordRead):
    """The assessment of one candidacy."""

    id: Uuid
    candidacy_id: Uuid
    state: str
