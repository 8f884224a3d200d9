"""The fields of a read schema as tables know them: a plain type, and whether there may be none.

Hides how the contract describes them (references, null as one of several types).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

Kind = Literal["string", "uuid", "date", "datetime", "integer", "number", "boolean", "array", "object", "any"]
_FORMATS: dict[str, Kind] = {"date": "date", "date-time": "datetime", "uuid": "uuid"}
_PLAIN: tuple[Kind, ...] = ("integer", "number", "boolean", "array", "object")


@dataclass(frozen=True)
class Field:
    """One field of a record. `choices` are the values of a string that has only some, `unit` is that of a number."""

    name: str
    kind: Kind
    optional: bool
    description: str | None
    choices: tuple[str, ...] = ()
    unit: str | None = None

    @property
    def nested(self) -> bool:
        """Whether a table's cell can hold it only as JSON text."""
        return self.kind in {"array", "object", "any"}


@cache
def fields_of(schema: type[BaseModel]) -> tuple[Field, ...]:
    """Return the fields of a read schema, in its own order."""
    document = schema.model_json_schema(mode="serialization")
    parts = document.get("$defs", {})
    return tuple(_field(name, described, parts) for name, described in document["properties"].items())


def _field(name: str, described: dict[str, Any], parts: dict[str, Any]) -> Field:
    choices = described.get("anyOf", [described])
    optional = any(choice.get("type") == "null" for choice in choices)
    real = [_followed(choice, parts) for choice in choices if choice.get("type") != "null"]
    kinds = {_kind(choice) for choice in real}
    values = [value for choice in real for value in choice.get("enum", [])]
    return Field(
        name,
        kinds.pop() if len(kinds) == 1 else "any",
        optional,
        next((told["description"] for told in (described, *real) if "description" in told), None),
        tuple(value for value in values if isinstance(value, str)),
        next((told["x-unit"] for told in (described, *real) if "x-unit" in told), None),
    )


def _followed(described: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in described:
        described = parts[described["$ref"].rpartition("/")[2]]
    return described


def _kind(described: dict[str, Any]) -> Kind:
    named = described.get("type")
    if named == "string" or "const" in described:
        return _FORMATS.get(described.get("format", ""), "string")
    return next((kind for kind in _PLAIN if kind == named), "any")
