"""What a cohort asks of mentoring, as the API shows and takes it at its place in the cohort."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.kernel.bodies import Patch, Schema
from app.kernel.types import Int32

_Weight = Annotated[Int32, Field(ge=0, le=10_000)]


class MentorWeights(Schema):
    """What counts how much in a proposal, in km: `misfit` is the worth of one needed dimension a mentor lacks.

    The first region of a mentor costs `load`, the second three times as much, the third five times.
    """

    load: _Weight = 100
    misfit: _Weight = 50
    distance: _Weight = 1


class MentoringRules(Schema):
    """How many regions one mentor leads at most, and how mentors are proposed."""

    most_per_mentor: Annotated[
        Int32 | None, Field(ge=1, le=50, description="mentorships one expert leads in the cohort; null: no limit")
    ] = None
    weights: MentorWeights = MentorWeights()


class MentorWeightsUpdate(MentorWeights, Patch):
    """What changes in what counts how much."""


class MentoringRulesUpdate(MentoringRules, Patch):
    """What changes in the rules of mentoring."""

    weights: MentorWeightsUpdate


class MentorWeightsRead(BaseModel):
    """What counts how much in a proposal."""

    load: int
    misfit: int
    distance: int


class MentoringRulesRead(BaseModel):
    """How many regions one mentor leads at most, and how mentors are proposed."""

    most_per_mentor: int | None
    weights: MentorWeightsRead
