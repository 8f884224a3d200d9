"""How what stays for good is loaded: nothing is looked through for garbage while it grows, nor ever again.

To do so again and again is a fifth of a start.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unswept() -> Iterator[None]:
    """Let what is loaded meanwhile stay out of the garbage collector's sight."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
