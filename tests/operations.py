"""The contract for tests: its operations by name, what they take and answer, and validators of its schemas."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs

from app.kernel.openapi import operations
from tests.conftest import document

_SCHEMA = re.compile(r'"#/components/schemas/([^"]+)"')
OPERATIONS = {operation["operationId"]: (path, method) for path, method, operation in operations(document())}


def operation(name: str) -> dict[str, Any]:
    """Return an operation, as the contract describes it."""
    path, method = OPERATIONS[name]
    found: dict[str, Any] = document()["paths"][path][method]
    return found


def parameters(name: str) -> dict[str, dict[str, Any]]:
    """Return what an operation takes beside a body, by name."""
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
    """Make a validator of a schema of the contract, with the components that it comes to at hand."""
    return _validator(json.dumps(schema))


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    components, beyond = {}, set(_SCHEMA.findall(schema))  # to give all would take most of the time
    while beyond:
        name = beyond.pop()
        components[name] = document()["components"]["schemas"][name]
        beyond |= set(_SCHEMA.findall(_component(name))) - components.keys()
    return jsonschema_rs.Draft202012Validator(json.loads(schema) | {"components": {"schemas": components}})


@cache
def _component(name: str) -> str:
    return json.dumps(document()["components"]["schemas"][name])
