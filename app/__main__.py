"""The way in: `seratus`, and `python -m app`."""

from app.kernel.loading import unswept


def main() -> None:
    """Load the command and run it."""
    with unswept():
        from app.cli import main as run  # noqa: PLC0415 - all that is loaded, is loaded by this
    run()


if __name__ == "__main__":
    main()
