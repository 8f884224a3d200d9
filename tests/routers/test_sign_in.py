"""People of the ministry come in by their own accounts: they may what their token says, and nothing lasts longer."""

import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.kernel.auth import KnownKeys
from app.kernel.db import Database
from tests.conftest import As, client_for
from tests.providers import Provider, token
from tests.routers.factories import make_cohort
from tests.routers.mentored import make_mentored
from tests.routers.plans import make_plan, make_template
from tests.routers.webhooks import HOOK, make_webhook

KEYS, COHORTS = "/v1/api-keys", "/v1/cohorts"
COHORT = {"code": "mine", "year": 2030, "phase": 9, "title": "x", "quota": 1, "candidate_quota": 1}
REGION = {"seratus_role": "region_editor", "seratus_region": "32.73"}

Signed = Callable[..., httpx.AsyncClient]


@pytest.fixture
def provider(app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Let the people of a provider in."""
    assert app.state.database is database
    provider = Provider()
    monkeypatch.setitem(app.state._state, "sign_in", provider.sign_in())
    return provider


@pytest.fixture
async def signed(app: FastAPI, provider: Provider) -> AsyncIterator[Signed]:
    """Give clients with a token of these claims."""
    assert provider.keys
    async with client_for(app, "public") as client:

        def with_claims(**claims: Any) -> httpx.AsyncClient:
            client.headers["Authorization"] = f"Bearer {token(**claims)}"
            return client

        yield with_claims


async def test_a_person_may_what_the_role_may(signed: Signed) -> None:
    assert (await signed(seratus_role="administrator").get(KEYS)).status_code == 200
    refused = await signed(seratus_role="auditor").get(KEYS)
    assert (refused.status_code, refused.json()["required_permission"]) == (403, "api_keys:manage")
    narrowed = await signed(seratus_role="administrator", seratus_scopes=["cohorts:read"]).get(KEYS)
    assert narrowed.status_code == 403


async def test_a_role_that_was_taken_away_ends_with_the_token(signed: Signed) -> None:
    assert (await signed(seratus_role="administrator").get(KEYS)).status_code == 200
    assert (await signed(seratus_role=None).get(KEYS)).status_code == 401
    assert (await signed(seratus_role="mentor").get(KEYS)).status_code == 403


async def test_a_bad_token_gets_the_answer_of_a_bad_key(signed: Signed) -> None:
    good = signed(seratus_role="administrator")
    assert (await good.get(KEYS)).status_code == 200
    key, bad = "srt_" + "x" * 43, [token(exp=int(time.time()) - 60), token(seratus_role="x"), token("other"), "x"]
    bad += [token(seratus_role="administrator", padding="x" * 8_192), f"Bearer {token()}"]
    for path in (KEYS, COHORTS):
        answers = [await good.get(path, headers={"Authorization": f"Bearer {each}"}) for each in (key, *bad)]
        answers += [await good.post(path, headers={"Authorization": f"Bearer {each}"}) for each in (key, *bad)]
        assert {answer.status_code for answer in answers} == {401}
        bodies = [{**answer.json(), "request_id": None} for answer in answers]
        assert all(body == bodies[0] for body in bodies)
        assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


async def test_where_nobody_signs_in_no_token_is_taken(app: FastAPI, signed: Signed) -> None:
    app.state.sign_in = None
    assert (await signed(seratus_role="administrator").get(KEYS)).status_code == 401


async def test_while_the_provider_is_down_keys_go_on_and_people_are_asked_to_wait(
    as_: As, provider: Provider, signed: Signed
) -> None:
    provider.trouble = httpx.ConnectError("down")
    for language, said in (("en", "The sign-in service cannot be reached"), ("id", "Layanan masuk tidak dapat")):
        refused = await signed().get(KEYS, headers={"Accept-Language": language})
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["retry-after"] == "10"
        assert refused.json()["detail"].startswith(said)
    assert (await as_("administrator").get(KEYS)).status_code == 200
    assert (await as_("public").get(COHORTS)).status_code == 200


async def test_what_a_person_does_is_under_the_providers_name_for_them(signed: Signed, database: Database) -> None:
    officer = signed(sub="3f2a|staff")
    assert (await officer.post(COHORTS, json=COHORT)).status_code == 201
    assert (await officer.get(f"{COHORTS}/mine")).json()["state"] == "draft"
    log = (await officer.get(f"{COHORTS}/mine/transitions")).json()
    assert [step["actor"] for step in log["history"]] == ["user:3f2a|staff"]
    async with database.read() as connection:
        actors = await connection.fetch("SELECT actor FROM changes WHERE resource = 'cohorts' AND key = 'mine'")
    assert {row["actor"] for row in actors} == {"user:3f2a|staff"}


async def test_a_write_happens_once_whichever_token_it_comes_with(signed: Signed) -> None:
    again = {"Idempotency-Key": "once"}
    first = await signed(jti="1").post(COHORTS, json=COHORT, headers=again)
    second = await signed(jti="2").post(COHORTS, json=COHORT, headers=again)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    other = await signed(sub="budi").post(COHORTS, json=COHORT, headers=again)  # another person's key is another
    assert other.status_code == 409


async def test_a_region_sees_its_own_drafts(as_: As, signed: Signed, database: Database) -> None:
    mentored = await make_mentored(as_("officer"), database)
    await make_template(database, cohort="test")
    plan = await make_plan(as_("region_editor"), mentored.candidacy)
    assert (await signed(**REGION).get(plan)).status_code == 200
    change = {"title": "Ours"}
    changed = await signed(**REGION).patch(plan, json=change, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json()["title"]) == (200, "Ours")
    for region in ("32.04", "99.99"):  # of which one does not exist
        stranger = signed(**REGION | {"seratus_region": region})
        assert (await stranger.get(plan)).status_code == 404
        assert (await stranger.patch(plan, json=change, headers={"If-Match": "*"})).status_code == 404
        assert (await stranger.get("/v1/master-plans")).json()["items"] == []


@pytest.mark.parametrize(
    ("claims", "paths"),
    [
        ({"seratus_role": "assessor", "seratus_expert": str(uuid.uuid4())}, ("reviews", "assessments", "experts")),
        ({"seratus_role": "mentor", "seratus_institution": str(uuid.uuid4())}, ("workshops", "plan-reviews")),
        ({"seratus_role": "mentor"}, ("workshops", "mentorships")),
        ({"seratus_role": "region_editor", "seratus_region": "99.99"}, ("assessments", "webhooks", "objections")),
    ],
)
async def test_whoever_speaks_for_nobody_we_know_sees_what_everyone_sees(
    as_: As, signed: Signed, database: Database, claims: dict[str, str], paths: tuple[str, ...]
) -> None:
    await make_mentored(as_("officer"), database)
    for path in (*paths, "regions", "cohorts"):
        answer = await signed(**claims).get(f"/v1/{path}", params={"limit": 1})
        assert answer.status_code == 200, answer.text
        assert path in {"experts", "mentorships", "regions", "cohorts"} or answer.json()["items"] == []


async def test_exports_and_changes_are_a_persons_too(as_: As, signed: Signed) -> None:
    await make_cohort(as_("officer"), "seen", state="draft")
    export = await signed().get("/v1/exports/cohorts")
    assert (export.status_code, '"seen"' in export.text) == (200, True)
    cursor = export.headers["change-cursor"]
    followed = await signed().get("/v1/changes", params={"after": cursor, "resource": "cohorts"})
    assert followed.status_code == 200, followed.text
    assert '"seen"' not in (await signed(**REGION).get("/v1/exports/cohorts")).text


@pytest.mark.parametrize(("language", "said"), [("en", "Make it with an API key."), ("id", "Buat dengan kunci API.")])
async def test_a_webhook_is_made_by_a_key_and_kept_by_whoever_may(
    as_: As, signed: Signed, language: str, said: str
) -> None:
    refused = await signed().post("/v1/webhooks", json=HOOK, headers={"Accept-Language": language})
    assert (refused.status_code, refused.json()["code"]) == (409, "api_key_required")
    assert refused.json()["detail"].endswith(said)
    hook = await make_webhook(as_("officer"))
    paused = {"to": "paused", "reason": "test"}
    person = signed(seratus_role="administrator")
    moved = await person.post(f"{hook.path}/transitions", json=paused, headers={"If-Match": "*"})
    assert moved.status_code == 200, moved.text


async def test_an_administrator_makes_keys_and_is_named_as_their_maker(signed: Signed, database: Database) -> None:
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    body = {"name": "x", "role": "auditor", "expires_at": soon}
    made = await signed(seratus_role="administrator").post(KEYS, json=body)
    assert made.status_code == 201, made.text
    async with database.read() as connection:
        maker = await connection.fetchval("SELECT created_by FROM api_keys WHERE id = $1", made.json()["id"])
    assert maker == "user:ani"


async def test_no_token_is_remembered(app: FastAPI, signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.state._state, "known_keys", known := KnownKeys())
    assert (await signed().get(COHORTS)).status_code == 200
    assert known._identities == {}
