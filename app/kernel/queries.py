"""Query and path parameters: what FastAPI's lenient reading would let pass is refused before it reads.

Refused are an unknown parameter, one that comes twice, control characters, and numbers and booleans in any but their
plain spelling. So a query's schema uses plain types, and nobody has to remember to be strict. A read's whole query is
one model (`read_query`); of other operations `check_query` knows the parameters that FastAPI found in their signatures.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin
from urllib.parse import parse_qsl
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from app.kernel.messages import TRUE_OR_FALSE, UNSTORABLE, WHOLE_NUMBER, Text
from app.kernel.problem import ERRORS_LISTED, FieldError
from app.kernel.problems import Invalid, NotFound
from app.kernel.types import Int64, parse_uuid

ItemT = TypeVar("ItemT")
QueryT = TypeVar("QueryT", bound="Query")
_NAME_SHOWN = 60
_QUERIES_REMEMBERED, _LENGTH_REMEMBERED = 5_000, 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_LIKE_SPECIAL = re.compile(r"([\\%_])")
# How a value of this type is spelled, and what to say of any other spelling.
_SPELLINGS: Mapping[type, tuple[re.Pattern[str], Text]] = {
    int: (re.compile(r"-?(0|[1-9][0-9]*)"), WHOLE_NUMBER),
    bool: (re.compile("true|false"), TRUE_OR_FALSE),
}
_UNKNOWN = Text(
    en="There is no such parameter. Those there are: {names}.", id="Parameter ini tidak ada. Yang ada: {names}."
)
_MISSPELT = Text(
    en="There is no such parameter; did you mean `{name}`?", id="Parameter ini tidak ada; maksud Anda `{name}`?"
)
_NONE_KNOWN = Text(en="This operation takes no query parameters.", id="Operasi ini tidak menerima parameter query.")
_TWICE = Text(
    en="Send this parameter once; separate several values by commas where the parameter ends in `_in`.",
    id="Kirim parameter ini sekali; pisahkan beberapa nilai dengan koma bila namanya berakhir `_in`.",
)


class Query(BaseModel):
    """Base of query models, used as `reads(permission, XQuery)`; by itself that of an operation without parameters.

    Beside the parameters of a write (`Annotated[XQuery, Query()]`) others are not its business.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


def _split(value: Any) -> Any:
    # FastAPI collects what may come more than once; `check_query` has seen to it that there is one.
    given = value[0] if isinstance(value, list) and len(value) == 1 else value
    return given.split(",") if isinstance(given, str) else given


Integer = Int64
Flag = bool
Search = Annotated[str, StringConstraints(min_length=1, max_length=100)]
CommaList = Annotated[tuple[ItemT, ...], Field(min_length=1, max_length=100), BeforeValidator(_split)]


def read_query(request: Request, model: type[QueryT]) -> QueryT:
    """Read the query string as `model`, which declares every parameter there is; raise `Invalid`."""
    written: bytes = request.scope["query_string"]
    read = _read_before if len(written) <= _LENGTH_REMEMBERED else _read
    return cast("QueryT", read(written, model))


def _read(written: bytes, model: type[Query]) -> Query:
    given = parse_qsl(written.decode("latin-1"), keep_blank_values=True)
    _refuse(given, _declared_by(model))
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from None


# What is asked once is asked again, and what was read from it is frozen.
_read_before = lru_cache(_QUERIES_REMEMBERED)(_read)


async def check_query(request: Request) -> None:
    """Raise `Invalid` unless every query parameter is one of the operation's, comes once and is spelled plainly."""
    if request.scope["query_string"]:
        _refuse(request.query_params.multi_items(), _declared(request))


def _refuse(given: list[tuple[str, str]], declared: "_Declared") -> None:
    if faults := list(islice(_faults(given, declared), ERRORS_LISTED)):
        raise Invalid(errors=faults)


def path_uuid(value: str) -> UUID:
    """Read an id from a path; raise `NotFound` for what cannot be one, as for one that is not there."""
    parsed = parse_uuid(value)
    if parsed is None:
        raise NotFound
    return parsed


def path_number(value: str) -> int:
    """Read a number that counts from 1 from a path; raise `NotFound` for what cannot be one."""
    if _COUNT.fullmatch(value) is None:
        raise NotFound
    return int(value)


def like_escape(text: str) -> str:
    """Escape `%`, `_` and the backslash, so that LIKE takes the text literally."""
    return _LIKE_SPECIAL.sub(r"\\\1", text)


class _Parameter(NamedTuple):
    kind: type | None  # a type of `_SPELLINGS`
    public: bool


_Declared = Mapping[str, _Parameter]


def _faults(given: list[tuple[str, str]], declared: _Declared) -> Iterator[FieldError]:
    seen = set()
    for name, value in given:
        fault = _fault(name, value, declared, twice=name in seen)
        seen.add(name)
        if fault is not None:
            code, message = fault
            yield FieldError(parameter=name[:_NAME_SHOWN], code=code, message=message)


def _fault(name: str, value: str, declared: _Declared, *, twice: bool) -> tuple[str, Text] | None:
    parameter = declared.get(name)
    if parameter is None:
        return "unknown_parameter", _suggestion(name[:_NAME_SHOWN], declared)
    if twice:
        return "duplicate_parameter", _TWICE
    if _CONTROL.search(value):
        return "control_character", UNSTORABLE
    if parameter.kind is not None:
        pattern, message = _SPELLINGS[parameter.kind]
        if not all(map(pattern.fullmatch, value.split(","))):
            return "wrong_type", message
    return None


def _suggestion(name: str, declared: _Declared) -> Text:
    public = sorted(known for known, parameter in declared.items() if parameter.public)
    if not public:
        return _NONE_KNOWN
    close = difflib.get_close_matches(name, public, n=1)
    return _MISSPELT.format(name=close[0]) if close else _UNKNOWN.format(names=", ".join(public))


# Per application: the declared parameters of each operation, by the identity of its route.
_operations: WeakKeyDictionary[FastAPI, dict[int, dict[str, _Parameter]]] = WeakKeyDictionary()


def _declared(request: Request) -> _Declared:
    app: FastAPI = request.app
    route = id(request.scope["route"])
    if route not in _operations.get(app, ()):
        found: dict[int, dict[str, _Parameter]] = {}
        # An included router is a node of its own, and its routes know nothing of the dependencies it was given.
        for context in iter_route_contexts(app.routes):
            dependant = getattr(context, "dependant", None)
            if dependant is not None:
                found.setdefault(id(context.original_route), {}).update(_parameters(dependant))
        _operations[app] = found
    return _operations[app][route]


@cache
def _declared_by(model: type[Query]) -> _Declared:
    return dict(_fields(model))


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, _Parameter]]:
    for name, info in model.model_fields.items():
        yield info.alias or name, _Parameter(_kind(info.annotation), public=True)


def _parameters(dependant: Dependant) -> Iterator[tuple[str, _Parameter]]:
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _fields(annotation)
        else:
            public = bool(getattr(field.field_info, "include_in_schema", True))
            yield field.alias, _Parameter(_kind(annotation), public=public)
    for dependency in dependant.dependencies:
        yield from _parameters(dependency)


def _kind(annotation: Any) -> type | None:
    leaves = set(_leaves(annotation)) - {NoneType, ...}
    return next((kind for kind in _SPELLINGS if leaves == {kind}), None)


def _leaves(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif origin in {Union, UnionType, tuple, list}:
        for part in get_args(annotation):
            yield from _leaves(part)
    else:
        yield annotation
