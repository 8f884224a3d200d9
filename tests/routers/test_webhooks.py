"""Webhooks: whoever works on the programme asks to be told; a secret is shown once, and nothing is widened by it."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI

from app.kernel.db import Database
from app.schemas.webhooks import RESOURCES
from app.services.datasets import DATASETS
from app.services.webhooks import MOST
from tests.conftest import As, client_for
from tests.routers.assessments import speaking_for
from tests.routers.factories import every_row, faults, make_cohort, make_expert, make_institution
from tests.routers.webhooks import HOOK, deliveries_of, make_webhook, step

HOOKS = "/v1/webhooks"
ANY = {"If-Match": "*"}
SHOWN = {
    "url": HOOK["url"], "events": ["*"], "description": None, "cohort_code": None, "region_code": None,
    "state": "active", "disabled_because": None, "rotated_at": None,
}  # fmt: skip


def test_what_can_be_heard_of_is_what_can_be_exported() -> None:
    assert set(RESOURCES) == set(DATASETS) - {"changes"}


async def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(as_: As, database: Database) -> None:
    officer, headers = as_("officer"), {"Idempotency-Key": "hook-1"}
    created = await officer.post(HOOKS, json=HOOK, headers=headers)
    path, secret = created.headers["location"], created.json()["secret"]
    assert {name: created.json()[name] for name in SHOWN} == SHOWN
    assert secret.startswith("whsec_")
    shown = (await officer.get(path)).json()
    assert shown == {name: value for name, value in created.json().items() if name != "secret"}
    again = await officer.post(HOOKS, json=HOOK, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "shown_once")
    assert (again.headers["idempotency-replayed"], again.headers["location"]) == ("true", path)
    assert len((await officer.get(HOOKS)).json()["items"]) == 1
    async with database.read() as connection:
        for table in ("webhooks", "webhook_progress", "changes", "idempotency_keys"):
            rows = await connection.fetch(f"SELECT to_jsonb(t)::text FROM {table} t")  # noqa: S608 - our own names
            assert not any(secret.removeprefix("whsec_") in row[0] for row in rows)
    other = await make_webhook(officer)
    assert other.secret != secret


async def test_an_endpoint_is_changed_moved_and_taken_away(as_: As) -> None:
    officer = as_("officer")
    await make_cohort(officer)
    path = (await make_webhook(officer)).path
    for own in ({"events": ["cohorts.*"], "cohort_code": "test"}, {"events": ["regions.*"], "region_code": "32.73"}):
        await make_webhook(officer, **own)
    body = {"events": ["quick-wins.*", "candidacies.deleted"], "cohort_code": "test", "region_code": "32.73"}
    changed = await officer.patch(path, json=body | {"description": "for the portal"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in body} == body
    assert (await officer.patch(path, json={"cohort_code": None}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await officer.patch(path, json={"cohort_code": None})).status_code == 428
    assert (await step(officer, path, "paused")).json()["state"] == "paused"
    assert [row["state"] for row in await every_row(officer, HOOKS, state="paused")] == ["paused"]
    refused = await step(officer, path, "paused")
    assert (refused.json()["code"], refused.json()["allowed"]) == ("illegal_transition", ["active", "disabled"])
    assert (await step(officer, path, "disabled")).json()["disabled_because"] == "requested"
    history = (await officer.get(f"{path}/transitions")).json()["history"]
    assert [move["to"] for move in history] == ["active", "paused", "disabled"]
    dry = await officer.delete(f"{path}?dry_run=true", headers=ANY)
    assert dry.json() == (await officer.get(path)).json()
    assert (await officer.delete(path, headers=ANY)).status_code == 200
    assert (await officer.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"url": "http://hook.example.org/"}, "/url", "refused_target"),
        ({"url": "https://127.0.0.1/"}, "/url", "refused_target"),
        ({"url": "https://xn--zzzzzzzzzzzz.id/h"}, "/url", "refused_target"),
        ({"url": "https://2130706433/"}, "/url", "refused_target"),
        ({"url": "https://hook.example.org:22/"}, "/url", "refused_target"),
        ({"url": "https://user:secret@hook.example.org/"}, "/url", "invalid_format"),
        ({"url": "ftp://hook.example.org/"}, "/url", "invalid_format"),
        ({"events": []}, "/events", "too_short"),
        ({"events": ["*", "quick-wins.approved"]}, "/events/1", "invalid_choice"),
        ({"events": ["reviews.*"]}, "/events/0", "invalid_choice"),
        ({"events": ["*", "*"]}, "/events", "duplicate"),
        ({"events": ["rubrics.*"], "region_code": "32.73"}, "/events/0", "not_allowed"),
        ({"cohort_code": "none"}, "/cohort_code", "invalid_reference"),
        ({"region_code": "99.99"}, "/region_code", "invalid_reference"),
        ({"state": "paused"}, "/state", "unknown_field"),
        ({"secret": "whsec_x"}, "/secret", "unknown_field"),
    ],
)
async def test_nonsense_is_refused_with_its_place(as_: As, change: dict[str, Any], pointer: str, code: str) -> None:
    officer = as_("officer")
    assert (pointer, code) in faults(await officer.post(HOOKS, json=HOOK | change))
    path = (await make_webhook(officer)).path
    assert (pointer, code) in faults(await officer.patch(path, json=change, headers=ANY))
    assert (await officer.get(path)).json()["version"] == 1


async def test_what_a_key_may_not_read_it_is_not_told_of_nor_whether_it_is_there(as_: As) -> None:
    await make_cohort(as_("officer"), "draft", state="draft")
    mentor = as_("mentor")
    assert faults(await mentor.post(HOOKS, json=HOOK | {"events": ["assessments.*"]})) == {("/events/0", "not_allowed")}
    hidden = await mentor.post(HOOKS, json=HOOK | {"cohort_code": "draft"})
    absent = await mentor.post(HOOKS, json=HOOK | {"cohort_code": "absent"})
    assert hidden.json()["errors"] == absent.json()["errors"]


async def test_an_endpoint_is_seen_by_whom_its_key_speaks_for_and_by_administrators(as_: As) -> None:
    paths = {person: (await make_webhook(as_(person))).path for person in ("officer", "region_editor", "mentor")}
    for person, path in paths.items():
        for reader in ("officer", "second_officer", "region_editor", "mentor", "assessor", "data_steward"):
            sees = reader.removeprefix("second_") == person
            client = as_(reader)
            assert (await client.get(path)).status_code == (200 if sees else 404), (reader, person)
            assert (path.rpartition("/")[2] in {row["id"] for row in await every_row(client, HOOKS)}) is sees
            if not sees:
                assert (await step(client, path, "paused")).status_code == 404
                assert (await client.post(f"{path}/pings")).status_code == 404
                assert (await client.get(f"{path}/deliveries")).status_code == 404
        assert (await as_("administrator").get(path)).status_code == 200


@pytest.mark.parametrize(
    ("role", "whom"),
    [
        ("region_editor", {"region_code": "32.04"}),
        ("mentor", {}),
        ("mentor", {"institution_id": True}),
        ("assessor", {"expert_id": True}),
    ],
)
async def test_the_same_role_for_another_sees_nothing_of_it(
    as_: As, app: FastAPI, role: str, whom: dict[str, Any]
) -> None:
    made, officer = await make_webhook(as_(role)), as_("officer")
    if "institution_id" in whom:
        whom = {"institution_id": await make_institution(officer)}
    if "expert_id" in whom:
        whom = {"expert_id": await make_expert(officer)}
    async with speaking_for(app, as_("administrator"), role, **whom) as other:
        assert (await other.get(made.path)).status_code == 404
        assert await every_row(other, HOOKS) == []


async def test_nobody_redirects_more_than_they_may_see(as_: As, app: FastAPI) -> None:
    """A key of the same owner, but with less: it sees the endpoint, and can neither turn it nor have its secret."""
    path = (await make_webhook(as_("officer"))).path
    scopes = ["webhooks:read", "webhooks:write", "regions:read"]
    async with speaking_for(app, as_("administrator"), "officer", scopes=scopes) as narrow:
        assert (await narrow.get(path)).status_code == 200
        for refused in (
            await narrow.patch(path, json={"url": "https://elsewhere.example.org/"}, headers=ANY),
            await narrow.post(f"{path}/rotations", headers=ANY),
            await narrow.post(f"{path}/redeliveries", json={"since": "2026-01-01T00:00:00Z"}),
            await narrow.delete(path, headers=ANY),
        ):
            assert (refused.status_code, refused.json()["required_permission"]) == (403, "assessment_progress:read")
        own = (await make_webhook(narrow, events=["regions.*"])).path
        assert faults(await narrow.patch(own, json={"events": ["quick-wins.*"]}, headers=ANY)) == {
            ("/events/0", "not_allowed")
        }
        assert (await as_("officer").patch(own, json={"description": "X"}, headers=ANY)).status_code == 200


async def test_a_delivery_is_of_its_endpoint_and_is_found_by_what_became_of_it(as_: As) -> None:
    officer = as_("officer")
    made, other = await make_webhook(officer), await make_webhook(officer)
    ping = (await officer.post(f"{made.path}/pings")).json()
    assert [item["id"] for item in await deliveries_of(officer, made.path)] == [ping["id"]]
    assert (await officer.get(f"{made.path}/deliveries/{ping['id']}")).json() == ping
    for nowhere in (f"{other.path}/deliveries/{ping['id']}", f"{made.path}/deliveries/nonsense"):
        assert (await officer.get(nowhere)).status_code == 404
        assert (await officer.post(f"{nowhere}/redeliveries")).status_code == 404
    for filters, found in (
        ({"state": "pending", "type": "ping"}, 1),
        ({"state": "failed"}, 0),
        ({"type": "regions.updated"}, 0),
        ({"created_at_gte": ping["created_at"]}, 1),
        ({"created_at_lt": ping["created_at"]}, 0),
    ):
        assert len(await deliveries_of(officer, made.path, **filters)) == found, filters


async def test_bookkeeping_stays_out_of_the_log_and_the_endpoint_is_in_it(as_: As, database: Database) -> None:
    officer = as_("officer")
    made = await make_webhook(officer)
    await officer.post(f"{made.path}/pings")
    async with database.read() as connection:
        rows = await connection.fetch("SELECT resource, after::text FROM changes WHERE resource LIKE 'webhook%'")
    assert [row["resource"] for row in rows] == ["webhooks"]
    assert json.loads(rows[0]["after"])["url"] == HOOK["url"]


async def test_a_key_has_so_many_endpoints_and_no_more(as_: As) -> None:
    officer = as_("officer")
    made = [await make_webhook(officer) for _ in range(MOST)]
    refused = await officer.post(HOOKS, json=HOOK)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_webhooks")
    await make_webhook(as_("second_officer"))
    await officer.delete(made[0].path, headers=ANY)
    await make_webhook(officer)


@pytest.mark.commits
async def test_of_many_rotations_at_once_one_wins(committed: FastAPI) -> None:
    async with client_for(committed, "officer") as officer:
        made = await make_webhook(officer)
        done = await asyncio.gather(
            *(officer.post(f"{made.path}/rotations", headers={"If-Match": '"1"'}) for _ in range(5))
        )
    assert sorted(answer.status_code for answer in done) == [200, 412, 412, 412, 412]
