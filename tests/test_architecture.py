"""What makes the house fast and whole: a read asks the database a fixed number of questions, built once per shape."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import uvloop
from sqlalchemy import Column

from app.domain.principals import SYSTEM
from app.kernel import change_feed, rendering
from app.kernel.db import Connection, Database
from app.kernel.openapi import operations
from app.kernel.projection import Projection, reader_of
from app.services.datasets import DATASETS
from tests.access.lists import OF_EVERY_LIST
from tests.conftest import EXPERT, As, document
from tests.ground import laid
from tests.routers.assessments import begin, open_all
from tests.routers.factories import make_candidacy, make_cohort, make_rubric, make_run
from tests.routers.mentored import make_mentored
from tests.routers.outcomes import file_objection, make_told
from tests.routers.panels import ask_override, declare, make_member
from tests.routers.plans import add_initiative, make_plan, make_template
from tests.routers.quick_wins import bring, propose, report
from tests.routers.reviewed import put_reviewed
from tests.routers.reviews import FAR, FIRST, LEVELS, SECOND, finish, make_panel, submit
from tests.routers.webhooks import make_webhook
from tests.routers.workshops import commit, complete

APP = Path(rendering.__file__).parents[1]
# Operations that read a resource, by name: with their paths, and those with pages as the contract describes them.
READS = {
    operation["operationId"]: (path, operation)
    for path, method, operation in operations(document())
    if method == "get" and path.startswith("/v1")
}
LISTS = {name: operation for name, (_, operation) in READS.items() if name.startswith("list_")}
# Tables so small that no page of them needs an index.
SMALL = {"api_keys"}
# What is gathered anew from the few records of one region, and sorted then; its own tests see that no row is lost.
GATHERED = {"timelines"}
# Reads of the record through which it is visible, and of what hangs on it.
OF_THREE = (
    "_completeness",  # and of all that is written in it
    *(f"{record}_transitions" for record in ("master_plan", "memorandum", "commitment", "quick_win")),  # and who saw it
)
OF_TWO = (
    "_transitions",
    "_inputs",
    "_replacement",
    "cohort_report",
    "_progress",
    "_standings",
    "_content",
    "_diff",
    "_proposal",
    "_gate",
    "_last_use",
    "follow_changes",  # who asks, and the moment
)
FLOORS = ("models", "schemas", "projections", "routers")


def modules(floor: str) -> set[str]:
    return {path.stem for path in (APP / floor).glob("*.py")} - {"__init__"}


def test_a_resource_is_on_every_floor_under_one_name() -> None:
    rooms = {floor: modules(floor) for floor in FLOORS}
    rooms["routers"] -= {"docs", "guides", "health", "home", "well_known"}  # no resource
    rooms["routers"] -= {"conflicts"}  # of panels
    rooms["routers"] -= {"plan_versions", "plan_comments"}  # of the reviews of plans
    rooms["schemas"] -= {"mentoring_rules"}  # of cohorts
    rooms["routers"] -= {"sessions"}  # of workshops
    rooms["routers"] -= {"webhook_deliveries"}  # of webhooks
    rooms["routers"] -= {"progress_reports"}  # of quick wins
    rooms["schemas"] -= {"quick_win_rules"}  # of cohorts
    rooms["schemas"] -= {"quick_win_standings"}  # of quick wins, worked out anew each time
    rooms["schemas"] -= {"rehearsals"}  # what many say
    for floor in ("schemas", "routers"):
        rooms[floor] -= {"reports", "plan_completeness"}  # counted anew each time, so neither a table nor a projection
    rooms["schemas"] -= {"report_results"}  # a part of them
    for floor in ("schemas", "routers"):
        rooms[floor] -= {"exports"}  # the projections of others
    for floor in ("schemas", "projections", "routers"):
        rooms[floor] -= {"changes", "audit"}  # the kernel's table
        rooms[floor] -= {"timelines"}  # gathered from the records of others, so no table
    assert rooms["models"] == rooms["schemas"] == rooms["projections"] == rooms["routers"]


def projections() -> Iterator[tuple[str, Projection]]:
    """Yield every projection of the service by its name in the code."""
    for module in sorted(modules("projections")):
        members = vars(import_module(f"app.projections.{module}"))
        yield from ((name, value) for name, value in members.items() if isinstance(value, Projection))


@asynccontextmanager
async def counted(connection: Connection) -> AsyncIterator[list[str]]:
    """Collect the statements that run on the driver connection."""
    statements: list[str] = []

    def note(record: Any) -> None:
        statements.append(record.query)

    connection.add_query_logger(note)
    try:
        yield statements
        await asyncio.sleep(0)  # the driver tells of a statement in the loop's next round
    finally:
        connection.remove_query_logger(note)


@pytest.fixture
async def address(as_: As, database: Database) -> Callable[[str], str]:
    """Fill the paths of the contract with the first record of each list."""
    known = await make_everything(as_, database)

    def filled(path: str) -> str:
        named = re.sub("{(?:id|code|seq)}", known.get(path.partition("/{")[0], ""), path)
        return re.sub("{(?:number|a|b)}", "1", named).replace("{delivery}", known["delivery"])  # versions are counted

    return filled


@laid
async def make_everything(as_: As, database: Database) -> dict[str, str]:
    """Make a record for every list; return the first of each, by the path of the list, and a delivery."""
    officer, administrator = as_("officer"), as_("administrator")
    await make_rubric(officer)
    await make_cohort(officer, rubric={"code": "readiness", "edition": 1})
    candidacy = await make_candidacy(officer, "test")
    values = "/v1/imports?dataset=indicator-values&indicator=hdi&source=X&unit=X&quality=synthetic"
    await officer.post(values, content=b"kode;tahun;nilai\n32.73;2020;3,5\n", headers={"Content-Type": "text/csv"})
    # Runs are listed by cohort only, moderations by assessment.
    known = {"/v1/selection-runs": (await make_run(officer, "test")).rpartition("/")[2]}
    await begin(officer, "test", [candidacy])
    ((_, assessment),) = (await open_all(officer, "test")).items()
    await make_member(officer, assessment.rpartition("/")[2], str(EXPERT))
    known |= {"/v1/moderations": await moderate(as_, database)}
    await declare(officer, str(EXPERT))  # a conflict of interest, so from now on the expert judges no more
    await ask_override(officer, assessment.rpartition("/")[2], str(EXPERT))
    await file_objection(database, (await make_told(officer, database, "told"))["32.73"])
    await make_planned(as_, database)
    mentored = await make_mentored(officer, database, cohort="mentored")
    known |= {"/v1/mentorships": mentored.mentorship}
    await complete(officer, f"/v1/workshops/{mentored.workshops[0]}", 1)
    await commit(officer, mentored.candidacy)
    await make_reported(as_, mentored.candidacy)
    delivery = (await administrator.post(f"{(await make_webhook(administrator)).path}/pings")).json()["id"]
    for head in {path.partition("/{")[0] for path, _ in READS.values() if "{" in path} - known.keys():
        (first,) = (await administrator.get(head, params={"limit": 1})).json()["items"]
        known[head] = str(first.get("code") or first.get("id") or first["seq"])
    return known | {"delivery": delivery}


async def make_planned(as_: As, database: Database) -> None:
    """Make a plan with an initiative, a version, a comment and a verdict."""
    mentored = await make_mentored(as_("officer"), database, cohort="planned")
    await make_template(database, cohort="planned")
    plan = await make_plan(as_("region_editor"), mentored.candidacy)
    await add_initiative(as_("region_editor"), plan)
    await put_reviewed(database, plan)


async def make_reported(as_: As, candidacy: str) -> None:
    """Make a quick win that was reported on."""
    path = await propose(as_("region_editor"), candidacy, starts_on="2020-01-01", ends_on="2020-12-31")
    await bring(as_, path, "running")
    assert (await report(as_("region_editor"), path, "2020-02-01", 10)).status_code == 201


async def moderate(as_: As, database: Database) -> str:
    """Make an assessment that came to a scorecard by a moderation; return the moderation's id."""
    panel = await make_panel(as_("officer"), database)
    for person, levels in ((FIRST, LEVELS), (SECOND, FAR)):
        await submit(as_(person), panel.reviews[person], levels)
    decisions = {code: {"level": None, "reason": "test"} for code in ("vision", "rules")}
    body = {"decisions": decisions, "minutes": "test"}
    moderated = await as_("officer").post(f"{panel.assessment}/moderations", json=body)
    await finish(as_("officer"), panel)
    return str(moderated.json()["id"])


