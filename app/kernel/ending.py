"""How a command ends when it is told: SIGTERM is an exit, so that what was begun is undone."""

import signal
import sys
from typing import Any, NoReturn

_MOMENT_S = 0.05


class _Told(SystemExit):
    """SIGTERM came."""


def end_when_told() -> None:
    """End by SIGTERM as by an exit; in the main thread only.

    The handler runs wherever the program is. In a finaliser or the callback of a weak reference what it raises is
    dropped, so there it is tried again a moment later.
    """

    def end(_signal: int, _frame: Any) -> NoReturn:
        raise _Told(0)

    def once_more(dropped: "sys.UnraisableHookArgs") -> None:
        if isinstance(dropped.exc_value, _Told):
            signal.setitimer(signal.ITIMER_REAL, _MOMENT_S)
        else:
            sys.__unraisablehook__(dropped)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGALRM, end)
    sys.unraisablehook = once_more
