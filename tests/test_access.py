"""Every operation, as everyone: who may is in a table, and what is not yours is answered as if it were not there.

The tables, and the records and requests of each topic, are in `tests/access`.
"""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest

from app.domain.permissions import GRANTS
from app.services.datasets import DATASETS
from tests.access.lists import shown
from tests.access.records import OTHER_REGION
from tests.access.sending import NEEDED, OPERATIONS, request_of, send, send_request
from tests.access.tables import LETTERS
from tests.access.who_may import WHO_MAY
from tests.access.who_sees_drafts import WHO_SEES_DRAFTS
from tests.access.worlds import World, Worlds
from tests.conftest import document
from tests.routers.factories import unlike
from tests.sweeps import for_each

pytestmark = pytest.mark.usefixtures("day")

# A key that makes keys, or gives out their secrets, does so for none above itself; with that permission alone for few.
NEED_MORE = {"create_api_key", "rotate_api_key"}
# Words by which operations on what may not be published are known.
NAMED = (
    "cohort",
    "candidacy",
    "selection",
    "rubric",
    "memorand",
    "assessment",
    "letter",
    "objection",
    "plan",
    "initiative",
    "mentorship",
    "quick_win",
    "progress_report",
    "workshop",
    "session",
    "commitment",
)
# Of these, what makes a record that belongs to none in the path.
MADE_ANYWHERE = {
    "create_cohort",
    "create_rubric",
    "create_plan_template",
    "create_master_plan",
    "create_quick_win",
}
# Of these there is no list; they have tests of their own.
LISTED_NOWHERE = {"region-profiles", "changes"}
FOLLOWED = [name for name, dataset in DATASETS.items() if dataset.followed]


def test_every_operation_has_a_row() -> None:
    """And a request. A list of everything is there for everyone; only what it holds differs."""
    assert set(WHO_MAY) == set(OPERATIONS) == {name.partition("/")[0] for name in World().requests}
    named = {operation for operation in OPERATIONS if any(word in operation for word in NAMED)}
    of_everything = {name for name in named if name.startswith("list_") and "{" not in OPERATIONS[name][0]}
    exports = {name for name in named if name.startswith("export_")}  # held against the lists below
    assert set(WHO_SEES_DRAFTS) == named - of_everything - exports - MADE_ANYWHERE


def test_the_permission_table_says_the_same() -> None:
    """Who may call an operation holds its permission."""
    for operation, letters in WHO_MAY.items():
        needed = NEEDED.get(operation)
        any_of = {needed} if isinstance(needed, str) else set(needed or ())
        holders = {role.value for role, held in GRANTS.items() if needed is None or any_of & held}
        assert {LETTERS[letter.upper()] for letter in letters} == holders, operation


@pytest.mark.parametrize(("operation", "letters"), WHO_MAY.items())
async def test_who_may(worlds: Worlds, operation: str, letters: set[str]) -> None:
    for letter, person in LETTERS.items():
        answer = await send(worlds.as_(person), worlds.published, operation, person)
        if letter in letters or (letter == "R" and "r" in letters):
            assert answer.is_success, (person, answer.text)
        elif letter.lower() in letters:
            assert answer.status_code in {403, 404}, (person, answer.text)
        elif person == "public":
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            assert (answer.status_code, answer.json()["required_permission"]) == (403, NEEDED[operation]), person


@pytest.mark.parametrize("operation", [name for name, letters in WHO_MAY.items() if "r" in letters])
async def test_a_region_editor_may_for_its_own_region_only(worlds: Worlds, operation: str) -> None:
    own = worlds.published.reference
    elsewhere = replace(worlds.published, reference=replace(own, region=OTHER_REGION))
    answer = await send(worlds.as_("region_editor"), elsewhere, operation)
    assert (answer.status_code, answer.json()["required_permission"]) == (403, NEEDED[operation])
    assert (await send(worlds.as_("officer"), elsewhere, operation)).is_success


async def absent_answer(worlds: Worlds, operation: str, person: str) -> httpx.Response:
    """Return how a person is answered about what is not there; asked once, because nothing changes it."""
    if (operation, person) not in worlds.told_of_absent:
        worlds.told_of_absent[operation, person] = await send(worlds.as_(person), worlds.absent, operation)
    return worlds.told_of_absent[operation, person]


