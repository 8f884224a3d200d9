"""Problems as the contract shows them."""

from typing import Any

from app.kernel.problem import ERRORS_LISTED, MEDIA_TYPE, Problem


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of an operation that raises these problems; those of one status share an entry."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(set(classes), key=lambda kind: (kind.status, kind.code)):
        response = responses.setdefault(kind.status, {"description": "", "content": {MEDIA_TYPE: _content()}})
        separator = "; " if response["description"] else ""
        response["description"] += f"{separator}`{kind.code}`: {kind.title.en}"
        response["content"][MEDIA_TYPE]["examples"][kind.code] = {"value": _example(kind)}
    return responses


def _content() -> dict[str, Any]:
    return {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}


def _example(kind: type[Problem]) -> dict[str, Any]:
    return {
        "type": kind.path(),
        "title": kind.title.en,
        "status": kind.status,
        "code": kind.code,
        "detail": kind.help.en,
        "instance": "/v1/regions/32.73",
    }


PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "An error (RFC 9457). `code` is stable; `title` and `detail` come in the language asked for.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "a page that explains the problem"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "the kind of problem, for programs"},
        "detail": {"type": "string", "description": "what to do next"},
        "instance": {"type": "string", "format": "uri-reference", "description": "the path that was asked for"},
        "request_id": {"type": "string", "description": "name it when you report the problem"},
        "errors": {
            "type": "array",
            "description": f"the faults of the input, at most {ERRORS_LISTED}",
            "items": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) into the body"},
                    "parameter": {"type": "string", "description": "a query parameter or header"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
