"""The list of regions as a good tutorial writes it: FastAPI, a session per request, the ORM, a response model.

The session comes as a dependency, the API key is looked up with it, and Pydantic reads the answer from the objects.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ARRAY, DateTime, Numeric, String, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.config import load_settings
from app.kernel.engines import database_url


class Base(DeclarativeBase):
    """Tables."""


class Region(Base):
    """A region's row."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    province_code: Mapped[str | None]
    island_group: Mapped[str]
    capital: Mapped[str]
    latitude: Mapped[float] = mapped_column(Numeric(asdecimal=False))
    longitude: Mapped[float] = mapped_column(Numeric(asdecimal=False))
    population: Mapped[int]
    population_year: Mapped[int]
    area_km2: Mapped[float] = mapped_column(Numeric(asdecimal=False))
    time_zone: Mapped[str]
    own_budget: Mapped[bool]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(String))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    version: Mapped[int]


class ApiKey(Base):
    """An API key's row."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RegionOut(BaseModel):
    """A region in an answer."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    kind: str
    province_code: str | None
    island_group: str
    capital: str
    latitude: float
    longitude: float
    population: int
    population_year: int
    area_km2: float
    time_zone: str
    own_budget: bool
    aliases: list[str]
    valid_from: date | None
    valid_to: date | None
    created_at: datetime
    updated_at: datetime
    version: int


class PageOut(BaseModel):
    """A page of regions."""

    items: list[RegionOut]
    next_cursor: str | None


bearer = HTTPBearer()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Lend a session for the request."""
    async with request.app.state.sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def get_api_key(
    session: Session, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> ApiKey:
    """Look the key up, or refuse."""
    digest = hashlib.sha256(credentials.credentials.encode()).digest()
    key = await session.scalar(select(ApiKey).where(ApiKey.digest == digest))
    if key is None or key.revoked_at is not None or key.expires_at < datetime.now(UTC):
        raise HTTPException(401)
    return key


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the engine."""
    engine = create_async_engine(database_url(load_settings()))
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


def create_app() -> FastAPI:
    """Make the app."""
    app = FastAPI(lifespan=lifespan)

    @app.get("/v1/regions", response_model=PageOut)
    async def list_regions(
        session: Session,
        _key: Annotated[ApiKey, Depends(get_api_key)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: str | None = None,
    ) -> dict[str, object]:
        statement = select(Region).order_by(Region.code).limit(limit + 1)
        if after is not None:
            statement = statement.where(Region.code > after)
        regions = list(await session.scalars(statement))
        more = len(regions) > limit
        return {"items": regions[:limit], "next_cursor": regions[limit - 1].code if more else None}

    return app
