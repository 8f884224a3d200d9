"""From bytes to a model, through JSON that every reader understands alike (RFC 8259, RFC 7493).

Pydantic's parser lets pass a key that comes twice, NaN and rounded numbers, and refuses 66.0 as an integer. This module
reads the document once before it to close those gaps, and afterwards finds every fault's place in it.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.kernel.messages import UNSTORABLE, Text, explain
from app.kernel.problem import ERRORS_LISTED, FieldError, Problem
from app.kernel.problems import Invalid, MalformedJson

MAX_DEPTH = 32
# More than any model takes in a body of the greatest length, whose members have names.
MAX_VALUES = 100_000
ModelT = TypeVar("ModelT", bound=BaseModel)
_DIGITS_ALWAYS_EXACT = 15
# To name the faults of a long body that is something else altogether would hold up other requests for most of a second.
_FAULTS_MOST = 1_000
_TOO_DEEP = Text(en=f"Nest at most {MAX_DEPTH} levels deep.", id=f"Paling banyak {MAX_DEPTH} tingkat bersarang.")
_TOO_LONG = Text(
    en=f"Send at most {MAX_VALUES} values in one body.", id=f"Kirim paling banyak {MAX_VALUES} nilai dalam satu isi."
)
_TOO_MANY = Text(
    en=f"More than {_FAULTS_MOST} values are wrong or unknown. Compare what you send with the schema at /docs.",
    id=f"Lebih dari {_FAULTS_MOST} nilai salah atau tidak dikenal. Bandingkan kiriman Anda dengan skema di /docs.",
)
_TWICE = Text(en="An object has the same key twice.", id="Ada objek dengan kunci yang sama dua kali.")
_NOT_A_NUMBER = Text(en="NaN and Infinity are not JSON.", id="NaN dan Infinity bukan JSON.")
_INEXACT = Text(
    en="A number has more digits than can be kept exactly. Send at most 15 significant digits.",
    id="Ada angka dengan digit lebih banyak daripada yang dapat disimpan tepat. Kirim paling banyak 15 angka penting.",
)


def decode(model: type[ModelT], raw: bytes) -> ModelT:
    """Read strict JSON as `model`.

    Raises `MalformedJson` for what is not JSON: bad UTF-8, a byte order mark, a key twice, NaN, a number that a double
    cannot hold, nesting deeper than `MAX_DEPTH`, more than `MAX_VALUES` members and items. Raises `Invalid` with a
    pointer to every fault of the content, or to the whole where there are thousands.
    """
    content, raw = _read(raw)
    containers = raw.count(b"[") + raw.count(b"{")
    if containers + raw.count(b",") > MAX_VALUES:
        _check_number(content)
    if containers > MAX_DEPTH:
        _check_depth(content)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _problem(error, content) from None


def _read(raw: bytes) -> tuple[Any, bytes]:
    """Return the document and the bytes for Pydantic, which are those sent unless they had a number like 66.0."""
    try:
        text = raw.decode()
        try:
            return _reader.decode(text), raw
        except _WholeNumberError:
            content = _respelling_reader.decode(text)
            return content, json.dumps(content).encode()
    except RecursionError:
        raise MalformedJson(_TOO_DEEP) from None
    except ValueError:  # not UTF-8, not JSON, or an integer of thousands of digits
        raise MalformedJson from None


class _WholeNumberError(Exception):
    """A whole number is spelled with a fraction or an exponent.

    JSON Schema counts 66.0 among the integers; Pydantic does not, so it gets to read 66.
    """


def _fraction(spelling: str) -> float:
    number = float(spelling)
    if len(spelling) > _DIGITS_ALWAYS_EXACT or "e" in spelling or "E" in spelling:
        _check_exact(spelling, number)
    if number.is_integer():
        raise _WholeNumberError
    return number


def _number(spelling: str) -> float | int:
    try:
        return _fraction(spelling)
    except _WholeNumberError:
        return int(Decimal(spelling))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson(_TWICE)
    return members


def _refuse_constant(_name: str) -> None:
    raise MalformedJson(_NOT_A_NUMBER)


_reader = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_fraction, parse_constant=_refuse_constant)
_respelling_reader = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_constant=_refuse_constant)


def _check_exact(spelling: str, number: float) -> None:
    """Refuse what reading it as a double would change; our decimals are made from doubles without loss."""
    try:
        exact = Decimal(spelling) == Decimal(repr(number))
    except InvalidOperation:  # an exponent beyond all bounds
        exact = False
    if not exact:
        raise MalformedJson(_INEXACT)


def _inside(node: dict[str, Any] | list[Any]) -> Iterator[dict[str, Any] | list[Any]]:
    """Yield what can hold more: a body of thousands of numbers is not walked one by one."""
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield child


def _check_number(content: Any) -> None:
    found, nodes = 0, [*_inside([content])]
    for node in nodes:
        found += len(node)
        if found > MAX_VALUES:
            raise MalformedJson(_TOO_LONG)
        nodes.extend(_inside(node))


def _check_depth(content: Any) -> None:
    level = [content]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _inside(node)]
        if not level:
            return
    raise MalformedJson(_TOO_DEEP)


def _problem(error: ValidationError, content: Any) -> Problem:
    if error.error_count() > _FAULTS_MOST:
        return Invalid(errors=[FieldError(pointer="", code="too_many_faults", message=_TOO_MANY)])
    found = error.errors(include_url=False)
    if found[0]["type"] != "json_invalid":
        return Invalid(errors=[_fault(item, content) for item in found[:ERRORS_LISTED]])
    # What our reader takes and Pydantic's parser does not: half a surrogate pair, which no UTF-8 can hold.
    places = list(islice(_unstorable(content), ERRORS_LISTED))
    if not places:
        return MalformedJson()
    return Invalid(errors=[FieldError(pointer=at, code="control_character", message=UNSTORABLE) for at in places])


def _fault(error: Mapping[str, Any], content: Any) -> FieldError:
    code, message = explain(error)
    pointer = "".join(f"/{_escape(part)}" for part in _place(error, content))
    return FieldError(pointer=pointer, code=code, message=message)


def _place(error: Mapping[str, Any], content: Any) -> Iterator[str]:
    """Yield the steps from the document to the fault.

    Pydantic's location also names union members and validators on the way, which the document does not have.
    """
    location = error["loc"]
    node = content
    for index, step in enumerate(location):
        inside = step in node if isinstance(node, dict) else _is_index(step, node)
        if inside:
            node = node[step]
        elif error["type"] != "missing" or index < len(location) - 1:
            continue
        yield str(step)
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        yield error["ctx"]["discriminator"].strip("'")


def _is_index(step: str | int, node: Any) -> bool:
    return isinstance(node, list) and isinstance(step, int) and step < len(node)


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _unstorable(node: Any, at: str = "") -> Iterator[str]:
    if isinstance(node, str) and not _is_unicode(node):
        yield at
    elif isinstance(node, dict):
        for key, child in node.items():
            if not _is_unicode(key):
                yield at
            yield from _unstorable(child, f"{at}/{_escape(key)}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _unstorable(child, f"{at}/{index}")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