@pytest.mark.parametrize(("operation", "letters"), WHO_SEES_DRAFTS.items())
async def test_what_is_not_published_is_answered_exactly_as_absent(
    worlds: Worlds, operation: str, letters: set[str]
) -> None:
    for letter, person in LETTERS.items():
        hidden = await send(worlds.as_(person), worlds.hidden, operation)
        if letter.lower() in letters:
            assert hidden.status_code == 403, (person, hidden.text)
            continue
        if letter in letters:
            assert hidden.status_code not in {401, 403, 404}, (person, hidden.text)
            continue
        absent = await absent_answer(worlds, operation, person)
        assert hidden.status_code == absent.status_code
        assert hidden.status_code in {401, 403, 404}
        assert hidden.json() | {"instance": ""} == absent.json() | {"instance": ""}
        assert unlike(hidden.headers, absent.headers) <= {"content-length"}  # the instance is the path


# What the service sets itself, and what somebody might wish to set.
NOT_ASKED = {
    "id": "01890000-0000-7000-8000-000000000000",
    "version": 7,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "created_by": "system",
    "status": "approved",
    "score": 100,
    "total": 100,
    "approved_by": "system",
    "decided_by": "system",
    "digest": "00",
    "is_admin": True,
}


@for_each(name for name, request in World().requests.items() if "/" not in name and isinstance(request.body, dict))
async def test_what_the_service_sets_itself_is_taken_from_nobody(worlds: Worlds, name: str) -> None:
    letter = next(letter for letter in reversed(LETTERS) if letter in WHO_MAY[name])
    request = request_of(worlds.published, name, LETTERS[letter])
    assert isinstance(request.body, dict)
    added = {member: value for member, value in NOT_ASKED.items() if member not in taken_by(name)}
    answer = await send_request(worlds.as_(LETTERS[letter]), name, request._replace(body=request.body | added))
    assert answer.status_code == 422, answer.text
    told = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert {(f"/{member}", "unknown_field") for member in added} <= told


def taken_by(operation: str) -> set[str]:
    """Return the members of the body that an operation takes."""
    (content, *_) = OPERATIONS[operation][2]["requestBody"]["content"].values()
    return set(document()["components"]["schemas"][content["schema"]["$ref"].split("/")[-1]]["properties"])


@pytest.mark.parametrize("operation", [name for name, (path, _, _) in OPERATIONS.items() if "{" in path])
async def test_what_is_not_there_is_told_to_those_who_might_see_it(worlds: Worlds, operation: str) -> None:
    letters = WHO_MAY[operation]
    for letter, person in LETTERS.items():
        answer = await absent_answer(worlds, operation, person)
        refused = 401 if person == "public" else 403
        may = {letter, letter.lower()} & letters
        assert answer.status_code == (404 if may else refused), (person, answer.text)


@pytest.mark.parametrize("operation", [name for name, needed in NEEDED.items() if isinstance(needed, str)])
async def test_a_key_lacking_one_permission_is_refused_by_its_name(worlds: Worlds, operation: str) -> None:
    needed = NEEDED[operation]
    lacking = await send(worlds.keys["all but", needed], worlds.published, operation)
    assert (lacking.status_code, lacking.json()["required_permission"]) == (403, needed)
    if operation not in NEED_MORE and "A" in WHO_MAY[operation]:
        only = await send(worlds.keys["only", needed], worlds.published, operation)
        assert only.is_success, only.text


async def rows_of_lists(worlds: Worlds, person: str, dataset: str) -> dict[str, Any]:
    """Return what the lists show of a dataset, by key; of runs and values one has to walk the lists above them."""
    above = {
        "indicator-values": ("/v1/indicators", "/v1/indicators/{}/values"),
        "selection-runs": ("/v1/cohorts", "/v1/cohorts/{}/selection-runs"),
        "selection-results": ("/v1/exports/selection-runs", "/v1/selection-runs/{}/results"),
        "plan-versions": ("/v1/master-plans", "/v1/master-plans/{}/versions"),
    }
    paths = [f"/v1/{dataset}"]
    if dataset in above:
        heads, template = above[dataset]
        exported = heads.partition("/v1/exports/")[2]
        items = (await worlds.exported(person, exported)).json() if exported else await shown(worlds, person, heads)
        paths = [template.format(item.get("code") or item["id"]) for item in items]
    return {item.get("id") or item["code"]: item for path in paths for item in await shown(worlds, person, path)}


