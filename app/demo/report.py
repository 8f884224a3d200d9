"""The demo's report: tables for a terminal of 100 columns, or for a file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from textwrap import fill
from typing import Any, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Result = Mapping[str, Any]


class Report(NamedTuple):
    """What the demo did: the published run with its results, and the words of those who did and checked it."""

    url: str
    cohort: str
    path: str
    run: Mapping[str, Any]
    names: Mapping[str, str]
    refusal: str
    checks: list[str]


def write(report: Report, console: Console) -> None:
    """Write the whole report."""
    run, results, equity = report.run, report.run["results"], report.run["summary"]["equity"]
    chosen = [result for result in results if result["decision"] == "in"]
    reserves = [result for result in results if result["decision"] == "reserve"]
    _title(console, "SIMULASI (a simulation)")
    _say(
        console,
        "Nothing here is a decision of the ministry. Regions and statistics are real; weights and rules are examples.",
    )
    _title(console, "What was done")
    _say(console, *_story(report), numbered=True)
    _title(console, "How regions are compared")
    _show(console, _criteria(run["method"], report.names))
    _say(console, *_conditions(run))
    _title(console, f"The shortlist: {len(chosen)} of {run['summary']['ranked']} regions")
    _show(console, _shortlist(run["method"], chosen, _rules_by_region(equity)))
    _say(
        console,
        "score: the sum of what each criterion adds, from 0 to its weight.",
        "why: on merit, or by the equity rules of these numbers (see below).",
        "stable: in how many of the shaken weightings merit alone gives a seat.",
        "ranks: from the 5 % rank to the 95 % rank in those weightings.",
        f"Reserves, in this order: {', '.join(_name(result) for result in reserves)}.",
    )
    _title(console, "Equity (pemerataan): no other set of regions obeys the rules and has a higher total score")
    _show(console, _rules(equity, report.names))
    _say(console, "costs: the total score that would be won back if that rule alone were dropped.")
    _show(console, _island_groups(results))
    _show(console, _moves(results, equity))
    _title(console, "What a citizen can check, without a key")
    _say(console, *report.checks, numbered=True)
    console.print(f"\n  curl -s {report.url}{report.path}/inputs | sha256sum", highlight=False, soft_wrap=True)


def _story(report: Report) -> list[str]:
    run, summary = report.run, report.run["summary"]
    return [
        "An administrator issued keys for two officers, for this demo only. They are revoked by now.",
        f"The first officer opened the cohort {report.cohort.rpartition('/')[2]}, marked as a simulation.",
        f"The first officer simulated the shortlist: {summary['ranked']} regions ranked, nothing stored.",
        "The first officer recorded it; the results are those that were simulated.",
        f"The first officer tried to publish it alone. Refused: {report.refusal}",
        f"The second officer published it: {summary['chosen']} regions were nominated and invited in one transaction.",
        f"The run is kept with its inputs under {run['id']}.",
    ]


def _criteria(method: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    table = _table("criterion", "indicator", "year", "better", "weight>", "scaled by")
    for criterion in method["criteria"]:
        table.add_row(
            criterion["code"],
            names[criterion["indicator"]],
            str(criterion["year"]),
            criterion["direction"],
            f"{criterion['weight']:.2f}",
            criterion["normalisation"].replace("_", "-"),
        )
    return table


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
    table = _table("rank>", "region", "score>", *(f"{code}>" for code in codes), "why", "stable>", "ranks>", gap=1)
    for result in chosen:
        parts = {part["criterion"]: part["contribution"] for part in result["criteria"]}
        stability = result["stability"]
        table.add_row(
            str(result["rank"]),
            _name(result),
            f"{result['score']:.4f}",
            *("-" if parts[code] is None else f"{parts[code]:.3f}" for code in codes),
            "merit" if result["reason"] == "merit" else f"rule {rules[result['region_code']]}",
            f"{stability['share']:.0%}",
            f"{stability['rank_p5']}-{stability['rank_p95']}",
        )
    return table


def _rules(equity: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    table = _table("rule>", "says", "at the bound", "costs>")
    for number, rule in enumerate(equity["rules"], start=1):
        place = rule["group"] or f"every {rule['scope'].replace('_', ' ')}"
        words = f"{rule['bound'].replace('_', ' ')} {rule['seats']} seats for {place}"
        bound = [group["group"] for group in rule["groups"] if group["chosen"] == rule["seats"]]
        table.add_row(
            str(number), words, ", ".join(names.get(code, code) for code in bound) or "none", f"{rule['cost']:.3f}"
        )
    share = equity["cost"] / equity["merit_total"]
    table.add_row(
        "", "together", f"{share:.1%} of the {equity['merit_total']:.3f} on merit alone", f"{equity['cost']:.3f}"
    )
    return table


def _rules_by_region(equity: Mapping[str, Any]) -> dict[str, str]:
    """Return the numbers of the rules that moved each region."""
    return {
        move["region_code"]: ", ".join(str(int(pointer.rpartition("/")[2]) + 1) for pointer in move["rules"])
        for move in equity["moves"]
    }


def _island_groups(results: Iterable[Result]) -> Table:
    merit = Counter(result["island_group"] for result in results if result["merit_decision"] == "in")
    chosen = Counter(result["island_group"] for result in results if result["decision"] == "in")
    table = _table("island group", "on merit>", "chosen>", "change>")
    for group in sorted(merit | chosen, key=lambda group: -chosen[group]):
        change = chosen[group] - merit[group]
        table.add_row(group, str(merit[group]), str(chosen[group]), f"{change:+d}" if change else "")
    return table


def _moves(results: Iterable[Result], equity: Mapping[str, Any]) -> Table:
    """Lay those who came in beside those who went out; the rules do not change the number of seats."""
    by_code = {result["region_code"]: result for result in results}
    rules = _rules_by_region(equity)
    sides: dict[str, list[list[str]]] = {"in": [], "out": []}
    for move in equity["moves"]:
        result = by_code[move["region_code"]]
        sides[move["direction"]].append([_name(result), str(result["rank"]), rules[result["region_code"]]])
    table = _table("came in", "rank>", "by rule", "went out", "rank>", "by rule")
    for came, went in zip_longest(sides["in"], sides["out"], fillvalue=["", "", ""]):
        table.add_row(*came, *went)
    return table


def _name(result: Result) -> str:
    return str(result["region_name"]).replace("Kabupaten ", "Kab. ")


def _table(*headers: str, gap: int = 2) -> Table:
    """Make a table without frames; a header that ends in `>` has its column on the right."""
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for header in headers:
        table.add_column(header.removesuffix(">"), justify="right" if header.endswith(">") else "left")
    return table


def _title(console: Console, words: str) -> None:
    console.print()
    console.rule(Text(words, "bold"), align="left")


def _show(console: Console, table: Table) -> None:
    console.print()
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _say(console: Console, *lines: str, numbered: bool = False) -> None:
    """Print sentences, each wrapped at words below its own beginning."""
    console.print()
    for number, line in enumerate(lines, start=1):
        mark = f"  {number}. " if numbered else "  "
        wrapped = fill(
            line,
            console.width,
            initial_indent=mark,
            subsequent_indent=" " * len(mark),
            break_long_words=False,
            break_on_hyphens=False,
        )
        console.print(wrapped, markup=False, highlight=False, emoji=False, soft_wrap=True)
