"""Every list, as everyone, through all that it takes: what is out of sight is neither found nor counted nor shown.

That the rows are right which a reader sees without any parameter is tested elsewhere; here, that nothing adds to them.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import permutations

import pytest

from app.kernel.tables import Base
from tests.access.filters import Known, Parameter, parameter
from tests.access.lists import LISTS, NO_PAGES, Door, Row, doors_of, text, texts, walk
from tests.access.sending import OPERATIONS, request_of
from tests.access.tables import LETTERS
from tests.access.worlds import Worlds
from tests.routers.changes import Follower
from tests.sweeps import for_each

pytestmark = pytest.mark.usefixtures("day")

Doors = Mapping[str, list[Door]]
# Lists of which whoever may have them sees the same: of these, filters have nothing to reveal.
SHOWN_TO_ALL = {
    **dict.fromkeys(("list_regions", "list_region_indicators", "list_indicators", "list_indicator_values"), "facts"),
    **dict.fromkeys(("list_catalogues", "list_institutions"), "directories for everyone"),
    "list_experts": "a directory for those who work with them; how to reach one is a record of its own",
    "list_imports": "the ministry's own",
    "list_api_keys": "for administrators alone",
    "list_audit": "every entry is shown to all who may read any; what is withheld in some has a test below",
}
# Filters of which no value names a record that is out of sight, because none here says what they compare.
NAMES_NOTHING = {
    ("list_master_plans", "regulation_date_gte"): "only what is enacted has a regulation, and everyone sees that",
    ("list_master_plans", "regulation_date_lt"): "only what is enacted has a regulation, and everyone sees that",
    ("list_candidacy_quick_wins", "initiative"): "the quick wins of this candidacy serve no initiative",
}
# Filters that find more than the rows which themselves say so. Of these, what anyone finds is what there is to find.
FINDS_MORE = {
    "q": "finds a part of a text, whatever its case",
    "effective_on": "a step whose day is not known stands where the one before it does",
}
SECRETS = ("digest", "secret")
COLUMNS = {column.name for table in Base.metadata.tables.values() for column in table.columns}
NO_FIELDS = COLUMNS - {name for listed in LISTS.values() for name in listed.fields}


@pytest.fixture(scope="module")
async def doors(worlds: Worlds) -> Doors:
    """Look at every list, once for all these tests."""
    return {name: await doors_of(worlds, name) for name in LISTS}


@pytest.fixture(scope="module")
def known(doors: Doors) -> Known:
    """Give the records from which it is read how a list is filtered that does not show it."""
    lists = ("list_regions", "list_experts", "list_mentorships", "list_quick_wins")
    return {row.get("id") or row["code"]: row for name in lists for row in doors[name][0].everything.values()}


def ways(doors: Iterable[Door]) -> list[tuple[Door, str]]:
    """Return the paths by which not everyone sees everything, with those who do not; else one path with one reader."""
    some = [(door, person) for door in doors for person in door.kept_from]
    return some or [(door, door.kinds[0]) for door in doors if door.everything][:1]


def test_of_every_list_something_is_hidden_from_somebody(doors: Doors) -> None:
    """Or else it is for all who may have it, and why is written down. A new list comes to be here by itself."""
    paged = {name for name, (_, method, said) in OPERATIONS.items() if method == "get" and "limit" in named(said)}
    assert paged - NO_PAGES.keys() == LISTS.keys()
    alike = {name for name, found in doors.items() if not any(door.kept_from or unseen(door) for door in found)}
    assert alike == SHOWN_TO_ALL.keys()
    assert all(any(door.everything for door in found) for found in doors.values())


def named(said: Mapping[str, list[Mapping[str, str]]]) -> set[str]:
    """Return the names of an operation's parameters."""
    return {one["name"] for one in said.get("parameters", [])}


def unseen(door: Door) -> bool:
    """Tell whether there is something by this path, and who is told that there is nothing."""
    return bool(door.everything) and 404 in {answer.status_code for answer in door.refused.values()}


