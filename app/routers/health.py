"""Is the service alive, is it ready, and how is it doing: for whoever runs it."""

import asyncio
from types import MappingProxyType
from typing import Literal

import structlog
from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from app.kernel import metrics, migrations
from app.kernel.db import Database
from app.kernel.messages import Text
from app.kernel.problem import Problem
from app.kernel.problem_docs import problems
from app.kernel.queries import check_query
from app.kernel.rooms import Room

# A probe wants its answer before its own patience ends, which is seldom more than five seconds.
_PATIENCE_S = 3.0

log = structlog.get_logger()
router = Room(tags=["health"], dependencies=[Depends(check_query)])

Check = Literal["ok", "failed"]
# During an upgrade the older instances go on, and the load balancer must go on sending to them.
_NEWER = Text(
    en="A newer version has migrated the database, which has all that this version works with.",
    id="Basis data telah dimigrasikan oleh versi yang lebih baru, dan memuat semua yang diperlukan versi ini.",
)


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Checks(BaseModel):
    """What must hold before requests are sent here, and in words what is unusual about it, where anything is."""

    database: Check
    migrations: Check
    text_en: str | None = None
    text_id: str | None = None


class Ready(BaseModel):
    """The service can do its work."""

    status: Literal["ready"] = "ready"
    checks: Checks


class NotReady(Problem):
    """Requests sent here now would fail; `checks` tells which part is not there."""

    code, status = "not_ready", 503
    title = Text(en="Not ready", id="Belum siap")
    help = Text(
        en="`checks` names what is missing: start the database, or run `seratus migrate`. The log has the cause.",
        id="`checks` menyebut yang kurang: jalankan basis data, atau `seratus migrate`. Penyebabnya ada di log.",
    )
    headers = MappingProxyType({"Retry-After": "5"})


@router.get("/health/live", summary="Is the process alive?")
async def live() -> Live:
    """Answer 200 as long as the process can answer at all."""
    return Live()


@router.get(
    "/health/ready",
    summary="Can it do its work?",
    response_model_exclude_none=True,
    responses=problems(NotReady),
)
async def ready(request: Request) -> Ready:
    """Answer 200 when the database answers and has the tables of this version, else 503 naming what failed."""
    checks = await _check(request.app.state.database)
    if "failed" in {checks.database, checks.migrations}:
        raise NotReady(checks=checks.model_dump(exclude_none=True))
    return Ready(checks=checks)


@router.get("/metrics", summary="Metrics for Prometheus", response_class=PlainTextResponse)
def metrics_text() -> Response:
    """Answer the numbers of all workers as Prometheus text."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)


async def _check(database: Database) -> Checks:
    checks = Checks(database="failed", migrations="failed")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            async with database.read() as connection:
                await connection.fetchval("SELECT 1")
            checks.database = "ok"
            async with database.engine.connect() as connection:
                if await migrations.at_head(connection):
                    checks.migrations = "ok"
                elif await migrations.newer(connection) is not None:
                    checks.migrations, checks.text_en, checks.text_id = "ok", _NEWER.en, _NEWER.id
    except Exception as error:  # noqa: BLE001 - whatever keeps the database from answering, we are not ready
        log.warning("not_ready", cause=type(error).__name__, reason=str(error))
    return checks
