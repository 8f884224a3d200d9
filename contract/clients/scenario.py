"""A partner's first afternoon, by the client that is generated from the contract: `scenario.py URL ADMINISTRATOR_KEY`.

Prints what was found as JSON; the same as scenario.ts.
"""

import datetime as dt
import json
import sys

from seratus_client import AuthenticatedClient
from seratus_client.api.api_keys import create_api_key
from seratus_client.api.candidacies import create_candidacy, list_cohort_candidacies
from seratus_client.api.cohorts import create_cohort, move_cohort, update_cohort
from seratus_client.api.exports import export_candidacies
from seratus_client.api.regions import get_region, list_regions
from seratus_client.models import (
    ApiKeyCreate,
    ApiKeyIssued,
    CandidacyCreate,
    CandidacyRead,
    CohortCreate,
    CohortRead,
    CohortUpdate,
    ListRegionsKind,
    PageCandidacyRead,
    PageRegionRead,
    Problem,
    RegionRead,
    Role,
    TransitionCreate,
)
from seratus_client.types import UNSET

COHORT = "by-python"
url, administrator_key = sys.argv[1:]

administrator = AuthenticatedClient(base_url=url, token=administrator_key)
tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
asked = ApiKeyCreate(name="a partner", role=Role.OFFICER, expires_at=tomorrow)
issued = create_api_key.sync(client=administrator, body=asked)
assert isinstance(issued, ApiKeyIssued), issued
officer = AuthenticatedClient(base_url=url, token=issued.secret)

# Two pages of a filtered list.
regions: list[RegionRead] = []
cursor: str | None = None
for _ in range(2):
    page = list_regions.sync(client=officer, kind=ListRegionsKind.CITY, province="32", limit=4, cursor=cursor or UNSET)
    assert isinstance(page, PageRegionRead), page
    regions += page.items
    cursor = page.next_cursor

# A record, and whether it is still the same.
region = get_region.sync_detailed("32.73", client=officer)
assert isinstance(region.parsed, RegionRead), region
again = get_region.sync_detailed("32.73", client=officer, if_none_match=region.headers["etag"])

# A write that happens once, however often it is sent.
new = CohortCreate(code=COHORT, year=2027, phase=4, title="Simulasi", quota=2, candidate_quota=4, simulation=True)
first, second = (create_cohort.sync_detailed(client=officer, body=new, idempotency_key=COHORT) for _ in range(2))
assert isinstance(first.parsed, CohortRead), first

# Somebody else's change is not overwritten.
stale = update_cohort.sync(COHORT, client=officer, if_match='"0"', body=CohortUpdate(title="Stale"))
assert isinstance(stale, Problem), stale

opening = TransitionCreate(to="open", reason="An example")
opened = move_cohort.sync(COHORT, client=officer, if_match=first.headers["etag"], body=opening)
assert isinstance(opened, CohortRead), opened
for code in ("32.73", "32.76", "33.74"):
    nominated = create_candidacy.sync(
        COHORT, client=officer, body=CandidacyCreate(region_code=code, reason="An example")
    )
    assert isinstance(nominated, CandidacyRead), nominated

candidacies: list[CandidacyRead] = []
following = list_cohort_candidacies.sync(COHORT, client=officer, limit=2)
while isinstance(following, PageCandidacyRead):
    candidacies += following.items
    if following.next_cursor is None:
        break
    following = list_cohort_candidacies.sync(COHORT, client=officer, limit=2, cursor=following.next_cursor)

rows = export_candidacies.sync(client=officer, cohort=COHORT)
assert isinstance(rows, str), rows
exported = [CandidacyRead.from_dict(json.loads(row)) for row in rows.splitlines()]

found = {
    "regions": [region.name for region in regions],
    "region": [region.parsed.name, region.parsed.kind.value, region.headers["etag"], again.status_code.value],
    "created": [first.status_code.value, second.headers["idempotency-replayed"], first.parsed == second.parsed],
    "problem": [stale.status, stale.code, stale.type_],
    "opened": opened.state.value,
    "candidacies": sorted(candidacy.region_code for candidacy in candidacies),
    "exported": sorted(candidacy.region_code for candidacy in exported),
}
json.dump(found, sys.stdout)
