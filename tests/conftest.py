"""One PostgreSQL for the run, one database per worker, a savepoint per test.

The controller starts the built-in server, migrates one template and loads the reference data into it; every worker
clones the template. A test runs inside one transaction that is never committed, but each request in it opens its own
session and runs the real unit of work. Tests marked `commits` get a clone of their own instead.
"""

import asyncio
import gc
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
import structlog
import uvloop
from fastapi import FastAPI
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.typing import EventDict

from app.config import Settings
from app.domain.permissions import Role
from app.domain.principals import SYSTEM
from app.kernel import embedded_host
from app.kernel.audit import Refusals
from app.kernel.auth import Identity, KnownKeys
from app.kernel.db import Database
from app.kernel.embedded import SERVICE, EmbeddedPostgres
from app.kernel.engines import create_engine
from app.kernel.key_uses import KeyUses
from app.kernel.loading import unswept
from app.kernel.writing import act_as
from app.main import create_app
from app.models.experts import Expert, ExpertContact
from app.models.institutions import Institution
from app.schemas.api_keys import ApiKeyCreate
from app.services.api_keys import issue
from app.services.setup import prepare
from tests.ground import Ground
from tests.leaks import secret_in
from tests.places import server_folder
from tests.schedule import ModuleScheduling, put_long_ones_first

if TYPE_CHECKING:
    from tests.access.worlds import Worlds

As = Callable[[str], httpx.AsyncClient]
TEMPLATE = "seratus"
SERVER_KEY = pytest.StashKey[ExitStack]()
BASE_URL = "http://seratus.test"
ROOT = Path(__file__).parents[1]
# All tests are one client, in one minute.
UNLIMITED: dict[str, Any] = dict.fromkeys(
    ("reads_per_minute", "writes_per_minute", "exports_per_minute", "failures_per_minute"), 1_000_000_000
)
# A second officer, because decisions are published by a second person.
PEOPLE = {role.value: role for role in Role if role is not Role.PUBLIC} | {"second_officer": Role.OFFICER}
# For whom the people speak; these two records are the template's own.
INSTITUTION = uuid.UUID("019aa000-0000-7000-8000-000000000001")
EXPERT = uuid.UUID("019aa000-0000-7000-8000-000000000002")
SPEAKS_FOR: dict[str, dict[str, Any]] = {
    "region_editor": {"region_code": "32.73"},
    "assessor": {"expert_id": EXPERT},
    "mentor": {"institution_id": INSTITUTION},
}