async def test_a_list_costs_the_same_whatever_its_length(
    as_: As, database: Database, address: Callable[[str], str]
) -> None:
    """One statement for what the path names, one for the page, and one more for the total; none for a known key."""
    administrator = as_("administrator")
    await administrator.get("/v1/regions/32.73")
    async with database.read() as connection:
        for name in LISTS:
            path = READS[name][0]
            expected = 2 if "{" in path else 1
            for query, more in (("limit=1", 0), ("limit=200", 0), ("limit=200&count=true", 1)):
                async with counted(connection) as statements:
                    answer = await administrator.get(f"{address(path)}?{query}")
                assert answer.status_code == 200, answer.text
                assert len(statements) == expected + more, (name, query, statements)


async def test_a_read_costs_the_record_and_what_hangs_on_it(
    as_: As, database: Database, address: Callable[[str], str]
) -> None:
    administrator = as_("administrator")
    await administrator.get("/v1/regions/32.73")
    async with database.read() as connection:
        for name in READS.keys() - LISTS.keys():
            async with counted(connection) as statements:
                answer = await administrator.get(address(READS[name][0]))
            assert answer.status_code == 200, (name, answer.text)
            if name == "get_data_package":
                assert len(statements) == 1 + len(DATASETS)  # the moment, and how many rows there are of each
                continue
            if name == "verify_audit":
                assert len(statements) == 5  # and two more for each batch of seals, of which there is none
                continue
            expected = 3 if name.endswith(OF_THREE) else 2 if name.endswith(OF_TWO) else 1
            if name.startswith("export_"):
                assert "INTO changes" in statements.pop(1)  # the entry in the audit
                if len(statements) > 1:  # the last has the server quote the parameters
                    assert "quote_literal" in statements.pop()
            assert len(statements) == expected, (name, statements)


