"""What is sent out goes to where everyone may send: each trick to have it go elsewhere is one of these tests."""

import asyncio
from ipaddress import ip_address
from pathlib import Path

import pytest

from app.kernel import outbound
from app.kernel.outbound import Answer, Outbound, allowed
from tests.receivers import NAME, Endless, Receiver, answer, identity, listening

PUBLIC, CLOSED = Outbound(), Outbound(private=True)


def leading_to(*addresses: str, private: bool = True) -> Outbound:
    """Return a way out on which every name leads to these addresses."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return Outbound(private=private, resolve=resolve)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
        "https://0177.0.0.1/", "https://127.0.0.1./", "https://10.1.2.3/", "https://192.168.0.1/",
        "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data/", "https://0.0.0.0/", "https://0/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:8.8.8.8]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[::]/",
        "https://localhost/", "https://a.LOCALHOST/", "https://100.64.0.1/", "https://224.0.0.1/",
        "https://user@example.org/", "https://user:secret@example.org/", "http://example.org/", "ftp://example.org/",
        "file:///etc/passwd", "gopher://example.org/", "https://example.org:22/", "https://example.org:0/",
        "https://example.org:80/", "https:///hook", "https://example.org:65536/",
    ],
)  # fmt: skip
async def test_what_is_not_for_everyone_is_refused_before_anything_is_asked(url: str) -> None:
    assert PUBLIC.fault(url) is not None
    assert await PUBLIC.post(url, {}, b"") == Answer(trouble="refused_target")


@pytest.mark.parametrize(
    "url", ["https://example.org/", "https://example.org:8443/x?y", "https://8.8.8.8/", "https://1.example.org:443/"]
)
def test_what_is_for_everyone_is_taken(url: str) -> None:
    assert PUBLIC.fault(url) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "http://localhost/", "https://10.0.0.1/", "http://a.b/"])
def test_a_closed_network_may_allow_its_own(url: str) -> None:
    assert CLOSED.fault(url) is None


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "::ffff:10.0.0.1", "fe80::1%lo", "ff02::1",
     "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::"],
)  # fmt: skip
def test_but_never_what_no_network_owns(address: str) -> None:
    assert not allowed(ip_address(address), private=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fc00::1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_leads_inside_is_refused_if_only_with_one_of_its_addresses(address: str) -> None:
    refused = await leading_to("8.8.8.8", address, private=False).post("https://example.org/", {}, b"")
    assert refused == Answer(trouble="refused_address")


async def test_a_name_is_asked_for_once_and_the_connection_goes_to_that_very_address() -> None:
    asked = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["8.8.8.8"]

    async with listening(Receiver()) as receiver:
        way = Outbound(private=True, resolve=resolve)
        done = await way.post(f"http://rebinding.test:{receiver.port}/x", {"webhook-id": "1"}, b"{}")
        assert done == Answer(200)
    assert asked == ["rebinding.test"]
    (request,) = receiver.received
    assert request.headers["host"] == f"rebinding.test:{receiver.port}"
    assert (request.headers["webhook-id"], request.body) == ("1", b"{}")


async def test_tls_proves_the_name_wherever_the_connection_goes_and_no_proxy_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []
    tls, authority = identity(tmp_path, asked.append)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    outbound.tls.cache_clear()
    way = leading_to("127.0.0.1")
    async with listening(Receiver(), tls) as receiver:
        assert await way.post(f"https://{NAME}:{receiver.port}/", {}, b"") == Answer(200)
        assert await way.post(f"https://other.test:{receiver.port}/", {}, b"") == Answer(trouble="tls_failed")
        assert asked == [NAME, "other.test"]
        monkeypatch.delenv("SSL_CERT_FILE")
        outbound.tls.cache_clear()
        assert await way.post(f"https://{NAME}:{receiver.port}/", {}, b"") == Answer(trouble="tls_failed")
    outbound.tls.cache_clear()
    assert len(receiver.received) == 1


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    async with listening(Receiver()) as inner, listening(Receiver(answer(302, f"Location: {inner.url}"))) as receiver:
        assert await CLOSED.post(receiver.url, {}, b"") == Answer(302)
        assert inner.received == []


async def test_of_a_gigabyte_nothing_is_taken_but_what_was_on_its_way() -> None:
    async with listening(Endless()) as receiver, asyncio.timeout(30):
        assert await CLOSED.post(receiver.url, {}, b"") == Answer(200)
        await receiver.cut.wait()
    assert isinstance(receiver, Endless)
    assert receiver.sent < 50_000_000  # what the two kernels hold


async def test_who_says_nothing_or_nonsense_or_is_not_there_is_named() -> None:
    hurried = Outbound(private=True, total_s=0.2)
    async with listening(Receiver(None)) as receiver, asyncio.timeout(30):
        assert await hurried.post(receiver.url, {}, b"") == Answer(trouble="timed_out")
        await receiver.cut.wait()
    assert await CLOSED.post(receiver.url, {}, b"") == Answer(trouble="connection_failed")
    async with listening(Receiver(b"SSH-2.0-nonsense\r\n\r\n")) as receiver:
        assert await CLOSED.post(receiver.url, {}, b"") == Answer(trouble="no_answer")
    assert await leading_to().post("https://nowhere.test/", {}, b"") == Answer(trouble="name_not_found")


async def test_a_second_address_is_tried_when_nobody_is_at_the_first() -> None:
    async with listening(Receiver(answer(503, "Retry-After: 7"))) as receiver:
        done = await leading_to("127.0.0.2", "127.0.0.1").post(f"http://two.test:{receiver.port}/", {}, b"")
        assert done == Answer(503, retry_after="7")
