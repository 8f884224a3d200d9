"""From whatever was raised to an `application/problem+json` answer.

`install(app)` catches everything: our own problems, what FastAPI and Starlette raise, what the database and its driver
raise. Hides SQLSTATEs and wrapped exceptions. What has no meaning here is a bug: logged in full, answered as a bare
500.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from app.kernel.audit import Refusals
from app.kernel.constraints import violated
from app.kernel.db import DATABASE_ERRORS
from app.kernel.messages import UNSTORABLE, Text, explain, language_of
from app.kernel.pages import VARY, page, voice_of, wants_page
from app.kernel.problem import ERRORS_LISTED, MEDIA_TYPE, FieldError, Problem
from app.kernel.problems import (
    Internal,
    Invalid,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    TimedOut,
    Unavailable,
    UnknownRoute,
    VersionMismatch,
)
from app.kernel.retries import AGAIN

_SERVER_ERROR = 500
_log = structlog.get_logger(__name__)

# SQLSTATE, or its class of two characters -> problem (PostgreSQL manual, appendix A).
_STATES: Mapping[str, type[Problem]] = {
    "57014": TimedOut,  # statement timeout
    "55P03": TimedOut,  # lock timeout
    "25P03": TimedOut,  # idle in transaction
    "25P04": TimedOut,  # transaction timeout
    "40P01": Unavailable,  # deadlock; what can be retried was retried
    "40001": Unavailable,  # serialisation
    "25006": Unavailable,  # read only: the server became a standby
    "57P01": Unavailable,  # shutdown
    "57P02": Unavailable,  # crash
    "57P03": Unavailable,  # starting up
    # What refuses a new connection; to a client it matters little whether the database or its operator is to blame.
    "55000": Unavailable,  # it takes none for now
    "3D000": Unavailable,  # it is gone, perhaps to be restored
    "28": Unavailable,  # the password has changed, or who may come from where
    "08": Unavailable,  # connection
    "53": Unavailable,  # connections, memory or disk used up
}
# What the driver says of a connection that is gone, or whose farewell was read and whose end was not seen yet.
_LOST = re.compile("closed|cannot switch to|not connected|unexpected state")
_UNSTORABLE_STATES = frozenset({"22021", "22P05"})
_STATUSES: Mapping[int, type[Problem]] = {400: MalformedRequest, 404: UnknownRoute, 413: PayloadTooLarge}

# Exception alone would do, but is caught outside all middleware: those named pass through it on their way out.
_CAUGHT: tuple[type[Exception], ...] = (
    Problem,
    RequestValidationError,
    HTTPException,
    ClientDisconnect,
    *DATABASE_ERRORS,
    Exception,
)


def install(app: FastAPI) -> None:
    """Make `app` answer every failure as a problem, and write down what was refused."""
    app.state.refusals = Refusals()
    for kind in _CAUGHT:
        app.add_exception_handler(kind, _answer)


def problem_response(request: Request, problem: Problem) -> Response:
    """Render the problem in the language of the request: as a page for who looks at pages, else as a document."""
    if wants_page(request):
        return _problem_page(request, problem)
    language = language_of(request.headers.get("accept-language"))
    scope = request.scope
    document: dict[str, Any] = {
        "type": scope.get("root_path", "") + problem.path(),
        "title": problem.title.in_(language),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail.in_(language),
        "instance": quote(scope["path"], safe="/:@!$&'()*+,;=~"),
    }
    request_id = getattr(request.state, "request_id", None)
    if request_id is not None:
        document["request_id"] = request_id
    if problem.errors:
        document["errors"] = [
            {name: at for name in ("pointer", "parameter") if (at := getattr(error, name)) is not None}
            | {"code": error.code, "message": error.message.in_(language)}
            for error in problem.errors[:ERRORS_LISTED]
        ]
    document |= problem.members  # texts among them come in that language too
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=partial(Text.in_, language=language))
    headers = {"Content-Language": language, "Vary": VARY, **problem.headers}
    # A pointer may name a key of the client's that UTF-8 cannot hold.
    return Response(body.encode("utf-8", "replace"), problem.status, headers, MEDIA_TYPE)


def _problem_page(request: Request, problem: Problem) -> Response:
    language = voice_of(request).language
    answer = page(
        request,
        "problem.html",
        status=problem.status,
        code=problem.code,
        title=problem.title.in_(language),
        detail=problem.detail.in_(language),
        errors=[{"at": error.parameter, "message": error.message.in_(language)} for error in problem.errors],
        request_id=getattr(request.state, "request_id", None),
    )
    answer.headers.update(problem.headers)
    return answer


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error, request)
    if _retryable(error):
        setattr(request.state, AGAIN, True)
    if isinstance(problem, Internal):
        _log.error("request_failed", exc_info=error)
    elif problem.status >= _SERVER_ERROR:
        cause = _cause(error)  # without the statement and its values, which SQLAlchemy would add
        _log.warning("service_degraded", code=problem.code, cause=type(cause).__name__, reason=str(cause))
    answer = problem_response(request, problem)
    refusals: Refusals = request.app.state.refusals
    refusals.note(request, problem, answer)
    return answer


def _retryable(error: Exception) -> bool:
    """Tell whether the same transaction may well succeed when run again: a deadlock, or a failed serialisation."""
    return isinstance(_cause(error), asyncpg.DeadlockDetectedError | asyncpg.SerializationError)


def problem_of(error: Exception, request: Request) -> Problem:
    """Return what the error means to the client; `Internal` for what should not have happened."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error.errors())
        case HTTPException(status_code=405):
            return MethodNotAllowed(headers={"Allow": _allow(request, error)})
        case HTTPException():
            return _STATUSES.get(error.status_code, Internal)()
        case ClientDisconnect():
            return MalformedRequest()  # nobody reads it
    return database_problem(error) or Internal()


