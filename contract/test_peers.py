"""Nobody reads what another of the same kind has: not by its id, which schemathesis tries, and not in a list.

Schemathesis repeats every read of one peer as the other, where the other's list leaves the record out. What a list
shows as well it holds for shared, so that the lists are looked at here.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.conftest import KEY, PROGRAMS, REGION_KEY

HERE = Path(__file__).parent
KINDS = ("workshops", "sessions", "plan-comments", "plan-reviews")  # seen by those alone whom the mentoring concerns
SHARED = ("commitments", "initiatives", "master-plans", "quick-wins")  # seen by all once they are published
TRIED = ("--seed=1", "--phases=fuzzing,stateful", "--mode=positive", "--max-examples=10")


@pytest.mark.timeout(300)
def test_no_peer_reads_what_another_has(service: str, folder: Path) -> None:
    """The records are those of one region and its university; another region and another university have none."""

    def ask(method: str, path: str, key: str = KEY, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        answer = httpx.request(method, f"{service}/v1/{path}", json=body or None, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def key(role: str, **bound: str) -> str:
        expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        secret: str = ask("POST", "api-keys", name="peer", role=role, expires_at=expires_at, **bound)["secret"]
        return secret

    own = json.loads((folder / "institutions").read_text().splitlines()[0])
    another = ask("POST", "institutions", name="Universitas Lain", kind="university")["id"]
    regions = {"owner": REGION_KEY, "other": key("region_editor", region_code="32.71")}
    mentors = {"owner": key("mentor", institution_id=own), "other": key("mentor", institution_id=another)}
    for peers, kinds in ((regions, (*KINDS, "webhooks")), (mentors, KINDS)):
        for kind in kinds:
            assert ask("GET", kind, peers["owner"])["items"], f"the owner has no {kind}"
            assert ask("GET", kind, peers["other"])["items"] == [], f"{kind} are listed for another"
        repeat_reads(service, folder, peers, f"^/v1/({'|'.join((*kinds, *SHARED))})")


def repeat_reads(service: str, folder: Path, peers: Mapping[str, str], paths: str) -> None:
    auth = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]}
        for name, key in peers.items()
    ]
    (folder / "peers.json").write_text(json.dumps({"auth": auth}))
    config = shutil.copy(HERE / "peers.toml", folder)
    run = (PROGRAMS / "st", f"--config-file={config}", "run", HERE.parent / "openapi.json", f"--url={service}")
    done = subprocess.run(  # noqa: S603 - the tool, on our own service
        [*run, *TRIED, f"--include-path-regex={paths}"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
