"""Until every member of a panel has submitted, no one but the author can tell what a review says, at any door.

The doors are all that the contract offers for reading about an assessment and its people, asked as every role. What
each answers is kept from one submission to the next, body and ETag: nothing may differ but the author's own review and
how far the members of the panel have come.
"""

import itertools
import json
import re
from collections.abc import Container, Iterator, Sequence
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.kernel.db import Database
from app.kernel.openapi import operations
from tests.conftest import EXPERT, As, document
from tests.routers.agreements import told
from tests.routers.factories import move
from tests.routers.reviews import FIRST, LEVELS, SECOND, THIRD, Panel, finish, make_assessor, make_panel, save

PEOPLE = (FIRST, SECOND, THIRD)
OUTSIDER = "outside_assessor"
OTHERS = ("public", "region_editor", "mentor", "data_steward", OUTSIDER)
INSIDERS = ("auditor", "officer", "administrator")
NOBODYS = "/v1/reviews/01890000-0000-7000-8000-000000000000"
# What has nothing to do with a panel: what was there before it, and what follows the choice. And the changes, which
# have another cursor each time: they tell of what these doors show, by the same projections, and of reviews nothing.
# And the audit, which tells that something was written and withholds what; its own tests hold it to that.
ELSEWHERE = re.compile(
    "/v1/(regions|catalogues|indicators|imports|institutions|rubrics|selection-runs|api-keys|memoranda|plan-templates"
    "|mentorships|workshops|sessions|commitments|master-plans|initiatives|plan-comments|plan-reviews|quick-wins"
    "|progress-reports|changes|audit|webhooks|exports/(?!assessments))"
)
GETS = {path: said for path, method, said in operations(document()) if method == "get"}
DOORS = [path for path in GETS if path.startswith("/v1/") and not ELSEWHERE.match(path)]
FILTERS = ("", "?count=true", "?limit=1", "?fields=id,version,updated_at", "?state=submitted&count=true")
number = itertools.count()

Seen = dict[tuple[str, str], tuple[int, bytes, str | None]]


LEVEL = st.fixed_dictionaries({code: st.integers(0, 4) for code in LEVELS})


async def doors(database: Database, panel: Panel) -> list[str]:
    """Return the path of every door to this panel."""
    async with database.read() as connection:
        rounds = await connection.fetch("SELECT id FROM moderations WHERE assessment_id = $1", panel.id)
        cards = await connection.fetch("SELECT id FROM scorecards WHERE assessment_id = $1", panel.id)
    ids: dict[str, list[Any]] = {
        "assessments": [panel.id],
        "candidacies": [panel.candidacy],
        "cohorts": [panel.cohort],
        "reviews": [path.rpartition("/")[2] for path in panel.reviews.values()],
        "panel-members": [path.rpartition("/")[2] for path in panel.seats.values()],
        "moderations": [row["id"] for row in rounds],
        "scorecards": [row["id"] for row in cards],
    }

    def filled(path: str) -> Iterator[str]:
        if "{" not in path:
            counted = any(parameter["name"] == "count" for parameter in GETS[path].get("parameters", ()))
            queries = FILTERS if path == "/v1/reviews" else FILTERS[1:2] if counted else FILTERS[:1]
            yield from (path + query for query in queries)
            return
        for one in ids.get(path.split("/")[2], []):
            yield re.sub("{(id|code)}", str(one), path)

    return [door for path in DOORS for door in filled(path)]


async def look(as_: As, readers: Sequence[str], paths: list[str], closed: Container[tuple[str, str]] = ()) -> Seen:
    """Ask at every door as everyone; requests carry one id, so that refusals are alike to the byte."""
    seen: Seen = {}
    for reader, path in itertools.product(readers, paths):
        if (reader, path) in closed:
            continue
        answer = await as_(reader).get(path, headers={"X-Request-Id": "same"})
        assert answer.status_code < 500, (reader, path, answer.text)
        assert answer.status_code != 422, (reader, path, answer.text)
        seen[reader, path] = (answer.status_code, answer.content, answer.headers.get("etag"))
    return seen


def but_for_the_seat(body: bytes, expert: UUID) -> Any:
    """Return what a door says but for how far this member of the panel has come."""
    said = json.loads(body)
    if "owed" in said:
        said["owed"] = [row for row in said["owed"] if row["expert_id"] != str(expert)]
    for row in said.get("items", [said]):
        if row.get("expert_id") == str(expert) and "levels" not in row:
            for name in ("state", "version", "updated_at"):
                row.pop(name, None)
    return said


