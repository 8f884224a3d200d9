"""The way in: `seratus`, and `python -m app`."""

import sys

from app.kernel.loading import unswept

_INTERRUPTED = 130  # as a shell tells it


def main() -> None:
    """Load the command and run it; whoever interrupts it, even while it loads, wants no explanation."""
    try:
        with unswept():
            from app.cli import main as run  # noqa: PLC0415 - all that is loaded, is loaded by this
        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
