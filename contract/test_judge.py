"""The judge of hostile requests finds what it is there to find."""

import json
from pathlib import Path

import pytest

from contract.fuzz import PROBLEM, Answer, Judge, faults_of_log
from contract.hostile import Hostile, Operation
from contract.hostile_pieces import PLANTED

PRIVATE = "srt_secret"
DOCUMENT = json.loads((Path(__file__).parent.parent / "openapi.json").read_text("utf-8"))
REQUEST = Hostile(Operation("GET", "/v1/regions", {}, {}, None, None, []), b"GET /v1/regions HTTP/1.1\r\n\r\n", b"")
SAID = {"type": "/problems/x", "title": "x", "status": 400, "code": "x", "detail": "x", "instance": "/v1/regions"}


def refusal(status: int = 400, kind: str = PROBLEM, **said: object) -> Answer:
    return Answer(status, {"content-type": kind}, json.dumps(SAID | said).encode())


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (None, "no answer"),
        (refusal(500), "status 500"),
        (refusal(kind="text/plain"), "400 as text/plain"),
        (refusal(404), "another status in the document"),
        (refusal(detail=1), "no problem document"),
        (Answer(400, {"content-type": PROBLEM}, b"{"), "no problem document"),
        (refusal(detail='File "/srv/app/main.py", line 1'), "innards"),
        (refusal(detail="SELECT 1 FROM regions WHERE true"), "innards"),
        (refusal(detail="asyncpg.exceptions.DataError"), "innards"),
        (refusal(detail="postgresql+asyncpg://u@h/d"), "innards"),
        (refusal(detail=PRIVATE), "a secret"),
        (Answer(200, {"x-echo": PRIVATE}, b"{}"), "a secret"),
        (Answer(200, {"x-evil": "1"}, b"{}"), "a header of the client's"),
    ],
)
def test_judge_finds_what_is_wrong(answer: Answer | None, fault: str) -> None:
    assert [found for found in Judge(DOCUMENT, [PRIVATE]).faults(REQUEST, answer) if found.startswith(fault)]


@pytest.mark.parametrize("answer", [refusal(), Answer(200, {"content-type": "application/json"}, b"{}")])
def test_judge_lets_pass_what_is_right(answer: Answer) -> None:
    assert not [*Judge(DOCUMENT, [PRIVATE]).faults(REQUEST, answer)]


def test_log_is_searched(tmp_path: Path) -> None:
    lines = {
        json.dumps({"event": "request", "level": "info"}): "",
        "Traceback (most recent call last):": "no line of a log",
        json.dumps(["event"]): "no line of a log",
        json.dumps({"event": "request_failed", "level": "error"}): "an error",
        json.dumps({"event": "x", "level": "info", "path": f"/{PLANTED}"}): "a secret",
        json.dumps({"event": "x", "level": "info", "key": PRIVATE}): "a secret",
    }
    for line, fault in lines.items():
        (tmp_path / "log").write_text(line + "\n")
        found = [*faults_of_log(tmp_path / "log", [PRIVATE])]
        assert [each.partition(":")[0] for each in found] == [fault] * bool(fault), line
