"""Hold the service against a plain and a bare handler of the same list, and measure its longer work.

    python -m benchmarks [--rounds N] [--seconds S] [--save]

The four servers take turns within each round, so that whatever else the machine does hits all of them, and a ratio is
the median of the rounds' own ratios. The server measured has one processor for itself; the load generator and
PostgreSQL have the others.
"""

import argparse
import asyncio
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.config import Settings
from app.kernel.auth import new_key
from app.kernel.embedded import EmbeddedPostgres
from app.kernel.embedded_host import find_host
from benchmarks.exports import (
    MEGABYTES_AT_MOST,
    REPORTS,
    TIMES_PSQL_AT_MOST,
    Exported,
    add_reports,
    export_reports,
)
from benchmarks.load import CONNECTIONS, Target, measure
from benchmarks.servers import COMMANDS, Server, pin, running
from benchmarks.work import Timed, fill, find_routes, send_values, shake

PATH = "/v1/regions?limit=25"
SHOWN = {
    "seratus": "Seratus, with a key",
    "plain": "(a) FastAPI, SQLAlchemy session, response_model, with a key",
    "bare": "(b) FastAPI, asyncpg, JSON by PostgreSQL, no key",
    "open": "(c) Seratus without key, limits and audit",
}
# How many times as many answers as the rival we are to give, at least.
TARGETS = {"plain": 2.5, "bare": 0.6, "open": 0.85}
WARM_UP_S = 1.0


class Turn(NamedTuple):
    """What one server did in one round: answers per second, and its own processor time for each."""

    rate: float
    cpu_s: float


Rounds = list[dict[str, Turn]]


def main() -> None:
    """Measure, print, and with `--save` write RESULTS.md; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each server in each round")
    parser.add_argument("--save", action="store_true", help="write benchmarks/RESULTS.md")
    asked = parser.parse_args()
    rounds, timed, exported = _measure(asked.rounds, asked.seconds)
    page = Console(width=100, record=True)
    page.print(_rates(rounds))
    page.print(_times(timed))
    page.print(_exports(exported))
    if asked.save:
        _save(page.export_text())
    slow = [entry for entry in timed if entry.most is not None and entry.seconds >= entry.most]
    behind = [rival for rival, least in TARGETS.items() if _ratio(rounds, rival) < least]
    sys.exit(1 if slow or behind or not exported.good else 0)


def _measure(rounds: int, seconds: float) -> tuple[Rounds, list[Timed], Exported]:
    processors = sorted(os.sched_getaffinity(0))
    own, others = processors[:1], processors[1:] or processors
    pin(0, others)
    key = new_key()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seratus-bench-", ignore_cleanup_errors=True))
        database = EmbeddedPostgres(Path(folder))
        # For root the cluster lies elsewhere.
        stack.callback(lambda: shutil.rmtree(database.home, ignore_errors=True))
        stack.enter_context(database)
        settings = Settings(database_url=SecretStr(database.url()), bootstrap_key=SecretStr(key))
        timed = asyncio.run(fill(settings))
        servers = {name: stack.enter_context(running(name, database.url(), own)) for name in COMMANDS}
        compared = _compare(servers, key, rounds, seconds)
        timed += [*send_values(servers["seratus"], key), shake(), *find_routes()]
        asyncio.run(add_reports(database.url()))
        exported = export_reports(servers["seratus"], key, find_host().programs / "psql", database.url())
        return compared, timed, exported


def _compare(servers: dict[str, Server], key: str, rounds: int, seconds: float) -> Rounds:
    targets = {
        name: Target(server.address, PATH, None if name in {"bare", "open"} else key)
        for name, server in servers.items()
    }
    _check_alike(targets)
    measured: Rounds = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for target in targets.values():
            measure(target, WARM_UP_S)
        for _ in progress.track(range(rounds), description="rounds"):
            measured.append({name: _turn(servers[name], target, seconds) for name, target in targets.items()})
    return measured


def _turn(server: Server, target: Target, seconds: float) -> Turn:
    before = server.cpu_seconds()
    rate, answered = measure(target, seconds)
    return Turn(rate, (server.cpu_seconds() - before) / answered)


def _check_alike(targets: dict[str, Target]) -> None:
    """See that all answer the same regions with the same fields."""
    answers = []
    for target in targets.values():
        headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
        items = (
            httpx.get(target.address + target.path, headers=headers, trust_env=False).raise_for_status().json()["items"]
        )
        answers.append([(item["code"], item["population"], sorted(item)) for item in items])
    if any(answer != answers[0] for answer in answers) or not answers[0]:
        raise RuntimeError("the servers do not answer the same list")


def _ratio(rounds: Rounds, rival: str) -> float:
    return median(turns["seratus"].rate / turns[rival].rate for turns in rounds)


def _rates(rounds: Rounds) -> Table:
    title = f"GET {PATH}: one worker each, {CONNECTIONS} connections, {len(rounds)} rounds"
    table = _table(title, "", "answers/s", "server ms", "Seratus is", "of rounds", "wanted")
    for name, words in SHOWN.items():
        row = [words, f"{median(turns[name].rate for turns in rounds):,.0f}"]
        row.append(f"{median(turns[name].cpu_s for turns in rounds) * 1000:.3f}")
        if name in TARGETS:
            ratios = [turns["seratus"].rate / turns[name].rate for turns in rounds]
            row += [f"{median(ratios):.2f} x", f"{min(ratios):.2f} - {max(ratios):.2f}", _wanted(rounds, name)]
        table.add_row(*row)
    return table


def _wanted(rounds: Rounds, rival: str) -> str:
    least = TARGETS[rival]
    return f">= {least} x {'met' if _ratio(rounds, rival) >= least else 'MISSED'}"


def _times(timed: Iterable[Timed]) -> Table:
    table = _table("Longer work", "", "seconds", "wanted")
    for entry in timed:
        wanted = "" if entry.most is None else f"< {entry.most:g} s {'met' if entry.seconds < entry.most else 'MISSED'}"
        table.add_row(entry.what, f"{entry.seconds:.2f}", wanted)
    return table


def _exports(exported: Exported) -> Table:
    table = _table(f"Export of {REPORTS:,} progress reports, {len(exported.ours)} turns", "", "seconds", "wanted")
    table.add_row("psql, COPY of the same JSON", f"{median(exported.psql):.2f}", "")
    table.add_row("Seratus", f"{median(exported.ours):.2f}", "")
    verdict = "met" if exported.ratio <= TIMES_PSQL_AT_MOST else "MISSED"
    table.add_row("Seratus is", f"{exported.ratio:.2f} x", f"<= {TIMES_PSQL_AT_MOST} x {verdict}")
    verdict = "met" if exported.grown < MEGABYTES_AT_MOST else "MISSED"
    table.add_row("memory grew by", f"{exported.grown:.0f} MB", f"< {MEGABYTES_AT_MOST} MB {verdict}")
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(first)
    for header in others:
        table.add_column(header, justify="right")
    return table


def _save(text: str) -> None:
    machine = (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} processors"
    )
    heading = f"# Results\n\n`make bench` of {datetime.now(UTC):%Y-%m-%d}: {machine}.\n"
    Path(__file__).with_name("RESULTS.md").write_text(f"{heading}\n```text\n{text.rstrip()}\n```\n", encoding="utf-8")


if __name__ == "__main__":
    main()
