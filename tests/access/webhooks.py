"""Webhooks, one of each person who may have one; and one by a key that may do nothing else, so that few may use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.access.records import tomorrow
from tests.access.requests import NOWHERE, Request, Requests
from tests.conftest import As

HOOK = {"url": "https://hook.example.org/", "events": ["*"]}
PEOPLE = ("region_editor", "assessor", "mentor", "data_steward", "officer")


@dataclass(frozen=True)
class Webhooks:
    """A webhook of each person, and something that was sent there, as paths; under no name that of the narrow key."""

    hooks: Mapping[str, str] = field(default_factory=lambda: {"": f"/v1/webhooks/{NOWHERE}"})
    sent: Mapping[str, str] = field(default_factory=lambda: {"": f"/v1/webhooks/{NOWHERE}/deliveries/{NOWHERE}"})

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        found: Requests = {"list_webhooks": Request("/v1/webhooks"), "create_webhook": Request("/v1/webhooks", HOOK)}
        for person, hook in self.hooks.items():
            of = f"/{person}" if person else ""
            found |= {
                f"get_webhook{of}": Request(hook),
                f"update_webhook{of}": Request(hook, {"description": "Our own copy (example)"}),
                f"delete_webhook{of}": Request(hook),
                f"get_webhook_transitions{of}": Request(f"{hook}/transitions"),
                f"move_webhook{of}": Request(f"{hook}/transitions", {"to": "paused", "reason": "An example"}),
                f"rotate_webhook{of}": Request(f"{hook}/rotations"),
                f"list_webhook_deliveries{of}": Request(f"{hook}/deliveries"),
                f"get_webhook_delivery{of}": Request(self.sent[person]),
                f"redeliver{of}": Request(f"{self.sent[person]}/redeliveries"),
                f"redeliver_range{of}": Request(f"{hook}/redeliveries", {"since": "2026-01-01T00:00:00Z"}),
                f"ping_webhook{of}": Request(f"{hook}/pings"),
            }
        return found


async def make(as_: As) -> Webhooks:
    """Make them, and test each."""
    body = {"name": "x", "role": "administrator", "scopes": ["webhooks:write"], "expires_at": tomorrow()}
    narrow = (await as_("administrator").post("/v1/api-keys", json=body)).json()["secret"]
    hooks, sent = {}, {}
    for person in ("", *PEOPLE):
        client = as_(person or "public")
        headers = {} if person else {"Authorization": f"Bearer {narrow}"}
        hooks[person] = (await client.post("/v1/webhooks", json=HOOK, headers=headers)).headers["location"]
        sent[person] = (await client.post(f"{hooks[person]}/pings", headers=headers)).headers["location"]
    return Webhooks(hooks, sent)
