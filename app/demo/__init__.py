"""The rehearsal of a cohort on real data, as the ministry's people would do it: through the public API, in turn.

The administrator issues two officers' keys. The first officer opens a cohort, simulates and records its shortlist; the
second one publishes it, which nominates and invites the regions. Then anyone, without a key, checks what was published.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.client import Client, ClientError
from app.demo.method import METHOD, QUOTA, SEATS
from app.demo.report import Report, write

_STEPS = 8
_REFUSED = 403
_KEY_LIFE = timedelta(hours=1)
# Scores and contributions are shown with twelve decimal places each.
_ROUNDING = 1e-10
_REASON = "rehearsal: seratus demo"


def run(client: Client, console: Console) -> None:
    """Rehearse with an administrator's client and write the report on `console`; progress goes to standard error.

    The two officers' keys are revoked at the end, however it ends. Raises `ClientError` when the service refuses a
    step, or when what it published does not hold together.
    """
    shown = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
        report = _rehearse(client, _Steps(bar))
    write(report, console)


class _Steps:
    """Moves the bar on and tells what is being done."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=_STEPS)

    def __call__(self, doing: str) -> None:
        self._bar.update(self._task, description=doing, advance=1)


def _rehearse(client: Client, step: _Steps) -> Report:
    now = datetime.now(UTC)
    with ExitStack() as stack:
        step("issuing two officers' keys")
        recorder = stack.enter_context(_officer(client, "demo: records", now))
        publisher = stack.enter_context(_officer(client, "demo: publishes", now))
        citizen = stack.enter_context(client.with_key(""))
        step("opening a cohort")
        cohort = _open_cohort(recorder, now)
        runs = f"{cohort}/selection-runs"
        step("simulating the shortlist: nothing is stored")
        simulated = recorder.post(runs, {"stage": "shortlist"}, dry_run="true", expand="results")
        step("recording the shortlist")
        recorded = recorder.post(runs, {"stage": "shortlist"}, expand="results")
        if _outcome(recorded) != _outcome(simulated):
            raise ClientError("the facts changed between simulating and recording: run the demo again")
        path = f"/v1/selection-runs/{recorded['id']}"
        step("publishing by a second officer")
        refusal = _try_alone(recorder, path)
        publisher.move(path, "published", _REASON)
        step("reading what was published, without a key")
        published = citizen.get(path, expand="results")
        names = _names(citizen)
        step("checking it as a citizen could")
        checks = _check(citizen, cohort, path, published)
        step("revoking the two keys")
    return Report(citizen.url, cohort, path, published, names, refusal, checks)


@contextmanager
def _officer(administrator: Client, name: str, now: datetime) -> Iterator[Client]:
    """Lend an officer's client; its key lives as long as that."""
    expiry = (now + _KEY_LIFE).isoformat()
    key = administrator.post("/v1/api-keys", {"name": name, "role": "officer", "expires_at": expiry})
    try:
        with administrator.with_key(key["secret"]) as officer:
            yield officer
    finally:
        administrator.delete(f"/v1/api-keys/{key['id']}")


def _open_cohort(officer: Client, now: datetime) -> str:
    """Open a cohort and return its path."""
    code = f"simulasi-{now:%Y%m%d-%H%M%S}"
    cohort = {
        "code": code,
        "year": now.year,
        "phase": 4,
        "title": "Simulasi",
        "simulation": True,
        "quota": QUOTA,
        "candidate_quota": SEATS,
        "methods": {"shortlist": METHOD},
    }
    officer.post("/v1/cohorts", cohort)
    officer.move(f"/v1/cohorts/{code}", "open", _REASON)
    return f"/v1/cohorts/{code}"


def _try_alone(recorder: Client, path: str) -> str:
    """Have the recorder publish the run, and return the words in which that is refused."""
    try:
        recorder.move(path, "published", _REASON)
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


def _check(citizen: Client, cohort: str, path: str, published: Mapping[str, Any]) -> list[str]:
    """Hold what was published against itself, without a key; return what was found, raise `ClientError` for a fault."""
    inputs = citizen.get_bytes(f"{path}/inputs")
    digest = hashlib.sha256(inputs).hexdigest()
    ranked = [result for result in published["results"] if result["rank"] is not None]
    wrong = [
        result["region_name"]
        for result in ranked
        if abs(sum(part["contribution"] or 0 for part in result["criteria"]) - result["score"]) > _ROUNDING
    ]
    invited = next(citizen.pages(f"{cohort}/candidacies", state="invited"))["total"]
    chosen = sum(result["decision"] == "in" for result in ranked)
    if digest != published["inputs_sha256"]:
        raise ClientError(f"GET {path}/inputs: the SHA-256 of its bytes is {digest}, not the one published")
    if wrong:
        raise ClientError(f"GET {path}/results: the contributions do not add up to the score of {', '.join(wrong)}")
    if not invited == chosen == SEATS:
        raise ClientError(f"GET {cohort}/candidacies: {invited} are invited, {chosen} were chosen, for {SEATS} seats")
    return [
        f"GET {path}/inputs answers {len(inputs):,} bytes; their SHA-256 is {digest}, as the run says: it matches.",
        f"The contributions of the criteria add up to the score for each of the {len(ranked)} ranked regions.",
        f"GET {cohort}/candidacies?state=invited&count=true counts {invited}: all who were chosen, and nobody else.",
    ]
