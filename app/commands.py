"""What the commands of `seratus` share: where they write, the options of a running service, and how they fail."""

import sys
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from app import client

# Where there is no terminal to ask.
WIDTH = 100
DEFAULT_URL = "http://127.0.0.1:8000"

# What is printed is data, such as the names of keys and regions: brackets and colons in it are no markup.
console = partial(Console, markup=False, emoji=False)
out = console(width=None if sys.stdout and sys.stdout.isatty() else WIDTH)
err = console(stderr=True)

Url = Annotated[str, typer.Option(envvar=client.URL_VARIABLE, help="Where the service is.")]
Key = Annotated[str, typer.Option(envvar=client.KEY_VARIABLE, help="An API key.", show_default=False)]


class CommandError(Exception):
    """What keeps a command from doing its work; one line."""
