"""How the demo's report is laid out: titles, sentences and tables for a terminal of 100 columns, or for a file."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Result = Mapping[str, Any]


def name(result: Result) -> str:
    """Return the name of a region, made short."""
    return str(result["region_name"]).replace("Kabupaten ", "Kab. ")


def table(*headers: str, gap: int = 2) -> Table:
    """Make a table without frames; a header that ends in `>` has its column on the right."""
    made = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for header in headers:
        made.add_column(header.removesuffix(">"), justify="right" if header.endswith(">") else "left")
    return made


def title(console: Console, words: str) -> None:
    """Begin a section."""
    console.print()
    console.rule(Text(words, "bold"), align="left")


def show(console: Console, rows: Table) -> None:
    """Print a table."""
    console.print()
    console.print(Padding(rows, (0, 0, 0, 2), expand=False))


def say(console: Console, *lines: str, numbered: bool = False) -> None:
    """Print sentences, each wrapped at words below its own beginning."""
    console.print()
    for number, line in enumerate(lines, start=1):
        mark = f"  {number}. " if numbered else "  "
        wrapped = fill(
            line,
            console.width,
            initial_indent=mark,
            subsequent_indent=" " * len(mark),
            break_long_words=False,
            break_on_hyphens=False,
        )
        console.print(wrapped, highlight=False, soft_wrap=True)