async def test_the_public_pays_for_no_key(as_: As, database: Database) -> None:
    async with database.read() as connection, counted(connection) as statements:
        await as_("public").get("/v1/regions?limit=200")
    assert len(statements) == 1


BUILDERS: list[Any] = [rendering._one, rendering._page, rendering._count, rendering._every]


def built() -> int:
    """Count the statements built since the builders last forgot them."""
    return sum(builder.cache_info().misses for builder in BUILDERS)


async def test_a_statement_is_built_once_for_each_shape(as_: As) -> None:
    """Other values, another page, another reader of the same kind: nothing is built anew."""
    public, second = as_("public"), as_("second_officer")

    async def ask(client: Any, kind: str, code: str) -> None:
        first = await client.get(f"/v1/regions?kind={kind}&limit=2&count=true&fields=code,name")
        after = await client.get(
            f"/v1/regions?kind={kind}&limit=3&fields=name,code&cursor={first.json()['next_cursor']}"
        )
        assert after.status_code == 200
        await client.get(f"/v1/regions/{code}")
        await client.get(f"/v1/regions.geojson?kind={kind}")

    for builder in BUILDERS:
        builder.cache_clear()
    await ask(public, "city", "32.73")
    assert built() == 5  # two pages, the total, the record, the map
    await ask(as_("officer"), "city", "32.73")
    before = built()
    await ask(public, "regency", "32.04")
    await ask(second, "regency", "32.04")
    assert built() == before
    await public.get("/v1/regions?province=32")  # another shape
    assert built() == before + 1


async def test_every_sort_is_an_index_away_and_never_null(database: Database) -> None:
    """A keyset cursor over a null would lose rows, and without an index page 1,000 would cost more than page 1."""
    async with database.read() as connection:
        columns = await connection.fetch(
            "SELECT t.relname || '.' || a.attname AS name, a.attnotnull AS filled, "
            "EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND a.attnum = ANY (i.indkey)) AS indexed "
            "FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid WHERE t.relkind IN ('r', 'p') AND a.attnum > 0"
        )
    filled = {column["name"] for column in columns if column["filled"]}
    indexed = {column["name"] for column in columns if column["indexed"]}
    for name, shape in projections():
        if shape.name in GATHERED:
            continue
        for sort in [*shape.sorts.values(), shape.key]:
            assert isinstance(sort, Column)
            column = f"{sort.table.name}.{sort.name}"
            assert column in filled, (name, column)
            assert column in indexed or sort.table.name in SMALL, (name, column)


def test_the_feed_reads_the_log_once_at_each_end() -> None:
    """However many tables a record hangs on; and the records themselves by their keys, however many others changed."""
    reader, _ = reader_of(SYSTEM)
    followed = [dataset.projection for dataset in DATASETS.values() if dataset.followed]
    assert len(followed) > 5
    for shape in followed:
        text = change_feed._compared(shape, reader, ()).text
        by_key = text.count("c.key = wanted")
        assert by_key == 2, shape.name
        assert text.count("FROM changes ") - by_key in {0, 2}, shape.name


async def test_the_tests_run_on_the_loop_of_the_service() -> None:
    assert isinstance(asyncio.get_running_loop(), uvloop.Loop)


def test_every_parameter_of_a_list_is_applied() -> None:
    """What the contract offers, the projection filters by; the rest is what every list understands."""
    shapes = {shape.schema.__name__: shape for _, shape in projections()}
    for name, operation in LISTS.items():
        page = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        shape = shapes[page.removesuffix("_").rpartition("_")[2]]
        offered = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        assert offered - OF_EVERY_LIST <= shape.filters.keys(), name
        (sort,) = (parameter for parameter in operation["parameters"] if parameter["name"] == "sort")
        assert {order.removeprefix("-") for order in sort["schema"]["enum"]} == shape.sorts.keys(), name