def secret_of(person: str) -> str:
    """Return the API key of a person in the tests."""
    return f"srt_{person}_{'0' * (40 - len(person))}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make examples` ask for the contract's examples to be written anew."""
    parser.addoption("--record", action="store_true", help="write the examples of the contract")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server and make the template, once for the whole run."""
    structlog.configure(processors=[structlog.processors.format_exc_info, plain_line])
    # For every request httpx asks for sniffio, which is not there, and an import that fails is not remembered.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # how Python spells "not there"
    if hasattr(config, "workerinput"):
        return
    config.stash[SERVER_KEY] = stack = ExitStack()
    folder = stack.enter_context(server_folder())
    embedded_host.SYSTEM_FOLDER = folder / "system"
    server = stack.enter_context(EmbeddedPostgres(folder / "data", durable=False))
    os.environ["TEST_DATABASE_OWNER"] = server.url(TEMPLATE)
    os.environ["TEST_DATABASE_SERVICE"] = server.url(TEMPLATE, SERVICE)
    asyncio.run(fill_template(server.url(TEMPLATE, SERVICE), server.url(TEMPLATE)))


def plain_line(_logger: object, _level: str, said: EventDict) -> str:
    """Return what is logged as a line, with a traceback as it is.

    Structlog's own layout takes a tenth of a request; and where a request fails, with every local variable, a minute.
    """
    traceback = said.pop("exception", None)
    line = " ".join([str(said.pop("event", "")), *(f"{name}={value!r}" for name, value in said.items())])
    return line if traceback is None else f"{line}\n{traceback}"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests, but no garbage: modules and tests stay to the end, and walking them takes a third of this."""
    gc.set_threshold(100_000, 50, 1_000)  # a request makes thousands of objects, and next to none that are circular
    with unswept():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Search all that is written out during a test, the service's log above all, for a key in it."""
    report = yield
    for _when, kind, said in item._report_sections:
        if kind in {"stdout", "stderr"} and (leak := secret_in(said)) is not None:
            report.outcome, report.longrepr = "failed", leak
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the server when nothing uses it any more; the run has failed if its log tells a secret."""
    try:
        session.config.stash.get(SERVER_KEY, ExitStack()).close()
    except AssertionError as leak:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.get_terminal_writer().line(f"\n{leak}", red=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if SERVER_KEY in config.stash:
        config.stash[SERVER_KEY].close()
        del os.environ["TEST_DATABASE_OWNER"], os.environ["TEST_DATABASE_SERVICE"]


async def fill_template(url: str, owner: str | None = None) -> None:
    """Make the template at this address: migrated, with the reference data, the people and whom they speak for."""
    await prepare(Settings(database_url=url, owner_url=owner))
    engine = create_engine(url)
    async with Database(engine).write() as session:
        await act_as(session, SYSTEM)
        session.add(Institution(id=INSTITUTION, name="Universitas Uji", kind="university"))
        await session.flush()
        session.add(Expert(id=EXPERT, name="Asesor Uji", institution_id=INSTITUTION, roles=["assessor"]))
        await session.flush()
        session.add(ExpertContact(expert_id=EXPERT))
        for person, role in PEOPLE.items():
            asked = ApiKeyCreate(
                name=person,
                role=role,
                expires_at=datetime.now(UTC) + timedelta(days=1),
                **SPEAKS_FOR.get(person, {}),
            )
            await issue(session, SYSTEM, asked, secret=secret_of(person))
    await engine.dispose()


@asynccontextmanager
async def cloned_database(name: str) -> AsyncIterator[str]:
    """Clone the template for so long; yield the clone's address for the service, which owns nothing there."""
    template = make_url(os.environ["TEST_DATABASE_SERVICE"])
    owner = make_url(os.environ["TEST_DATABASE_OWNER"]).set(drivername="postgresql", database="postgres")
    plain = owner.render_as_string(hide_password=False)
    admin = await asyncpg.connect(plain)
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY file_copy')
        yield template.set(database=name).render_as_string(hide_password=False)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture(scope="session")
def _asyncio_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Run the tests on the loop that the service runs on.

    By the plugin's own hook the loop would be a parameter of the asynchronous tests alone: pytest would put them first,
    and make all that lives on the loop anew for each other test that uses it.
    """
    return uvloop.new_event_loop


def pytest_xdist_auto_num_workers() -> int:
    """Have one worker more than there are processors: each waits for a database or a process a fifth of its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    put_long_ones_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ModuleScheduling:
    """Hand out the modules in the order in which they stand."""
    config.option.loadscopereorder = False
    return ModuleScheduling(config, log)


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[AsyncEngine]:
    """Give the worker its own database."""
    async with cloned_database(f"test_{uuid.uuid4().hex}") as url:
        engine = create_engine(url)
        yield engine
        await engine.dispose()


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """Make the app, one for all tests because routes take long to build; each test gives it its own database."""
    return create_app(Settings(**UNLIMITED))


@cache
def document() -> dict[str, Any]:
    """Read the contract; to build it takes seconds. That it is what the app says, is tested too."""
    contract: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text("utf-8"))
    return contract


@pytest.fixture(scope="module")
async def ground(engine: AsyncEngine) -> AsyncIterator[Ground]:
    """Begin the transaction of a module's tests."""
    async with engine.connect() as outer:
        await outer.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # other tests may come between
        driver = (await outer.get_raw_connection()).driver_connection
        assert driver is not None
        ground = Ground(engine, outer, driver)
        await ground.set_savepoint(0)
        yield ground
        await outer.rollback()


