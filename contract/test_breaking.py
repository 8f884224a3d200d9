"""The gate against breaking changes, tried on edits whose verdict is known.

Each edit is made to a small document with every feature of ours: strict bodies, references, problems, headers, keys.
"""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GATE = Path(__file__).parent / "breaking.sh"

JsonObject = dict[str, Any]
Edit = Callable[[JsonObject], Any]


def reference(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: JsonObject, media_type: str = "application/json") -> JsonObject:
    return {media_type: {"schema": schema}}


PROBLEM = {"description": "No", "content": content(reference("Problem"), "application/problem+json")}
BASE: JsonObject = {
    "openapi": "3.1.0",
    "info": {"title": "Base", "version": "1.0.0"},
    "paths": {
        "/wells/{code}": {
            "get": {
                "operationId": "read_well",
                "summary": "Read one",
                "parameters": [{"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "Yes",
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": content(reference("WellRead")),
                    },
                    "404": {"$ref": "#/components/responses/not_found"},
                },
            },
            "delete": {
                "operationId": "delete_well",
                "parameters": [{"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {"description": "Gone"}},
                "security": [{"key": []}],
            },
        },
        "/wells": {
            "get": {
                "operationId": "list_wells",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["name", "-name"]}},
                ],
                "responses": {
                    "200": {
                        "description": "Yes",
                        "content": content(
                            {
                                "type": "object",
                                "required": ["items"],
                                "properties": {"items": {"type": "array", "items": reference("WellRead")}},
                            }
                        ),
                    }
                },
            },
            "post": {
                "operationId": "create_well",
                "requestBody": {
                    "required": True,
                    "content": content(reference("WellCreate"))
                    | content(reference("WellCreate"), "application/merge-patch+json"),
                },
                "responses": {"201": {"description": "Made", "content": content(reference("WellRead"))}},
                "security": [{"key": []}],
            },
        },
    },
    "components": {
        "schemas": {
            "WellRead": {
                "type": "object",
                "required": ["name", "kind"],
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["dug", "drilled"]},
                    "depth": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                },
            },
            "WellCreate": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 200},
                    "title": {"type": "string", "maxLength": 200},
                    "kind": {"type": "string", "enum": ["dug", "drilled"]},
                    "depth": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                },
            },
            "Problem": {"type": "object", "properties": {"status": {"type": "integer"}}},
        },
        "responses": {"not_found": PROBLEM},
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
    },
}


def one(document: JsonObject) -> Any:
    return document["paths"]["/wells/{code}"]


def many(document: JsonObject) -> Any:
    return document["paths"]["/wells"]


def schema(document: JsonObject, name: str) -> Any:
    return document["components"]["schemas"][name]


def field(document: JsonObject, name: str, key: str) -> Any:
    return schema(document, name)["properties"][key]


def rename_path(document: JsonObject) -> None:
    document["paths"]["/boreholes"] = document["paths"].pop("/wells")


def rename_component(document: JsonObject) -> None:
    text = json.dumps(document).replace("WellRead", "WellOutput")
    document.clear()
    document.update(json.loads(text))


def demand_parameter(document: JsonObject) -> None:
    new = {"name": "province", "in": "query", "required": True, "schema": {"type": "string"}}
    many(document)["get"]["parameters"].append(new)


def offer_parameter(document: JsonObject) -> None:
    many(document)["get"]["parameters"].append({"name": "province", "in": "query", "schema": {"type": "string"}})


def demand_new_field(document: JsonObject) -> None:
    field_names = schema(document, "WellCreate")
    field_names["properties"]["owner"] = {"type": "string"}
    field_names["required"].append("owner")


def answer_created(document: JsonObject) -> None:
    responses = many(document)["post"]["responses"]
    responses["202"] = responses.pop("201")


