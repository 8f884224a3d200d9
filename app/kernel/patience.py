"""How long a connection may keep the server waiting: for the head of a request, and until an answer is taken.

Hides uvicorn's protocol, which waits for both as long as the other side likes; and which, of several requests that were
sent at once, tells only the last that the connection is lost. The body of a request has a time of its own, which
depends on what the operation reads (kernel/bodies.py).
"""

from asyncio import TimerHandle, Transport

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S = 15.0
TAKE_S = 60.0


class Patience(HttpToolsProtocol):
    """Cuts a connection that has been waited for long enough."""

    _for_head: TimerHandle | None = None
    _for_taking: TimerHandle | None = None
    _within_head = True
    _answered: RequestResponseCycle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the head of the first request."""
        super().connection_made(transport)
        self._for_head = self.loop.call_later(HEAD_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a head; one that comes at once, as nearly all do, needs no clock.

        Nor may empty lines between two requests keep a connection, which end uvicorn's own waiting for the next.
        """
        super().data_received(data)
        between = getattr(self.cycle, "response_complete", True)
        if self._for_head is None and (self._within_head or between):
            self._for_head = self.loop.call_later(HEAD_S, self.transport.abort)

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        self._within_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait no more: the head is here."""
        self._within_head = False
        self._enough(self._for_head)
        self._for_head = None
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Wait until what was sent is taken."""
        super().pause_writing()
        self._enough(self._for_taking)
        self._for_taking = self.loop.call_later(TAKE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Wait no more: it is taken."""
        self._enough(self._for_taking)
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on with the next request; or, after the last, wait no longer until its answer is taken."""
        super().on_response_complete()
        self._take_leave()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, which nobody uses; what lies in it is waited for as long as for any answer."""
        super().timeout_keep_alive_handler()
        self._take_leave()

    def _take_leave(self) -> None:
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._enough(self._for_taking)
            self._for_taking = self.loop.call_later(TAKE_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._enough(self._for_head)
        self._enough(self._for_taking)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    @staticmethod
    def _enough(timer: TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
