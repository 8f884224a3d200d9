"""Work that must not hold up the event loop: it waits, wherever it runs, until others were answered meanwhile."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any


class Held:
    """A function to put in the place of another: it is held until it is let go, and then does what that one does.

    Where it runs on the event loop nobody can let it go, and it fails.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.begun = asyncio.Event()
        self.calls = 0
        self._function = function
        self._loop = asyncio.get_running_loop()
        self._free = threading.Event()

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Wait, then do it."""
        self.calls += 1
        self._loop.call_soon_threadsafe(self.begun.set)
        assert self._free.wait(timeout=10), "it holds up the event loop"
        return self._function(*arguments, **options)

    def let_go(self) -> None:
        """Let it go on, this time and from now on."""
        self._free.set()
