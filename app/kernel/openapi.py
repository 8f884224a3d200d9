"""The contract: FastAPI's document, completed with what every operation has in common.

Hides the rules by which an operation gets its common answers (401 and 403 where a permission is asked for, 404 below an
id, 412 and 428 where `If-Match` is asked for …), so that no router repeats them and none forgets them.
"""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from app.domain.permissions import GRANTS, Permission, Role
from app.kernel import problem_docs, problems
from app.kernel.answers import is_known
from app.kernel.bodies import SlowBody, body_schemas
from app.kernel.examples import Example, show
from app.kernel.formats import JSON
from app.kernel.idempotency import AnswerWithdrawn
from app.kernel.limits import TooManyFailures, TooManyRequests, spared
from app.kernel.preferences import takes_gzip
from app.kernel.problem import Problem
from app.kernel.projection import RecordRead
from app.kernel.reading import Reads

# Additive changes within 1; `make release-contract` asks for another number when the contract changed.
CONTRACT_VERSION = "1.0.0"
_METHODS = ("get", "post", "put", "patch", "delete")
_COMPARES = {
    "sort": "the order; `-` turns it round",
    "_in": "`{}` is one of these, separated by commas",
    "_gte": "`{}` is at least this",
    "_lt": "`{}` is less than this",
}
_ETAG = {
    "description": "the record's version, and a digest where it shows what other records say; send it back in "
    "`If-Match` or `If-None-Match`",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the `ETag` you have; when the record is still the same, the answer is 304 without a body",
}


def install(app: FastAPI, examples: Callable[[], Mapping[str, Example]] = dict) -> None:
    """Let `/openapi.json` answer the completed document, with these examples by operation."""
    app.openapi = lambda: complete(app, examples())  # type: ignore[method-assign]  # FastAPI's own documented way
    app.add_route("/openapi.json", _Served(app).answer, include_in_schema=False)


class _Written(NamedTuple):
    plain: bytes
    packed: bytes
    tag: str


class _Served:
    """The document as it is sent: written once in a process, and beside the requests, because it takes seconds."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._writing = asyncio.Lock()
        self._written: _Written | None = None

    async def answer(self, request: Request) -> Response:
        """Answer the document, packed where that is accepted, or 304 when the client has it."""
        async with self._writing:
            if self._written is None:
                self._written = await asyncio.to_thread(self._write)
        written = self._written
        headers = {"ETag": f"W/{written.tag}", "Vary": "Accept-Encoding"}
        if is_known(request, written.tag):
            return Response(status_code=304, headers=headers)
        if takes_gzip(request.headers.get("accept-encoding")):
            return Response(written.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=JSON)
        return Response(written.plain, headers=headers, media_type=JSON)

    def _write(self) -> _Written:
        plain = json.dumps(self._app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
        return _Written(plain, gzip.compress(plain, mtime=0), f'"{sha256(plain).hexdigest()[:16]}"')


def complete(app: FastAPI, examples: Mapping[str, Example]) -> dict[str, Any]:
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
        if schemas.setdefault(name, schema) != schema:
            raise TypeError(f"{name} is shown and taken in different shapes; give the answer a schema of its own")
    schemas["Problem"] = problem_docs.PROBLEM_SCHEMA
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    _add_queries(app, document)
    for path, method, operation in operations(document):
        _complete(path, method, operation, schemas)
        if example := examples.get(operation["operationId"]):
            show(operation, example)
    problem_docs.share(document["components"], (operation for *_, operation in operations(document)))
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Walk every operation of a document: (path, method, operation)."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _add_queries(app: FastAPI, document: dict[str, Any]) -> None:
    """Add the parameters of reads: theirs is one model, which FastAPI does not look into."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        for part in dependant.dependencies if dependant else ():
            if isinstance(part.call, Reads):
                schema = part.call.query.model_json_schema(ref_template="#/components/schemas/{model}")
                document["components"]["schemas"] |= schema.get("$defs", {})
                if parameters := list(_parameters(schema)):
                    operation = document["paths"][context.path_format]["get"]
                    operation["parameters"] = operation.get("parameters", []) + parameters


