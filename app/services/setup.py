"""Make a database ready to serve: migrated, filled with the reference data, with a first key to enter by."""

from secrets import randbits
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings, SettingsError
from app.domain.principals import SYSTEM
from app.kernel import change_log, migrations, restored, roles
from app.kernel.db import Database, driver_of
from app.kernel.engines import create_engine, database_url, owner_url
from app.kernel.writing import act_as
from app.services import api_keys, reference


class Setup(NamedTuple):
    """What was done: revisions applied, reference rows changed, the first key if one was made.

    `restored` tells that the database was elsewhere when this was done before; `newer` is its revision where that is
    one of a newer version; `closed` tells that nobody can enter as administrator any more.
    """

    revisions: list[str]
    loaded: int
    first_key: str | None
    restored: bool
    newer: str | None
    closed: bool


async def prepare(settings: Settings) -> Setup:
    """Migrate, load the reference data and make the first administrator key. Doing it again only notes the start.

    It also sees to the partitions of the change log, to its going on where it ended when the database was restored, and
    to what the service may do where it is not the owner. The database must be running. Several processes may do this at
    once; they take turns. Raises `SettingsError` when the addresses of service and owner lead to different databases.
    """
    service, owner = database_url(settings), owner_url(settings)
    engine = create_engine(owner, pgbouncer=settings.pgbouncer, command_timeout=None)  # a revision may take its time
    try:
        if settings.owner_url is not None:
            await _check_same(engine, service, pgbouncer=settings.pgbouncer)
        async with engine.connect() as connection:
            autocommitting = driver_of(await connection.get_raw_connection())
            counted_on = await restored.count_on(autocommitting)
            start = await restored.begun_now(autocommitting)
            revisions = await migrations.upgrade(connection)
            newer = await migrations.newer(connection)
            moved = await restored.note(autocommitting, start, counted_on=counted_on)
        fixed = settings.bootstrap_key.get_secret_value() if settings.bootstrap_key else None
        async with Database(engine).write() as session:
            await act_as(session, SYSTEM)
            await change_log.keep(session, settings.changes_kept_days)
            loaded = 0
            if newer is None:
                if (role := make_url(service).username) not in {None, make_url(owner).username}:
                    await roles.let_serve(session, role)
                loaded = await reference.load(session)
            first_key = await api_keys.ensure_bootstrap(session, SYSTEM, fixed)
            # Whoever comes with the ministry's own accounts may be an administrator without a key.
            closed = settings.oidc_issuer is None and not await api_keys.an_administrator_can_enter(session)
    finally:
        await engine.dispose()
    return Setup(revisions, loaded, first_key, moved, newer, closed)


async def _check_same(engine: AsyncEngine, service: str, *, pgbouncer: bool) -> None:
    """Raise `SettingsError` when the owner's address leads to another database than the service's.

    A lock belongs to one database of one running server, whatever either is called and wherever it was copied from: who
    can take it beside its holder is elsewhere.
    """
    take = text(f"SELECT pg_try_advisory_xact_lock({randbits(63)})")
    other = create_engine(service, pgbouncer=pgbouncer)
    try:
        async with engine.connect() as holder, other.connect() as asking:
            await holder.execute(take)
            if await asking.scalar(take):
                raise SettingsError("SERATUS_OWNER_URL: names another database than SERATUS_DATABASE_URL")
    finally:
        await other.dispose()
