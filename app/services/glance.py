"""A cohort at a glance, for the page at `/`: what the report counts, and where on the map its regions are.

Four statements, whatever there is to show; all of them see the same moment.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from app.domain.dot_map import Dot, dot
from app.domain.lifecycles import CANDIDACY, CHOSEN
from app.kernel import rendering
from app.kernel.auth import Identity
from app.kernel.db import Connection
from app.kernel.engines import from_json
from app.kernel.problems import NotFound
from app.kernel.reading import Reading
from app.projections.candidacies import CANDIDACIES
from app.projections.cohorts import COHORTS
from app.projections.regions import REGIONS
from app.schemas.cohorts import CohortRead
from app.schemas.reports import CohortReportRead
from app.services.reports import counted

# What a reader of the map tells apart: each stage takes several states of a candidacy together.
STAGES: Mapping[str, tuple[str, ...]] = {
    "candidate": ("nominated", "invited", "form_submitted", "assessed"),
    "reserve": ("reserve",),
    "not-chosen": ("not_selected",),
    "chosen": ("selected", "mou_signed"),
    "mentored": ("mentoring", "plan_submitted", "plan_accepted"),
    "enacted": ("enacted", "implementing"),
    "withdrawn": ("withdrawn",),
}
STAGE_OF = {state: stage for stage, states in STAGES.items() for state in states}
_COHORTS = TypeAdapter(list[CohortRead])


class Place(NamedTuple):
    """A regency or city on the map, and its state in the cohort; None: it is no candidate."""

    code: str
    name: str
    kind: str
    province: str
    dot: Dot
    state: str | None

    @property
    def stage(self) -> str | None:
        """Return the stage that the state belongs to."""
        return None if self.state is None else STAGE_OF[self.state]

    @property
    def chosen(self) -> bool:
        """Tell whether the region has a seat of the cohort."""
        return self.state in CHOSEN


@dataclass(frozen=True, slots=True)
class Glance:
    """All that the page shows. Cohorts come newest first, rehearsals after all others."""

    cohorts: Sequence[CohortRead]
    cohort: CohortRead
    report: CohortReportRead
    places: Sequence[Place]

    @property
    def stages(self) -> Mapping[str, int]:
        """Count the regions in each stage that has any."""
        counts = Counter(place.stage for place in self.places)
        return {stage: counts[stage] for stage in STAGES if counts[stage]}

    @property
    def candidates(self) -> Sequence[Place]:
        """Return the regions of the cohort, those furthest on their way first."""
        order = {state: place for place, state in enumerate(CANDIDACY.states)}
        order["withdrawn"] = -1
        taking_part = (place for place in self.places if place.state is not None)
        return sorted(taking_part, key=lambda place: (-order[place.state or ""], place.code))


async def glance(reading: Reading, code: str | None, *, moment: datetime) -> Glance | None:
    """Return a cohort at a glance, by default the newest that is no rehearsal; None when there is none at all.

    Raises `NotFound` for a cohort that is not there, or that the reader does not see.
    """
    return await reading.snapshot(lambda connection, who: _gather(connection, who, code, moment))


async def _gather(connection: Connection, who: Identity, code: str | None, moment: datetime) -> Glance | None:
    cohorts = _COHORTS.validate_json(await rendering.every(connection, COHORTS, who, "year"))
    cohorts.sort(key=lambda cohort: (cohort.simulation, -cohort.year, -cohort.created_at.timestamp()))
    cohort = next((one for one in cohorts if code in {None, one.code}), None)
    if cohort is None:
        if code is None:
            return None
        raise NotFound
    report = await counted(connection, cohort.code, None, moment)
    provinces = {province.province_code: province.province_name for province in report.equity.provinces}
    candidacies = from_json(await rendering.every(connection, CANDIDACIES, who, "region_code", cohort=cohort.code))
    states = {one["region_code"]: one["state"] for one in candidacies}
    regions = from_json(await rendering.every(connection, REGIONS, who, "code", kind_in=["regency", "city"]))
    places = [_place(region, provinces, states) for region in regions if not region["valid_to"]]
    return Glance(cohorts, cohort, report, places)


def _place(region: Mapping[str, Any], provinces: Mapping[str, str], states: Mapping[str, str]) -> Place:
    where = dot(*(float(region[name]) for name in ("latitude", "longitude", "area_km2")))
    code = region["code"]
    return Place(code, region["name"], region["kind"], provinces[region["province_code"]], where, states.get(code))
