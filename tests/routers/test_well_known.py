"""What is found without knowing the service: its API, and whom to tell of a weakness."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI

from app.config import Settings, SettingsError, load_settings
from app.main import create_app
from app.services import calendars
from tests.conftest import As, client_for

CATALOG, SECURITY = "/.well-known/api-catalog", "/.well-known/security.txt"


async def test_the_catalogue_leads_to_what_is_there(as_: As) -> None:
    answer = await as_("public").get(CATALOG)
    assert answer.headers["content-type"] == (
        'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
    )
    assert answer.headers["link"] == '</.well-known/api-catalog>; rel="api-catalog"'
    (api,) = answer.json()["linkset"]
    assert api.keys() == {"anchor", "service-desc", "service-doc", "status"}
    for link in (*api["service-desc"], *api["service-doc"], *api["status"]):
        found = await as_("public").get(urljoin(CATALOG, link["href"]), headers={"Accept": link["type"]})
        assert found.status_code == 200, link
        assert found.headers["content-type"].startswith(link["type"]), link
    (contract,) = api["service-desc"]
    paths = (await as_("public").get(contract["href"])).json()["paths"]
    assert any(path.startswith(f"{api['anchor']}/") for path in paths)


@pytest.fixture(scope="module")
def contacted() -> FastAPI:
    """Make an app whose operator names a contact."""
    return create_app(Settings(security_contact="mailto:keamanan@kominfo.example"))


async def test_a_weakness_is_told_to_whom_the_operator_names(
    contacted: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendars, "now", lambda: datetime(2026, 12, 15, 22, 30, tzinfo=UTC))
    async with client_for(contacted, "public") as client:
        answer = await client.get(SECURITY)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:keamanan@kominfo.example",
        "Expires: 2027-01-14T00:00:00Z",
        "Preferred-Languages: id, en",
    ]


async def test_what_is_said_has_not_expired(contacted: FastAPI) -> None:
    async with client_for(contacted, "public") as client:
        fields = dict(line.split(": ", 1) for line in (await client.get(SECURITY)).text.splitlines())
    left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=1) < left < timedelta(days=365)


@pytest.mark.parametrize(("language", "title"), [("en", "No security contact"), ("id", "Tidak ada kontak keamanan")])
async def test_without_a_contact_there_is_nothing_to_read(as_: As, language: str, title: str) -> None:
    answer = await as_("public").get(SECURITY, headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (answer.json()["code"], answer.json()["title"]) == ("no_security_contact", title)


async def test_both_answer_head_as_they_answer_get(contacted: FastAPI) -> None:
    async with client_for(contacted, "public") as client:
        for path in (CATALOG, SECURITY):
            read, asked = await client.get(path), await client.head(path)
            assert (asked.status_code, asked.content) == (200, b"")
            for header in ("content-type", "content-length", "link"):
                assert asked.headers.get(header) == read.headers.get(header)


@pytest.mark.parametrize(
    "contact", ["security@kominfo.example", "http://kominfo.example", "mailto:", "mailto:a\nb", ""]
)
def test_a_contact_that_is_no_address_stops_the_start(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERATUS_SECURITY_CONTACT", contact)
    with pytest.raises(SettingsError, match="SERATUS_SECURITY_CONTACT: must be an address"):
        load_settings({})