@for_each(LISTS)
async def test_a_filter_finds_and_counts_what_its_reader_sees_anyway(
    worlds: Worlds, doors: Doors, known: Known, name: str
) -> None:
    """Of all that it matches, which whoever sees everything has found as well."""
    for door in doors[name]:
        if not door.kept_from:
            continue
        common = [row for shown, row in door.everything.items() if all(shown in seen for seen in door.seen.values())]
        for one in map(parameter, LISTS[name].filters):
            revealing = await reveals(worlds, door, one, [*door.kept_from.values(), common], known)
            for person, hidden in door.kept_from.items():
                tried = bool(texts(hidden) & revealing)
                assert tried != ((name, one.name) in NAMES_NOTHING), f"does {one.name} name what {person} may not see?"


async def reveals(
    worlds: Worlds, door: Door, one: Parameter, named: Iterable[Collection[Row]], known: Known
) -> set[str]:
    """Filter by values that name these rows, as all from whom any are kept; return all rows that were to be found."""
    revealing: set[str] = set()
    more = one.compared in FINDS_MORE
    for value in one.values(named, known):
        query = {**door.narrowed, one.name: value, "count": "true"}
        people = door.kinds if more or not door.kept_from else door.kept_from  # the others have nothing to be told
        found = {person: texts(await walk(worlds.as_(person), door.path, query)) for person in people}
        matching = {shown for shown, row in door.everything.items() if one.matches(row, value, known)}
        if more:
            matching = set().union(*found.values())
        for person, rows in found.items():
            assert rows == matching & door.seen[person], (door.path, person, query)
        revealing |= matching
    return revealing


@for_each(LISTS)
async def test_a_field_that_is_asked_for_is_that_of_the_whole_row(worlds: Worlds, doors: Doors, name: str) -> None:
    fields = LISTS[name].fields
    for door, person in ways(doors[name]):
        for asked in (fields[::2], fields[1::2]):
            rows = await walk(worlds.as_(person), door.path, {**door.narrowed, "fields": ",".join(asked)})
            assert rows == [{field: row[field] for field in asked} for row in door.rows[person]], (person, asked)


@for_each(LISTS)
async def test_what_is_no_field_cannot_be_asked_for(worlds: Worlds, doors: Doors, name: str) -> None:
    """Whatever the tables hold; one more field in secret would be named with those that there are."""
    door, fields = next(door for door in doors[name] if door.rows), set(LISTS[name].fields)
    client = worlds.as_(door.kinds[0])
    every = ",".join(NO_FIELDS)
    for asked in (every, *SECRETS):
        answer = await client.get(door.path, params={"fields": asked})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid_choice"), asked
        assert set(re.findall(r"\w+", answer.json()["errors"][0]["message"].partition("are: ")[2])) == fields


