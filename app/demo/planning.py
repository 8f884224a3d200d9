"""The fifth act: each region writes its master plan; university and ministry review it; it becomes a regulation.

Every fifth plan is returned once with a comment, and submitted again.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from app.client import Client
from app.demo import ideas
from app.demo.ideas import SAID
from app.demo.mentoring import Mentored
from app.demo.people import REASON, Stage

_YEARS = 5
_INITIATIVES = 4
_EVERY_FIFTH = 5


class Planned(NamedTuple):
    """One region's plan: its path, and whether it was returned on the way."""

    plan: str
    returned: bool


class Planning(NamedTuple):
    """What became of the plans."""

    plans: list[Planned]
    refusal: str
    summary: list[Mapping[str, Any]]


def play(stage: Stage, officer: Client, regions: list[Mentored], template: Mapping[str, Any]) -> Planning:
    """Have every plan written, reviewed and enacted."""
    numbered = list(enumerate(regions))
    parts = [
        part["code"]
        for book in template["books"]
        for chapter in book["chapters"]
        for part in chapter["parts"]
        if part["filled_by"] == "text"
    ]
    refusal = ""
    plans = stage.each("writing the plans", numbered, lambda item: _write(stage, item[1], parts))
    stage.each("submitting them", numbered, lambda item: item[1].office.move(plans[item[0]], "submitted", REASON))
    late = [item for item in numbered if item[0] % _EVERY_FIFTH == 0]
    stage.each("returning some", late, lambda item: _return(item[1], plans[item[0]]))
    stage.each("universities accept", numbered, lambda item: _accept(item[1].mentor, plans[item[0]]))
    stage.each("the ministry accepts", numbered, lambda item: _accept(officer, plans[item[0]]))
    stage.each("regulations are made", numbered, lambda item: _enact(stage, item[1], plans[item[0]]))
    diff = officer.get(f"{plans[0]}/versions/1/diff/2")
    made = [Planned(plan, number % _EVERY_FIFTH == 0) for number, plan in enumerate(plans)]
    return Planning(made, refusal, diff["summary"])


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


def _return(region: Mentored, plan: str) -> None:
    """Return a plan with a comment on its vision; have it changed, resolved and submitted again."""
    comment = region.mentor.post(f"{plan}/comments", {"anchor": "/vision", "text": SAID})
    region.mentor.post(f"{plan}/reviews", {"verdict": "returned", "reason": REASON})
    region.office.patch(plan, {"vision": f"{SAID}, and rewritten"})
    region.office.move(plan, "submitted", REASON)
    region.mentor.move(f"/v1/plan-comments/{comment['id']}", "resolved", REASON)


def _accept(reviewer: Client, plan: str) -> None:
    reviewer.post(f"{plan}/reviews", {"verdict": "accepted", "reason": REASON})


def _enact(stage: Stage, region: Mentored, plan: str) -> None:
    kind = "mayor_regulation" if region.region_name.startswith("Kota ") else "regent_regulation"
    regulation = {"kind": kind, "number": "1 (simulasi)", "year": stage.year, "date": f"{stage.year}-12-28"}
    region.office.move(plan, "enacted", REASON, regulation=regulation)
