"""`Idempotency-Key`: a write that is sent twice happens once.

The answer is stored in the write's own transaction, so it exists exactly when the write does. A second request with
the key waits for nobody: while the first still runs it is told so. Refusals store nothing, because nothing happened.
"""

import hashlib
import json
from typing import NamedTuple

from fastapi import Request, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.messages import Text
from app.kernel.problem import Problem
from app.kernel.problems import IdempotencyInProgress, IdempotencyKeyReused

KEPT_DAYS = 7
# The table's own number stands for all its answers: whoever may store one shares it until the transaction ends.
_ALL_ANSWERS = "'idempotency_keys'::regclass::oid::int, 0"
_LOCK = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended(:owner || chr(10) || :key, 0)), "
    f"pg_advisory_xact_lock_shared({_ALL_ANSWERS})"
)
_SETTLE = text(f"SELECT pg_advisory_xact_lock({_ALL_ANSWERS})")
_WITHDRAW = text(
    "UPDATE idempotency_keys SET status = :status, headers = headers - '{etag,content-type}'::text[], body = '' "
    "WHERE position(convert_to(:naming, 'UTF8') IN body) > 0"
)
_FIND = text(
    "SELECT fingerprint, status, headers, body FROM idempotency_keys "  # noqa: S608 - the days are a constant
    f"WHERE owner = :owner AND key = :key AND created_at > clock_timestamp() - interval '{KEPT_DAYS} days'"
)
_STORE = text(
    "INSERT INTO idempotency_keys (owner, key, fingerprint, status, headers, body, created_at) "
    "VALUES (:owner, :key, :fingerprint, :status, CAST(:headers AS jsonb), :body, clock_timestamp()) "
    "ON CONFLICT (owner, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status, "
    "headers = excluded.headers, body = excluded.body, created_at = excluded.created_at"
)
_SWEEP = text(f"DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '{KEPT_DAYS} days'")  # noqa: S608 - a constant
_KEPT_HEADERS = ("content-type", "etag", "location")
_REPLAYED = {"Idempotency-Replayed": "true"}


class ShownOnce(Problem):
    """A retry asks again for an answer that was shown once and is kept nowhere."""

    code, status = "shown_once", 409
    title = Text(en="Done, and its secret shown once", id="Sudah dilakukan, dan rahasianya ditampilkan sekali")
    help = Text(
        en="This request was carried out and its secret was in the answer, which is kept nowhere. If it did not reach "
        "you, make another secret and revoke what `Location` points at.",
        id="Permintaan ini sudah dilakukan dan rahasianya ada dalam jawaban, yang tidak disimpan di mana pun. Jika "
        "tidak sampai, buatlah rahasia baru dan cabut yang ditunjuk `Location`.",
    )


class AnswerWithdrawn(Problem):
    """A retry asks again for an answer that told of somebody who was erased since."""

    code, status = "answer_withdrawn", 410
    title = Text(en="Done, and its answer withdrawn", id="Sudah dilakukan, dan jawabannya ditarik")
    help = Text(
        en="This request was carried out. Its answer told of a person who was erased since, and is kept no more. Read "
        "the record as it is now.",
        id="Permintaan ini sudah dilakukan. Jawabannya memuat orang yang kemudian dihapus, sehingga tidak disimpan "
        "lagi. Baca datanya seperti keadaannya sekarang.",
    )


class ReplayError(Exception):
    """Not an error: the answer is already known. Ends the transaction and carries the stored answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Retry(NamedTuple):
    """One request that may be sent again: whose, under which key, and what it asked."""

    owner: str
    key: str
    fingerprint: bytes

    async def begin(self, session: AsyncSession) -> None:
        """Take the key for this transaction; raise `ReplayError` with the stored answer if there is one."""
        if not await session.scalar(_LOCK, {"owner": self.owner, "key": self.key}):
            raise IdempotencyInProgress
        row = (await session.execute(_FIND, {"owner": self.owner, "key": self.key})).one_or_none()
        if row is None:
            return
        if bytes(row.fingerprint) != self.fingerprint:
            raise IdempotencyKeyReused
        for kept_nowhere in (ShownOnce, AnswerWithdrawn):
            if row.status == kept_nowhere.status:
                raise kept_nowhere(headers=row.headers | _REPLAYED)
        raise ReplayError(Response(bytes(row.body), row.status, row.headers | _REPLAYED))

    async def store(self, session: AsyncSession, response: Response) -> None:
        """Keep the answer beside the write."""
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        await self._store(session, response.status_code, headers, bytes(response.body))

    async def store_shown_once(self, session: AsyncSession, location: str) -> None:
        """Keep that there was an answer, and where the record is; not the answer."""
        await self._store(session, ShownOnce.status, {"location": location}, b"")

    async def _store(self, session: AsyncSession, status: int, headers: dict[str, str], body: bytes) -> None:
        values = {**self._asdict(), "status": status, "body": body}
        await session.execute(_STORE, {**values, "headers": json.dumps(headers)})


def fingerprint_of(request: Request, body: bytes) -> bytes:
    """Digest of what was asked: method, path, query and body."""
    asked = [request.method, request.url.path, sorted(request.query_params.multi_items())]
    return hashlib.sha256(json.dumps(asked).encode() + b"\0" + body).digest()


async def settle(session: AsyncSession) -> None:
    """Wait until every answer that is being made is stored, and let no other begin until this transaction ends.

    To be called before any row is locked, because who makes an answer may be waiting for that row.
    """
    await session.execute(_SETTLE)


async def withdraw(session: AsyncSession, naming: str) -> None:
    """Keep of every answer with `naming` in it only that it was given; after `settle`, none is missed."""
    await session.execute(_WITHDRAW, {"naming": naming, "status": AnswerWithdrawn.status})


async def sweep(session: AsyncSession) -> None:
    """Forget the answers older than `KEPT_DAYS`."""
    await session.execute(_SWEEP)