def check_nothing_differs(before: Seen, after: Seen, who: str, expert: UUID, seat: str) -> None:
    """See that one step of a member changed nothing for anyone else but how far that member has come."""
    for (reader, path), answer in after.items():
        if answer == before[reader, path] or reader == who:
            continue
        if path.startswith(seat) or (reader in INSIDERS and "conflict-declarations" in path):
            continue
        assert re.search("panel-members|progress", path), (reader, path, before[reader, path], answer)
        now, then = (but_for_the_seat(body, expert) for _, body, _ in (answer, before[reader, path]))
        assert now == then, (reader, path)


# A failure is not shrunk: each try asks at a thousand doors.
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_no_door_opens_before_the_last_review_is_in(as_: As, database: Database, data: st.DataObject) -> None:
    """Three members submit in a random order; one of them may step aside instead, and two are left."""
    thought = data.draw(st.lists(LEVEL, min_size=3, max_size=3), label="levels")
    turns = data.draw(st.permutations(PEOPLE), label="order")
    left = data.draw(st.none() | st.sampled_from(PEOPLE), label="left")
    limit = data.draw(st.integers(0, 3), label="limit")
    experts = {person: await make_assessor(database, person) for person in (*PEOPLE[1:], OUTSIDER)} | {FIRST: EXPERT}
    async with database.read() as connection:  # who stepped aside in the try before may sit again
        await connection.execute("DELETE FROM conflict_declarations")
    rules = {"quorum": 2, "spread_limit": limit}
    panel = await make_panel(as_("officer"), database, PEOPLE, cohort=f"c-{next(number)}", assessment_rules=rules)
    readers = [*PEOPLE, *OTHERS, *INSIDERS]
    paths = await doors(database, panel)
    assert any("reviews" in path for path in paths)
    secrets = {person: f"[{person} of {panel.cohort}]" for person in PEOPLE}
    for person, levels in zip(PEOPLE, thought, strict=True):
        notes = dict.fromkeys(LEVELS, secrets[person])
        saved = await save(as_(person), panel.reviews[person], levels=levels, notes=notes, comment=secrets[person])
        assert saved.status_code == 200, saved.text
    before = await look(as_, readers, paths)
    # Whom the role already keeps out, before anything is read, is kept out at every step; at the last they try again.
    closed = {asked for asked, (status, _, _) in before.items() if status in {401, 403}}
    for turn in turns:
        only_its_author_knows(before, secrets)
        if turn == left:
            assert (await move(as_(turn), panel.seats[turn], "recused")).status_code == 200
        else:
            await submit_and_be_copied(as_, panel, turn, secrets)
        after = before | await look(as_, readers, paths, () if turn == turns[-1] else closed)
        if turn == turns[-1]:
            check_others_are_told_of_the_state_alone(before, after)
        else:
            check_nothing_differs(before, after, turn, experts[turn], panel.seats[turn])
        before = after
        if turn == left:
            secrets.pop(turn)
    await check_revealed(as_, panel, before, secrets)
    await check_final(as_, database, panel)


def only_its_author_knows(seen: Seen, secrets: dict[str, str]) -> None:
    """Nobody finds the words of another anywhere, nor gets a review of another at any door."""
    for (reader, path), (_, body, _) in seen.items():
        told_of = {person for person, secret in secrets.items() if secret.encode() in body}
        assert told_of <= {reader}, (reader, path)
    for reader in {reader for reader, _ in seen}:
        status, body, _ = seen[reader, "/v1/reviews?count=true"]
        rows = json.loads(body)["items"] if status == 200 else []
        mine = [row for row in rows if row["comment"] in secrets.values()]
        assert len(mine) == (1 if reader in secrets else 0), reader


async def submit_and_be_copied(as_: As, panel: Panel, author: str, secrets: dict[str, str]) -> None:
    """Submit a review, while others try its door: with the author's own request and key, and with their own."""
    path, body = panel.reviews[author], {"to": "submitted", "reason": f"{secrets[author]} is sure"}
    headers = {"If-Match": "*", "Idempotency-Key": panel.cohort, "X-Request-Id": "same"}
    submitted = await as_(author).post(f"{path}/transitions", json=body, headers=headers)
    assert submitted.status_code == 200, submitted.text
    replayed = await as_(author).post(f"{path}/transitions", json=body, headers=headers)
    assert (replayed.content, replayed.headers["idempotency-replayed"]) == (submitted.content, "true")
    if (await as_("officer").get(panel.assessment)).json()["revealed_at"] is not None:
        return
    change, plain = {"levels": {"vision": 0}}, {"If-Match": "*", "X-Request-Id": "same"}
    for other in {*secrets, OUTSIDER, "administrator"} - {author}:
        for tag in ("*", '"1"', submitted.headers["etag"]):
            mine = headers | {"If-Match": tag, "Idempotency-Key": f"{panel.cohort} {author}"}
            for query in ("", "?dry_run=true"):
                unlike(
                    await as_(other).post(f"{path}/transitions{query}", json=body, headers=mine),
                    await as_(other).post(f"{NOBODYS}/transitions{query}", json=body, headers=mine),
                )
        unlike(
            await as_(other).patch(path, json=change, headers=plain),
            await as_(other).patch(NOBODYS, json=change, headers=plain),
        )
    await rehearse(as_("officer"), panel, secrets)


