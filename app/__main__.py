"""The way in: `seratus`, and `python -m app`."""

import gc


def main() -> None:
    """Load the command and run it.

    What is loaded stays for good. To look through it for garbage again and again while it grows is a fifth of a start.
    """
    gc.disable()
    from app.cli import main as run  # noqa: PLC0415 - all that is loaded, is loaded by this

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
