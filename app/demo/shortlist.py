"""The first act: a cohort is opened, its shortlist simulated, recorded, published by a second officer, and checked."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from app.client import Client, ClientError
from app.demo.method import MENTORING_RULES, PLAN_TEMPLATE, QUICK_WIN_RULES, final_method, shortlist_method
from app.demo.people import REASON, Stage
from app.demo.rubric import RUBRIC

_REFUSED = 403
# Scores and contributions are shown with twelve decimal places each.
_ROUNDING = 1e-10


class Shortlist(NamedTuple):
    """The published run with its results, and the words of those who made and checked it."""

    cohort: str
    path: str
    run: Mapping[str, Any]
    names: Mapping[str, str]
    refusal: str
    checks: list[str]


def play(stage: Stage, recorder: Client, publisher: Client) -> Shortlist:
    """Choose who is invited; raise `ClientError` when what was published does not hold together."""
    citizen = stage.citizen
    stage.step("opening a cohort")
    cohort = _open_cohort(stage, recorder)
    runs = f"{cohort}/selection-runs"
    stage.step("simulating the shortlist: nothing is stored")
    simulated = recorder.post(runs, {"stage": "shortlist"}, dry_run="true", expand="results")
    stage.step("recording the shortlist")
    recorded = recorder.post(runs, {"stage": "shortlist"}, expand="results")
    if _outcome(recorded) != _outcome(simulated):
        raise ClientError("the facts changed between simulating and recording: run the demo again")
    path = f"/v1/selection-runs/{recorded['id']}"
    stage.step("publishing by a second officer")
    refusal = _try_alone(recorder, path)
    publisher.move(path, "published", REASON)
    stage.step("checking it as a citizen could, without a key")
    published = citizen.get(path, expand="results")
    checks = check(citizen, cohort, path, published, stage.scale.invited)
    return Shortlist(cohort, path, published, _names(citizen), refusal, checks)


def _open_cohort(stage: Stage, officer: Client) -> str:
    """Open a cohort and return its path."""
    now = stage.now
    code = f"simulasi-{now:%Y%m%d-%H%M%S}"
    rubric = officer.post("/v1/rubrics", RUBRIC)
    around = {"starts_on": f"{now.year - 1}-01-01", "ends_on": f"{now.year + 1}-12-31"}
    cohort = {
        "code": code,
        "year": stage.year,
        "phase": 4,
        "title": "Simulasi",
        "simulation": True,
        "quota": stage.scale.chosen,
        "candidate_quota": stage.scale.invited,
        "calendar": [{"code": window, **around} for window in ("assessment", "objection")],
        "methods": {"shortlist": shortlist_method(stage.scale), "final": final_method(stage.scale)},
        "rubric": {"code": rubric["code"], "edition": rubric["edition"]},
        "plan_template": PLAN_TEMPLATE,
        "mentoring_rules": MENTORING_RULES,
        "quick_win_rules": QUICK_WIN_RULES,
        "assessment_rules": {"quorum": 2, "different_institutions": True, "spread_limit": 1},
    }
    officer.post("/v1/cohorts", cohort)
    officer.move(f"/v1/cohorts/{code}", "open", REASON)
    return f"/v1/cohorts/{code}"


def _try_alone(recorder: Client, path: str) -> str:
    """Have the recorder publish the run, and return the words in which that is refused."""
    try:
        recorder.move(path, "published", REASON)
    except ClientError as error:
        if error.status != _REFUSED:
            raise
        return str(error).partition(": ")[2]
    raise ClientError("one and the same officer could record and publish the shortlist")


def _outcome(run: Mapping[str, Any]) -> list[Any]:
    """Return what makes two runs the same: their inputs, and what they say of each region."""
    said = [[result[name] for name in ("region_code", "rank", "score", "decision")] for result in run["results"]]
    return [run["inputs_sha256"], *said]


def _names(citizen: Client) -> dict[str, str]:
    """Return the names of indicators and provinces by code."""
    provinces = {region["code"]: region["name"] for region in citizen.every("/v1/regions", kind="province")}
    return provinces | {one["code"]: one["name_en"] for one in citizen.every("/v1/indicators")}


def check(citizen: Client, cohort: str, path: str, published: Mapping[str, Any], seats: int) -> list[str]:
    """Hold what was published against itself, without a key; return what was found, raise `ClientError` for a fault."""
    inputs = citizen.get_bytes(f"{path}/inputs")
    digest = hashlib.sha256(inputs).hexdigest()
    ranked = [result for result in published["results"] if result["rank"] is not None]
    wrong = [
        result["region_name"]
        for result in ranked
        if abs(sum(part["contribution"] or 0 for part in result["criteria"]) - result["score"]) > _ROUNDING
    ]
    invited = next(citizen.pages(f"{cohort}/candidacies"))["total"]
    chosen = sum(result["decision"] == "in" for result in ranked)
    if digest != published["inputs_sha256"]:
        raise ClientError(f"GET {path}/inputs: the SHA-256 of its bytes is {digest}, not the one published")
    if wrong:
        raise ClientError(f"GET {path}/results: the contributions do not add up to the score of {', '.join(wrong)}")
    if not invited == chosen == seats:
        raise ClientError(f"GET {cohort}/candidacies: {invited} are invited, {chosen} were chosen, for {seats} seats")
    return [
        f"GET {path}/inputs answers {len(inputs):,} bytes; their SHA-256 is {digest}, as the run says: it matches.",
        f"The contributions of the criteria add up to the score for each of the {len(ranked)} ranked regions.",
        f"GET {cohort}/candidacies?count=true counts {invited}: all who were chosen, and nobody else.",
    ]
