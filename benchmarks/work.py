"""Work that takes longer than a request: loading the reference data, importing a large file, shaking the weights."""

import random
import time
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple
from unittest.mock import patch

import httpx
from fastapi import APIRouter
from starlette.routing import Match

from app import reference
from app.config import Settings
from app.domain.facts import Region, Value
from app.domain.methods import Criterion, Eligibility, Method, Sensitivity
from app.domain.principals import SYSTEM
from app.domain.ranking import rank
from app.domain.sensitivity import stability
from app.kernel import migrations
from app.kernel.db import Database
from app.kernel.engines import create_engine, database_url
from app.kernel.rooms import Room
from app.kernel.writing import act_as
from app.main import create_app
from app.services import api_keys
from app.services.reference import load
from benchmarks.servers import Server

CRITERIA = 8
REGIONS = 514
DRAWS = 10_000
ROWS = 40_000
PAGE = 200
ROUTED = 100
IMPORTED = ("fiscal_capacity_index", "government_performance_score", "hdi", "poverty_rate")


class Timed(NamedTuple):
    """What was done, how many seconds it took, and how many it may take."""

    what: str
    seconds: float
    most: float | None = None


async def fill(settings: Settings) -> list[Timed]:
    """Fill an empty database as a first start does, and load the reference data once more."""
    engine = create_engine(database_url(settings))
    timed = []
    try:
        start = time.perf_counter()
        async with engine.connect() as connection:
            await migrations.upgrade(connection)
        timed.append(Timed("migrations on an empty database", time.perf_counter() - start))
        for turn in ("first", "second"):
            start = time.perf_counter()
            async with Database(engine).write() as session:
                await act_as(session, SYSTEM)
                await load(session)
            timed.append(Timed(f"reference data, {turn} time", time.perf_counter() - start))
        async with Database(engine).write() as session:
            await act_as(session, SYSTEM)
            key = settings.bootstrap_key
            await api_keys.ensure_bootstrap(session, SYSTEM, key.get_secret_value() if key else None)
    finally:
        await engine.dispose()
    return timed


def shake() -> Timed:
    """Draw weights over all regencies and cities, with figures made up from a seed."""
    generator = random.Random(REGIONS)  # noqa: S311 - figures, no secrets
    regions = [Region(f"{place:04}", "", "regency", "11", "sumatera") for place in range(REGIONS)]
    names = [f"c{place}" for place in range(CRITERIA)]
    values = [
        Value(region.code, name, 2024, Decimal(generator.randrange(10_000)), "made up", "synthetic")
        for region in regions
        for name in names
    ]
    method = Method(
        eligibility=Eligibility(("regency",)),
        criteria=tuple(Criterion(name, name, "higher", Decimal(1) / CRITERIA, "min_max") for name in names),
        missing="exclude",
        sensitivity=Sensitivity(DRAWS, seed=100, spread=Decimal("0.1")),
    )
    standings = rank(method, regions, values).standings
    start = time.process_time()
    stability(method, standings, seats=120)
    return Timed(f"{DRAWS:,} draws over {REGIONS} regions, {CRITERIA} criteria", time.process_time() - start, most=2)


def find_routes() -> list[Timed]:
    """Find the route of every operation, when each room looks how the path begins, and when every route is asked."""
    app = create_app(Settings())
    operations = [(path, method.upper()) for path, item in app.openapi()["paths"].items() for method in item]
    scopes = [{"type": "http", "method": method, "path": path, "headers": []} for path, method in operations]

    def timed(how: str) -> Timed:
        start = time.process_time()
        for scope in scopes * ROUTED:
            next(route for route in app.router.routes if route.matches(dict(scope))[0] is Match.FULL)
        return Timed(f"{len(scopes) * ROUTED:,} routes found, {how}", time.process_time() - start)

    by_room = timed("each room knowing how its paths begin")
    with patch.object(Room, "matches", APIRouter.matches):
        return [by_room, timed("every route asked, as FastAPI does")]


def send_values(server: Server, key: str) -> list[Timed]:
    """Import many values in one file, as a ministry writes it: new, the same again, and corrected; then follow them."""
    headers = {"Authorization": f"Bearer {key}"}
    first, corrected = _file(_values(0)), _file(_values(1))
    with httpx.Client(base_url=server.address, headers=headers, timeout=120, trust_env=False) as client:
        cursor = client.head("/v1/exports/indicator-values").headers["Change-Cursor"]
        turns = (("new", "created", first), ("the same again", "unchanged", first), ("corrected", "updated", corrected))
        timed = [_imported(server, client, *turn) for turn in turns]
        start = time.perf_counter()
        answer = client.get("/v1/changes", params={"after": cursor, "limit": PAGE}).raise_for_status()
        seconds = time.perf_counter() - start
        if len(answer.json()["items"]) != PAGE or not answer.json()["more"]:
            raise RuntimeError(answer.text[:1000])
    return [*timed, Timed(f"the first {PAGE} of these {ROWS:,} changes", seconds)]


def _imported(server: Server, client: httpx.Client, what: str, count: str, file: bytes) -> Timed:
    before, start = server.peak_megabytes(), time.perf_counter()
    answer = client.post("/v1/imports?dataset=indicator-values", content=file, headers={"Content-Type": "text/csv"})
    seconds, grown = time.perf_counter() - start, server.peak_megabytes() - before
    if answer.is_error or answer.json()[count] != ROWS:
        raise RuntimeError(answer.text[:1000])
    told = f"import of {ROWS:,} values ({len(file) / 1e6:.1f} MB), {what}; memory grew by {grown:.0f} MB"
    return Timed(told, seconds, most=10)


def _file(values: Iterable[int]) -> bytes:
    """Write a CSV of these hundredths as a ministry does."""
    codes = [fact.code for fact in reference.regions() if fact.kind != "province"]
    keys = ((indicator, code, year) for year in range(1980, 2020) for indicator in IMPORTED for code in codes)
    lines = ["kode;tahun;indikator;nilai;sumber;kualitas"]
    for (indicator, code, year), value in zip(keys, values, strict=False):
        written = f"{value / 100:.2f}".replace(".", ",")
        lines.append(f"{code};{year};{indicator};{written};Benchmark;synthetic")
    return "\n".join(lines).encode()


def _values(more: int) -> list[int]:
    """Draw figures from a seed; every one of them is another with another `more`."""
    generator = random.Random(ROWS)  # noqa: S311 - figures, no secrets
    return [generator.randrange(100, 500) + more for _ in range(ROWS)]
