"""Problems as the contract shows them.

Hides that a document says the same only once: every kind of problem has one example, and an answer that several
operations give alike is a component of its own.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from app.kernel.problem import ERRORS_LISTED, MEDIA_TYPE, Problem


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of an operation that raises these problems; those of one status share an entry."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(set(classes), key=lambda kind: (kind.status, kind.code)):
        response = responses.setdefault(kind.status, {"description": "", "content": {MEDIA_TYPE: _content()}})
        separator = "; " if response["description"] else ""
        response["description"] += f"{separator}`{kind.code}`: {kind.title.en}"
        response["content"][MEDIA_TYPE]["examples"][kind.code] = {"$ref": f"#/components/examples/{kind.code}"}
    return responses


def add(responses: dict[str, Any], classes: Iterable[type[Problem]]) -> None:
    """Add what these problems answer to an operation's responses, which may tell of some of them already."""
    for status, response in problems(*classes).items():
        known = responses.get(str(status), {}).get("content", {}).get(MEDIA_TYPE)
        if known is None:
            responses[str(status)] = response
        elif new := response["content"][MEDIA_TYPE]["examples"].keys() - known["examples"].keys():
            more = problems(*(Problem.known[code] for code in new))[status]
            responses[str(status)]["description"] += f"; {more['description']}"
            known["examples"] |= more["content"][MEDIA_TYPE]["examples"]


def share(components: dict[str, Any], operations: Iterable[dict[str, Any]]) -> None:
    """Move what several operations answer alike into the components, with an example of every problem there is.

    A shared answer is named after its problems. What only one operation answers stays there, in its own words.
    """
    places = [
        (operation["responses"], status, response["content"][MEDIA_TYPE]["examples"])
        for operation in operations
        for status, response in operation["responses"].items()
        if MEDIA_TYPE in response.get("content", {})
    ]
    components["examples"] = {code: {"value": _example(Problem.known[code])} for *_, codes in places for code in codes}
    alike = Counter(_written(responses[status]) for responses, status, _ in places)
    shared = components["responses"] = {}
    for responses, status, codes in places:
        name = "_or_".join(codes)
        if alike[_written(responses[status])] > 1:
            if shared.setdefault(name, responses[status]) != responses[status]:
                raise TypeError(f"{name} is answered in different shapes by several operations each")
            responses[status] = {"$ref": f"#/components/responses/{name}"}


def _written(response: dict[str, Any]) -> str:
    return json.dumps(response, sort_keys=True)


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
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer (RFC 6901) into the body; of CSV, into the array of its lines",
                    },
                    "parameter": {"type": "string", "description": "a query parameter or header"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
