"""A provider may change its keys, withdraw them, and fail; it is asked seldom, whatever names people invent."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from app.kernel import provider_keys
from app.kernel.problems import Unauthenticated, Unavailable
from app.kernel.provider_keys import FAILURE_PAUSE_S, FRESH_S, KEPT_S, UNKNOWN_PAUSE_S, Name, ProviderKeys
from tests.providers import ISSUER, Provider, published, token

DOWN = httpx.ConnectError("refused")


@pytest.fixture
def provider() -> Provider:
    return Provider()


async def test_keys_are_asked_for_once(provider: Provider) -> None:
    sign_in = provider.sign_in()
    assert provider.asked == 0  # a provider that is down stops no start
    people = await asyncio.gather(*(sign_in.principal_of(token(sub=str(n))) for n in range(10)))
    assert len({person.id for person in people}) == 10
    provider.now += FRESH_S - 1
    await sign_in.principal_of(token())
    assert provider.asked == 1


async def test_a_new_key_is_found_at_once(provider: Provider) -> None:
    sign_in = provider.sign_in()
    await sign_in.principal_of(token())
    provider.keys = [published("second")]
    assert (await sign_in.principal_of(token("second"))).id == "user:ani"
    assert provider.asked == 2
    with pytest.raises(Unauthenticated):  # the old one is gone
        await sign_in.principal_of(token())


async def test_a_withdrawn_key_is_noticed_when_the_keys_have_aged(provider: Provider) -> None:
    sign_in = provider.sign_in()
    await sign_in.principal_of(token())
    provider.keys = []
    provider.now += FRESH_S - 1
    await sign_in.principal_of(token())
    provider.now += 1
    with pytest.raises(Unauthenticated):
        await sign_in.principal_of(token())


async def test_invented_names_do_not_hammer_the_provider(provider: Provider) -> None:
    sign_in = provider.sign_in()

    async def forge(count: int) -> int:
        before = provider.asked
        forged = (sign_in.principal_of(token("first", header={"kid": f"forged-{n}"})) for n in range(count))
        outcomes = await asyncio.gather(*forged, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unauthenticated}
        return provider.asked - before

    await sign_in.principal_of(token())
    assert await forge(20) == 1
    provider.now += UNKNOWN_PAUSE_S - 1
    assert await forge(20) == 0
    await sign_in.principal_of(token())  # who is known goes in meanwhile
    provider.now += 1
    assert await forge(20) == 1


async def test_while_the_provider_is_down_known_keys_go_on_for_an_hour(provider: Provider) -> None:
    sign_in = provider.sign_in()
    await sign_in.principal_of(token())
    provider.trouble = DOWN
    provider.now += KEPT_S - 1
    await sign_in.principal_of(token())
    provider.now += 1
    with pytest.raises(Unavailable):
        await sign_in.principal_of(token())
    provider.trouble = None
    with pytest.raises(Unavailable):  # not asked again so soon
        await sign_in.principal_of(token())
    provider.now += FAILURE_PAUSE_S
    await sign_in.principal_of(token())
    assert provider.asked == 3


async def test_while_the_provider_is_down_nobody_is_told_that_a_token_is_bad(provider: Provider) -> None:
    sign_in = provider.sign_in()
    provider.trouble = DOWN
    for _ in range(3):
        with pytest.raises(Unavailable) as refused:
            await sign_in.principal_of(token())
        assert refused.value.headers["Retry-After"] == str(FAILURE_PAUSE_S)
        assert refused.value.detail != Unavailable.help
    assert provider.asked == 1
    # But what no key could make good is bad.
    with pytest.raises(Unauthenticated):
        await sign_in.principal_of("secret")


async def test_who_is_known_does_not_wait_for_an_answer(provider: Provider) -> None:
    begun, told = asyncio.Event(), asyncio.Event()
    sign_in = provider.sign_in()
    await sign_in.principal_of(token())
    answer = provider.answer

    async def slow(request: httpx.Request) -> httpx.Response:
        begun.set()
        await told.wait()
        return await answer(request)

    sign_in._keys._transport = httpx.MockTransport(slow)
    provider.now += FRESH_S
    first = asyncio.create_task(sign_in.principal_of(token()))
    await begun.wait()
    await sign_in.principal_of(token())
    assert not first.done()
    told.set()
    await first
    assert provider.asked == 2


TROUBLE: dict[str, tuple[Callable[[], httpx.Response | Exception], str]] = {
    "an error": (lambda: httpx.Response(500), "status 500"),
    "a way to somebody else": (lambda: httpx.Response(302, headers={"Location": "https://evil.test"}), "status 302"),
    "no JSON": (lambda: httpx.Response(200, text="<html>"), "its answer is not JSON"),
    "no text": (lambda: httpx.Response(200, content=b"\xff\xfe"), "its answer is not JSON"),
    "too deep": (lambda: httpx.Response(200, content=b"[" * 100_000), "its answer is not JSON"),
    "a list": (lambda: httpx.Response(200, json=[]), "its answer is not a JSON object"),
    "too long": (lambda: httpx.Response(200, content=b" " * 300_000), "its answer is too long"),
    "slow": (lambda: httpx.ReadTimeout("slow"), "ReadTimeout"),
    "down": (lambda: httpx.ConnectError("down"), "ConnectError"),
    "garbage": (lambda: httpx.RemoteProtocolError("garbage"), "RemoteProtocolError"),
    "lost": (TimeoutError, "timed out"),
}
SAID: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"issuer": "https://evil.test"}, "its discovery document is of another issuer"),
    "no issuer": ({"issuer": None}, "its discovery document is of another issuer"),
    "no keys": ({"jwks_uri": None}, "its jwks_uri is no https address"),
    "keys in the open": ({"jwks_uri": "http://sso.ministry.test/keys"}, "its jwks_uri is no https address"),
    "keys on this machine": ({"jwks_uri": "http://127.0.0.1/keys"}, "its jwks_uri is no https address"),
    "keys in a file": ({"jwks_uri": "file:///etc/passwd"}, "its jwks_uri is no https address"),
    "keys nowhere": ({"jwks_uri": "https://a:b:c/"}, "InvalidURL"),
}


async def reason_of_failure(provider: Provider) -> str:
    with capture_logs() as logs, pytest.raises(Unavailable):
        await provider.sign_in().principal_of(token())
    (line,) = logs
    assert line["event"] == "sign_in_provider_failed"
    return str(line["reason"])


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_an_answer_that_is_none_is_trouble_with_the_provider(provider: Provider, trouble: str) -> None:
    cause, reason = TROUBLE[trouble]
    provider.trouble = cause()
    assert await reason_of_failure(provider) == reason


@pytest.mark.parametrize("said", SAID)
async def test_a_discovery_that_leads_astray_is_not_followed(provider: Provider, said: str) -> None:
    members, reason = SAID[said]
    provider.discovery |= members
    assert await reason_of_failure(provider) == reason


async def test_a_provider_on_this_machine_may_have_its_keys_here_and_nowhere_else_in_the_open() -> None:
    issuer, keys = "http://127.0.0.1:9000", "http://127.0.0.1:9000/keys"

    async def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == keys:
            return httpx.Response(200, json={"keys": [published("first")]})
        return httpx.Response(200, json={"issuer": issuer, "jwks_uri": keys})

    name = Name("first", "ES256")
    assert (await ProviderKeys(issuer, transport=httpx.MockTransport(answer)).find(name)).key_id == "first"
    keys = "http://sso.ministry.test/keys"
    with pytest.raises(Unavailable):
        await ProviderKeys(issuer, transport=httpx.MockTransport(answer)).find(name)


@pytest.mark.parametrize("keys", [None, {}, "first"])
async def test_a_key_set_has_keys(provider: Provider, keys: Any) -> None:
    provider.keys = keys
    assert await reason_of_failure(provider) == "its key set has no keys"


async def test_a_provider_that_says_nothing_is_given_up(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_keys, "TOTAL_S", 0.01)
    sign_in = provider.sign_in()

    async def silent(_request: httpx.Request) -> httpx.Response:
        return await asyncio.Event().wait()  # type: ignore[return-value]  # it never does

    sign_in._keys._transport = httpx.MockTransport(silent)
    with pytest.raises(Unavailable):
        await sign_in.principal_of(token())


def test_nobody_is_asked_by_way_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    mounted = ProviderKeys(ISSUER)._client()._mounts
    assert mounted == {}
