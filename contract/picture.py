"""Take the picture of the page at `/` that the README shows: `make picture`."""

import sys
from pathlib import Path

from app.demo.own_server import own_server
from contract.browser import look


def main() -> None:
    """Show a service of its own the historic cohort with the most regions, and keep what a browser makes of it."""
    with own_server() as (address, _):
        picture = str(Path(sys.argv[1]).resolve())
        look([{"url": f"{address}/?cohort=2018", "width": 1100, "height": 1010, "full": False, "picture": picture}])


if __name__ == "__main__":
    main()
