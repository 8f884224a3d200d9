"""What was only rehearsed, as every record of a cohort tells it and every list filters by it."""

from typing import Annotated

from pydantic import Field

from app.kernel.queries import Flag

Simulation = Annotated[bool, Field(description="true: of a rehearsal; it never happened")]
Simulations = Annotated[Flag | None, Field(description="false: without rehearsals")]
