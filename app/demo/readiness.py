"""The second act: regions send their forms, panels judge them blind, moderation settles what they differ about.

Nobody judged these regions: every answer and every level is drawn by lot, and says so where it is stored.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random
from statistics import median_low
from typing import Any, NamedTuple

from app.client import Client
from app.demo.ideas import SAID
from app.demo.people import REASON, Stage
from app.demo.rubric import PROVEN, QUESTIONS

# As many as make panels of different ones easy to fill.
INSTITUTIONS = 12
_HIGHEST = 4
_SPREAD_LIMIT = 1
_PRIORITIES = 9

Row = Mapping[str, Any]


class Readiness(NamedTuple):
    """What became of the assessments: how even the panels are, and how many needed moderation."""

    assessments: int
    assessors: int
    balance: Row
    moderated: int
    owing: int


def play(stage: Stage, officer: Client, cohort: str) -> Readiness:
    """Assess every invited region of the cohort."""
    officer.move(cohort, "assessing", REASON)
    opened = officer.post(f"{cohort}/assessments", {})["items"]
    stage.each("regions send their forms", opened, lambda one: _send_form(stage, one))
    experts = _experts(stage, officer)
    panels = officer.post(f"{cohort}/panels", {"seed": 2018, "expert_ids": list(experts)})
    stage.each("panels begin", opened, lambda one: officer.move(_path(one), "in_review", REASON))
    owing = officer.get(f"{cohort}/assessment-progress")
    lots = _lots(panels["seats"])
    stage.each("assessors judge, blind", experts.items(), lambda item: _judge(*item, lots))
    contested = list(officer.every("/v1/assessments", cohort=cohort.rpartition("/")[2], state="moderation"))
    stage.each("moderating what they differ about", contested, lambda one: _moderate(officer, one["id"]))
    stage.each("freezing the scorecards", opened, lambda one: officer.move(_path(one), "final", REASON))
    return Readiness(len(opened), len(experts), panels["balance"], len(contested), len(owing["owed"]))


def _path(opened: Row) -> str:
    return f"/v1/assessments/{opened['assessment_id']}"


def _send_form(stage: Stage, opened: Row) -> None:
    """Fill in and submit one form, as the region's own office."""
    code = opened["region_code"]
    office = stage.office(code)
    lot = Random(code)  # noqa: S311 - a lot that anyone can draw again, no secret
    answers = {question: {"level": _level(_merit(code) + 0.5, lot), "text": SAID} for question in QUESTIONS}
    for question in PROVEN:
        answers[question]["evidence"] = [{"url": f"https://example.org/{code}/{question}", "title": SAID}]
    priorities = sorted(lot.sample(range(1, _PRIORITIES + 1), 3))
    office.patch(_path(opened), {"answers": answers, "priorities": [f"nawa-cita-{number}" for number in priorities]})
    office.move(_path(opened), "submitted", REASON)


def _experts(stage: Stage, officer: Client) -> dict[str, Client]:
    """Make the assessors, with institutions to come from and a key each; return their clients by expert."""
    kind = {"kind": "university", "simulation": True}
    institutions = [
        officer.post("/v1/institutions", kind | {"name": f"{stage.now:%H%M%S} Lembaga {n} (simulasi)"})
        for n in range(1, INSTITUTIONS + 1)
    ]

    def make(number: int) -> tuple[str, Client]:
        asked = {
            "name": f"Asesor {number} (simulasi)",
            "institution_id": institutions[number % INSTITUTIONS]["id"],
            "roles": ["assessor"],
        }
        expert = officer.post("/v1/experts", asked)["id"]
        return expert, stage.enter(f"assessor {number}", "assessor", expert_id=expert)

    return dict(stage.each("assessors come in", range(1, stage.scale.assessors + 1), make))


def _lots(seats: Iterable[Row]) -> dict[tuple[str, str], str]:
    """Return what each seat draws its levels by: region and place, so that every rehearsal draws the same."""
    taken: Counter[str] = Counter()
    lots = {}
    for seat in seats:
        code = seat["region_code"]
        lots[seat["assessment_id"], seat["expert_id"]] = f"{code}/{taken[code]}"
        taken[code] += 1
    return lots


def _judge(expert: str, assessor: Client, lots: Mapping[tuple[str, str], str]) -> None:
    """Declare, judge and submit, panel by panel, as one assessor."""
    for seat in list(assessor.every("/v1/panel-members", expert=expert, state="assigned")):
        if (seat["assessment_id"], expert) in lots:
            assessor.move(f"/v1/panel-members/{seat['id']}", "declared", "no conflict of interest (simulated)")
    for review in list(assessor.every("/v1/reviews", expert=expert, state="draft")):
        drawn_by = lots[review["assessment_id"], expert]
        lot = Random(drawn_by)  # noqa: S311 - as above
        levels = {question: _level(_merit(drawn_by.partition("/")[0]), lot) for question in QUESTIONS}
        path = f"/v1/reviews/{review['id']}"
        assessor.patch(path, {"levels": levels, "comment": SAID})
        assessor.move(path, "submitted", REASON)


def _moderate(officer: Client, assessment: str) -> None:
    """Set the lower of the middle levels wherever the assessors differ by more than the limit."""
    path = f"/v1/assessments/{assessment}"
    reviews = list(officer.every(f"{path}/reviews"))
    decisions = {
        question: {"level": median_low(levels), "reason": SAID}
        for question in QUESTIONS
        if _spread(levels := [review["levels"][question] for review in reviews]) > _SPREAD_LIMIT
    }
    officer.post(f"{path}/moderations", {"decisions": decisions, "minutes": SAID})


def _spread(levels: Iterable[int]) -> int:
    given = list(levels)
    return max(given) - min(given)


def _merit(region: str) -> float:
    """Draw how ready a region is, from 0 to 4: by lot, from its code alone."""
    return Random(f"merit/{region}").triangular(0.6, 3.8, 2.4)  # noqa: S311 - as above


def _level(around: float, lot: Random) -> int:
    return min(_HIGHEST, max(0, round(lot.gauss(around, 0.45))))
