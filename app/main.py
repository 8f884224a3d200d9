"""The service itself: `create_app()` puts the rooms together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

from app.config import Settings, load_settings
from app.kernel import failures, openapi, pages, telemetry
from app.kernel.auth import KnownKeys
from app.kernel.db import Database
from app.kernel.engines import create_engine, database_url
from app.kernel.guard import Guard
from app.kernel.idempotency import ReplayError
from app.kernel.key_uses import written_down
from app.kernel.limits import Limited, Limits
from app.kernel.outbound import Outbound
from app.kernel.problem_pages import problem_pages
from app.kernel.retries import Retries
from app.reference import examples
from app.routers import (
    api_keys,
    assessments,
    audit,
    candidacies,
    catalogues,
    changes,
    cohorts,
    commitments,
    conflicts,
    docs,
    experts,
    exports,
    guides,
    health,
    home,
    imports,
    indicators,
    initiatives,
    institutions,
    master_plans,
    memoranda,
    mentorships,
    moderations,
    objections,
    panels,
    plan_comments,
    plan_reviews,
    plan_templates,
    plan_versions,
    progress_reports,
    quick_wins,
    regions,
    reports,
    result_letters,
    reviews,
    rubrics,
    scorecards,
    selection_runs,
    sessions,
    timelines,
    webhook_deliveries,
    webhooks,
    well_known,
    workshops,
)

if TYPE_CHECKING:
    from app.kernel.oidc import SignIn

DESCRIPTION = """
The programme registry of *Gerakan Menuju 100 Smart City*: candidate regions, their transparent selection, and what
becomes of them. Published data is open to everyone; everything else needs an API key or, where
the ministry's accounts are taken, an access token.

Every list is paged by `next_cursor`; every record has an `ETag`; every error is a problem document (RFC 9457) in
English or Indonesian. Send `Idempotency-Key` with a POST to make it safe to repeat, and `dry_run=true` to see what it
would do. What you may ask for in a minute, and what is left of it, is in every answer (`RateLimit`).

The examples are recorded from a rehearsal: what they say of real regions beyond published figures is synthetic.
"""


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Make the app. With `database` it runs on that one, as tests do; else it opens the one in the settings."""
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if database is not None:
            app.state.database = database
            yield
            return
        engine = create_engine(database_url(settings), pgbouncer=settings.pgbouncer)
        app.state.database = Database(engine)
        # What is here now stays for good: the collector need not look through it again and again.
        gc.collect()
        gc.freeze()
        async with (
            app.state.database.knowing_the_secret(),
            written_down(app.state.known_keys.uses, app.state.database),
        ):
            yield
        await app.state.limits.counters.close()
        await app.state.database.close()

    app = FastAPI(
        title="Seratus",
        version=openapi.CONTRACT_VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=telemetry.SPANS,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.known_keys = KnownKeys()
    app.state.limits = Limits(settings)
    app.state.sign_in = _sign_in(settings)
    app.state.outbound = Outbound(private=settings.webhooks_private)
    app.state.security_contact = settings.security_contact
    rooms = (
        regions,
        catalogues,
        indicators,
        imports,
        institutions,
        experts,
        rubrics,
        plan_templates,
        cohorts,
        candidacies,
        selection_runs,
        assessments,
        reviews,
        moderations,
        scorecards,
        memoranda,
        panels,
        conflicts,
        result_letters,
        objections,
        master_plans,
        plan_versions,
        plan_comments,
        plan_reviews,
        initiatives,
        mentorships,
        workshops,
        sessions,
        commitments,
        quick_wins,
        progress_reports,
        reports,
        timelines,
        exports,
        changes,
        audit,
        webhooks,
        webhook_deliveries,
        api_keys,
        health,
        home,
        well_known,
        docs,
        guides,
    )
    for room in rooms:
        app.include_router(room.router)
    app.include_router(problem_pages)
    app.include_router(pages.assets)
    failures.install(app)
    app.add_exception_handler(ReplayError, _replay)
    openapi.install(app, examples.load)
    app.add_middleware(Retries)
    app.add_middleware(Guard)
    app.add_middleware(Limited)
    _admit_scripts(app, settings.cors_origins)
    telemetry.install(app)
    return app


def _sign_in(settings: Settings) -> "SignIn | None":
    """Return the way in for whoever has one of the ministry's accounts; None where these are not taken."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    from app.kernel.oidc import sign_in  # noqa: PLC0415 - a twelfth of a start, for those who take accounts

    return sign_in(settings.oidc_issuer, settings.oidc_audience)


def _admit_scripts(app: FastAPI, origins: str) -> None:
    """Let scripts of these sites ask (CORS) and read what the headers of an answer say; no cookies are at stake."""
    if not origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins.split(","),
        allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-Id"],
        expose_headers=[
            *("Change-Cursor", "Content-Disposition", "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit"),
            *("RateLimit-Policy", "Retry-After", "Row-Count", "X-Request-Id"),
        ],
    )


async def _replay(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ReplayError):
        raise TypeError
    return error.response
