"""The list of regions with as little as possible between FastAPI and PostgreSQL: no key, no model, one statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Response
from sqlalchemy.engine import make_url

from app.config import load_settings
from app.kernel.engines import database_url

STATEMENT = """
SELECT row_to_json(r)::text FROM (
    SELECT code, name, kind, province_code, island_group, capital, latitude, longitude, population, population_year,
        area_km2, time_zone, own_budget, aliases, valid_from, valid_to, created_at, updated_at, version
    FROM regions ORDER BY code LIMIT $1
) r
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool."""
    address = make_url(database_url(load_settings())).set(drivername="postgresql")
    async with asyncpg.create_pool(address.render_as_string(hide_password=False)) as pool:
        app.state.pool = pool
        yield


def create_app() -> FastAPI:
    """Make the app."""
    app = FastAPI(lifespan=lifespan)

    @app.get("/v1/regions")
    async def list_regions(limit: int = 50) -> Response:
        rows = await app.state.pool.fetch(STATEMENT, limit)
        return Response(f'{{"items":[{",".join([row[0] for row in rows])}]}}', media_type="application/json")

    return app
