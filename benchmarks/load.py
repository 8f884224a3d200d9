"""A load generator for one list: as many requests as a server answers, over connections that stay open.

It must cost less than any server it measures. So it is one loop over raw sockets that looks at nothing of an answer but
its status and its length.
"""

import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 12
_HEAD = re.compile(rb"HTTP/1\.1 200 .*?\r\ncontent-length: *(\d+)\r\n.*?\r\n\r\n", re.IGNORECASE | re.DOTALL)
_CHUNK = 1 << 16


class LoadError(Exception):
    """The server answered something else than 200, or hung up."""


@dataclass(frozen=True)
class Target:
    """One server to be asked for one path, with a key when it wants one."""

    address: str
    path: str
    key: str | None = None

    @property
    def request(self) -> bytes:
        """The bytes of one request."""
        key = f"Authorization: Bearer {self.key}\r\n" if self.key else ""
        return f"GET {self.path} HTTP/1.1\r\nHost: {urlsplit(self.address).netloc}\r\n{key}\r\n".encode()


def measure(target: Target, seconds: float) -> tuple[float, int]:
    """Ask for so long, every connection waiting for its answer first; return answers per second and all."""
    url, request = urlsplit(target.address), target.request
    with selectors.DefaultSelector() as selector:
        talks = [_Talk(socket.create_connection((str(url.hostname), url.port or 0))) for _ in range(CONNECTIONS)]
        try:
            for talk in talks:
                selector.register(talk.socket, selectors.EVENT_READ, talk)
                talk.socket.sendall(request)
            answered, start = 0, time.perf_counter()
            end = start + seconds
            while time.perf_counter() < end:
                for key, _ in selector.select(timeout=1):
                    if key.data.read():
                        answered += 1
                        key.data.socket.sendall(request)
            return answered / (time.perf_counter() - start), answered
        finally:
            for talk in talks:
                talk.socket.close()


@dataclass
class _Talk:
    """One connection, with what has come of the answer so far."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    length: int = 0

    def read(self) -> bool:
        """Take in what has come; tell whether the answer is complete."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            raise LoadError("the server hung up")
        self.received += chunk
        if not self.length:
            head = _HEAD.match(self.received)
            if head is None:
                raise LoadError(bytes(self.received[:300]).decode(errors="replace"))
            self.length = head.end() + int(head[1])
        if len(self.received) < self.length:
            return False
        self.received.clear()
        self.length = 0
        return True
