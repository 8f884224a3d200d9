"""The contract says of every operation who may call it, what it takes, and all that it answers, in words too."""

import json
import re
from typing import Any

import pytest

from app.domain.permissions import GRANTS, Permission, Role
from app.kernel.openapi import operations
from app.kernel.problem import Problem
from tests.conftest import As, document
from tests.operations import OPERATIONS, answers, at, operation, parameters, validator
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


async def test_a_rule_for_each_tells_of_all_that_break_it() -> None:
    @for_each(["one", "two", "three"])
    def is_two(name: str) -> None:
        assert name == "two", name

    with pytest.raises(ExceptionGroup) as told:
        await is_two()
    assert [error.__notes__ for error in told.value.exceptions] == [["of one"], ["of three"]]


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


def test_no_condition_is_promised_on_what_is_no_record() -> None:
    assert "304" in answers("get_region")
    assert "304" not in answers("get_data_package")
    assert "headers" not in answers("get_data_package")["200"]


def test_filters_say_how_they_compare() -> None:
    taken = {name: parameter["description"] for name, parameter in parameters("list_regions").items()}
    assert taken["kind"] == "`kind` is this"
    assert taken["kind_in"] == "`kind` is one of these, separated by commas"
    assert taken["population_gte"] == "`population` is at least this"
    assert taken["population_lt"] == "`population` is less than this"
    assert taken["limit"] == "rows to a page"  # a description of its own stays