@pytest.fixture
async def database(ground: Ground, app: FastAPI) -> AsyncIterator[Database]:
    """Give a database that forgets everything after the test."""
    async with ground.test():
        app.state.database = ground
        await forget(app)
        yield ground


@pytest.fixture
async def as_(app: FastAPI, database: Database) -> AsyncIterator[As]:
    """Give clients by person: `as_("officer")`, `as_("public")`."""
    assert app.state.database is database
    async with clients_of(app) as client_of:
        yield client_of


@asynccontextmanager
async def clients_of(app: FastAPI) -> AsyncIterator[As]:
    """Make clients of the app by person, each when it is first asked for."""
    async with AsyncExitStack() as stack:
        clients: dict[str, httpx.AsyncClient] = {}

        def client_of(person: str) -> httpx.AsyncClient:
            if person not in clients:
                clients[person] = client_for(app, person)
                stack.push_async_callback(clients[person].aclose)
            return clients[person]

        yield client_of


def client_for(app: FastAPI, person: str) -> httpx.AsyncClient:
    """Make a client of the app for one person; `public` has no key."""
    headers = {} if person == "public" else {"Authorization": f"Bearer {secret_of(person)}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)


_people: dict[str, dict[bytes, Identity]] = {}  # by template


async def forget(app: FastAPI) -> None:
    """Let the app, which has a database as it came from the template, know nothing but the people.

    They are looked up once for each template, because every test asks as some of them.
    """
    people = _people.setdefault(os.environ["TEST_DATABASE_SERVICE"], {})
    app.state.refusals = Refusals()
    app.state.known_keys = known = KnownKeys()
    if not people:
        async with clients_of(app) as as_:
            for person in PEOPLE:
                assert (await as_(person).get("/v1/regions?limit=1")).status_code == 200
        people.update(known._identities)
        known.uses = KeyUses()
    known._identities.update(people)


@asynccontextmanager
async def committing(app: FastAPI, name: str) -> AsyncIterator[FastAPI]:
    """Put the app on a database of its own for so long, with a real pool and real commits."""
    async with cloned_database(f"{name}_{uuid.uuid4().hex}") as url, on_database(app, url):
        yield app


@asynccontextmanager
async def on_database(app: FastAPI, url: str) -> AsyncIterator[Database]:
    """Put the app on the database at this address for so long."""
    before = getattr(app.state, "database", None)
    app.state.database = database = Database(create_engine(url))
    await database.load_secret()
    await forget(app)
    yield database
    await database.close()
    app.state.database = before


@pytest.fixture(scope="session")
async def made_still() -> "AsyncIterator[Worlds]":
    """Give the records of which examples are recorded and access is tested, made once because that takes seconds."""
    from tests.access.recording import standing_still  # they need what stands here
    from tests.access.worlds import made_worlds

    async with AsyncExitStack() as stack:
        with standing_still():
            made = await stack.enter_async_context(made_worlds())
        yield made


@pytest.fixture(scope="module")
def day() -> Iterator[None]:
    """Let it be, for a module, the day on which those records were made."""
    from tests.access.recording import standing_still  # as above

    with standing_still():
        yield


@pytest.fixture(scope="session")
async def worlds(made_still: "Worlds") -> "Worlds":
    """Give those records, and what hangs on them elsewhere and out of sight."""
    from tests.access.elsewhere import fill_hidden, judge_elsewhere  # as above
    from tests.access.recording import standing_still

    with standing_still():
        await judge_elsewhere(made_still)
        await fill_hidden(made_still)
    return made_still


@pytest.fixture
async def committed(app: FastAPI) -> AsyncIterator[FastAPI]:
    """Give the app on a database of its own, with a real pool and real commits."""
    async with committing(app, "commits"):
        yield app
