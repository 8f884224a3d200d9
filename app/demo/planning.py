"""The fifth act: each region writes its master plan; university and ministry review it; it becomes a regulation.

Every fifth plan is returned once with a comment, and submitted again.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from app.client import Client, ClientError
from app.demo import ideas
from app.demo.ideas import SAID
from app.demo.mentoring import Mentored
from app.demo.method import PLAN_TEMPLATE
from app.demo.people import REASON, Stage

_YEARS = 5
_INITIATIVES = 4
_EVERY_FIFTH = 5
_UNPROCESSABLE = 422


class Planning(NamedTuple):
    """What became of the plans: how many were returned, what was changed in one of them, and the words of a refusal."""

    plans: list[str]
    returned: int
    summary: Sequence[Mapping[str, Any]]
    refusal: str


def play(stage: Stage, officer: Client, regions: Sequence[Mentored]) -> Planning:
    """Have every plan written, reviewed and enacted."""
    template = stage.citizen.get(f"/v1/plan-templates/{PLAN_TEMPLATE['code']}", edition=str(PLAN_TEMPLATE["edition"]))
    chapters = [chapter for book in template["books"] for chapter in book["chapters"]]
    texts = [part["code"] for chapter in chapters for part in chapter["parts"] if part["filled_by"] == "text"]
    refusal = _technology_first(stage, regions[0])
    plans = stage.each("writing the plans", regions, lambda one: _write(stage, one, texts))
    pairs = list(zip(regions, plans, strict=True))
    stage.each("submitting them", pairs, lambda pair: pair[0].office.move(pair[1], "submitted", REASON))
    late = pairs[::_EVERY_FIFTH]
    stage.each("returning some", late, lambda pair: _return(*pair))
    stage.each("universities accept", pairs, lambda pair: _accept(pair[0].mentor, pair[1], pair in late))
    stage.each("the ministry accepts", pairs, lambda pair: _accept(officer, pair[1], pair in late))
    stage.each("regulations are made", pairs, lambda pair: _enact(stage, *pair))
    candidacies = [f"/v1/candidacies/{region.candidacy}" for region in regions]
    stage.each("the plans are carried out", candidacies, lambda path: officer.move(path, "implementing", REASON))
    difference = officer.get(f"{plans[0]}/versions/1/diff/2")
    return Planning(plans, len(late), difference["summary"], refusal)


def _write(stage: Stage, region: Mentored, parts: list[str]) -> str:
    """Write one plan and return its path."""
    first, last = stage.year + 1, stage.year + _YEARS
    asked = {
        "candidacy_id": region.candidacy,
        "title": f"Rencana induk {region.region_name} (simulasi)",
        "first_year": first,
        "last_year": last,
        "vision": SAID,
        "objectives": [SAID],
    }
    plan = f"/v1/master-plans/{region.office.post('/v1/master-plans', asked)['id']}"
    lot = Random(f"plan/{region.region_code}")  # noqa: S311 - a lot that anyone can draw again, no secret
    for number in sorted(lot.sample(range(ideas.MOST), _INITIATIVES)):
        region.office.post(f"{plan}/initiatives", ideas.initiative(number, first, last))
    region.office.patch(plan, {"parts": dict.fromkeys(parts, SAID)})
    return plan


def _technology_first(stage: Stage, region: Mentored) -> str:
    """Promise a technology without a benefit, and return the words in which that is refused."""
    asked = {"candidacy_id": region.candidacy, "title": "Dasbor (simulasi)", "technology": "A dashboard"}
    asked |= {"dimension": "governance", "starts_on": f"{stage.year}-10-01", "ends_on": f"{stage.year}-12-31"}
    try:
        region.office.post("/v1/quick-wins", asked)
    except ClientError as error:
        if error.status != _UNPROCESSABLE:
            raise
        return str(error).partition(": ")[2]
    raise ClientError("a technology could be named before its benefit")


def _return(region: Mentored, plan: str) -> None:
    """Return a plan with a comment on its vision; have it changed, resolved and submitted again."""
    comment = region.mentor.post(f"{plan}/comments", {"anchor": "/vision", "text": SAID})
    region.mentor.post(f"{plan}/reviews", {"version_number": 1, "verdict": "returned", "reason": REASON})
    region.office.patch(plan, {"vision": f"{SAID}, and rewritten"})
    region.office.move(plan, "submitted", REASON)
    region.mentor.move(f"/v1/plan-comments/{comment['id']}", "resolved", REASON)


def _accept(reviewer: Client, plan: str, again: bool) -> None:
    number = 2 if again else 1
    reviewer.post(f"{plan}/reviews", {"version_number": number, "verdict": "accepted", "reason": REASON})


def _enact(stage: Stage, region: Mentored, plan: str) -> None:
    kind = "mayor_regulation" if region.region_name.startswith("Kota ") else "regent_regulation"
    regulation = {"kind": kind, "number": "1 (simulasi)", "year": stage.year, "date": f"{stage.year}-12-28"}
    region.office.move(plan, "enacted", REASON, regulation=regulation)
