"""What is told to who sends bytes that are no HTTP: a problem document, as for every other refusal.

Hides uvicorn's protocol, which would answer such bytes in plain text; no app is asked, and no request is counted.
"""

import json

from app.kernel.messages import language_of
from app.kernel.patience import Patience
from app.kernel.problem import MEDIA_TYPE
from app.kernel.problems import MalformedRequest

_LANGUAGE = language_of(None)
_HEAD = (
    "HTTP/1.1 400 Bad Request",
    f"content-type: {MEDIA_TYPE}",
    f"content-language: {_LANGUAGE}",
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    "connection: close",
)


def _refusal() -> bytes:
    problem = {
        "type": MalformedRequest.path(),
        "title": MalformedRequest.title.in_(_LANGUAGE),
        "status": MalformedRequest.status,
        "code": MalformedRequest.code,
        "detail": MalformedRequest.help.in_(_LANGUAGE),
        "instance": "",  # which path was asked for cannot be known
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    return "\r\n".join([*_HEAD, f"content-length: {len(body)}", "", ""]).encode() + body


class Wire(Patience):
    """Reads HTTP, as patiently as it must be."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - says the same of everything
        """Refuse, and end the connection: where the next request would begin cannot be known."""
        self.transport.write(_refusal())
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: whoever asks for another protocol is answered in this one, and may ask as often as they like."""
