"""The contract is a sound OpenAPI 3.1 document, and says of every operation what it takes and all that it answers."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from fastapi.routing import iter_route_contexts

from app.config import Settings
from app.domain.permissions import GRANTS, Permission, Role
from app.kernel.openapi import operations
from app.kernel.problem import Problem
from app.main import create_app
from tests.conftest import As, document
from tests.sweeps import for_each

PUBLIC = {"live", "ready", "metrics_text", "get_api_catalog", "get_security_text"}  # what asks for no permission
PROBLEM = "application/problem+json"
# What the kernel answers before or around any handler. 405 and 404 of an unknown path belong to no operation.
ALWAYS = {"400", "422", "500", "503"}

# These act on many records at once and report on each, so no one record is their answer.
REPORTS = {
    "sign_memoranda",
    "open_assessments",
    "fill_panels",
    "issue_result_letters",
    "record_mentorships",
    "redeliver_range",
}
# These change a record whatever it has become since it was read.
WHATEVER_IT_IS = {"erase_expert"}


OPERATIONS = {operation["operationId"]: (path, method) for path, method, operation in operations(document())}


def operation(name: str) -> dict[str, Any]:
    path, method = OPERATIONS[name]
    found: dict[str, Any] = document()["paths"][path][method]
    return found


def parameters(name: str) -> dict[str, dict[str, Any]]:
    return {parameter["name"]: parameter for parameter in operation(name).get("parameters", [])}


def answers(name: str) -> dict[str, dict[str, Any]]:
    """Return what an operation answers, by status, wherever the contract says it."""
    return {status: at(said) for status, said in operation(name)["responses"].items()}


def at(node: dict[str, Any]) -> dict[str, Any]:
    """Return a component that a node refers to, else the node itself."""
    while "$ref" in node:
        _, components, kind, name = node["$ref"].split("/")
        node = document()[components][kind][name]
    return node


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Make a validator of a schema of the contract, with its components at hand."""
    return _validator(json.dumps(schema))


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema) | {"components": document()["components"]})


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


async def test_a_rule_for_each_tells_of_all_that_break_it() -> None:
    @for_each(["one", "two", "three"])
    def is_two(name: str) -> None:
        assert name == "two", name

    with pytest.raises(ExceptionGroup) as told:
        await is_two()
    assert [error.__notes__ for error in told.value.exceptions] == [["of one"], ["of three"]]


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


def needed(found: dict[str, Any]) -> list[Permission]:
    """Return the permissions of which an operation takes one."""
    named = found["x-permission"]
    return [Permission(name) for name in ([named] if isinstance(named, str) else named)]


