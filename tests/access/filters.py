"""What a filter is to find: how its parameter is read in a row, and values of it that name what is out of sight."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.access.lists import Row

# Of regions, experts, mentorships and quick wins, by id or code.
Known = Mapping[str, Row]
# What `q` searches, in the order in which a row is asked for it: what is nearest to the record.
SEARCHED = ("agency", "title", "number", "text", "name_en", "region_name")
# How a parameter is read in a row that has no field of that name.
READ: dict[str, Callable[[Row, Known], Any]] = {
    "province": lambda row, _: row["region_code"][:2],
    "kind": lambda row, known: known[row["region_code"]]["kind"],
    "island_group": lambda row, known: known[row["region_code"]]["island_group"],
    "institution": lambda row, known: known[row.get("mentorship_id") or row["expert_id"]]["institution_id"],
    "mentor": lambda row, _: [row["lead_mentor_id"], *row["facilitator_ids"]],
    "dimension": lambda row, known: (
        row["dimensions"] if "dimensions" in row else known[row["quick_win_id"]]["dimension"]
    ),
    "role": lambda row, _: row["roles"],
    "sector": lambda row, _: row["sectors"],
    "number": lambda row, _: row["workshop_number"],
    "priority": lambda row, _: row["priorities"],
    "regulation_date": lambda row, _: (row["regulation"] or {}).get("date"),
    "frozen": lambda row, _: row["frozen_at"] is not None,
    "published": lambda row, _: row["published_at"] is not None,
    "submitted": lambda row, _: row["submitted_at"] is not None,
    "revoked": lambda row, _: row["revoked_at"] is not None,
    "late": lambda row, _: row["late_admission"] is not None,
    "q": lambda row, _: next((row[name] for name in SEARCHED if isinstance(row.get(name), str)), None),
}


class Parameter(NamedTuple):
    """A filter's parameter: its name, that of what it compares, and how."""

    name: str
    compared: str
    how: str  # "", "in", "gte" or "lt"

    def of(self, row: Row, known: Known) -> list[Any]:
        """Return what it compares in a row: nothing where the row leaves it empty, several where it has several."""
        fields = [name for name in (self.compared, f"{self.compared}_code", f"{self.compared}_id") if name in row]
        value = row[fields[0]] if fields else READ[self.compared](row, known)
        return value if isinstance(value, list) else [] if value is None else [value]

    def matches(self, row: Row, asked: str, known: Known) -> bool:
        """Tell whether a row is to be found by a value."""
        if self.how in {"gte", "lt"}:
            return any((order_of(one) < order_of(asked)) == (self.how == "lt") for one in self.of(row, known))
        return any(spelled(one) in asked.split(",") for one in self.of(row, known))

    def values(self, named: Iterable[Collection[Row]], known: Known) -> list[str]:
        """Return as few values as find a row of each of these, if any says what it compares; bounds find but that."""
        values: list[str] = []
        for rows in named:
            if any(self.matches(row, value, known) for value in values for row in rows):
                continue
            compared = [spelled(one) for row in rows for one in self.of(row, known)]
            if not compared:
                continue
            match self.how:
                case "gte":
                    values.append(max(compared, key=order_of))
                case "lt":
                    values.append(after(min(compared, key=order_of)))
                case _:
                    values.append(compared[0])
        return [",".join(values)] if self.how == "in" and values else values


def parameter(name: str) -> Parameter:
    """Return what the name of a parameter says."""
    found = re.fullmatch(r"(\w+?)(?:_(in|gte|lt))?", name)
    assert found
    return Parameter(name, found[1], found[2] or "")


def spelled(value: Any) -> str:
    """Return a value as a query spells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def order_of(value: Any) -> Any:
    """Return a number, day or moment so that it compares with others of its kind."""
    told = str(value)
    return int(told) if told.isdecimal() else datetime.fromisoformat(told)


def after(value: str) -> str:
    """Return the least value above this one."""
    found = order_of(value)
    if not isinstance(found, datetime):
        return str(found + 1)
    if len(value) == len("2026-01-01"):
        return (found + timedelta(days=1)).date().isoformat()
    return (found + timedelta(microseconds=1)).isoformat()
