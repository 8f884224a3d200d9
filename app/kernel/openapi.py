"""The contract: FastAPI's document, completed with what every operation has in common.

Hides the rules by which an operation gets its common answers (401 and 403 where a permission is asked for, 404 below an
id, 412 and 428 where `If-Match` is asked for …), so that no router repeats them and none forgets them.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.domain.permissions import GRANTS, Permission, Role
from app.kernel import problems
from app.kernel.bodies import body_schemas
from app.kernel.problems import PROBLEM_SCHEMA, Problem

_METHODS = ("get", "post", "put", "patch", "delete")
_TAG = {"name": "ETag", "description": "the record's version; send it back in `If-Match` or `If-None-Match`"}


def install(app: FastAPI) -> None:
    """Let `/openapi.json` answer the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = complete(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own documented way to extend the document


def complete(app: FastAPI) -> dict[str, Any]:
    """Build the document of an app."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        openapi_version=app.openapi_version,
        routes=app.routes,
        tags=app.openapi_tags,
        separate_input_output_schemas=True,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in body_schemas().items():
        schemas.setdefault(name, schema)
    schemas["Problem"] = PROBLEM_SCHEMA
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for path, method, operation in operations(document):
        _complete(path, method, operation)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Walk every operation of a document: (path, method, operation)."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _not_null(parameter["schema"])
    parameters = {parameter["name"]: parameter["in"] for parameter in operation.get("parameters", [])}
    raised: set[type[Problem]] = {problems.Internal, problems.Unavailable}
    raised |= _by_request(path, operation, parameters)
    if security := operation.get("security"):
        raised |= _secure(operation, security)
    responses = operation["responses"]
    if problems.Invalid not in raised:
        responses.pop("422", None)
    for status, response in problems.problems(*raised).items():
        known = responses.get(str(status), {})
        if problems.MEDIA_TYPE not in known.get("content", {}):
            responses[str(status)] = response
            continue
        known["description"] += f"; {response['description']}"
        known["content"][problems.MEDIA_TYPE]["examples"] |= response["content"][problems.MEDIA_TYPE]["examples"]
    _describe_success(method, set(parameters), responses)


def _by_request(path: str, operation: dict[str, Any], parameters: dict[str, str]) -> set[type[Problem]]:
    """Return the problems that follow from what the operation takes."""
    signs = {
        problems.NotFound: path.startswith("/v1") and "path" in parameters.values(),
        problems.Invalid: "query" in parameters.values(),
        problems.InvalidCursor: "cursor" in parameters,
        problems.IdempotencyInProgress: "Idempotency-Key" in parameters,
        problems.IdempotencyKeyReused: "Idempotency-Key" in parameters,
        problems.PreconditionRequired: "If-Match" in parameters,
        problems.VersionMismatch: "If-Match" in parameters,
        problems.MalformedJson: "requestBody" in operation,
        problems.PayloadTooLarge: "requestBody" in operation,
        problems.UnsupportedMediaType: "requestBody" in operation,
    }
    return {problem for problem, present in signs.items() if present}


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave null out: a parameter is there or absent, though its Python type says otherwise."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **choices[0]}


def _secure(operation: dict[str, Any], security: list[dict[str, list[str]]]) -> set[type[Problem]]:
    """Name the permission; let published data be read without a key."""
    needed = [Permission(scope) for entry in security for scopes in entry.values() for scope in scopes]
    operation["x-permission"] = needed[0].value
    if all(permission in GRANTS[Role.PUBLIC] for permission in needed):
        operation["security"] = [{}, *security]
    return {problems.Unauthenticated, problems.Forbidden}


def _describe_success(method: str, parameters: set[str], responses: dict[str, Any]) -> None:
    for status in ("200", "201"):
        if status not in responses:
            continue
        headers = responses[status].setdefault("headers", {})
        if "cursor" in parameters:
            headers["Link"] = {"description": 'the next page, `rel="next"`', "schema": {"type": "string"}}
        elif "If-Match" in parameters or method == "get" or status == "201":
            headers["ETag"] = {"description": _TAG["description"], "schema": {"type": "string"}}
        if status == "201":
            headers["Location"] = {"description": "where the new record is", "schema": {"type": "string"}}
    if method == "get" and "200" in responses and "cursor" not in parameters:
        responses["304"] = {"description": "unchanged since the version in `If-None-Match`"}
