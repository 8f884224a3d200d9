"""The audit: what was done and exported, with all that the log has of it; levels only once a panel is complete."""

from typing import Any

import pytest

from app.kernel import audit
from app.kernel.db import Database
from tests.conftest import As
from tests.routers.audit import AUDIT, committing, key_id, told
from tests.routers.factories import make_institution
from tests.routers.reviews import FAR, FIRST, LEVELS, SECOND, make_panel, save, submit

__all__ = ["committing"]  # a fixture


async def test_a_change_is_told_with_both_sides_and_all_that_is_known_of_its_request(as_: As) -> None:
    officer = as_("officer")
    id_ = await make_institution(officer, "Before")
    changed = await officer.patch(
        f"/v1/institutions/{id_}", json={"name": "After"}, headers={"If-Match": "*", "X-Request-Id": "the-one"}
    )
    assert changed.status_code == 200
    (entry,) = await told(as_, request_id="the-one")
    assert entry["before"] | {"name": "After", "version": 2} == entry["after"] | {
        "updated_at": entry["before"]["updated_at"]
    }
    assert entry["before"]["name"] == "Before"
    assert entry | {"seq": 0, "at": "", "before": None, "after": None} == {
        "seq": 0,
        "at": "",
        "operation": "update",
        "resource": "institutions",
        "key": id_,
        "actor": await key_id(as_, "officer"),
        "address": "127.0.0.1",
        "request_id": "the-one",
        "before": None,
        "after": None,
        "withheld": False,
    }
    alone = await as_("auditor").get(f"{AUDIT}/{entry['seq']}")
    assert alone.json() == entry


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ({"resource": "institutions", "operation": "create"}, True),
        ({"operation_in": "create,delete", "address": "127.0.0.1"}, True),
        ({"address": "::ffff:127.0.0.2"}, False),
        ({"actor": "key:nobody"}, False),
        ({"at_gte": "2100-01-01T00:00:00Z"}, False),
        ({"at_lt": "2100-01-01T00:00:00Z", "request_id": "made"}, True),
        ({"request_id": "not-made"}, False),
    ],
)
async def test_entries_are_found_by_what_they_say(as_: As, filters: dict[str, str], matches: bool) -> None:
    body = {"name": "A", "kind": "university"}
    made = await as_("officer").post("/v1/institutions", json=body, headers={"X-Request-Id": "made"})
    found = await told(as_, key=made.json()["id"], **filters)
    assert [entry["operation"] for entry in found] == ["create"] * matches