async def rehearse(officer: httpx.AsyncClient, panel: Panel, secrets: dict[str, str]) -> None:
    """See that an officer learns nothing by rehearsing what would reveal the reviews or need them."""
    step, headers = {"to": "final", "reason": "x"}, {"If-Match": "*"}
    finished = await officer.post(f"{panel.assessment}/transitions?dry_run=true", json=step, headers=headers)
    assert told(finished, "incomplete") == {("/reviews", "review_missing")}
    moderation = {"decisions": {code: {"level": 1, "reason": "x"} for code in LEVELS}, "minutes": "x"}
    moderated = await officer.post(f"{panel.assessment}/moderations?dry_run=true", json=moderation)
    assert told(moderated, "nothing_to_moderate") == set()
    for seat in panel.seats.values():
        left = await officer.post(f"{seat}/transitions?dry_run=true", json=step | {"to": "recused"}, headers=headers)
        removed = await officer.delete(f"{seat}?dry_run=true", headers=headers)
        for answer in (finished, moderated, left, removed):
            assert answer.status_code in {200, 409}
            assert not any(word in answer.text for word in (*secrets.values(), "levels", "vision"))


def unlike(hidden: httpx.Response, absent: httpx.Response) -> None:
    """See that what is out of sight is answered exactly as what is not there."""
    assert (hidden.status_code, absent.status_code) == (404, 404), hidden.text
    assert hidden.json() | {"instance": ""} == absent.json() | {"instance": ""}


def check_others_are_told_of_the_state_alone(before: Seen, after: Seen) -> None:
    """See that the last review shows the region how far its assessment is, and to whoever else has no part nothing."""
    for (reader, path), answer in after.items():
        if reader in OTHERS and answer != before[reader, path]:
            assert reader == "region_editor", (reader, path)
            assert re.search(r"/assessments(/[^/]+)?(/transitions)?(\?.*)?$", path), path


async def check_revealed(as_: As, panel: Panel, seen: Seen, secrets: dict[str, str]) -> None:
    """See that the ministry and the panel read every review that counts, and nobody else any."""
    counted = {*secrets}
    for reader in {reader for reader, _ in seen}:
        _, body, _ = seen[reader, "/v1/reviews?count=true"]
        rows = json.loads(body).get("items", [])
        read = {person for person in secrets for row in rows if row["comment"] == secrets[person]}
        if reader in INSIDERS or reader in counted:
            assert read == counted, reader
        else:
            assert read == set(), reader
            for (other, path), (_, answer, _) in seen.items():
                if other == reader:
                    assert not any(secrets[person].encode() in answer for person in counted), (reader, path)
    reviews = [(await as_("auditor").get(panel.reviews[person])).json() for person in counted]
    assessment = (await as_("auditor").get(panel.assessment)).json()
    rules = (await as_("auditor").get(f"/v1/cohorts/{panel.cohort}")).json()["assessment_rules"]
    spreads = [{review["levels"][code] for review in reviews} for code in LEVELS]
    contested = any(max(levels) - min(levels) > rules["spread_limit"] for levels in spreads)
    assert assessment["state"] == ("moderation" if contested else "in_review")
    assert assessment["revealed_at"]


async def check_final(as_: As, database: Database, panel: Panel) -> None:
    """Moderate what is contested and make it final: whoever does not judge or govern learns nothing by it."""
    officer = as_("officer")
    if (await officer.get(panel.assessment)).json()["state"] == "moderation":
        body = {"decisions": {}, "minutes": f"met on {panel.cohort}"}
        gaps = (await officer.post(f"{panel.assessment}/moderations", json=body)).json()["errors"]
        decided = {gap["pointer"].rpartition("/")[2]: {"level": 2, "reason": "Read together."} for gap in gaps}
        recorded = await officer.post(f"{panel.assessment}/moderations", json=body | {"decisions": decided})
        assert recorded.status_code == 201, recorded.text
    await finish(officer, panel)
    inside = [path for path in await doors(database, panel) if re.search("reviews|moderations|scorecards", path)]
    assert {"reviews", "scorecards"} <= {path.split("/")[2].partition("?")[0] for path in inside}
    for (_, path), (status, said, _) in (await look(as_, OTHERS, inside)).items():
        found = json.loads(said)
        assert status in {401, 403, 404} or found.get("items") == [] or panel.cohort not in said.decode(), path
    assert told(await officer.post(f"{panel.assessment}/moderations", json={"decisions": {}, "minutes": "x"}),
                "nothing_to_moderate") == set()  # fmt: skip
