"""What the log tells beside changes: attempts that were refused, and exports.

Hides how much is written of refused attempts: each network and each process has its share of a minute, and what is
beyond it is counted in the next that is written. An attempt is written when its answer has gone, and neither a fault
nor a busy database is anything to whoever was refused. Of a request only its method and path are told: no header, no
query, no body.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import structlog
from fastapi import Request, Response
from starlette.background import BackgroundTask

from app.kernel.addresses import Address, address_of, neighbourhood_of
from app.kernel.db import Database
from app.kernel.engines import to_json
from app.kernel.logs import redact
from app.kernel.problem import Problem

# Where a request's state says who was found to have sent it.
ACTOR = "actor"
UNKNOWN = "unknown"
SPAN_S = 60.0
PER_NETWORK, PER_PROCESS = 30, 300
_NETWORKS_COUNTED = 10_000
_WRITTEN_IN_S = 5.0
_PATH_LENGTH = 200
_UNAUTHENTICATED, _REFUSED = 401, frozenset({403, 429})
_WRITE = """
INSERT INTO changes (resource, key, operation, after, actor, request_id, address)
VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7::inet)
"""
_log = structlog.get_logger(__name__)


async def note_export(request: Request, actor: str, dataset: str, asked: Mapping[str, Any]) -> None:
    """Write down that an export begins. Raises when it cannot be: what leaves no trace is not handed out."""
    await _write(request, dataset, "export", asked, actor)


class Refusals:
    """Writes down refused attempts, as many as there is room for."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._written: Counter[str] = Counter()  # in this minute
        self._left_out: Counter[str] = Counter()  # since the last that was written

    def note(self, request: Request, problem: Problem, answer: Response) -> None:
        """Have it written down after the answer, if it is a refusal."""
        refused = problem.status in _REFUSED
        # Who comes without a key is told to bring one; a key that is no good is an attempt.
        if refused or (problem.status == _UNAUTHENTICATED and "authorization" in request.headers):
            answer.background = BackgroundTask(self._write, request, problem)

    def admit(self, address: Address | None) -> int | None:
        """Return how many of this network were left out since its last; None when this one is left out as well."""
        network = neighbourhood_of(address)
        if self._clock() - self._since >= SPAN_S:
            self._since = self._clock()
            self._written.clear()
        if self._written[network] < PER_NETWORK and self._written.total() < PER_PROCESS:
            self._written[network] += 1
            return self._left_out.pop(network, 0)
        if network not in self._left_out and len(self._left_out) >= _NETWORKS_COUNTED:
            self._left_out.pop(next(iter(self._left_out)))
        self._left_out[network] += 1
        return None

    async def _write(self, request: Request, problem: Problem) -> None:
        left_out = self.admit(address_of(request.scope))
        if left_out is None:
            return
        path: str = request.scope["path"]
        resource = path.removeprefix("/v1/").partition("/")[0]
        told: dict[str, Any] = {"status": problem.status, "code": problem.code, "method": request.scope["method"]}
        if "required_permission" in problem.members:
            told["required_permission"] = problem.members["required_permission"]
        if left_out:
            told["left_out"] = left_out
        try:
            async with asyncio.timeout(_WRITTEN_IN_S):
                await _write(request, resource, "refuse", told, getattr(request.state, ACTOR, UNKNOWN))
        except Exception as error:  # noqa: BLE001 - the answer has gone; whatever keeps this from being kept is told
            _log.warning("refusal_not_written", error=type(error).__name__)


async def _write(request: Request, resource: str, operation: str, told: Mapping[str, Any], actor: str) -> None:
    database: Database = request.app.state.database
    key = redact(request.scope["path"][:_PATH_LENGTH])
    request_id = getattr(request.state, "request_id", None)
    address = address_of(request.scope)
    async with database.read() as connection:
        await connection.execute(_WRITE, resource, key, operation, to_json(told), actor, request_id, address)
