"""A patch makes the later document of the earlier one, whatever they are; the summary says what people look for."""

from copy import deepcopy
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.json_patch import Operation, patch, same
from app.domain.plan_diff import PlanDiff, difference
from app.domain.plans import Horizon, Plan
from app.domain.reasons import Wording
from tests.domain import made_plans
from tests.domain.applied import applied
from tests.domain.made_plans import BUS, CLINIC, PLAN

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.sampled_from(["", "a", "~", "/", "~1"])
keys = st.sampled_from(["id", "a", "b/c", "d~e", "~1", "", "0", "-"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
items = st.builds(lambda name, rest: rest | {"id": name}, st.sampled_from("abcdef"), st.dictionaries(keys, scalars))
rows = st.lists(items, max_size=6, unique_by=lambda item: str(item["id"]))


def alike(one: Any, other: Any) -> bool:
    """Compare two JSON values step by step; numbers by value, true is no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


@settings(max_examples=120, deadline=None)
@given(values, values)
def test_a_patch_makes_any_document_of_any_other(before: Any, after: Any) -> None:
    kept = deepcopy((before, after))
    operations = patch(before, after)
    assert alike(applied(before, operations), after)
    assert (operations == []) is alike(before, after) is same(before, after)
    assert (before, after) == kept


@settings(max_examples=80, deadline=None)
@given(rows, rows, keys)
def test_items_with_an_id_are_told_apart_by_it(before: list[Any], after: list[Any], key: str) -> None:
    operations = patch({key: before}, {key: after})
    assert alike(applied({key: before}, operations), {key: after})
    # An id is never written over: another id is another item.
    assert not any(operation["op"] == "replace" and operation["path"].endswith("/id") for operation in operations)


@settings(max_examples=80, deadline=None)
@given(st.data(), st.lists(values, min_size=1, max_size=8))
def test_an_item_more_or_less_is_one_operation(data: st.DataObject, items: list[Any]) -> None:
    place = data.draw(st.integers(0, len(items)))
    longer = [*items[:place], "new", *items[place:]]
    (put,) = patch(items, longer)
    (taken,) = patch(longer, items)
    assert (put["op"], taken["op"]) == ("add", "remove")
    assert alike(applied(items, [put]), longer)
    assert alike(applied(longer, [taken]), items)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1, 1.0, []),
        (1, True, [{"op": "replace", "path": "", "value": True}]),
        ([0], [False], [{"op": "replace", "path": "/0", "value": False}]),
        ({"a": 1}, [1], [{"op": "replace", "path": "", "value": [1]}]),
        (
            {"a/b": 1, "c~d": 2},
            {"c~d": 3},
            [
                {"op": "remove", "path": "/a~1b"},
                {
                    "op": "replace",
                    "path": "/c~0d",
                    "value": 3,
                },
            ],
        ),
        ([1, 2, 3], [2, 3], [{"op": "remove", "path": "/0"}]),
        (
            [{"id": "x", "n": 1}],
            [{"id": "w"}, {"id": "x", "n": 2}],
            [
                {"op": "replace", "path": "/0/n", "value": 2},
                {"op": "add", "path": "/0", "value": {"id": "w"}},
            ],
        ),
        ({"a": None}, {}, [{"op": "remove", "path": "/a"}]),
    ],
)
def test_patches_by_hand(before: Any, after: Any, expected: list[Operation]) -> None:
    assert patch(before, after) == expected


def test_long_lists_are_patched_too() -> None:
    before: list[Any] = [{"id": str(n)} for n in range(600)]
    after = [*before[100:], {"id": "new"}]
    assert applied(before, patch(before, after)) == after
    assert applied(after, patch(after, before)) == before
    assert len(patch([1, *range(600), 1], [2, *range(600, 1200), 2])) == 602
    assert patch(before, [{"id": "new"}, *before]) == [{"op": "add", "path": "/0", "value": {"id": "new"}}]
    assert applied([1, 2] * 400, patch([1, 2] * 400, [2, 1] * 399)) == [2, 1] * 399


def document(plan: Plan) -> dict[str, Any]:
    """Write a plan as JSON, as its versions are kept."""
    return {key: plain(value) for key, value in asdict(plan).items()}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def between(before: Plan, after: Plan, **names: Wording) -> PlanDiff:
    return difference(document(before), document(after), names)


def told(diff: PlanDiff) -> list[str]:
    reasons = [row.reason for row in diff.initiatives] + [row.reason for row in diff.sections]
    return [reason.text_en for reason in reasons]


def test_initiatives_are_followed_by_their_id() -> None:
    measure = replace(BUS.measure, target=Decimal(95), year=2022)
    later = replace(BUS, title="Bus always on time", measure=measure, budget=(), technology=None)
    diff = between(
        replace(PLAN, initiatives=(CLINIC, BUS)), replace(PLAN, initiatives=(later, replace(CLINIC, id="i-3")))
    )
    assert [(row.id, row.title, row.change, row.fields) for row in diff.initiatives] == [
        ("i-2", "Clinic nearby", "removed", ()),
        (
            "i-1",
            "Bus always on time",
            "changed",
            ("title", "measure/target", "measure/year", "technology", "budget"),
        ),
        ("i-3", "Clinic nearby", "added", ()),
    ]
    assert told(diff) == [
        "Initiative removed: Clinic nearby.",
        "Initiative changed: Bus always on time (title, target, year of the target, technology, budget).",
        "New initiative: Clinic nearby.",
    ]
    assert diff.initiatives[1].reason.text_id == (
        "Program diubah: Bus always on time (judul, target, tahun target, teknologi, anggaran)."
    )
    assert diff.sections == ()


def test_sections_that_came_went_and_changed() -> None:
    before = replace(PLAN, parts={"gap": "Late.", "swot": "Young."}, vision=None)
    after = replace(
        PLAN, parts={"gap": "Early.", "road": "2020"}, vision="Arrive.", objectives=(), horizon=Horizon(2019, 2026)
    )
    diff = between(before, after, gap=Wording("Gap analysis", "Analisis kesenjangan"))
    assert [(row.pointer, row.change) for row in diff.sections] == [
        ("/horizon", "changed"),
        ("/vision", "added"),
        ("/objectives", "removed"),
        ("/parts/gap", "changed"),
        ("/parts/road", "added"),
        ("/parts/swot", "removed"),
    ]
    assert told(diff) == [
        "Changed: years covered: 2019-2023 → 2019-2026.",
        "New: vision.",
        "Removed: objectives.",
        "Changed: Gap analysis.",
        "New: road.",
        "Removed: swot.",
    ]
    assert diff.sections[3].reason.text_id == "Diubah: Analisis kesenjangan."


def test_an_order_is_told_as_such() -> None:
    diff = between(replace(PLAN, initiatives=(BUS, CLINIC)), replace(PLAN, initiatives=(CLINIC, BUS)))
    assert diff.initiatives == ()
    assert told(diff) == ["The initiatives are in another order."]
    grown = between(replace(PLAN, initiatives=(BUS,)), replace(PLAN, initiatives=(CLINIC, BUS)))
    assert told(grown) == ["New initiative: Clinic nearby."]


def test_empty_and_absent_are_the_same_to_people() -> None:
    diff = difference({"vision": "", "parts": {"gap": ""}}, {"objectives": [], "extra": {}})
    assert (diff.initiatives, diff.sections) == ((), ())
    assert diff.patch != ()


def test_a_key_that_is_gone_is_told() -> None:
    before = {"initiatives": [{"id": "a", "title": "A", "note": "x"}], "foreword": "Dear reader"}
    diff = difference(before, {"initiatives": [{"id": "a", "title": "A"}]})
    assert told(diff) == ["Initiative changed: A (note).", "Removed: foreword."]


@settings(max_examples=80, deadline=None)
@given(made_plans.plans(), made_plans.plans())
def test_the_summary_misses_nothing(before: Plan, after: Plan) -> None:
    """What it tells of, put from the later version into the earlier one, leaves nothing to tell."""
    diff = between(before, after)
    old, new = document(before), document(after)
    assert alike(applied(old, list(diff.patch)), new)
    kept = {one["id"]: one for one in old["initiatives"]}
    fresh = {one["id"]: one for one in new["initiatives"]}
    for row in diff.initiatives:
        if row.change == "removed":
            del kept[row.id]
            continue
        target = kept.setdefault(row.id, {"measure": {}} if row.change == "added" else {})
        for field in row.fields or fresh[row.id]:
            outer, _, inner = field.partition("/")
            if inner:
                target[outer][inner] = fresh[row.id][outer][inner]
            else:
                target[outer] = fresh[row.id][outer]
    assert alike(kept, fresh)
    for section in diff.sections:
        _, key, *rest = section.pointer.split("/")
        if rest and rest[0] in new["parts"]:
            old["parts"][rest[0]] = new["parts"][rest[0]]
        elif rest:
            del old["parts"][rest[0]]
        elif key != "initiatives":
            old[key] = new[key]
    assert {key: old[key] for key in old if key not in {"initiatives", "parts"}} == {
        key: new[key] for key in new if key not in {"initiatives", "parts"}
    }
    assert {k: v for k, v in old["parts"].items() if v} == {k: v for k, v in new["parts"].items() if v}
