"""The demo's report: what was done, who was shortlisted, who was chosen in the end, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from app.demo.decision import Decision
from app.demo.mentoring import Mentoring
from app.demo.page import Result, name, say, show, table, title
from app.demo.planning import Planning
from app.demo.readiness import Readiness
from app.demo.report_decision import write_decision
from app.demo.report_results import write_results
from app.demo.results import Results
from app.demo.shortlist import Shortlist


class Report(NamedTuple):
    """What the demo did, act by act."""

    url: str
    shortlist: Shortlist
    readiness: Readiness
    decision: Decision
    mentoring: Mentoring
    planning: Planning
    results: Results


def write(report: Report, console: Console) -> None:
    """Write the whole report."""
    title(console, "SIMULASI (a simulation)")
    say(
        console,
        "Nothing here is a decision of the ministry. Regions and statistics are real; all else is made up.",
    )
    _write_shortlist(report.url, report.shortlist, console)
    write_decision(report.readiness, report.decision, console)
    write_results(report.mentoring, report.planning, report.results, console)


def _write_shortlist(url: str, report: Shortlist, console: Console) -> None:
    run, results, equity = report.run, report.run["results"], report.run["summary"]["equity"]
    chosen = [result for result in results if result["decision"] == "in"]
    reserves = [result for result in results if result["decision"] == "reserve"]
    title(console, "What was done")
    say(console, *_story(report), numbered=True)
    title(console, "How regions are compared")
    show(console, _criteria(run["method"], report.names))
    say(console, *_conditions(run))
    title(console, f"The shortlist: {len(chosen)} of {run['summary']['ranked']} regions")
    show(console, _shortlist(run["method"], chosen, _rules_by_region(equity)))
    say(
        console,
        "score: the sum of what each criterion adds, from 0 to its weight.",
        "why: on merit, or by the equity rules of these numbers (see below).",
        "stable: in how many of the shaken weightings merit alone gives a seat.",
        "ranks: from the 5 % rank to the 95 % rank in those weightings.",
        f"Reserves, in this order: {', '.join(name(result) for result in reserves)}.",
    )
    title(console, "Equity (pemerataan): no other set of regions obeys the rules and has a higher total score")
    show(console, _rules(equity, report.names))
    say(console, "costs: the total score that would be won back if that rule alone were dropped.")
    show(console, _island_groups(results))
    show(console, _moves(results, equity))
    title(console, "What a citizen can check, without a key")
    say(console, *report.checks, numbered=True)
    console.print(f"\n  curl -s {url}{report.path}/inputs | sha256sum", highlight=False, soft_wrap=True)


def _story(report: Shortlist) -> list[str]:
    run, summary = report.run, report.run["summary"]
    return [
        "An administrator issued keys for everyone who takes part, for this demo only. They are revoked by now.",
        f"The first officer opened the cohort {report.cohort.rpartition('/')[2]}, marked as a simulation.",
        f"The first officer simulated the shortlist: {summary['ranked']} regions ranked, nothing stored.",
        "The first officer recorded it; the results are those that were simulated.",
        f"The first officer tried to publish it alone. Refused: {report.refusal}",
        f"The second officer published it: {summary['chosen']} regions were nominated and invited in one transaction.",
        f"The run is kept with its inputs under {run['id']}.",
    ]


def _criteria(method: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    rows = table("criterion", "indicator", "year", "better", "weight>", "scaled by")
    for criterion in method["criteria"]:
        rows.add_row(
            criterion["code"],
            names[criterion["indicator"]],
            str(criterion["year"]),
            criterion["direction"],
            f"{criterion['weight']:.2f}",
            criterion["normalisation"].replace("_", "-"),
        )
    return rows


def _conditions(run: Mapping[str, Any]) -> list[str]:
    method, summary = run["method"], run["summary"]
    kinds = " and ".join(method["eligibility"]["kinds"])
    shaken = method["sensitivity"]
    ties = ", then ".join((tie["criterion"] or tie["by"]).replace("_", " ") for tie in method["tie_breakers"])
    return [
        f"Eligible: every {kinds} with a budget of its own, {summary['eligible']} of {summary['regions']} regions.",
        f"Missing values: by the policy {method['missing']}. Equal scores are told apart by {ties}.",
        f"Shaken: {shaken['draws']:,} weightings around this one (spread {shaken['spread']}, seed {shaken['seed']}).",
    ]


def _shortlist(method: Mapping[str, Any], chosen: Iterable[Result], rules: Mapping[str, str]) -> Table:
    codes = [criterion["code"] for criterion in method["criteria"]]
    rows = table("rank>", "region", "score>", *(f"{code}>" for code in codes), "why", "stable>", "ranks>", gap=1)
    for result in chosen:
        parts = {part["criterion"]: part["contribution"] for part in result["criteria"]}
        stability = result["stability"]
        rows.add_row(
            str(result["rank"]),
            name(result),
            f"{result['score']:.4f}",
            *("-" if parts[code] is None else f"{parts[code]:.3f}" for code in codes),
            "merit" if result["reason"] == "merit" else f"rule {rules[result['region_code']]}",
            f"{stability['share']:.0%}",
            f"{stability['rank_p5']}-{stability['rank_p95']}",
        )
    return rows


def _rules(equity: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    rows = table("rule>", "says", "at the bound", "costs>")
    for number, rule in enumerate(equity["rules"], start=1):
        place = rule["group"] or f"every {rule['scope'].replace('_', ' ')}"
        words = f"{rule['bound'].replace('_', ' ')} {rule['seats']} seats for {place}"
        bound = [group["group"] for group in rule["groups"] if group["chosen"] == rule["seats"]]
        rows.add_row(
            str(number), words, ", ".join(names.get(code, code) for code in bound) or "none", f"{rule['cost']:.3f}"
        )
    share = equity["cost"] / equity["merit_total"]
    rows.add_row(
        "", "together", f"{share:.1%} of the {equity['merit_total']:.3f} on merit alone", f"{equity['cost']:.3f}"
    )
    return rows


def _rules_by_region(equity: Mapping[str, Any]) -> dict[str, str]:
    """Return the numbers of the rules that moved each region."""
    return {
        move["region_code"]: ", ".join(str(int(pointer.rpartition("/")[2]) + 1) for pointer in move["rules"])
        for move in equity["moves"]
    }


def _island_groups(results: Iterable[Result]) -> Table:
    merit = Counter(result["island_group"] for result in results if result["merit_decision"] == "in")
    chosen = Counter(result["island_group"] for result in results if result["decision"] == "in")
    rows = table("island group", "on merit>", "chosen>", "change>")
    for group in sorted(merit | chosen, key=lambda group: -chosen[group]):
        change = chosen[group] - merit[group]
        rows.add_row(group, str(merit[group]), str(chosen[group]), f"{change:+d}" if change else "")
    return rows


def _moves(results: Iterable[Result], equity: Mapping[str, Any]) -> Table:
    """Lay those who came in beside those who went out; the rules do not change the number of seats."""
    by_code = {result["region_code"]: result for result in results}
    rules = _rules_by_region(equity)
    sides: dict[str, list[list[str]]] = {"in": [], "out": []}
    for move in equity["moves"]:
        result = by_code[move["region_code"]]
        sides[move["direction"]].append([name(result), str(result["rank"]), rules[result["region_code"]]])
    rows = table("came in", "rank>", "by rule", "went out", "rank>", "by rule")
    for came, went in zip_longest(sides["in"], sides["out"], fillvalue=["", "", ""]):
        rows.add_row(*came, *went)
    return rows