def database_problem(error: BaseException) -> Problem | None:
    """Return what a failure of the database means, raised by the driver or by SQLAlchemy; None if it means a bug."""
    match cause := _cause(error):
        case asyncpg.PostgresError():
            return _state_problem(cause)
        case StaleDataError():
            return VersionMismatch()
        case TimeoutError():
            return TimedOut()
        case OSError() | PoolTimeoutError() | DisconnectionError():
            return Unavailable()
        case asyncpg.InterfaceError() | asyncpg.InternalClientError() if _LOST.search(str(cause)):
            return Unavailable()
    return None


def _cause(error: BaseException) -> BaseException:
    """Unwrap the driver's error; SQLAlchemy puts it two layers deep, and one where it connects for nobody's session."""
    adapted = error.orig if isinstance(error, DBAPIError) else error
    if adapted is error and not isinstance(error, AsyncAdapt_asyncpg_dbapi.Error):
        return error
    return (adapted and adapted.__cause__) or error


def _state_problem(error: asyncpg.PostgresError) -> Problem | None:
    state = error.sqlstate or ""
    if state in _UNSTORABLE_STATES:
        return Invalid(errors=[FieldError(code="control_character", message=UNSTORABLE)])
    if kind := _STATES.get(state) or _STATES.get(state[:2]):
        return kind()
    return violated(error.constraint_name or "")


def _invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    if any(error["loc"][0] == "path" for error in errors):
        return NotFound()  # an identifier that cannot be one is no different from one that is not there
    return Invalid(errors=list(map(_parameter_error, errors)))


def _parameter_error(error: Mapping[str, Any]) -> FieldError:
    code, message = explain(error)
    return FieldError(parameter=str(error["loc"][1]), code=code, message=message)


def _allow(request: Request, error: HTTPException) -> str:
    """Return every method of the path: Starlette names those of one route only."""
    methods = set((error.headers or {}).get("Allow", "").replace(" ", "").split(",")) - {""}
    methods.update(*_methods(request))
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def _methods(request: Request) -> Iterator[set[str]]:
    for context in iter_route_contexts(request.app.routes):
        if context.methods and context.matches(request.scope)[0] is not Match.NONE:
            yield context.methods
