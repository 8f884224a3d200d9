"""Who sits on a panel is seen by the ministry and auditors, and by who sits there; nobody else, at no door."""

from typing import Any

import httpx
import pytest

from app.kernel.db import Database
from tests.conftest import As
from tests.routers.factories import make_expert, move
from tests.routers.panels import (
    ME,
    MEMBERS,
    ask_override,
    declare,
    key_of,
    make_assessing,
    make_assessment,
    make_experts,
    make_member,
)

INSIDERS = ("auditor", "officer", "administrator")


class Records:
    """Two panels, with what hangs on them: on the first sit the assessor and `beside`, on the second only `beside`."""

    def __init__(self) -> None:
        self.assessments: list[str] = []
        self.seats: dict[str, str] = {}
        self.declarations: dict[str, str] = {}
        self.overrides: dict[str, str] = {}


@pytest.fixture
async def records(as_: As, database: Database) -> Records:
    """Make them."""
    officer, made = as_("officer"), Records()
    await make_assessing(officer)
    made.assessments = [await make_assessment(officer, database, region) for region in ("32.73", "32.71")]
    (beside,) = await make_experts(officer, 1)
    mine, theirs = made.assessments
    made.seats["mine"] = await make_member(officer, mine, ME)
    made.seats["beside"] = await make_member(officer, mine, beside)
    made.seats["away"] = await make_member(officer, theirs, beside)
    for name, expert in (("mine", ME), ("beside", beside)):
        made.declarations[name] = (await declare(officer, expert)).headers["location"]
        made.overrides[name] = (await ask_override(officer, mine, expert)).headers["location"]
    return made


async def listed(client: httpx.AsyncClient, url: str, query: str = "", **options: Any) -> set[str]:
    """Return the ids of a list, whose total is the same."""
    answer = await client.get(f"{url}?count=true{query}", **options)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["total"] == len(page["items"])
    return {row["id"] for row in page["items"]}


def ids(records: dict[str, str], *names: str) -> set[str]:
    return {records[name].rpartition("/")[2] for name in names or records}


@pytest.mark.parametrize("person", INSIDERS)
async def test_ministry_and_auditors_see_all(as_: As, records: Records, person: str) -> None:
    client = as_(person)
    for url in ("/v1/panel-members", MEMBERS):
        assert await listed(client, url) == ids(records.seats)
    assert await listed(client, "/v1/conflict-declarations") == ids(records.declarations)
    assert await listed(client, "/v1/conflict-overrides") == ids(records.overrides)
    for path in (*records.seats.values(), *records.overrides.values()):
        for url in (path, f"{path}/transitions"):
            assert (await client.get(url)).status_code == 200
    for path in records.declarations.values():
        assert (await client.get(path)).status_code == 200


async def test_an_assessor_sees_the_own_panels_and_of_conflicts_the_own(as_: As, records: Records) -> None:
    me = as_("assessor")
    first, second = records.assessments
    for url in ("/v1/panel-members", MEMBERS, f"/v1/assessments/{first}/panel-members"):
        assert await listed(me, url) == ids(records.seats, "mine", "beside")
    assert await listed(me, "/v1/conflict-declarations") == ids(records.declarations, "mine")
    for url in ("/v1/conflict-overrides", f"/v1/assessments/{first}/conflict-overrides"):
        assert await listed(me, url) == ids(records.overrides, "mine")
    for part in ("panel-members", "conflict-overrides"):
        assert (await me.get(f"/v1/assessments/{second}/{part}")).status_code == 404
    for path in (records.seats["mine"], records.seats["beside"], records.overrides["mine"]):
        for url in (path, f"{path}/transitions"):
            assert (await me.get(url)).status_code == 200
    hidden = [records.seats["away"], records.overrides["beside"]]
    for url in (*hidden, *(f"{path}/transitions" for path in hidden), records.declarations["beside"]):
        assert (await me.get(url)).status_code == 404, url
    assert (await me.get(records.declarations["mine"])).status_code == 200
    # Nor by asking for it by name.
    for query in (f"&assessment={second}", "&region=32.71"):
        assert await listed(me, "/v1/panel-members", query) == set()


async def test_who_stepped_aside_sees_the_own_seat_only(as_: As, records: Records) -> None:
    me = as_("assessor")
    await move(me, records.seats["mine"], "recused")
    assert await listed(me, "/v1/panel-members") == ids(records.seats, "mine")
    assert (await me.get(records.seats["mine"])).json()["state"] == "recused"
    assert (await me.get(records.seats["beside"])).status_code == 404
    assert (await me.get(f"/v1/assessments/{records.assessments[0]}/panel-members")).status_code == 404


async def test_an_assessor_without_a_seat_sees_nothing(as_: As, records: Records) -> None:
    stranger = await key_of(as_("administrator"), await make_expert(as_("officer"), name="Dewi"))
    client = as_("public")
    for url in ("/v1/panel-members", MEMBERS, "/v1/conflict-declarations", "/v1/conflict-overrides"):
        assert await listed(client, url, headers=stranger) == set()
    for path in (*records.seats.values(), *records.overrides.values(), *records.declarations.values()):
        assert (await client.get(path, headers=stranger)).status_code == 404
    for assessment in records.assessments:
        assert (await client.get(f"/v1/assessments/{assessment}/panel-members", headers=stranger)).status_code == 404


@pytest.mark.parametrize("person", ["public", "region_editor", "mentor", "data_steward"])
async def test_regions_and_the_public_are_refused_at_every_door(as_: As, records: Records, person: str) -> None:
    client, (own, _) = as_(person), records.assessments
    seats = [url for path in records.seats.values() for url in (path, f"{path}/transitions")]
    overrides = [url for path in records.overrides.values() for url in (path, f"{path}/transitions")]
    for url in (
        *("/v1/panel-members", MEMBERS, f"/v1/assessments/{own}/panel-members", *seats),
        *("/v1/conflict-overrides", f"/v1/assessments/{own}/conflict-overrides", *overrides),
        *("/v1/conflict-declarations", *records.declarations.values()),
    ):
        refused = await client.get(url)
        assert refused.status_code == (401 if person == "public" else 403), url
        assert "Asesor" not in refused.text


async def test_a_cursor_of_one_assessor_is_no_use_to_another(as_: As, records: Records) -> None:
    page = (await as_("assessor").get("/v1/panel-members?limit=1")).json()
    stranger = await key_of(as_("administrator"), await make_expert(as_("officer"), name="Dewi"))
    url = f"/v1/panel-members?limit=1&cursor={page['next_cursor']}"
    assert records.seats
    assert (await as_("public").get(url, headers=stranger)).json()["code"] == "invalid_cursor"
