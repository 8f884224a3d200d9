"""Metrics: requests counted by what was asked, over all workers, and none left in flight."""

import asyncio
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY, values

from app.kernel import metrics
from tests.kernel.observed import client, output

__all__ = ["client", "output"]  # fixtures


def count(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


async def test_requests_are_counted_by_what_was_asked_not_by_how(client: httpx.AsyncClient) -> None:
    before = [
        count("GET", "/v1/things/{code}", "200"),
        count("GET", "unmatched", "404"),
        count("other", "unmatched", "404"),
    ]
    for number in range(20):
        await client.get(f"/v1/things/{number}")
        await client.get(f"/nowhere/{number}")
        await client.request(f"METHOD{number}", "/nowhere")
    after = [
        count("GET", "/v1/things/{code}", "200"),
        count("GET", "unmatched", "404"),
        count("other", "unmatched", "404"),
    ]
    assert [new - old for new, old in zip(after, before, strict=True)] == [20, 20, 20]
    exposed = metrics.exposition().decode()
    assert not re.search(r"METHOD\d|/nowhere|things/\d", exposed)
    assert 'http_request_duration_seconds_count{method="GET",route="/v1/things/{code}"}' in exposed


async def test_nothing_stays_in_flight(client: httpx.AsyncClient) -> None:
    await client.get("/v1/stream")
    with pytest.raises(asyncio.CancelledError):
        await client.get("/v1/silence")
    assert REGISTRY.get_sample_value("http_requests_in_flight") == 0


WORKER = """
import os, signal
from app.kernel import metrics
metrics.observe("GET", "/v1/things/{code}", 200, 0.01)
metrics.in_flight.inc()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_are_added_up_and_a_killed_one_is_not_in_flight(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # so that it is put back afterwards, and so is this
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_text("left over")
    metrics.share_between_workers(tmp_path / "metrics")
    for _ in range(2):
        subprocess.run([sys.executable, "-c", WORKER], check=False)  # noqa: S603 - our own code
    exposed = metrics.exposition().decode()
    assert 'http_requests_total{method="GET",route="/v1/things/{code}",status="200"} 2.0' in exposed
    assert "http_requests_in_flight 1.0" not in exposed
    assert "http_requests_in_flight 2.0" not in exposed
