"""Lists as the contract describes them, and what each reader finds there, path by path."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import httpx

from tests.access.sending import OPERATIONS, request_of
from tests.access.tables import LETTERS
from tests.access.worlds import Worlds
from tests.conftest import document
from tests.routers.factories import every_row, rows_from

Row = dict[str, Any]
OF_EVERY_LIST = {"limit", "cursor", "fields", "count", "sort"}
# What has items and no pages, and why it is no list.
NO_PAGES = {
    "get_datasets": "takes no parameter: what one may export is in a table",
    "follow_changes": "is read from a cursor on, and never whole",
    "get_mentorship_proposal": "is worked out, for those only who see the whole cohort",
    "get_cohort_quick_win_standings": "is counted, from what everyone sees",
}


class Listed(NamedTuple):
    """What a list offers: its filters and sorts, and the fields of its rows."""

    filters: tuple[str, ...]
    sorts: tuple[str, ...]
    fields: tuple[str, ...]


def _schema(reference: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
    return found


def _lists() -> Iterator[tuple[str, Listed]]:
    for name, (_, method, said) in OPERATIONS.items():
        content = said["responses"].get("200", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref")
        if method != "get" or reference is None or "items" not in (page := _schema(reference)) or name in NO_PAGES:
            continue
        offered = {one["name"]: one for one in said["parameters"] if one["in"] == "query"}
        assert offered.keys() >= OF_EVERY_LIST, f"{name} is a list unlike the others"
        fields = _schema(page["items"]["items"]["$ref"])
        sorts = offered["sort"]["schema"]["enum"]
        yield name, Listed(tuple(offered.keys() - OF_EVERY_LIST), tuple(sorts), tuple(fields))


LISTS = dict(_lists())


@dataclass(frozen=True)
class Door:
    """One path of a list: the rows that it shows to each person, and how it refuses the others.

    Where the list grows while it is looked at, `narrowed` are filters that keep it as it is.
    """

    path: str
    narrowed: Mapping[str, str]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    refused: dict[str, httpx.Response] = field(default_factory=dict)

    async def first_page(self, worlds: Worlds, person: str) -> httpx.Response:
        """Return the first page as this person gets it."""
        query = str(httpx.QueryParams({**self.narrowed, "limit": "200"}))
        return await worlds.read(person, f"{self.path}?{query}")

    @cached_property
    def _by_text(self) -> dict[str, dict[str, Row]]:
        return {person: {text(row): row for row in rows} for person, rows in self.rows.items()}

    @cached_property
    def seen(self) -> dict[str, set[str]]:
        """The rows, whole, as texts."""
        return {person: set(rows) for person, rows in self._by_text.items()}

    @cached_property
    def everything(self) -> dict[str, Row]:
        """What anybody sees, by its text."""
        return {shown: row for rows in self._by_text.values() for shown, row in rows.items()}

    @cached_property
    def kinds(self) -> list[str]:
        """One of all who see the same rows: filters, fields and sorts know nothing else of who asks."""
        seen = list(self.seen.values())
        return [person for place, person in enumerate(self.seen) if seen[place] not in seen[:place]]

    @cached_property
    def kept_from(self) -> dict[str, list[Row]]:
        """What others see, and this one does not, by the kinds of whom there is any."""
        rows = {
            person: [row for shown, row in self.everything.items() if shown not in self.seen[person]]
            for person in self.kinds
        }
        return {person: hidden for person, hidden in rows.items() if hidden}


def text(row: Row) -> str:
    """Return a row as a text, by which it is compared."""
    return json.dumps(row, sort_keys=True)


def texts(rows: Iterable[Row]) -> set[str]:
    """Return rows as texts."""
    return set(map(text, rows))


async def walk(client: httpx.AsyncClient, path: str, query: Mapping[str, str] | None = None) -> list[Row]:
    """Return all rows of a list, from its first page to its last."""
    return await every_row(client, path, **{"limit": "200", **(query or {})})


async def shown(worlds: Worlds, person: str, path: str) -> list[Row]:
    """Return all rows of a list that stays as it is; its first page, which is all of most, is asked for once."""
    answer = await worlds.read(person, f"{path}?limit=200")
    return await rows_from(worlds.as_(person), path, {"limit": "200"}, answer)


async def doors_of(worlds: Worlds, operation: str) -> list[Door]:
    """Look at a list through every path that somebody has to it in these worlds, as everyone."""
    asked = [
        request_of(world, operation, person)
        for world in (worlds.published, worlds.hidden)
        for person in LETTERS.values()
    ]
    doors = []
    for path in dict.fromkeys(request.path.partition("?")[0] for request in asked):
        doors.append(door := Door(path, _narrowed(worlds, operation)))
        for person in LETTERS.values():
            answer = await door.first_page(worlds, person)
            if answer.is_success:
                query = {**door.narrowed, "limit": "200"}
                door.rows[person] = await rows_from(worlds.as_(person), path, query, answer)
            else:
                door.refused[person] = answer
    return doors


def _narrowed(worlds: Worlds, operation: str) -> dict[str, str]:
    if operation != "list_audit":
        return {}
    # It begins with every row of the reference data, and each attempt that is refused is added to it.
    return {"at_gte": worlds.begun.isoformat(), "at_lt": datetime.now(UTC).isoformat()}