async def test_pages_lead_from_the_latest_to_the_first(as_: As) -> None:
    for name in "ABC":
        await make_institution(as_("officer"), name)
    asked: dict[str, Any] = {
        "resource": "institutions",
        "limit": 2,
        "operation": "create",
        "actor": await key_id(as_, "officer"),
    }
    first = (await as_("auditor").get(AUDIT, params=asked)).json()
    rest = (await as_("auditor").get(AUDIT, params=asked | {"cursor": first["next_cursor"]})).json()
    assert [item["after"]["name"] for item in first["items"] + rest["items"]] == ["C", "B", "A"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", ["address=nowhere", "operation=read", "at_gte=yesterday", "sort=at", "actor="])
async def test_what_makes_no_sense_is_refused(as_: As, query: str) -> None:
    answer = await as_("auditor").get(f"{AUDIT}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize("seq", ["0", "9" * 18, "x", "1.0"])
async def test_an_entry_that_is_not_there_is_not_found(as_: As, seq: str) -> None:
    assert (await as_("auditor").get(f"{AUDIT}/{seq}")).status_code == 404


async def test_an_export_is_told_with_what_was_asked_for(as_: As) -> None:
    path = "/v1/exports/indicator-values"
    for person, query in (("public", "indicator=hdi&region=32.73&format=csv"), ("officer", "fields=year,value")):
        answer = await as_(person).get(f"{path}?{query}", headers={"X-Request-Id": person})
        assert answer.status_code == 200
    assert (await as_("officer").head(path)).status_code == 200
    assert (await as_("officer").get(f"{path}?fields=nothing")).status_code == 422
    by_officer, by_public = await told(as_, operation="export")
    assert (by_public["resource"], by_public["key"], by_public["actor"]) == ("indicator-values", path, "public")
    assert (by_public["address"], by_public["request_id"]) == ("127.0.0.1", "public")
    assert by_public["after"] == {"format": "csv", "filters": {"indicator": "hdi", "region": "32.73"}}
    assert by_officer["actor"] == await key_id(as_, "officer")
    assert by_officer["after"] == {"format": "ndjson", "filters": {}, "fields": "year,value"}


@pytest.mark.commits
async def test_an_export_that_leaves_no_trace_is_not_made(committing: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_WRITE", "SELECT $1, $2, $3, $4, $5, $6, $7 FROM nowhere")
    assert (await committing("public").get("/v1/exports/regions")).status_code == 500


@pytest.mark.commits
async def test_neither_the_changes_nor_their_export_tell_of_refusals_and_exports(committing: As) -> None:
    """Though their resource is one that is followed, and the path is where the key of a record would be."""
    as_, officer = committing, committing("officer")
    cursor = (await officer.get("/v1/changes")).json()["next_cursor"]
    id_ = await make_institution(officer, "A")
    moment = (await officer.get("/v1/exports/institutions")).headers["change-cursor"]
    assert (await as_("mentor").patch(f"/v1/institutions/{id_}", json={"name": "B"})).status_code == 403
    assert (await as_("mentor").patch("/v1/regions/32.73", json={})).status_code == 403
    for _ in range(2):
        await officer.get("/v1/exports/regions")
    assert {entry["operation"] for entry in await told(as_)} == {"create", "refuse", "export"}
    page = (await officer.get("/v1/changes", params={"after": cursor})).json()
    assert [(item["key"], item["operation"]) for item in page["items"]] == [(id_, "create")]
    page = (await officer.get("/v1/changes", params={"after": moment})).json()
    assert page["items"] == []
    log = (await as_("auditor").get("/v1/exports/changes?format=json")).json()
    assert {entry["operation"] for entry in log} == {"create"}
    assert set(log[0]) == {"seq", "resource", "key", "operation", "at"}
    then = (await officer.get("/v1/exports/institutions", params={"as_of": moment, "format": "json"})).json()
    assert id_ in {row["id"] for row in then}


async def test_what_tells_of_levels_is_withheld_until_the_panel_is_complete(as_: As, database: Database) -> None:
    officer = as_("officer")
    panel = await make_panel(officer, database)
    await submit(as_(FIRST), panel.reviews[FIRST], LEVELS)
    await save(as_(SECOND), panel.reviews[SECOND], levels=FAR)
    asked: dict[str, Any] = {"resource": "reviews", "operation_in": "create,update", "limit": 200}
    for person in ("auditor", "administrator"):
        entries = (await as_(person).get(AUDIT, params=asked)).json()["items"]
        assert len(entries) > 3
        assert all(entry["withheld"] and entry["before"] is entry["after"] is None for entry in entries)
        alone = (await as_(person).get(f"{AUDIT}/{entries[0]['seq']}")).json()
        assert alone == entries[0]
    await submit(as_(SECOND), panel.reviews[SECOND], FAR)
    entries = await told(as_, **asked)
    assert not any(entry["withheld"] for entry in entries)
    assert {entry["after"]["state"] for entry in entries} == {"draft", "submitted"}


@pytest.mark.commits
async def test_before_anything_is_sealed_the_verification_says_so(committing: As) -> None:
    as_ = committing
    nothing = (await as_("auditor").get(f"{AUDIT}-verification")).json()
    assert nothing.pop("unsealed") > 0
    assert nothing == {
        "verified_entries": 0,
        "seals": 0,
        "first_seal": None,
        "last_seal": None,
        "digest": None,
        "sealed_until": None,
        "whole_since": None,
        "first_broken": None,
    }
    for number in ("many", "0", "1001"):
        assert (await as_("auditor").get(f"{AUDIT}-verification?seals={number}")).status_code == 422
