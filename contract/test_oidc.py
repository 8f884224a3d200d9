"""A certified OpenID provider (`oidc-provider`) signs programs in: its access tokens are what the service takes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from contract.conftest import KEY, serving

HERE = Path(__file__).parent
AUDIENCE = "https://seratus.ministry.test"
# Who signs in, and what the provider says of them.
CLAIMS: Mapping[str, Mapping[str, str]] = {
    "planning-office": {"seratus_role": "officer"},
    "office-of-bandung": {"seratus_role": "region_editor", "seratus_region": "32.73"},
    "canteen": {},
}
COHORT = {"year": 2030, "phase": 9, "title": "x", "quota": 1, "candidate_quota": 1}


@pytest.fixture
def issuer() -> Iterator[str]:
    """Run the provider; give its address."""
    node = Path(sys.executable).with_name("node")
    settings = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - our own script
        [node, "provider.mjs", json.dumps(CLAIMS)],
        cwd=HERE, env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "the provider did not start"
        yield address


@pytest.fixture
def service(database: str, folder: Path, issuer: str) -> Iterator[httpx.Client]:
    """Run the service that takes the provider's tokens; give a client of it, which sends none."""
    settings = {"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": AUDIENCE}
    with serving(database, folder / "log", **settings) as url, httpx.Client(base_url=url) as client:
        yield client


def signed_in(issuer: str, program: str, audience: str = AUDIENCE) -> dict[str, str]:
    """Sign a program in; return the header that says so."""
    asked = {"grant_type": "client_credentials", "resource": audience}
    answer = httpx.post(f"{issuer}/token", data=asked, auth=(program, program))
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_who_signs_in_at_the_provider_may_what_it_says(service: httpx.Client, issuer: str) -> None:
    def write(code: str, headers: Mapping[str, str]) -> httpx.Response:
        return service.post("/v1/cohorts", json=COHORT | {"code": code}, headers=headers)

    officer, region = signed_in(issuer, "planning-office"), signed_in(issuer, "office-of-bandung")
    assert write("by-a-token", officer).status_code == 201
    steps = service.get("/v1/cohorts/by-a-token/transitions", headers=officer).json()["history"]
    assert [step["actor"] for step in steps] == ["user:planning-office"]
    assert write("by-a-key", {"Authorization": f"Bearer {KEY}"}).status_code == 201

    assert write("by-a-region", region).json()["required_permission"] == "cohorts:write"
    headers = region | {"If-Match": "*"}
    for code, status in (("32.73", 200), ("32.04", 403)):
        profile = f"/v1/regions/{code}/profile"
        assert service.patch(profile, json={"problems": []}, headers=headers).status_code == status

    for_others = signed_in(issuer, "planning-office", "https://another.ministry.test")
    for refused in (for_others, signed_in(issuer, "canteen")):
        answer = write("refused", refused)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert service.get("/v1/cohorts", headers=refused).status_code == 401

    assert httpx.post(f"{issuer}/rotation").status_code == 204
    assert write("by-a-new-key", signed_in(issuer, "planning-office")).status_code == 201
    assert write("by-the-old-key", officer).status_code == 401
