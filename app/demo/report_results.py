"""The last part of the demo's report: who mentored whom, what was planned, what came of it, and one region's path."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from app.demo.mentoring import Mentoring
from app.demo.page import say, show, table, title
from app.demo.planning import Planning
from app.demo.results import Results

_BILLION = 1_000_000_000


def write_results(mentoring: Mentoring, planning: Planning, results: Results, console: Console) -> None:
    """Write what followed the ceremony."""
    report = results.report
    title(console, f"Mentoring: {len(mentoring.regions)} regions, {len(mentoring.proposal['loads'])} mentors")
    say(console, *_mentoring(mentoring), numbered=True)
    title(console, f"Master plans: {len(planning.plans)} enacted")
    say(console, *_plans(planning, report["plans"]), numbered=True)
    title(console, f"Quick wins: {len(results.standings['items'])}, with {results.reports} monthly reports")
    show(console, _dimensions(report["quick_wins"]["dimensions"]))
    say(console, _share(report["quick_wins"]))
    title(console, f"The path of one region, as it was written down: {results.region.region_name}")
    show(console, _path(results.timeline))
    title(console, "The cohort's report")
    show(console, _counts(report))
    title(console, "The funnel")
    show(console, _funnel(report["funnel"]))


def _mentoring(mentoring: Mentoring) -> list[str]:
    choices, loads = mentoring.proposal["choices"], mentoring.proposal["loads"]
    far = [choice["km"] for choice in choices if choice["km"] is not None]
    held = [load["after"] for load in loads]
    return [
        f"No other assignment of the {len(choices)} regions costs less than this one ({mentoring.proposal['cost']:,}).",
        f"A mentor has {min(held)} to {max(held)} regions; a region is {sum(far) / len(far):,.0f} km away on average.",
        f"Four workshops each, {mentoring.sessions} sessions in all, each workshop closed once its outputs were there.",
    ]


def _plans(planning: Planning, counted: Mapping[str, Any]) -> list[str]:
    (changed, *_) = planning.summary
    return [
        f"A region tried to name a technology before its benefit. Refused: {planning.refusal}",
        f"{planning.returned} plans were returned with a comment and submitted again. In one: {changed['text_en']}",
        "The university accepted each plan, then the ministry, then a regulation enacted it.",
        f"Together they cost {counted['budget']['total'] / _BILLION:,.1f} billion rupiah, all of it made up.",
    ]


def _dimensions(dimensions: Iterable[Mapping[str, Any]]) -> Table:
    rows = table("dimension", "regions>", "quick wins>", "achieved>")
    for one in dimensions:
        rows.add_row(one["name_en"], str(one["regions"]), str(one["quick_wins"]), str(one["achieved"]))
    return rows


def _share(quick_wins: Mapping[str, Any]) -> str:
    stands = {one["state"]: one["count"] for one in quick_wins["standings"]}
    return (
        f"{stands['achieved']} reached their target and {stands['missed']} missed it: "
        f"{quick_wins['achieved_share']:.0%} achieved."
    )


def _path(timeline: Iterable[Mapping[str, Any]]) -> Table:
    """Lay out the steps in the order of writing, which their ids keep: the rehearsal writes down all of it in a day."""
    rows = table("took effect", "step")
    for step in sorted(timeline, key=lambda step: str(step["id"])):
        if step["kind"] != "progress-reports":
            rows.add_row(step["effective_on"] or "", step["text_en"])
    return rows


def _counts(report: Mapping[str, Any]) -> Table:
    rows = table("what", "state", "count>")
    for what, counted in (
        ("mentorships", report["mentoring"]["mentorships"]),
        ("plans", report["plans"]["plans"]),
        ("quick wins", report["quick_wins"]["quick_wins"]),
    ):
        for one in counted:
            if one["count"]:
                rows.add_row(what, one["state"], str(one["count"]))
    return rows


def _funnel(funnel: Iterable[Mapping[str, Any]]) -> Table:
    rows = table("state", "ever>", "now>")
    for step in funnel:
        if step["ever"]:
            rows.add_row(step["state"].replace("_", " "), str(step["ever"]), str(step["now"]))
    return rows
