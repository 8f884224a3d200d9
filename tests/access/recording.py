"""The examples of the contract: each operation's request, sent by somebody who may, and what came of it.

Hides what differs from one run to the next: ids, moments, digests, cursors and secrets give way to made-up ones. So
two recordings are the same unless the service, or a request, is another. The clock of the rules must stand at `DAY`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from app.kernel import writing
from app.kernel.examples import Example
from app.services import calendars
from tests.access.sending import OPERATIONS, request_of, send_request, with_query
from tests.access.tables import LETTERS
from tests.access.who_may import WHO_MAY
from tests.access.worlds import Worlds

DAY = datetime(2026, 7, 15, 2, tzinfo=UTC)
# When a key of the recording ends, which must be later than now, whenever that is.
_LATER = DAY + timedelta(days=365)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?)(Z|\+00:00)")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_SECRET = re.compile(r"srt_[\w-]{43}")
_SIGNING = re.compile(r"whsec_[\w+/=-]+")
_MADE_UP = "srt_made-up-and-opens-nothing-0000000000000"
_HINT = re.compile(r'(?<="hint": ")[^"]+')  # how a key ends
_CURSOR = re.compile(r'"(next_cursor|after|change_cursor)": "[^"]+"')
_AS_OF = re.compile(r"(?<=as_of=)[\w-]+")
_STAMP = re.compile(r"(?<=\+)\d{8}T\d{6}Z")  # the moment in the version of a data package
_SEQ = re.compile(r'(?<="seq": )("?)(\d+)')  # of an entry in the log, which has one for every row of the reference data
_UNSEALED = re.compile(r'(?<="unsealed": )\d+')
_LONG = 5  # what is longer is cut to two
_ids = (UUID(f"03bb2cc3-d800-7000-8000-{number:012x}") for number in count())  # later than those of the template


@contextmanager
def standing_still() -> Iterator[None]:
    """Let it be the day that never passes, and ids come in one order: lots are drawn by them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendars, "now", lambda: DAY)
        patch.setattr(writing, "uuid7", lambda: next(_ids))
        yield


async def record(worlds: Worlds) -> dict[str, dict[str, Example]]:
    """Record all operations, by tag and name."""
    examples: dict[str, dict[str, Example]] = defaultdict(dict)
    for operation, (_, _, said) in OPERATIONS.items():
        examples[said["tags"][0]][operation] = await _record(worlds, operation)
    return dict(examples)


async def _record(worlds: Worlds, operation: str) -> Example:
    letters = WHO_MAY[operation]
    person = next(name for letter, name in reversed(LETTERS.items()) if letter in letters)
    template, _, said = OPERATIONS[operation]
    asked = request_of(worlds.published, operation, person)
    if "limit" in {parameter["name"] for parameter in said.get("parameters", [])}:
        asked = asked._replace(path=with_query(asked.path, "limit=2"))
    request: dict[str, Any] = {} if asked.body is None else {"application/json": asked.body}
    if asked.content is not None:
        request = {"text/csv": asked.content.decode()}
    answer = {}
    for media_type in _media_types(said):
        answered = await send_request(worlds.as_(person), operation, asked, accept=media_type)
        assert answered.is_success, (operation, answered.text)
        assert answered.headers["content-type"].startswith(media_type), operation
        answer[media_type] = _shortened(media_type, answered.text)
    example = Example(dict(_parameters(template, asked.path, said)), request, answer)
    return Example(**json.loads(_made_up(json.dumps(asdict(example), ensure_ascii=False))))


def _media_types(said: dict[str, Any]) -> list[str]:
    (success,) = (response for status, response in said["responses"].items() if status.startswith("2"))
    return list(success.get("content", {}))


def _parameters(template: str, path: str, said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the parameters in a path and its query, each as its schema says."""
    asked = urlsplit(path)
    found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template.replace(".", r"\.")), asked.path)
    assert found, (template, path)
    given = found.groupdict() | dict(parse_qsl(asked.query))
    for parameter in said.get("parameters", []):
        if text := given.get(parameter["name"]):
            plain = parameter["schema"].get("type") in {"integer", "number", "boolean"}
            yield parameter["name"], json.loads(text) if plain else text


def _shortened(media_type: str, text: str) -> Any:
    """Return what was answered, with two items of all that is long."""
    if media_type.endswith(("/json", "+json")):
        return _cut(json.loads(text))
    lines = text.splitlines(keepends=True)
    if text.startswith("# HELP"):  # numbers of the whole process: one of them is like the others
        lines = [line for line in lines if re.match(r'(# \w+ )?http_requests_total( |.*"/health/ready".*"200")', line)]
        return re.sub(r"[0-9.]+$", "1.0", "".join(lines).rstrip()) + "\n"
    return "".join(lines[:3])  # of a table, its head too


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in (value[:2] if len(value) > _LONG else value)]
    return value


def _made_up(text: str) -> str:
    text = _SIGNING.sub("whsec_bWFkZSB1cCwgYW5kIHNpZ25zIG5vdGhpbmc=", _SECRET.sub(_MADE_UP, text))
    text = _HINT.sub(_MADE_UP[-4:], text)
    text = _CURSOR.sub(r'"\1": "made-up"', text)
    text = _AS_OF.sub("made-up", text)
    text = _UNSEALED.sub("12", text)
    numbered = _each("{}")
    text = _SEQ.sub(lambda found: found[1] + numbered(found), text)
    text = _STAMP.sub(f"{DAY:%Y%m%dT%H%M%SZ}", text)
    text = _UUID.sub(_each("01980a4f-0000-7000-8000-{:012x}"), text)
    text = _DIGEST.sub(_each("{:064x}"), text)
    return _INSTANT.sub(_moment, text)


def _each(form: str) -> Callable[[re.Match[str]], str]:
    """Return what numbers all that is found, the same with the same number."""
    numbers: dict[str, int] = {}
    return lambda found: form.format(numbers.setdefault(found[0].strip('"'), len(numbers) + 1))


def _moment(found: re.Match[str]) -> str:
    """Let all that happens now have happened at `DAY`; what is long ago or far away stays, as do days, and `DAY`."""
    moment, now = datetime.fromisoformat(found[1]).replace(tzinfo=UTC), datetime.now(UTC)
    if abs(moment - now) > timedelta(days=2) or moment == DAY or found[1].endswith("T00:00:00"):
        return found[0]
    return (DAY if moment <= now else _LATER).isoformat().removesuffix("+00:00") + found[2]
