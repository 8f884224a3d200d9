"""Changes for tests: whoever follows them, and how a record is changed."""

from typing import Any

import httpx

CHANGES = "/v1/changes"


class Follower:
    """Follows the changes as one person does."""

    def __init__(self, client: httpx.AsyncClient, **asked: Any) -> None:
        self.client = client
        self.asked = asked
        self.cursor: str | None = None

    async def news(self, **asked: Any) -> list[dict[str, Any]]:
        """Return what is told since the last time, page after page."""
        told: list[dict[str, Any]] = []
        while True:
            after = {} if self.cursor is None else {"after": self.cursor}
            answer = await self.client.get(CHANGES, params={**self.asked, **asked, **after})
            assert answer.status_code == 200, answer.text
            told += answer.json()["items"]
            self.cursor = answer.json()["next_cursor"]
            if not answer.json()["more"]:
                return told

    async def events(self) -> list[tuple[str, str, str]]:
        """Return resource, key and operation of each."""
        return [(item["resource"], item["key"], item["operation"]) for item in await self.news()]


async def change(client: httpx.AsyncClient, path: str, **fields: Any) -> None:
    """Change a record, whatever its version."""
    answer = await client.patch(path, json=fields, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
