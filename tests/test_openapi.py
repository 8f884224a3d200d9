"""The contract is a sound OpenAPI 3.1 document: schemas closed, bounded and exemplified validly, served as it is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from fastapi.routing import iter_route_contexts

from app.config import Settings
from app.kernel.messages import Text, explain
from app.kernel.openapi import operations
from app.main import create_app
from tests.conftest import As, document
from tests.operations import validator


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk every schema object: (where it is, schema)."""

    def walk(node: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(node, dict):
            if "schema" in node and isinstance(node["schema"], dict):
                yield at, node["schema"]
            for name, child in node.items():
                yield from walk(child, f"{at}/{name}")
        elif isinstance(node, list):
            for index, child in enumerate(node):
                yield from walk(child, f"{at}/{index}")

    yield from walk(document()["paths"], "")
    for name, schema in document()["components"]["schemas"].items():
        yield f"/components/schemas/{name}", schema


def test_the_document_is_openapi_3_1() -> None:
    from schemathesis.specs.openapi.definitions import OPENAPI_31  # takes a second, which only this test needs

    assert document()["openapi"].startswith("3.1.")
    jsonschema_rs.Draft202012Validator(OPENAPI_31).validate(document())


def test_every_schema_is_a_json_schema_whose_references_lead_somewhere() -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate({"$schema": dialect, "$defs": dict(schemas())})
    named = set(re.findall(r"'#/components/(\w+)/([^']+)'", str(document())))
    there = {(kind, name) for kind, parts in document()["components"].items() for name in parts}
    assert named == {part for part in there if part[0] != "securitySchemes"}  # and none is left over


def test_operations_are_named_after_their_functions_each_once() -> None:
    names = [operation["operationId"] for _, _, operation in operations(document())]
    assert len(set(names)) == len(names)
    functions = {
        getattr(context.endpoint, "__name__", "")
        for context in iter_route_contexts(create_app(Settings()).routes)
        if getattr(context.original_route, "include_in_schema", False) and hasattr(context, "endpoint")
    }
    assert set(names) == functions - {"openapi"}


def test_no_name_betrays_how_it_is_built() -> None:
    for name, schema in document()["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Z][A-Za-z]*(_[A-Z][A-Za-z]*_)?", name), name
        assert not re.search(r"app[._]|pydantic|sqlalchemy|fastapi", str(schema), re.IGNORECASE), name


def test_every_record_has_its_bookkeeping() -> None:
    for name, schema in document()["components"]["schemas"].items():
        if schema.get("properties", {}).get("version", {}).get("type") == "integer":
            assert {"created_at", "updated_at", "version"} <= set(schema["required"]), name
            assert {"id", "code", "region_code", "expert_id", "edition"} & schema["properties"].keys(), name


def taken_in() -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk the components that bodies consist of: (name, schema)."""
    waiting = {
        content["schema"]["$ref"].split("/")[-1]
        for _, _, operation in operations(document())
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content["schema"]
    }
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        schema = document()["components"]["schemas"][name]
        waiting |= set(re.findall(r"'#/components/schemas/([^']+)'", str(schema))) - reached
        yield name, schema


def test_everything_taken_in_is_closed_and_bounded() -> None:
    """Bodies refuse unknown fields; strings and lists in them have an end."""
    for name, schema in taken_in():
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False, name
        for field, node in leaves(schema, name):
            if node.get("type") == "string" and not {"enum", "const", "format"} & node.keys():
                assert "maxLength" in node, field
            if node.get("type") == "array":
                assert "maxItems" in node, field
            if node.get("type") in {"integer", "number"}:
                assert {"maximum", "exclusiveMaximum"} & node.keys(), field


def test_what_a_pattern_asks_for_is_said_in_words() -> None:
    bodies = {
        node["pattern"]: field
        for name, schema in taken_in()
        for field, node in leaves(schema, name)
        if "pattern" in node
    }
    asked = {
        node["pattern"]: parameter["name"]
        for _, _, operation in operations(document())
        for parameter in operation.get("parameters", ())
        for _, node in leaves(parameter["schema"], "")
        if "pattern" in node
    }
    patterns = bodies | asked
    assert patterns.keys() >= {"^[a-z_]+$", r"^[0-9]{2}(\.[0-9]{2})?$"}
    vague = _told(".")
    assert [field for pattern, field in patterns.items() if _told(pattern) == vague] == []


def _told(pattern: str) -> Text:
    return explain({"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}, "input": "?"})[1]


def leaves(schema: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk the members of a schema."""
    yield at, schema
    for name, child in schema.get("properties", {}).items():
        yield from leaves(child, f"{at}.{name}")
    for child in (*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])):
        yield from leaves(child, at)


def test_examples_are_valid() -> None:
    for at, schema in schemas():
        for example in schema.get("examples", []):
            validator(schema).validate(example)
        for name, member in schema.get("properties", {}).items():
            for example in member.get("examples", []):
                assert validator(member).is_valid(example), f"{at}/{name}"


async def test_the_document_that_is_served_is_the_committed_one(as_: As) -> None:
    """To the order of its members, whatever was loaded before."""
    assert json.dumps((await as_("public").get("/openapi.json")).json()) == json.dumps(document())
