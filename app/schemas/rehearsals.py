"""What was only rehearsed, as every record of a cohort tells it and every list filters by it; and by whom."""

from typing import Annotated

from pydantic import Field

from app.kernel.queries import Flag

Simulation = Annotated[bool, Field(description="true: of a rehearsal; it never happened")]
Simulated = Annotated[bool, Field(description="true: made up, for rehearsals; has no part in other cohorts")]
Simulations = Annotated[Flag | None, Field(description="false: without rehearsals")]
