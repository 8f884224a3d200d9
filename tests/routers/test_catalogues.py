"""The catalogues are the programme's own words, in two languages and in editions."""

from typing import Any

import pytest

from app import reference
from app.reference import EntryFact
from tests.conftest import As
from tests.routers.factories import every_row

# As the programme tells them; a word in brackets lies below the one before it.
WORDS = {
    "dimensions": {
        "governance": ["service", "bureaucracy", "policy"],
        "branding": ["tourism", "business", "appearance"],
        "economy": ["industry", "welfare", "transaction"],
        "living": ["harmony", "health", "mobility"],
        "society": ["community", "learning", "security"],
        "environment": ["protection", "waste", "energy"],
    },
    "readiness-criteria": {"leadership_vision": [], "infrastructure": [], "regulation": [], "human_resources": []},
}


def shown(entry: EntryFact) -> dict[str, Any]:
    """Return an entry of the data files as the API spells it."""
    fields = {name: getattr(entry, name) for name in EntryFact.__slots__}
    return fields | {"children": [shown(child) for child in entry.children]}


async def test_every_edition_is_listed_as_it_was_written(as_: As) -> None:
    rows = await every_row(as_("public"), "/v1/catalogues")
    told = {(fact.code, fact.edition): fact for fact in reference.catalogues()}
    assert sorted((row["code"], row["edition"]) for row in rows) == sorted(told)
    for row in rows:
        fact = told[row["code"], row["edition"]]
        assert row["entries"] == [shown(entry) for entry in fact.entries]
        assert (row["name_en"], row["name_id"], row["source"]) == (fact.name_en, fact.name_id, fact.source)


async def test_the_five_catalogues_are_there_with_one_edition_in_force(as_: As) -> None:
    rows = await every_row(as_("public"), "/v1/catalogues", in_force="true")
    codes = [row["code"] for row in rows]
    assert codes == sorted(
        {"budget-sources", "dimensions", "national-priorities", "island-groups", "readiness-criteria"}
    )


@pytest.mark.parametrize("code", WORDS)
async def test_the_words_are_those_of_the_programme(as_: As, code: str) -> None:
    catalogue = (await as_("public").get(f"/v1/catalogues/{code}")).json()
    words = {entry["code"]: [child["code"] for child in entry["children"]] for entry in catalogue["entries"]}
    assert words == WORDS[code]


async def test_nine_national_priorities_and_seven_island_groups_with_every_province(as_: As) -> None:
    priorities = (await as_("public").get("/v1/catalogues/national-priorities")).json()["entries"]
    assert len(priorities) == 9
    groups = (await as_("public").get("/v1/catalogues/island-groups")).json()["entries"]
    assert [group["code"] for group in groups] == [
        "sumatera",
        "jawa",
        "bali-nusa-tenggara",
        "kalimantan",
        "sulawesi",
        "maluku",
        "papua",
    ]
    told = {child["code"]: group["code"] for group in groups for child in group["children"]}
    provinces = await every_row(as_("public"), "/v1/regions", kind="province")
    assert told == {row["code"]: row["island_group"] for row in provinces}


async def test_every_word_is_in_both_languages(as_: As) -> None:
    for catalogue in await every_row(as_("public"), "/v1/catalogues"):
        words = catalogue["entries"] + [child for entry in catalogue["entries"] for child in entry["children"]]
        for word in [catalogue, *words]:
            assert word["name_en"].strip()
            assert word["name_id"].strip()


async def test_an_edition_is_had_by_its_name(as_: As) -> None:
    public = as_("public")
    in_force = await public.get("/v1/catalogues/dimensions")
    assert in_force.json()["in_force"] is True
    named = await public.get("/v1/catalogues/dimensions", params={"edition": in_force.json()["edition"]})
    assert named.content == in_force.content
    assert [row["edition"] for row in await every_row(public, "/v1/catalogues", code="dimensions")] == ["2018"]


@pytest.mark.parametrize("path", ["nothing", "Dimensions", "dimensions?edition=1945", "nothing?edition=2018"])
async def test_an_unknown_catalogue_or_edition_is_not_found(as_: As, path: str) -> None:
    answer = await as_("public").get(f"/v1/catalogues/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
