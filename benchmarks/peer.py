"""Serve a rival exactly as `seratus serve` serves the service: `python -m benchmarks.peer plain|bare|open`."""

import sys

from app.config import load_settings
from app.kernel import serving

if __name__ == "__main__":
    with serving.bind(load_settings()) as listener:
        listener.listen()
        print(f"{serving.GREETING}{serving.address_of(listener)}", file=sys.stderr)
        serving.run(f"benchmarks.{sys.argv[1]}:create_app", listener, workers=1)