@for_each(LISTS)
async def test_a_sort_has_the_rows_of_the_list_page_by_page(worlds: Worlds, doors: Doors, name: str) -> None:
    """In the order in which they stand among all rows, so that none which is hidden has a place."""
    for door, person in ways(doors[name]):
        client, count = worlds.as_(person), len(door.rows[person])
        for sort in LISTS[name].sorts:
            pages = 1 if sort.startswith("-") else 2
            limit = min(max(-(-count // pages), 1), 200)
            rows = await walk(client, door.path, {**door.narrowed, "sort": sort, "limit": f"{limit}"})
            assert (len(rows), texts(rows)) == (count, door.seen[person]), (door.path, person, sort)


@for_each(LISTS)
async def test_a_cursor_of_another_leads_to_nothing_that_one_does_not_see(
    worlds: Worlds, doors: Doors, name: str
) -> None:
    for door in doors[name]:
        for giver in door.kinds:
            query = {**door.narrowed, "limit": "1"}
            cursor = (await worlds.as_(giver).get(door.path, params=query)).json()["next_cursor"]
            for taker in door.seen if cursor else ():
                if door.seen[taker] != door.seen[giver]:
                    answer = await worlds.as_(taker).get(door.path, params={**query, "cursor": cursor})
                    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), (giver, taker)


@for_each(LISTS)
async def test_whom_a_list_refuses_it_refuses_through_every_parameter(
    worlds: Worlds, doors: Doors, known: Known, name: str
) -> None:
    """With the values of what is there, in the words for what is not."""
    listed = LISTS[name]
    for door in doors[name]:
        query = {"fields": ",".join(listed.fields), "sort": listed.sorts[-1], "count": "true", "limit": "1"}
        for one in map(parameter, listed.filters):
            for value in one.values([door.everything.values()], known):
                query[one.name] = value
        for person, bare in door.refused.items():
            client = worlds.as_(person)
            asked = await client.get(door.path, params=query)
            assert (asked.status_code, asked.json()["code"]) == (bare.status_code, bare.json()["code"]), person
            if asked.status_code == 404:
                nothing = await client.get(request_of(worlds.absent, name, person).path, params=query)
                assert same(asked.json()) == same(nothing.json()), person


def same(problem: Row) -> Row:
    """Return a problem without what is each one's own."""
    return {member: value for member, value in problem.items() if member not in {"instance", "request_id"}}


async def test_the_audit_withholds_through_every_filter(worlds: Worlds, doors: Doors, known: Known) -> None:
    """Who may read it finds the entries of levels that are still secret, and in none of them what was written."""
    (door,) = doors["list_audit"]
    withheld = [row for row in door.everything.values() if row["withheld"]]
    of_a_draft = [row for row in door.everything.values() if row["key"] == worlds.published.reviews.draft]
    assert {row["operation"] for row in of_a_draft} >= {"create", "update"}
    assert all(row["before"] is row["after"] is None for row in (*withheld, *of_a_draft))
    assert set(door.rows) == {"auditor", "administrator"}
    for one in map(parameter, LISTS["list_audit"].filters):
        assert texts(withheld) & await reveals(worlds, door, one, [withheld], known), one.name


async def test_what_comes_whole_comes_alike_to_all_who_get_it(worlds: Worlds) -> None:
    """What is counted and proposed has no rows for some: whoever gets it gets all of it."""
    for name, query in {
        "get_mentorship_proposal": {"seed": "7"},
        "get_cohort_quick_win_standings": {"on": "2026-06-30"},
    }.items():
        for world in (worlds.published, worlds.hidden):
            for asked in ({}, query):
                answers = [
                    await worlds.as_(person).get(request_of(world, name, person).path, params=asked)
                    for person in LETTERS.values()
                ]
                got = {text(answer.json()) for answer in answers if answer.is_success}
                assert len(got) == 1, (name, asked)


async def changes_of(worlds: Worlds, person: str, **asked: str) -> list[Row]:
    """Return all that a person is told of what was made."""
    follower = Follower(worlds.as_(person), limit=200, **asked)
    follower.cursor = worlds.beginnings[person]
    return await follower.news()


async def test_the_changes_tell_no_more_through_a_filter_or_a_cursor_of_another(worlds: Worlds, doors: Doors) -> None:
    (cohorts,) = doors["list_cohorts"]
    assert cohorts.kept_from
    for person in cohorts.kinds:
        seen = {row["code"] for row in cohorts.rows[person]}
        told = await changes_of(worlds, person, resource="cohorts")
        assert {item["key"] for item in told} <= seen, person
        told = await changes_of(worlds, person, cohort=worlds.hidden.selection.cohort)
        assert bool(told) == (worlds.hidden.selection.cohort in seen), person
    for person, other in permutations(LETTERS.values(), 2):
        refused = await worlds.as_(person).get("/v1/changes", params={"after": worlds.beginnings[other]})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor"), (person, other)
