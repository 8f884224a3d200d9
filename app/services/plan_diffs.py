"""Read what versions of a plan hold, and what lies between two of them."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import Response

from app.domain.plan_diff import Change, PlanDiff, difference
from app.domain.reasons import Reason, Wording
from app.kernel.formats import JSON
from app.kernel.problems import NotFound
from app.kernel.reading import Reading
from app.services.plan_templates import to_domain

_CONTENT = "SELECT content FROM plan_versions WHERE plan_id = $1 AND number = $2"
# Both contents as text: the database keeps the very bytes that were hashed.
_BOTH = """
SELECT json_build_object(
    'from_sha256', a.content_sha256, 'from', a.content, 'to_sha256', b.content_sha256, 'to', b.content, 'books', t.books
)::text
FROM plan_versions a
JOIN plan_versions b ON b.plan_id = a.plan_id
JOIN master_plans p ON p.id = a.plan_id
JOIN plan_templates t ON (t.code, t.edition) = (p.template_code, p.template_edition)
WHERE a.plan_id = $1 AND a.number = $2 AND b.number = $3
"""


async def content(reading: Reading, plan_id: UUID, number: int) -> Response:
    """Answer the content of a version that the reader sees, as the very bytes that were hashed."""
    return Response(await reading.value(_CONTENT, plan_id, number), media_type=JSON)


async def diff(reading: Reading, plan_id: UUID, earlier: int, later: int) -> Response:
    """Answer what makes one version of the other; the reader sees the plan's versions. Raises `NotFound`."""
    found = await reading.value(_BOTH, plan_id, earlier, later)
    if found is None:
        raise NotFound
    # Two whole books are compared: no other request is to wait for it.
    body = await asyncio.to_thread(
        _render, {"plan_id": str(plan_id), "from_number": earlier, "to_number": later}, found
    )
    return Response(body, media_type=JSON)


def _render(told: Mapping[str, Any], found: str) -> str:
    both = json.loads(found)
    names = {part.code: Wording(part.name_en, part.name_id) for part in to_domain(both["books"]).parts}
    changes = difference(json.loads(both["from"]), json.loads(both["to"]), names)
    digests = {name: both[name] for name in ("from_sha256", "to_sha256")}
    document = {**told, **digests, "patch": changes.patch, "summary": list(_summary(changes))}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _summary(changes: PlanDiff) -> Iterator[dict[str, Any]]:
    for one in changes.initiatives:
        yield _told(one.reason, one.change, initiative_id=one.id, fields=one.fields)
    for other in changes.sections:
        yield _told(other.reason, other.change, pointer=other.pointer)


def _told(
    why: Reason,
    change: Change,
    *,
    pointer: str | None = None,
    initiative_id: str | None = None,
    fields: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "code": why.code,
        "change": change,
        "pointer": pointer,
        "initiative_id": initiative_id,
        "fields": fields,
        "text_en": why.text_en,
        "text_id": why.text_id,
    }
