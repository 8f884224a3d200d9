"""A scorecard says what an assessment came to, from what, and never changes; nobody can tell from it who said what."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.db import Database
from app.kernel.openapi import operations
from tests.conftest import As, document
from tests.ground import laid
from tests.routers.factories import CRITERIA, every_row, make_cohort, make_run
from tests.routers.reviews import (
    FAR,
    FIRST,
    LEVELS,
    SECOND,
    THIRD,
    Panel,
    finish,
    make_panel,
    send_letter,
    submit,
)

NEAR = {"vision": 2, "drive": 3, "rules": 4}
WIDE = {"assessment_rules": {"spread_limit": 4}}


@laid
async def make_final(as_: As, database: Database, given: Mapping[str, Mapping[str, int]], **fields: Any) -> str:
    """Make a final assessment from these reviews, handed in in this order; return the path of its scorecard."""
    panel = await make_judged(as_, database, given, **fields)
    return await finish(as_("officer"), panel)


@laid
async def make_judged(as_: As, database: Database, given: Mapping[str, Mapping[str, int]], **fields: Any) -> Panel:
    panel = await make_panel(as_("officer"), database, sorted(given), **fields)
    for person, levels in given.items():
        assert (await submit(as_(person), panel.reviews[person], levels)).status_code == 200
    return panel


async def test_a_scorecard_adds_up(as_: As, database: Database) -> None:
    """By hand: vision 2.5 x 0.175, drive 2.5 x 0.525, rules 4 x 0.3."""
    officer = as_("officer")
    shown = (await officer.get(await make_final(as_, database, {FIRST: LEVELS, SECOND: NEAR}))).json()
    assert (shown["total"], shown["percent"]) == (2.95, 73.75)
    assert (shown["edition"], shown["reason"], shown["simulation"]) == (1, "agreed", False)
    assert (shown["rubric_code"], shown["rubric_edition"], shown["region_code"]) == ("judged", 1, "32.73")
    assert shown["criteria"] == [
        {"criterion": "leadership_vision", "weight": 0.7, "score": 2.5, "contribution": 1.75},
        {"criterion": "regulation", "weight": 0.3, "score": 4, "contribution": 1.2},
    ]
    assert shown["questions"][0] == {
        "question": "vision",
        "criterion": "leadership_vision",
        "levels": [2, 3],
        "mean": 2.5,
        "spread": 1,
        "deviation": 0.5,
        "contested": False,
        "decision": None,
        "score": 2.5,
        "share": 0.175,
        "contribution": 0.4375,
        "reason": None,
    }


async def test_figures_are_exact_to_the_last_place(as_: As, database: Database) -> None:
    path = await make_final(as_, database, {FIRST: LEVELS, SECOND: NEAR, THIRD: LEVELS})
    body = json.loads((await as_("officer").get(path)).content, parse_float=Decimal)
    assert body["questions"][0]["mean"] == Decimal("2.666666666667")
    assert body["total"] == Decimal("2.891666666667")  # 0.175 x 8/3 + 0.525 x 7/3 + 1.2


async def test_what_moderation_decided_stands_in_it(as_: As, database: Database) -> None:
    panel = await make_judged(as_, database, {FIRST: LEVELS, SECOND: FAR})
    decisions = {"vision": {"level": 1, "reason": "As read."}, "rules": {"level": None, "reason": "Both right."}}
    officer = as_("officer")
    await officer.post(f"{panel.assessment}/moderations", json={"decisions": decisions, "minutes": "Met."})
    shown = {row["question"]: row for row in (await officer.get(await finish(officer, panel))).json()["questions"]}
    assert (shown["vision"]["score"], shown["vision"]["contested"]) == (1, True)
    assert (shown["rules"]["score"], shown["rules"]["mean"]) == (2.5, 2.5)
    assert {code: row["decision"] for code, row in shown.items()} == {"drive": None} | decisions
    assert [shown[code]["reason"] and shown[code]["reason"]["code"] for code in ("vision", "drive", "rules")] == [
        "moderated",
        None,
        "mean_upheld",
    ]


async def test_the_inputs_are_the_bytes_that_were_hashed(as_: As, database: Database) -> None:
    path = await make_final(as_, database, {FIRST: LEVELS, SECOND: NEAR})
    inputs = await as_("auditor").get(f"{path}/inputs")
    shown = (await as_("auditor").get(path)).json()
    assert hashlib.sha256(inputs.content).hexdigest() == shown["inputs_sha256"]
    document = inputs.json()
    assert document["rules"] == {"quorum": 2, "different_institutions": True, "spread_limit": 1}
    assert (document["rubric"]["code"], document["rubric"]["edition"]) == ("judged", 1)
    assert [criterion["code"] for criterion in document["rubric"]["criteria"]] == [row["code"] for row in CRITERIA]
    assert document["levels"] == {"vision": [2, 3], "drive": [2, 3], "rules": [4, 4]}
    assert document["decisions"] == {}


PEOPLE = (FIRST, SECOND, THIRD)
levels = st.fixed_dictionaries({code: st.integers(0, 4) for code in LEVELS})
counter = itertools.count()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=st.lists(levels, min_size=2, max_size=3), data=st.data())
async def test_who_said_what_and_when_changes_nothing(
    as_: As, database: Database, given: list[dict[str, int]], data: st.DataObject
) -> None:
    """Another hand for every review, and another order: the same figures and the same bytes under the same digest."""
    shuffled = data.draw(st.permutations(given))
    order = data.draw(st.permutations(PEOPLE[: len(given)]))
    answers, inputs = [], []
    for people, reviews in ((PEOPLE[: len(given)], given), (order, shuffled)):
        pairs = dict(zip(people, reviews, strict=True))
        path = await make_final(as_, database, pairs, cohort=f"shuffled-{next(counter)}", **WIDE)
        answers.append((await as_("officer").get(path)).json())
        inputs.append((await as_("officer").get(f"{path}/inputs")).content)
    assert inputs[0] == inputs[1]
    own = {"id", "assessment_id", "cohort_code", "created_at", "updated_at"}
    first, second = ({name: value for name, value in answer.items() if name not in own} for answer in answers)
    assert first == second


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=st.lists(levels, min_size=2, max_size=3), data=st.data())
async def test_a_better_level_never_lowers_the_total(
    as_: As, database: Database, given: list[dict[str, int]], data: st.DataObject
) -> None:
    better = [dict(review) for review in given]
    code = data.draw(st.sampled_from(sorted(LEVELS)))
    better[0][code] = data.draw(st.integers(given[0][code], 4))
    totals = []
    for reviews in (given, better):
        pairs = dict(zip(PEOPLE, reviews, strict=False))
        path = await make_final(as_, database, pairs, cohort=f"better-{next(counter)}", **WIDE)
        totals.append((await as_("officer").get(path)).json()["total"])
    assert totals[0] <= totals[1]
    assert (totals[0] == totals[1]) is (given == better)


async def test_a_region_sees_its_scorecard_with_its_letter(as_: As, database: Database) -> None:
    officer, region = as_("officer"), as_("region_editor")
    await make_cohort(officer)
    run = (await make_run(officer, "test")).rpartition("/")[2]
    own = await make_judged(as_, database, {FIRST: LEVELS, SECOND: NEAR}, cohort="own")
    other = await make_judged(as_, database, {FIRST: LEVELS, SECOND: NEAR}, cohort="other", region="32.04")
    card, foreign = await finish(officer, own), await finish(officer, other)
    await send_letter(database, other, run, foreign)
    for path in (card, f"{card}/inputs", foreign, f"{foreign}/inputs"):
        assert (await region.get(path)).status_code == 404
    assert await every_row(region, "/v1/scorecards") == await every_row(region, f"{own.assessment}/scorecards") == []
    assert (await region.get(f"{other.assessment}/scorecards")).status_code == 404
    await send_letter(database, own, run, card)
    shown = await region.get(card)
    assert shown.content == (await officer.get(card)).content
    assert await every_row(region, "/v1/scorecards") == [shown.json()]
    assert hashlib.sha256((await region.get(f"{card}/inputs")).content).hexdigest() == shown.json()["inputs_sha256"]
    assert (await region.get(foreign)).status_code == 404


async def test_only_who_judged_sees_it_of_the_assessors(as_: As, database: Database) -> None:
    await make_panel(as_("officer"), database, (THIRD,), cohort="other")
    card = await make_final(as_, database, {FIRST: LEVELS, SECOND: NEAR})
    for person in (FIRST, SECOND):
        assert (await as_(person).get(card)).status_code == 200
        assert len(await every_row(as_(person), "/v1/scorecards")) == 1
    assert (await as_(THIRD).get(card)).status_code == 404
    assert await every_row(as_(THIRD), "/v1/scorecards") == []
    assert (await as_("public").get(card)).status_code == 401
    for person in ("mentor", "data_steward"):
        assert (await as_(person).get(card)).json()["required_permission"] == "scorecards:read"


async def test_scorecards_are_found(as_: As, database: Database) -> None:
    officer = as_("officer")
    cards = [
        await make_final(as_, database, {FIRST: LEVELS, SECOND: NEAR}, cohort=code, region=region)
        for code, region in (("one", "32.73"), ("two", "32.04"))
    ]
    rows = await every_row(officer, "/v1/scorecards")
    assert [f"/v1/scorecards/{row['id']}" for row in rows] == cards[::-1]  # newest first
    for query, expected in (
        ({"cohort": "one"}, 1),
        ({"region": "32.04"}, 1),
        ({"assessment": rows[0]["assessment_id"]}, 1),
        ({"edition": 1}, 2),
        ({"edition": 2}, 0),
    ):
        assert len(await every_row(officer, "/v1/scorecards", **query)) == expected, query


@pytest.mark.parametrize("head", ["scorecards", "moderations"])
def test_nothing_changes_what_was_decided(head: str) -> None:
    found = operations(document())
    assert {method for path, method, _ in found if path.startswith(f"/v1/{head}")} == {"get"}
