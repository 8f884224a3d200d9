"""Pieces that a well-meaning client would not send: values, texts, headers and methods that have broken programs."""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any

# Looks like a key, and like a password in an address: wherever it is put, no log may tell it.
PLANTED = "srt_planted_7d1f0c2e9b8a4653" + "0" * 16
BOMB = gzip.compress(bytes(1 << 24)) * 64  # members in a row are one stream: 1 GiB of zeros

RAW = '"@@raw@@"'  # stands where a value goes that no encoder writes
RAW_VALUES = (
    "1e999", "-1e999", "NaN", "Infinity", "-0", "1" + "0" * 400, "0." + "3" * 400, "1.0", "01", "0x10", "1e-400",
    '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\x41"', "'a'", "tru", "", ",", "[", "{", '"',
    "[" * 5_000 + "]" * 5_000, '{"a":' * 5_000 + "1" + "}" * 5_000, "[" * 60_000,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, -1e308, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**22, "", " ", "a" * 9_000,
    "A" * 300_000, "\u202e\u0000", "\r\nSet-Cookie: a=b", "\x1b[31m", "\ufeff", "💥" * 300, "e\u0301", "\uff11\uff12",
    "\u2028",
    "'; DROP TABLE regions; --", "{{7*7}}", "${jndi:ldap://127.0.0.1/}", "../../../etc/passwd", "%00", "%s%n", "\\",
    '"', "2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "P1Y",
    "00000000-0000-0000-0000-000000000000", "urn:uuid:01980a4f-0000-7000-8000-000000000001", "https://127.0.0.1/",
    "http://[::1]/", "https://u:p@example.org/", "javascript:alert(1)", "=1+1", PLANTED, [], {}, [None], [[]], {"": ""},
    {"$ref": "#"}, {"__proto__": {"a": 1}}, list(range(2_000)), ["a"] * 2_000, {str(n): n for n in range(2_000)},
)  # fmt: skip
NAMES = (
    "id",
    "version",
    "created_at",
    "state",
    "score",
    "approved_by",
    "__class__",
    "",
    "a" * 5_000,
    "\u0000",
    PLANTED,
)
TEXTS = (
    b"", b"%00", b"%0d%0aX-Evil:%201", b"%ff", b"%c0%af", b"%", b"%zz", b"%u0041", b"%ed%a0%80", b"%25", b"%2e%2e%2f",
    b"+", b";", b"%01", b"%F0%9F%92%A5", b"a" * 5_000, b"-1", b"1.0", b"%201", b"1_0", b"99999999999999999999", b"1e9",
    b"true", b"null", b"*", b"'", b"%22", b"%5B%5D", b"\xff\xfe", b"\xc3\xa9", b"a,b", b",", b"..", b".", b"~", b"{}",
    b"2026-02-30", b"0001-01-01T00%3A00%3A00%2B14%3A00", b"01980a4f-0000-7000-8000-000000000001", b"$", b"%E2%80%AE",
    PLANTED.encode(), b"%3Cscript%3E", b"1%3B%20select%20pg_sleep(9)", b"%25%25%5F", b"%EF%BC%91", b"%7F", b"%C2%85",
)  # fmt: skip
HEADERS: Mapping[bytes, Sequence[bytes]] = {
    b"If-Match": (b'"1"', b'W/"1"', b'"', b'""', b"*", b'"1", "2"', b'"99999999999999999999"', b"1", b'"-1"', b'"\xe9"',
                  b'"' + b"1" * 5_000 + b'"', b"*, *", b'"1" "2"', b",", b"", PLANTED.encode()),
    b"If-None-Match": (b"*", b'"1"', b"W/*", b'"' * 101, b"\xff", b",,,"),
    b"If-Modified-Since": (b"yesterday", b"Thu, 99 Foo 9999 99:99:99 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT"),
    b"Idempotency-Key": (b"", b"a", b"a" * 256, b"a" * 9_000, b"\xf0\x9f\x92\xa5", b'"quoted"', b"\x7f", b"a b",
                         PLANTED.encode()),
    b"Range": (b"bytes=0-0", b"bytes=-1", b"bytes=9-1", b"bytes=" + b"0-1," * 500, b"lines=1-2", b"bytes=a-b"),
    b"Accept": (b"", b"*", b"text/html;q=9", b"application/x-none", b"text/csv;q=nan, */*;q=-1", b"a" * 5_000, b"\xff",
                b"application/x-ndjson", b"text/csv", b"text/html", b";;;,,,"),
    b"Accept-Language": (b"id", b"*;q=0", b"id;q=x", b"\xe9", b"en-" * 2_000, b",;=", b"zz"),
    b"Accept-Encoding": (b"gzip;q=2", b"br", b"*;q=0", b"\xff"),
    b"Content-Type": (b"", b"text/plain", b"application/xml", b"application/json; charset=utf-16", b"\xff/\xff", b";",
                      b"application/vnd.x+json", b"multipart/form-data; boundary=", b"application/merge-patch+json",
                      b"application/x-www-form-urlencoded", b"application/json;" + b"a=b;" * 500, b"text/csv",
                      b"application/x-ndjson", b"APPLICATION/JSON"),
    b"Content-Encoding": (b"gzip", b"br", b"deflate", b"identity, gzip", b"", b"\xff", b"x" * 1_000),
    b"Authorization": (b"", b"Bearer", b"Bearer ", b"Basic YTpi", b"Bearer \xff", b"Bearer " + b"x" * 9_000,
                       b"bearer a b", b"Bearer " + PLANTED.encode(), b"Bearer eyJhbGciOiJub25lIn0.e30.", b"Digest a=b",
                       b"\xe9"),
    b"X-Request-Id": (b"a b", b"\xff", b"x" * 1_000, b"{}", b'"', PLANTED.encode(), b"\t"),
    b"X-Forwarded-For": (b"1.2.3.4", b"\xff", b"::1, a", b"a" * 5_000),
    b"Forwarded": (b"for=1.2.3.4", b"for=\xff"),
    b"Traceparent": (b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00", b"\xff", b"a" * 1_000),
    b"Origin": (b"null", b"https://example.org", b"\xff"),
    b"Cookie": (b"a=b; " * 500, b"\xff"),
    b"Expect": (b"100-continue", b"200-ok"),
    b"Prefer": (b"return=minimal", b"\xff"),
    b"Connection": (b"keep-alive, Authorization", b"upgrade"),
    b"Upgrade": (b"websocket", b"h2c"),
    b"X-HTTP-Method-Override": (b"DELETE",),
    b"X-Bad": (b"a\x00b", b"a\rb", b"a\nb", b"a\r\nX-Evil: 1", b"\x01", b"x" * 70_000),
    b"X Bad": (b"a",),
    b"Transfer-Encoding": (b"chunked", b"gzip, chunked", b"identity", b"chunked, chunked"),
    b"Content-Length": (b"-1", b"a", b"0, 0", b"+1", b"99999999999999999999999", b"0"),
    b"Host": (b"", b"a b", b"\xff", b"example.org:99999", b"[::1", PLANTED.encode()),
}  # fmt: skip
METHODS = (b"PUT", b"POST", b"PATCH", b"DELETE", b"OPTIONS", b"HEAD", b"TRACE", b"GET", b"get", b"QUERY", b"PROPFIND",
            b"X-NONE", b"G\xe9T", b"A" * 500)  # fmt: skip