@pytest.mark.parametrize("dataset", [name for name in DATASETS if name not in LISTED_NOWHERE])
async def test_an_export_has_the_rows_of_the_list_for_everyone(worlds: Worlds, dataset: str) -> None:
    seen = set()
    for person in LETTERS.values():
        client, answer = worlds.as_(person), await worlds.exported(person, dataset)
        if answer.status_code in {401, 403}:
            continue
        rows = answer.json()
        assert len(rows) == int(answer.headers["row-count"])
        assert {row.get("id") or row["code"]: row for row in rows} == await rows_of_lists(worlds, person, dataset), (
            person
        )
        seen.add(len(rows))
        if person not in {"public", "administrator"}:  # who sees least and who sees most: the formats know no others
            continue
        lines = (await client.get(f"/v1/exports/{dataset}")).text.splitlines()
        assert [json.loads(line) for line in lines] == rows
        table = list(csv.DictReader(io.StringIO((await client.get(f"/v1/exports/{dataset}?format=csv")).text)))
        assert [list(row) for row in table] == [list(row) for row in rows]
        assert [
            {name: meant(cells[name], value) for name, value in row.items()}
            for cells, row in zip(table, rows, strict=True)
        ] == rows
    assert max(seen) > 0


async def test_the_profile_of_every_region_is_exported(worlds: Worlds) -> None:
    public = worlds.as_("public")
    assert {row["region_code"] for row in (await public.get("/v1/exports/region-profiles?format=json")).json()} == {
        row["code"] for row in (await public.get("/v1/exports/regions?format=json")).json()
    }
    of_jakarta = (await public.get("/v1/exports/region-profiles?format=json&province=31")).json()
    assert len(of_jakarta) == 6
    for row in of_jakarta:
        assert row == (await public.get(f"/v1/regions/{row['region_code']}/profile")).json()


async def test_the_log_of_changes_names_what_the_other_exports_have(worlds: Worlds) -> None:
    """By the keys that clients know, and nothing of what is exported nowhere."""
    auditor = worlds.as_("auditor")
    log = (await auditor.get("/v1/exports/changes?format=json")).json()
    assert {entry["resource"] for entry in log} <= set(FOLLOWED)
    assert {entry["operation"] for entry in log} <= {"create", "update", "delete"}
    assert set(log[0]) == {"seq", "resource", "key", "operation", "at"}
    for dataset in FOLLOWED:
        rows = (await worlds.exported("auditor", dataset)).json()
        ends = {entry["key"]: entry["operation"] for entry in log if entry["resource"] == dataset}
        assert {key for key, last in ends.items() if last != "delete"} == {name_of(row) for row in rows}, dataset


def meant(cell: str, value: Any) -> Any:
    """Return what a table's cell says, read as `value` is; nothing in these rows would be computed."""
    if isinstance(value, str):
        return cell
    return json.loads(cell) if cell else None


@pytest.mark.parametrize("person", LETTERS.values())
async def test_the_changes_tell_everyone_what_the_exports_show(worlds: Worlds, person: str) -> None:
    """All these records were made after the beginning, and came into and out of sight on the way."""
    client = worlds.as_(person)
    told: dict[str, dict[str, Any]] = {dataset: {} for dataset in FOLLOWED}
    cursor, more = worlds.beginnings[person], True
    while more:
        page = (await client.get("/v1/changes", params={"after": cursor, "limit": "200"})).json()
        cursor, more = page["next_cursor"], page["more"]
        for item in page["items"]:
            assert item["key"] not in told[item["resource"]], "told twice"
            told[item["resource"]][item["key"]] = item["record"]
    for dataset in FOLLOWED:
        answer = await worlds.exported(person, dataset)
        if not answer.is_success:
            assert not told[dataset]
            continue
        rows = {name_of(row): row for row in answer.json()}
        assert {key: rows.get(key) for key in told[dataset]} == told[dataset]
        later = {key for key, row in rows.items() if datetime.fromisoformat(row["updated_at"]) > worlds.begun}
        assert later <= told[dataset].keys()


def name_of(row: dict[str, Any]) -> str:
    """Return the name under which changes tell of a row."""
    key = ("code", "edition") if "code" in row else ("region_code",)
    return str(row.get("id") or "/".join(str(row[part]) for part in key if part in row))