BREAKING: dict[str, Edit] = {
    "a path is gone": lambda d: d["paths"].pop("/wells"),
    "a path has another name": rename_path,
    "an operation is gone": lambda d: one(d).pop("delete"),
    "an operation has another id": lambda d: one(d)["get"].update(operationId="get_well"),
    "a query parameter is gone": lambda d: many(d)["get"]["parameters"].pop(0),
    "a query parameter is demanded": demand_parameter,
    "a query parameter takes fewer values": lambda d: many(d)["get"]["parameters"][1]["schema"]["enum"].pop(),
    "a query parameter takes smaller numbers": lambda d: many(d)["get"]["parameters"][0]["schema"].update(maximum=50),
    "a query parameter has another type": lambda d: many(d)["get"]["parameters"][0]["schema"].update(type="string"),
    "a new body field is demanded": demand_new_field,
    "an optional body field is demanded": lambda d: schema(d, "WellCreate")["required"].append("kind"),
    "a body field is refused": lambda d: schema(d, "WellCreate")["properties"].pop("kind"),
    "a body field takes fewer values": lambda d: field(d, "WellCreate", "kind")["enum"].pop(),
    "a body field takes shorter text": lambda d: field(d, "WellCreate", "name").update(maxLength=100),
    "a body field has another type": lambda d: field(d, "WellCreate", "name").update(type="integer"),
    "a body field named like a word is gone": lambda d: schema(d, "WellCreate")["properties"].pop("title"),
    "a body field may not be null": lambda d: field(d, "WellCreate", "depth")["anyOf"].pop(),
    "a body media type is gone": lambda d: many(d)["post"]["requestBody"]["content"].pop(
        "application/merge-patch+json"
    ),
    "an answer's field is gone": lambda d: (
        field(d, "WellRead", "depth") and schema(d, "WellRead")["properties"].pop("depth")
    ),
    "an answer's field has another type": lambda d: field(d, "WellRead", "name").update(type="integer"),
    "an answer's field may be absent": lambda d: schema(d, "WellRead")["required"].remove("name"),
    "an answer's field may be null": lambda d: field(d, "WellRead", "name").update(type=["string", "null"]),
    "an answer's field takes a new value": lambda d: field(d, "WellRead", "kind")["enum"].append("spring"),
    "an answer's status is another": answer_created,
    "an answer's header is gone": lambda d: one(d)["get"]["responses"]["200"].pop("headers"),
    "a shared answer's media type is another": lambda d: d["components"]["responses"]["not_found"].update(
        content=content({})
    ),
    "a key is demanded": lambda d: one(d)["get"].update(security=[{"key": []}]),
    "the kind of key is another": lambda d: d["components"]["securitySchemes"].update(
        key={"type": "apiKey", "in": "header", "name": "X-Key"}
    ),
}

HARMLESS: dict[str, Edit] = {
    "nothing": lambda _: None,
    "a new path": lambda d: d["paths"].update(
        {"/springs": {"get": {"operationId": "x", "responses": {"200": {"description": "Yes"}}}}}
    ),
    "a new operation": lambda d: one(d).update(put={"operationId": "y", "responses": {"204": {"description": "Yes"}}}),
    "a new query parameter": offer_parameter,
    "a new body field": lambda d: schema(d, "WellCreate")["properties"].update(owner={"type": "string"}),
    "a body field takes more values": lambda d: field(d, "WellCreate", "kind")["enum"].append("spring"),
    "a body field takes longer text": lambda d: field(d, "WellCreate", "name").update(maxLength=300),
    "a body field is no longer demanded": lambda d: schema(d, "WellCreate")["required"].clear(),
    "a new field in an answer": lambda d: schema(d, "WellRead")["properties"].update(owner={"type": "string"}),
    "a field in an answer is always there": lambda d: schema(d, "WellRead")["required"].append("depth"),
    "a new problem": lambda d: one(d)["get"]["responses"].update({"403": PROBLEM}),
    "a new header in an answer": lambda d: one(d)["get"]["responses"]["200"]["headers"].update(
        Link={"schema": {"type": "string"}}
    ),
    "other words": lambda d: one(d)["get"].update(
        summary="Fetch one", description="The well of that code", tags=["wells"]
    ),
    "a parameter shows an example": lambda d: one(d)["get"]["parameters"][0].update(
        example="a-code-as-long-as-all-else"
    ),
    "a component has another name": rename_component,
    "an answer is no longer shared": lambda d: one(d)["get"]["responses"].update({"404": PROBLEM}),
    "a new component that nothing uses": lambda d: d["components"]["schemas"].update(Spring={"type": "object"}),
    "a key is no longer demanded": lambda d: one(d)["delete"].pop("security"),
}


def judge(folder: Path, edit: Edit) -> tuple[int, JsonObject]:
    """Return the gate's exit code and its report about BASE and the edited BASE."""
    old, new = folder / "old.json", folder / "new.json"
    edited = copy.deepcopy(BASE)
    edit(edited)
    old.write_text(json.dumps(BASE))
    new.write_text(json.dumps(edited))
    done = subprocess.run([GATE, old, new, "--format=json"], capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("name", BREAKING)
def test_breaking_edit_fails(tmp_path: Path, name: str) -> None:
    code, report = judge(tmp_path, BREAKING[name])
    assert report["summary"]["major"] >= 1
    assert code == 1


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_edit_passes(tmp_path: Path, name: str) -> None:
    code, report = judge(tmp_path, HARMLESS[name])
    assert report["summary"]["major"] == 0
    assert code == 0


def test_unreadable_document_fails(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(json.dumps(BASE))
    (tmp_path / "new.json").write_text("{")
    done = subprocess.run([GATE, tmp_path / "old.json", tmp_path / "new.json"], capture_output=True, check=False)  # noqa: S603 - our own script
    assert done.returncode == 1
