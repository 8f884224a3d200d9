"""How a table of the rules of access is read: a row for each operation, a column for each kind of reader."""

# The columns, in their order.
LETTERS = {
    "P": "public",
    "R": "region_editor",
    "S": "assessor",
    "M": "mentor",
    "D": "data_steward",
    "U": "auditor",
    "O": "officer",
    "A": "administrator",
}


def rows_of(table: str) -> dict[str, set[str]]:
    """Return the letters of each operation."""
    lines = [line.split() for line in table.strip().splitlines()]
    assert {len(line) for line in lines} == {1 + len(LETTERS)}
    rows = {operation: {*letters} - {"."} for operation, *letters in lines}
    assert len(rows) == len(lines), "an operation has one row"
    return rows
