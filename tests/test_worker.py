"""The worker: what changed in a webhook's sight is sent there, signed, in order, and nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from app.domain.deliveries import PAUSES, ROTATION_OVERLAP
from app.kernel.outbound import Outbound
from tests.conftest import As, clients_of
from tests.databases import as_owner
from tests.receivers import Receiver, answer, listening
from tests.routers.factories import make_cohort, make_institution
from tests.routers.mentored import make_mentored
from tests.routers.quick_wins import bring, propose
from tests.routers.reviews import FIRST, LEVELS, make_panel, submit
from tests.routers.webhooks import Work, closed_network, deliveries_of, hooked, make_webhook, step

pytestmark = pytest.mark.commits
ANY = {"If-Match": "*"}


@pytest.fixture
async def as_(committed: FastAPI) -> AsyncIterator[As]:
    async with clients_of(committed) as client_of:
        yield client_of


@pytest.fixture
async def work(committed: FastAPI) -> AsyncIterator[Work]:
    async with closed_network(committed) as worker:
        yield worker


async def test_a_change_is_sent_signed_as_every_other_door_shows_it(as_: As, work: Work) -> None:
    officer = as_("officer")
    await make_institution(officer, "Universitas Sebelum")
    async with hooked(officer, events=["institutions.*"]) as (receiver, made):
        id_ = await make_institution(officer, "Universitas “Satu”")
        await work.round()
        (request,) = receiver.received
        shown = (await officer.get(f"/v1/institutions/{id_}")).json()
        (told,) = await deliveries_of(officer, made.path)
    event = Verifier(made.secret).verify(request.body, request.headers)
    assert (event["type"], sorted(event)) == ("institutions.created", ["data", "timestamp", "type"])
    assert event["data"] == {"resource": "institutions", "key": id_, "operation": "create", "record": shown}
    assert datetime.fromisoformat(event["timestamp"]) <= datetime.now(UTC)
    assert (told["id"], told["type"]) == (request.headers["webhook-id"], "institutions.created")
    assert (told["resource"], told["record_key"], told["state"]) == ("institutions", id_, "delivered")
    (attempt,) = told["attempts"]
    assert (attempt["status_code"], attempt["error"], told["next_attempt_at"]) == (200, None, None)
    await work.round()
    assert len(receiver.received) == 1


async def test_of_one_record_a_later_event_waits_while_others_flow(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer, answer(500), answer(200), events=["institutions.*"]) as (receiver, made):
        first, second = [await make_institution(officer, name) for name in ("Satu", "Dua")]
        await work.round()  # the first fails, the second is taken
        await officer.patch(f"/v1/institutions/{first}", json={"name": "Satu lagi"}, headers=ANY)
        await officer.patch(f"/v1/institutions/{second}", json={"name": "Dua lagi"}, headers=ANY)
        await work.round()
        sent = [(request.event["data"]["key"], request.type.partition(".")[2]) for request in receiver.received]
        assert sent == [(first, "created"), (second, "created"), (second, "updated")]
        assert [item["state"] for item in await deliveries_of(officer, made.path, state="pending")] == ["pending"] * 2
        await work.later()
        sent = [(request.event["data"]["key"], request.type.partition(".")[2]) for request in receiver.received[3:]]
        assert sent == [(first, "created"), (first, "updated")]
        ids = [request.headers["webhook-id"] for request in receiver.received]
        assert (ids[0], len(set(ids))) == (ids[3], 4)  # tried anew under its own id


async def test_an_endpoint_hears_what_its_key_sees_and_asked_for(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with (
        hooked(as_("mentor"), events=["cohorts.*"]) as (mentors, _),
        hooked(officer, events=["*"]) as (officers, _),
        hooked(as_("region_editor"), events=["cohorts.updated", "institutions.deleted"]) as (editors, _),
    ):
        await make_cohort(officer, "draft", state="draft")
        await make_institution(officer)
        await work.round()
        assert (mentors.types, editors.types) == ([], [])
        assert officers.types == ["cohorts.created", "institutions.created"]
        opened = {"to": "open", "reason": "test"}
        await officer.post("/v1/cohorts/draft/transitions", json=opened, headers=ANY)
        await work.round()
        assert mentors.types == ["cohorts.created"]  # it came into sight
        assert officers.types[2:] == ["cohorts.updated"]
        assert editors.types == []  # to them it was created


async def test_an_endpoint_is_told_what_the_changes_tell_its_key_and_no_review(as_: As, work: Work) -> None:
    officer, database = as_("officer"), work.database
    people = ("region_editor", "mentor", FIRST, "data_steward", "officer", "administrator")
    async with listening(Receiver()) as receiver:
        hooks = {person: await make_webhook(as_(person), url=receiver.url) for person in people}
        cursors = {person: (await as_(person).get("/v1/changes")).json()["next_cursor"] for person in people}
        mentored = await make_mentored(officer, database, cohort="mentored")
        await bring(as_, await propose(as_("region_editor"), mentored.candidacy), "approved")
        await propose(as_("region_editor"), mentored.candidacy, title="Not yet approved")
        panel = await make_panel(officer, database)
        await submit(as_(FIRST), panel.reviews[FIRST], LEVELS)
        await work.round()
        heard: dict[str, set[str]] = {}
        for person in people:
            followed = await as_(person).get("/v1/changes", params={"after": cursors[person], "limit": 200})
            expected = [
                {name: item[name] for name in ("resource", "key", "operation", "record")}
                for item in followed.json()["items"]
            ]
            secret, told = Verifier(hooks[person].secret), []
            for request in receiver.received:
                try:
                    told.append(secret.verify(request.body, request.headers)["data"])
                except WebhookVerificationError:  # it was somebody else's
                    continue
            assert sorted(told, key=str) == sorted(expected, key=str), person
            heard[person] = {str(data["resource"]) for data in told}
    assert not any(resource.startswith("review") for told_of in heard.values() for resource in told_of)
    assert "assessments" not in heard["mentor"] | heard["data_steward"]
    titles = [request.event["data"]["record"].get("title") for request in receiver.received]
    assert titles.count("Not yet approved") == 4  # the region, its mentors, the ministry


async def test_a_receiver_may_ask_for_time_and_a_failing_one_is_left_after_ten_tries(as_: As, work: Work) -> None:
    officer = as_("officer")
    retry = answer(503, "Retry-After: 7200")
    async with hooked(officer, retry, answer(302, "Location: /elsewhere"), answer(400)) as (receiver, made):
        before = datetime.now(UTC)
        first = await make_institution(officer, "Satu")
        await work.round()
        await make_institution(officer, "Dua")
        await work.round()
        times = [
            datetime.fromisoformat(item["next_attempt_at"]) - before for item in await deliveries_of(officer, made.path)
        ]
        assert timedelta(hours=2) <= times[0] < timedelta(hours=3)
        assert PAUSES[0] * 0.9 <= times[1] < timedelta(minutes=2)
        for _ in range(9):
            await work.later()
        sent = len(receiver.received)
        rows = await deliveries_of(officer, made.path)
        # Both are tried at once. When the one was tried in vain ten times, the other was given up, or had been tried.
        assert sent in {19, 20}
        assert "failed" in {row["state"] for row in rows} <= {"failed", "cancelled"}
        for row, began in zip(rows, (503, 302), strict=True):
            tried = [attempt["status_code"] for attempt in row["attempts"]]
            assert tried == [began, *[400] * (9 if row["state"] == "failed" else 8)]
        told = (await officer.get(made.path)).json()
        assert (told["state"], told["disabled_because"]) == ("disabled", "failing")
        await officer.patch(f"/v1/institutions/{first}", json={"name": "Satu lagi"}, headers=ANY)
        await work.later()
        assert len(receiver.received) == sent  # nothing more is sent
        receiver.answers = [answer(204)]
        assert (await step(officer, made.path, "active")).json()["disabled_because"] is None
        await work.round()
        assert receiver.types[sent:] == ["institutions.updated"]  # and nothing was missed


async def test_one_bad_event_does_not_disable_an_endpoint_that_takes_others(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer, *[answer(500)] * 9, answer(200)) as (receiver, made):
        await make_institution(officer, "Satu")
        await work.round()
        for _ in range(8):
            await work.later()
        assert (await officer.post(f"{made.path}/pings")).status_code == 201
        await work.round()  # only the ping is due, and taken
        receiver.answers = [answer(500)]
        await work.later()
        states = {item["type"]: item["state"] for item in await deliveries_of(officer, made.path)}
        assert states == {"institutions.created": "failed", "ping": "delivered"}
        assert (await officer.get(made.path)).json()["state"] == "active"


async def test_who_answers_410_is_left_alone_until_told_otherwise(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer, answer(500), answer(410), answer(200)) as (receiver, made):
        for name in ("Satu", "Dua", "Tiga"):
            await make_institution(officer, name)
        await work.round()
        told = (await officer.get(made.path)).json()
        assert (told["state"], told["disabled_because"]) == ("disabled", "gone")
        history = (await officer.get(f"{made.path}/transitions")).json()
        assert (history["history"][-1]["to"], history["history"][-1]["actor"]) == ("disabled", "system")
        await work.later()
        assert len(receiver.received) <= 3
        states = sorted(item["state"] for item in await deliveries_of(officer, made.path))
        assert states[0] == "cancelled"
        assert "failed" in states
        assert (await officer.post(f"{made.path}/pings")).json()["code"] == "webhook_disabled"


async def test_with_its_key_an_endpoint_ends_also_between_the_look_and_the_try(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(as_("mentor"), events=["institutions.*"]) as (receiver, made):
        await make_institution(officer, "Satu")
        await work.worker.look()
        key = (await as_("administrator").get(made.path)).json()["api_key_id"]
        assert (await as_("administrator").delete(f"/v1/api-keys/{key}", headers=ANY)).status_code == 200
        await work.worker.work_off()
        await work.later()
        assert receiver.received == []
        told = (await as_("administrator").get(made.path)).json()
        assert (told["state"], told["disabled_because"]) == ("disabled", "key_revoked")
        (left,) = await deliveries_of(as_("administrator"), made.path)
        assert (left["state"], left["attempts"]) == ("cancelled", [])
        for refused in (
            await step(as_("administrator"), made.path, "active"),
            await as_("administrator").patch(made.path, json={"description": "X"}, headers=ANY),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "webhook_key_ended")


async def test_what_was_sent_is_sent_again_one_or_many_behind_what_waits(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer, events=["institutions.*"]) as (receiver, made):
        names = ("Satu", "Dua", "Tiga")
        for name in names:
            await make_institution(officer, name)
        await work.round()
        first, *_ = await deliveries_of(officer, made.path)
        again = await officer.post(f"{made.path}/deliveries/{first['id']}/redeliveries")
        assert (again.status_code, again.headers["location"]) == (201, f"{made.path}/deliveries/{first['id']}")
        assert (again.json()["state"], len(again.json()["attempts"])) == ("pending", 1)
        await work.round()
        assert receiver.received[3].headers["webhook-id"] == first["id"]
        body = {"since": "2026-01-01T00:00:00Z", "state": "delivered"}
        assert (await officer.post(f"{made.path}/redeliveries", json=body)).json() == {"redelivered": 3}
        await work.round()
        told = [request.event["data"]["record"]["name"] for request in receiver.received[4:]]
        assert sorted(told) == sorted(names)
        assert (await officer.post(f"{made.path}/redeliveries", json=body | {"state": "failed"})).json() == {
            "redelivered": 0
        }
        later = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
        assert (await officer.post(f"{made.path}/redeliveries", json=later)).json() == {"redelivered": 0}


async def test_a_ping_says_nothing_and_after_a_rotation_both_secrets_sign_for_a_day(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer) as (receiver, made):
        rotated = await officer.post(f"{made.path}/rotations", headers={"If-Match": '"1"'})
        new = rotated.json()["secret"]
        assert new != made.secret
        assert (await officer.post(f"{made.path}/rotations", headers={"If-Match": '"1"'})).status_code == 412
        sent = await officer.post(f"{made.path}/pings")
        assert (sent.status_code, sent.json()["type"], sent.json()["state"]) == (201, "ping", "pending")
        await work.round()
        (request,) = receiver.received
        for secret in (made.secret, new):
            event = Verifier(secret).verify(request.body, request.headers)
            assert event["data"] == {"webhook_id": made.path.rpartition("/")[2]}
        async with work.database.read() as connection:
            await connection.execute("UPDATE webhooks SET rotated_at = rotated_at - $1::interval", ROTATION_OVERLAP)
        await officer.post(f"{made.path}/pings")
        await work.round()
        Verifier(new).verify(receiver.received[1].body, receiver.received[1].headers)
        with pytest.raises(WebhookVerificationError):
            Verifier(made.secret).verify(receiver.received[1].body, receiver.received[1].headers)


async def test_a_paused_endpoint_is_told_afterwards(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer, events=["institutions.*"]) as (receiver, made):
        await make_institution(officer, "Satu")
        await work.worker.look()
        await step(officer, made.path, "paused")
        await make_institution(officer, "Dua")
        await work.round()
        assert receiver.received == []
        await step(officer, made.path, "active")
        await work.round()
        assert sorted(request.event["data"]["record"]["name"] for request in receiver.received) == ["Dua", "Satu"]


@pytest.mark.parametrize(
    ("way", "trouble"),
    [
        (Outbound(private=True, total_s=0.2), "timed_out"),
        (Outbound(), "refused_target"),
    ],
)
async def test_why_no_answer_came_is_told(as_: As, work: Work, way: Outbound, trouble: str) -> None:
    officer = as_("officer")
    async with hooked(officer, None) as (receiver, made):
        await officer.post(f"{made.path}/pings")
        await Work(work.database, way).round()
        ((told,),) = [item["attempts"] for item in await deliveries_of(officer, made.path)]
        assert (told["status_code"], told["error"]) == (None, trouble)
        assert len(receiver.received) == (0 if trouble == "refused_target" else 1)


async def test_what_ended_over_thirty_days_ago_is_forgotten(as_: As, work: Work) -> None:
    officer = as_("officer")
    async with hooked(officer, answer(200), answer(500)) as (_, made):
        for _ in range(2):
            await officer.post(f"{made.path}/pings")
            await work.round()
        async with as_owner(work.database.engine.url) as owner:
            await owner.execute("ALTER TABLE webhook_deliveries DISABLE TRIGGER touch")
            await owner.execute("UPDATE webhook_deliveries SET created_at = created_at - interval '31 days'")
            await work.worker.tidy()
            # Made long ago, as on an endpoint that was paused, and ended just now.
            assert len(await deliveries_of(officer, made.path)) == 2
            await owner.execute("UPDATE webhook_deliveries SET updated_at = updated_at - interval '31 days'")
        await work.worker.tidy()
        assert [item["state"] for item in await deliveries_of(officer, made.path)] == ["pending"]


async def test_answers_are_kept_for_a_week_and_then_a_retry_is_a_new_request(as_: As, work: Work) -> None:
    officer = as_("officer")
    for name in ("Satu", "Dua"):
        body = {"name": name, "kind": "university"}
        await officer.post("/v1/institutions", json=body, headers={"Idempotency-Key": name})
    async with work.database.read() as connection:
        await connection.execute(
            "UPDATE idempotency_keys SET created_at = created_at - interval '8 days' WHERE key = 'Satu'"
        )
        await work.worker.tidy()
        assert [row["key"] for row in await connection.fetch("SELECT key FROM idempotency_keys")] == ["Dua"]
