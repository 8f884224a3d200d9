"""What is counted about requests, as Prometheus text.

Hides how several workers are added up: each keeps its numbers in files that whichever worker is asked reads together.
"""

import os
import shutil
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Read by prometheus_client when it is imported, so it must be set before a worker starts.
_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
_requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
_durations = Histogram(
    "http_request_duration_seconds", "Time from request to end of answer.", ["method", "route"], buckets=_BUCKETS_S
)
in_flight = Gauge("http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum")
_deliveries = Counter("webhook_deliveries", "Tries to deliver an event, by what came of them.", ["result"])

# `labels()` locks and formats at every call; the children are as few as routes times statuses.
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. `route` is a template, never a path: every label value is one of a few."""
    child = _children.get((method, route, status))
    if child is None:
        name = method if method in _METHODS else "other"
        child = _requests.labels(name, route, str(status)), _durations.labels(name, route)
        if name != "other":
            _children[method, route, status] = child
    requests, durations = child
    requests.inc()
    durations.observe(seconds)


def count_delivery(result: str) -> None:
    """Count one try to deliver an event. `result` is one of a few words."""
    _deliveries.labels(result).inc()


def share_between_workers(directory: Path) -> None:
    """Let the workers started from now on add their numbers up in `directory`, which is emptied first.

    Of this process too, what has labels that are first met from now on.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, mode=0o700)
    os.environ[_DIRECTORY] = str(directory)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # as above


def exposition() -> bytes:
    """Return the numbers of this service, all its workers together, in Prometheus' text format."""
    directory = os.environ.get(_DIRECTORY)
    if directory is None:
        return generate_latest(REGISTRY)
    _forget_dead_workers(Path(directory))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]  # as above
    return generate_latest(registry)


def _forget_dead_workers(directory: Path) -> None:
    # What a killed worker was doing is not in flight any more.
    for file in directory.glob("gauge_live*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except OSError:  # nobody's number now, or a stranger's
            file.unlink(missing_ok=True)