def _parameters(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, described in schema.get("properties", {}).items():
        if described.get("default", ...) is None:  # absent, not null
            del described["default"]
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": described}
        if "description" in described:
            parameter["description"] = described["description"]
        yield parameter


def _complete(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        _describe_parameter(parameter, filters=method == "get")
    parameters = {parameter["name"]: parameter["in"] for parameter in operation.get("parameters", [])}
    raised = _by_request(path, operation, parameters)
    if security := operation.get("security"):
        raised |= _secure(operation, security)
    problem_docs.add(operation["responses"], raised)
    _describe_success(method, operation, set(parameters), schemas)


def _by_request(path: str, operation: dict[str, Any], parameters: dict[str, str]) -> set[type[Problem]]:
    """Return the problems that follow from what the operation takes."""
    resource, write, body = path.startswith("/v1"), "dry_run" in parameters, "requestBody" in operation
    signs = {
        # A path or query that cannot be read, or a parameter that nobody declared.
        problems.MalformedRequest: True,
        problems.Invalid: True,
        problems.Internal: True,
        problems.Unavailable: True,
        TooManyRequests: not spared(path),
        TooManyFailures: "security" in operation,
        problems.TimedOut: resource,
        problems.NotFound: resource and "path" in parameters.values(),
        problems.InvalidCursor: bool(parameters.keys() & {"cursor", "after", "as_of"}),
        problems.IdempotencyInProgress: "Idempotency-Key" in parameters,
        problems.IdempotencyKeyReused: "Idempotency-Key" in parameters,
        AnswerWithdrawn: "Idempotency-Key" in parameters,
        problems.PreconditionRequired: "If-Match" in parameters,
        problems.VersionMismatch: "If-Match" in parameters,
        problems.MalformedJson: body,
        # A write reads what is sent to it, if only to know the same request again.
        problems.PayloadTooLarge: write or body,
        problems.UnsupportedMediaType: write or body,
        SlowBody: write or body,
    }
    return {problem for problem, present in signs.items() if present}


def _describe_parameter(parameter: dict[str, Any], *, filters: bool) -> None:
    schema = parameter["schema"] = _not_null(parameter["schema"])
    schema.pop("title", None)  # the name once more
    if schema.get("description") == parameter.get("description"):
        schema.pop("description", None)
    if parameter["in"] != "query":
        return
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": False}  # a,b: what comes twice is refused
    if filters and "description" not in parameter:
        parameter["description"] = _meaning(parameter["name"])


def _meaning(name: str) -> str:
    """Say what a filter does; its name follows the rule of all lists."""
    for suffix, says in _COMPARES.items():
        if name.endswith(suffix):
            return says.format(name.removesuffix(suffix))
    return f"`{name}` is this"


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave null out: a parameter is there or absent, though its Python type says otherwise."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema | {"anyOf": choices} if choices else schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **choices[0]}


def _secure(operation: dict[str, Any], security: list[dict[str, list[str]]]) -> set[type[Problem]]:
    """Name the permission, or those of which one is needed; let published data be read without a key."""
    (scheme, scopes), *_ = [item for entry in security for item in entry.items()]
    needed = list(map(Permission, scopes))
    operation["x-permission"] = scopes[0] if len(scopes) == 1 else scopes
    operation["security"] = security = [{scheme: [scope]} for scope in scopes]
    if all(permission in GRANTS[Role.PUBLIC] for permission in needed):
        operation["security"] = [{}, *security]
    return {problems.Unauthenticated, problems.Forbidden}


def _describe_success(method: str, operation: dict[str, Any], parameters: set[str], schemas: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, response in responses.items():
        headers: dict[str, Any] = {}
        if parameters & {"cursor", "wait"} and status == "200":
            headers["Link"] = {"description": 'the next page, `rel="next"`', "schema": {"type": "string"}}
        if status == "201":
            headers["Location"] = {"description": "where the new record is", "schema": {"type": "string"}}
        if _is_record(response, schemas):
            headers["ETag"] = _ETAG
        if headers:
            response["headers"] = headers
    if method == "get" and "ETag" in responses.get("200", {}).get("headers", {}):
        responses["304"] = {"description": "unchanged since the `ETag` in `If-None-Match`"}
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)


def _is_record(response: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Tell whether the answer is one record, with the bookkeeping of a record."""
    schema = response.get("content", {}).get(JSON, {}).get("schema", {})
    shown: dict[str, Any] = schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    return RecordRead.model_fields.keys() <= shown.keys()
