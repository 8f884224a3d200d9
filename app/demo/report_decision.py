"""The second half of the demo's report: how the panels judged, who was chosen, and how far the cohort has come."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from app.demo.decision import Decision
from app.demo.page import Result, name, say, show, table, title
from app.demo.readiness import Readiness


def write_decision(readiness: Readiness, decision: Decision, console: Console) -> None:
    """Write what became of those who were invited."""
    run, report = decision.run, decision.report
    equity = run["summary"]["equity"]
    chosen = [result for result in run["results"] if result["decision"] == "in"]
    title(console, "Readiness: judged by panels, blind")
    say(console, *_panels(readiness, report), numbered=True)
    title(console, f"The choice: {len(chosen)} of {run['summary']['ranked']} regions")
    show(console, _chosen(run["method"], chosen))
    say(console, f"Equity costs {equity['cost']:.3f} of the total score; a second officer published.")
    title(console, "The ceremony")
    say(
        console,
        f"{decision.letters} letters tell each region its result, its strengths and its weaknesses.",
        f"{decision.ceremony['signed']} memoranda were signed on {decision.ceremony['date']} "
        f"in {decision.ceremony['place']}, all or none.",
    )


def _panels(readiness: Readiness, report: Mapping[str, Any]) -> list[str]:
    balance, agreement = readiness.balance, report["agreement"]
    return [
        f"{readiness.assessments} regions sent their forms, each from its own office.",
        f"{readiness.assessors} assessors, {balance['least']} to {balance['most']} panels each, declared no conflict.",
        f"Before the panels judged, the ministry could see that {readiness.owing} scores were owed, and no score.",
        f"Nobody saw another's levels before. Agreement (Krippendorff's alpha): {agreement['alpha']:.2f}.",
        f"{readiness.moderated} panels differed by more than one level somewhere; a moderation settled it.",
        "All of this is drawn by lot, and every form, review and moderation says so where it is stored.",
    ]


def _chosen(method: Mapping[str, Any], chosen: Iterable[Result]) -> Table:
    codes = [criterion["code"] for criterion in method["criteria"]]
    short = [code.replace("leadership_", "").replace("human_resources", "people") for code in codes]
    rows = table("rank>", "region", "score>", *(f"{code}>" for code in short), "why", "stable>", gap=1)
    for result in chosen:
        parts = {part["criterion"]: part["contribution"] for part in result["criteria"]}
        rows.add_row(
            str(result["rank"]),
            name(result),
            f"{result['score']:.4f}",
            *("-" if parts[code] is None else f"{parts[code]:.3f}" for code in codes),
            "merit" if result["reason"] == "merit" else "equity",
            f"{result['stability']['share']:.0%}",
        )
    return rows
