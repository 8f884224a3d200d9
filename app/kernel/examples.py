"""Examples of requests and answers, as the contract shows them.

Hides where they stand in an operation: beside each parameter, and under the media type of a body or of the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.kernel.bodies import MERGE_PATCH
from app.kernel.formats import JSON

_NAME = "rehearsal"
_SUMMARY = "Recorded in a rehearsal; what it says of real regions beyond published figures is synthetic"


@dataclass(frozen=True)
class Example:
    """One request that was sent, and what came of it: parameters by name, bodies by media type.

    A body that is no JSON is text. Empty where the operation takes or answers no body.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)


def show(operation: dict[str, Any], example: Example) -> None:
    """Put an example into an operation of the contract; a media type that it does not have shows none."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] in example.parameters:
            parameter["example"] = example.parameters[parameter["name"]]
    _show(operation.get("requestBody", {}), example.request)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            _show(response, example.answer)


def _show(body: dict[str, Any], examples: Mapping[str, Any]) -> None:
    for media_type, content in body.get("content", {}).items():
        shown = JSON if media_type == MERGE_PATCH else media_type  # which is the same body under another name
        if shown in examples:
            content["examples"] = {_NAME: {"summary": _SUMMARY, "value": examples[shown]}}
