"""Objections for tests: what one says, and the ways to file and to decide it."""

from typing import Any
from uuid import UUID

import httpx

from tests.routers.assessments import EVIDENCE

PROCEDURE = {"ground": "procedure", "statement": "The panel met without the third member."}
FACTS = {"ground": "facts", "statement": "The regulation is in force.", "questions": ["rules"], "evidence": [EVIDENCE]}


def below(assessment: UUID) -> str:
    """Return the path of the objections to an assessment."""
    return f"/v1/assessments/{assessment}/objections"


async def filed(editor: httpx.AsyncClient, assessment: UUID, **fields: Any) -> str:
    """File an objection on facts and return its path."""
    answer = await editor.post(below(assessment), json=FACTS | fields)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def decide(client: httpx.AsyncClient, path: str, to: str, **fields: Any) -> httpx.Response:
    """Ask for a step, whatever the version."""
    body = {"to": to, "reason": "The minutes say so."} | fields
    return await client.post(f"{path}/transitions", json=body, headers={"If-Match": "*"})
