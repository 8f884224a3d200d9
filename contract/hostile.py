"""Requests that no well-meaning client would send: the contract's own examples, spoiled in one or a few places.

They are written out byte by byte, because every HTTP library refuses to send the half of them. One number, the seed,
decides them all.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from contract.hostile_pieces import BOMB, HEADERS, METHODS, NAMES, RAW, RAW_VALUES, TEXTS, VALUES

T = TypeVar("T")
# What is spoiled, as often as it stands here; what is as it should be leads to states that others then meet.
_WAYS_TO_READ = ("query",) * 10 + ("header",) * 6 + ("path",) * 5 + ("method", "raw body", "all", "nothing")
_WAYS_TO_WRITE = ("body",) * 14 + ("raw body",) * 5 + ("header",) * 5 + ("nothing",) * 4 + ("query", "path") * 2 + (
    "method", "bomb", "all")  # fmt: skip


class Operation(NamedTuple):
    """An operation of the contract, with what its example says of it."""

    method: str
    path: str
    in_path: Mapping[str, str]
    in_query: Mapping[str, Sequence[str]]
    media_type: str | None
    body: Any
    permissions: Sequence[str]  # of which one is needed


class Hostile(NamedTuple):
    """A request as it goes over the wire, and whether it was declared as a compressed one."""

    operation: Operation
    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        """Return the method as it is sent."""
        return self.head.split(b" ", 1)[0].decode("latin-1")


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Give every operation of the contract."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            in_path = {each["name"]: str(each["example"]) for each in parameters if each["in"] == "path"}
            in_query = {each["name"]: _fitting(each["schema"]) for each in parameters if each["in"] == "query"}
            content = operation.get("requestBody", {}).get("content", {})
            shown = {name: kind["examples"] for name, kind in content.items() if "examples" in kind}
            media_type, examples = next(iter(shown.items()), (None, {}))
            body = next((example["value"] for example in examples.values()), None)
            needed = operation.get("x-permission", [])
            permissions = [needed] if isinstance(needed, str) else needed
            yield Operation(method.upper(), path, in_path, in_query, media_type, body, permissions)


def _fitting(schema: Mapping[str, Any]) -> Sequence[str]:
    for kind in (schema, *schema.get("anyOf", ())):
        if "enum" in kind:
            return [str(value) for value in kind["enum"]]
        if kind.get("type") in {"boolean", "integer", "number"}:
            return ["true", "false"] if kind["type"] == "boolean" else ["1", "2"]
    return ["1", "id", "32.73", "2026-07-15"]


class Spoiler:
    """Makes requests, and spoils them; `ids` are those of records that are there, by the segment that leads to them."""

    def __init__(self, seed: int, ids: Mapping[str, Sequence[str]]) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nothing here is a secret
        self.ids = ids

    def request(self, operation: Operation, key: str | None) -> Hostile:
        """Make a request of this operation as this key, spoiled in some places."""
        how = self._any(_WAYS_TO_READ if operation.media_type is None else _WAYS_TO_WRITE)
        body, headers = self._body(operation, how), self._headers(operation, key)
        if how == "bomb":
            body, headers[b"Content-Encoding"] = BOMB, b"gzip"
        target = self._path(operation, spoil=how in {"path", "all"}) + self._query(
            operation, spoil=how in {"query", "all"}
        )
        method = self._any(METHODS) if how in {"method", "all"} else operation.method.encode()
        if body:
            headers[b"Content-Length"] = str(len(body)).encode()
        for _ in range(self.chance.choice((1, 1, 2, 4)) if how in {"header", "all"} else 0):
            name = self._any([*HEADERS, *[b"Idempotency-Key" if operation.method == "POST" else b"If-Match"] * 6])
            headers[name] = self._any(HEADERS[name])
        if body:
            headers.pop(b"Upgrade", None)  # what follows is then no body, for which the service would rightly wait
        if headers.get(b"Transfer-Encoding") == b"chunked":
            # Else the service would rightly wait for a piece that ends it.
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
            if self.chance.random() < 0.8:
                headers.pop(b"Content-Length", None)
        lines = [b"%b: %b" % header for header in headers.items()]
        if how == "header" and self.chance.random() < 0.1:
            lines += [self._any(lines)]  # said twice
        return Hostile(operation, b"\r\n".join([method + b" " + target + b" HTTP/1.1", *lines, b"", b""]), body)

    def _headers(self, operation: Operation, key: str | None) -> dict[bytes, bytes]:
        headers = {b"Host": b"127.0.0.1", b"Connection": b"close"}
        if key is not None:
            headers[b"Authorization"] = b"Bearer " + key.encode()
        if operation.media_type is not None:
            headers[b"Content-Type"] = operation.media_type.encode()
        if operation.method in {"PATCH", "DELETE"} and self.chance.random() < 0.8:
            headers[b"If-Match"] = b"*"
        return headers

    def _path(self, operation: Operation, *, spoil: bool) -> bytes:
        segments: list[bytes] = []
        for segment in operation.path.split("/"):
            name = segment.strip("{}")
            known = self.ids.get(segments[-1].decode("latin-1")) if segments and segment != name else None
            plain = segment if segment == name else self._any(known or [operation.in_path[name]])
            segments.append(quote(plain, safe="").encode())
        if not spoil:
            return b"/".join(segments)
        place, text = self.chance.randrange(1, len(segments)), self._any(TEXTS)
        segments[place] = self._any(
            (text, segments[place] + text, text + segments[place], segments[place] + b"/" + text)
        )
        path = b"/".join(segments)
        others = (path + b"/", b"/" + path, b"http://example.org" + path, b"*", path * 200, path + b"#" + text,
                  path.upper(), path + b".json")  # fmt: skip
        return self._any((*[path] * 4, *others))

    def _query(self, operation: Operation, *, spoil: bool) -> bytes:
        some = min(len(operation.in_query), self._any((0, 0, 1, 2)))
        names = self.chance.sample([*operation.in_query], some)
        said = [name.encode() + b"=" + quote(self._any(operation.in_query[name])).encode() for name in names]
        for _ in range(self.chance.choice((1, 1, 2, 5)) if spoil else 0):
            name = self._any([*(each.encode() for each in operation.in_query), b"unknown", self._any(TEXTS)])
            said.append(name + b"=" + self._any(TEXTS))
        if spoil and said and self.chance.random() < 0.2:
            said += [self._any(said)] * self.chance.choice((1, 1, 300))
        return b"?" + b"&".join(said) if said else b""

    def _body(self, operation: Operation, how: str) -> bytes:
        if operation.media_type is None:
            return self.chance.choice((b"", b"{}", b"\x00")) if how == "raw body" else b""
        if not operation.media_type.endswith("json"):
            text = str(operation.body)
        else:
            body = self._real(deepcopy(operation.body))
            raw = RAW
            for _ in range(self.chance.choice((1, 1, 2, 4)) if how in {"body", "all"} else 0):
                body, raw = self._spoiled(body), self._any(RAW_VALUES)
            text = json.dumps(body).replace(RAW, raw)
        written = text.encode("utf-8", "surrogatepass")
        return self._raw(written) if how == "raw body" else written

    def _real(self, node: Any, name: str = "") -> Any:
        """Put ids of records that are there where the example has those of its own."""
        if isinstance(node, dict):
            return {key: self._real(value, key) for key, value in node.items()}
        if isinstance(node, list):
            return [self._real(item, name) for item in node]
        known = self.ids.get(name.removesuffix("_id").removesuffix("_ids").replace("candidacy", "candidacie") + "s")
        return self._any(known) if known and "_id" in name else node

    def _spoiled(self, body: Any) -> Any:
        """Spoil one place of a body."""
        places = [*_places(body)]
        if not places or self.chance.random() < 0.05:
            return self._value()
        holder, at = self._any(places)
        match self.chance.randrange(6):
            case 0:
                del holder[at]
            case 1 if isinstance(holder, dict):
                holder[self._any(NAMES)] = self._value()
            case 2:
                holder[at] = RAW[1:-1]
            case 3:
                holder[at] = [holder[at]] if self.chance.random() < 0.5 else {"a": holder[at]}
            case _:
                holder[at] = self._value()
        return body

    def _value(self) -> Any:
        """Give a hostile value that may be spoiled in its turn."""
        return deepcopy(self._any([*VALUES, RAW[1:-1]]))

    def _raw(self, body: bytes) -> bytes:
        """Spoil the bytes of a body."""
        at = self.chance.randrange(len(body) + 1)
        piece = self._any(
            (b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b'"', b"\\", b"\r\n\r\n", b"{")
        )
        return self._any((
            body[:at], body[:at] + piece + body[at:], piece + body, body + body, b'"' + body, b"", b"null", b"[]",
            b"\x00",
            body.replace(b"{", b'{"title":1,"title":2,', 1), body.decode().encode("utf-16"), BOMB[:9_000],
            body + b" " * (1 << 20), b" " * (6 << 20), self.chance.randbytes(200), b"a,b\n" * 2_000,
        ))  # fmt: skip

    def _any(self, choices: Sequence[T]) -> T:
        return self.chance.choice(choices)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Give every place in a body: what holds it, and its key or number there."""
    for at, value in list(
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        yield node, at
        yield from _places(value)
