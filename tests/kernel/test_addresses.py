"""Whose request it is, by address: what connects, unless a proxy that is trusted speaks for another."""

from typing import Any

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.config import SettingsError, load_settings
from app.kernel.addresses import address_of, is_within


@pytest.mark.parametrize(
    ("client", "found"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8::1", 1), "2001:db8::1"),
        (("fe80::1%eth0", 1), "fe80::1"),
        (("", 0), "None"),
        (("someone", 0), "None"),
        (None, "None"),
    ],
)
def test_an_address_is_what_it_is_however_it_is_written(client: Any, found: str) -> None:
    assert str(address_of({"client": client})) == found


def test_what_lies_within_a_network() -> None:
    inside, outside = address_of({"client": ("10.1.2.3", 1)}), address_of({"client": ("11.1.2.3", 1)})
    assert is_within(inside, ["192.0.2.0/24", "10.0.0.0/8"])
    assert not is_within(outside, ["192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32"])
    assert not is_within(None, ["0.0.0.0/0", "::/0"])
    assert not is_within(inside, [])


@pytest.mark.parametrize(
    ("trusted", "said", "found"),
    [
        ("", "198.51.100.1", "10.0.0.9"),
        ("10.0.0.8", "198.51.100.1", "10.0.0.9"),
        ("10.0.0.9", "198.51.100.1", "198.51.100.1"),
        # The last that is no proxy of ours counts: what came before it, the client may have written itself.
        ("10.0.0.0/8", "203.0.113.5, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        ("10.0.0.0/8", "<script>", "None"),
    ],
)
async def test_only_a_trusted_proxy_speaks_for_another(trusted: str, said: str, found: str) -> None:
    """As the server of `kernel/serving` is set up: uvicorn's own layer with these networks."""
    seen = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.append(str(address_of(scope)))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    behind: Any = ProxyHeadersMiddleware(app, trusted)
    transport = httpx.ASGITransport(behind, client=("10.0.0.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://seratus.test") as client:
        await client.get("/", headers={"X-Forwarded-For": said})
    assert seen == [found]


def test_what_is_no_network_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERATUS_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.300")
    with pytest.raises(SettingsError, match=r"SERATUS_TRUSTED_PROXIES: .*10\.0\.0\.300"):
        load_settings({})