@for_each(OPERATIONS)
def test_an_operation_names_its_permission_or_those_of_which_it_takes_one(name: str) -> None:
    found = operation(name)
    if name in PUBLIC:
        assert "security" not in found
        return
    permissions = needed(found)
    # Without a key too, exactly where the public holds the permission.
    keyless: list[dict[str, list[str]]] = [{}] if GRANTS[Role.PUBLIC].issuperset(permissions) else []
    assert found["security"] == [*keyless, *({"bearer": [permission]} for permission in permissions)]
    assert document()["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_every_permission_opens_something() -> None:
    used = {name for _, _, operation in operations(document()) if "security" in operation for name in needed(operation)}
    assert used == set(Permission)


@for_each(OPERATIONS)
async def test_a_parameter_that_nobody_declared_is_refused(as_: As, name: str) -> None:
    path, method = OPERATIONS[name]
    client = as_("administrator")
    answer = await client.request(method, re.sub("{[a-z]+}", "00000000-0000-7000-8000-000000000000", path) + "?zzz=1")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_parameter"), answer.text


@for_each(OPERATIONS)
def test_every_status_it_can_answer_is_documented(name: str) -> None:
    (path, method), found = OPERATIONS[name], operation(name)
    taken = parameters(name)
    expected = {*ALWAYS}
    if name not in PUBLIC:
        expected |= {"401", "403"}
    if not path.startswith("/health/"):
        expected |= {"429"}
    if "{" in path or name == "get_security_text":  # where none was set
        expected |= {"404"}
    if method != "get":
        # A body too slow, long or compressed; an Idempotency-Key still running.
        expected |= {"408", "409", "413", "415"}
        expected |= {"410"}  # nor is an answer about somebody who was erased
    if "If-Match" in taken:
        expected |= {"412", "428"}
    if "If-None-Match" in taken:
        expected |= {"304"}
    if taken.keys() & {"wait", "as_of"}:
        expected |= {"410"}  # what is followed is not kept for ever
    success = {status for status in found["responses"] if status.startswith("2")}
    assert len(success) == 1
    assert set(found["responses"]) - success == expected


@for_each(OPERATIONS)
def test_errors_are_problems_and_name_their_codes(name: str) -> None:
    for status, response in answers(name).items():
        if status < "400":
            continue
        assert set(response["content"]) == {PROBLEM}
        # As it is, or with members of its own.
        schema = response["content"][PROBLEM]["schema"]
        assert {"$ref": "#/components/schemas/Problem"} in schema.get("allOf", [schema])
        examples = response["content"][PROBLEM]["examples"]
        assert examples
        for code, example in examples.items():
            assert response["description"].count(f"`{code}`") == 1
            assert Problem.known[code].status == int(status)
            shown = at(example)["value"]
            validator({"$ref": "#/components/schemas/Problem"}).validate(shown)
            assert (shown["code"], shown["status"]) == (code, int(status))


def test_what_several_operations_answer_alike_is_said_once() -> None:
    all_said = (said for name in OPERATIONS for said in operation(name)["responses"].values())
    said = [json.dumps(one) for one in all_said if PROBLEM in str(one)]
    assert len(set(said)) == len(said)


@for_each(OPERATIONS)
def test_a_success_has_a_schema_of_its_own(name: str) -> None:
    for status, response in operation(name)["responses"].items():
        if status.startswith("2"):
            assert len(response["content"]) == (3 if name.startswith("export_") else 1)  # in three formats
            for content in response["content"].values():
                assert content["schema"], status
                assert content["schema"] != {"type": "object"}


@for_each(OPERATIONS)
def test_writes_can_be_rehearsed_and_repeated_and_changes_name_a_version(name: str) -> None:
    (path, method), taken = OPERATIONS[name], parameters(name)
    write = method != "get"
    assert ({"dry_run", "Idempotency-Key"} <= taken.keys()) is write
    acts = ("/transitions", "/replacement", "/late-admission", "/rotations")
    changes = method in {"patch", "put", "delete"} or path.endswith(acts)
    assert ("If-Match" in taken) is (write and changes)
    changes |= name in WHATEVER_IT_IS
    success = next(response for status, response in operation(name)["responses"].items() if status.startswith("2"))
    if "If-Match" in taken or "If-None-Match" in taken:
        assert "ETag" in success["headers"]
    assert ("201" in operation(name)["responses"]) is (method == "post" and not changes and name not in REPORTS)
    if "201" in operation(name)["responses"]:
        assert {"Location", "ETag"} <= success["headers"].keys()


LISTS = [name for name in OPERATIONS if name.startswith("list_")]


@for_each(LISTS)
def test_a_list_documents_what_every_list_understands(name: str) -> None:
    taken = parameters(name)
    assert {"limit", "cursor", "fields", "count", "sort"} <= taken.keys()
    limit = taken["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 200, 50)
    orders = set(taken["sort"]["schema"]["enum"])
    assert orders == {order.removeprefix("-") for order in orders} | {f"-{order.removeprefix('-')}" for order in orders}
    page = operation(name)["responses"]["200"]
    assert "Link" in page["headers"]
    schema = document()["components"]["schemas"][page["content"]["application/json"]["schema"]["$ref"].split("/")[-1]]
    assert {"items", "next_cursor", "total"} == schema["properties"].keys()


def test_a_list_is_what_has_pages() -> None:
    assert set(LISTS) == {name for name in OPERATIONS if "cursor" in parameters(name)}


@for_each(OPERATIONS)
def test_every_parameter_is_bounded_and_never_null(name: str) -> None:
    for parameter in parameters(name).values():
        schema = parameter["schema"]
        assert "null" not in str(schema.get("anyOf", "")), parameter["name"]
        if schema.get("type") == "array":
            assert (parameter["style"], parameter["explode"]) == ("form", False), parameter["name"]
            assert schema["maxItems"]
        if schema.get("type") == "integer":
            assert {"minimum", "maximum"} <= schema.keys(), parameter["name"]
        if parameter["in"] == "query" and schema.get("type") == "string":
            assert {"maxLength", "enum", "const", "format"} & schema.keys(), parameter["name"]


@for_each(OPERATIONS)
def test_everything_is_said_in_words(name: str) -> None:
    found = operation(name)
    assert found["summary"]
    assert not found["summary"].endswith(".")
    assert found["summary"] != name.replace("_", " ").title()  # FastAPI's own guess
    assert found["description"]
    assert found["tags"]
    for parameter in found.get("parameters", []):
        if parameter["in"] == "header" or OPERATIONS[name][1] == "get":
            assert parameter["in"] == "path" or parameter["description"], parameter


def test_no_name_betrays_how_it_is_built() -> None:
    for name, schema in document()["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Z][A-Za-z]*(_[A-Z][A-Za-z]*_)?", name), name
        assert not re.search(r"app[._]|pydantic|sqlalchemy|fastapi", str(schema), re.IGNORECASE), name


def test_every_record_has_its_bookkeeping() -> None:
    for name, schema in document()["components"]["schemas"].items():
        if schema.get("properties", {}).get("version", {}).get("type") == "integer":
            assert {"created_at", "updated_at", "version"} <= set(schema["required"]), name
            assert {"id", "code", "region_code", "expert_id", "edition"} & schema["properties"].keys(), name


def test_no_condition_is_promised_on_what_is_no_record() -> None:
    assert "304" in answers("get_region")
    assert "304" not in answers("get_data_package")
    assert "headers" not in answers("get_data_package")["200"]


def test_everything_taken_in_is_closed_and_bounded() -> None:
    """Bodies refuse unknown fields; strings and lists in them have an end."""
    bodies = {
        content["schema"]["$ref"].split("/")[-1]
        for _, _, operation in operations(document())
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content["schema"]
    }
    reached, waiting = set(), set(bodies)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        schema = document()["components"]["schemas"][name]
        waiting |= set(re.findall(r"'#/components/schemas/([^']+)'", str(schema))) - reached
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False, name
        for field, node in leaves(schema, name):
            if node.get("type") == "string" and not {"enum", "const", "format"} & node.keys():
                assert "maxLength" in node, field
            if node.get("type") == "array":
                assert "maxItems" in node, field
            if node.get("type") in {"integer", "number"}:
                assert {"maximum", "exclusiveMaximum"} & node.keys(), field


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


def test_filters_say_how_they_compare() -> None:
    taken = {name: parameter["description"] for name, parameter in parameters("list_regions").items()}
    assert taken["kind"] == "`kind` is this"
    assert taken["kind_in"] == "`kind` is one of these, separated by commas"
    assert taken["population_gte"] == "`population` is at least this"
    assert taken["population_lt"] == "`population` is less than this"
    assert taken["limit"] == "rows to a page"  # a description of its own stays
