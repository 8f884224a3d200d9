"""What every table of the models keeps to."""

from sqlalchemy import JSON

from app.models import metadata


def test_what_is_absent_is_null_and_no_json_that_says_null() -> None:
    """A column with both would show "null" in the cells of an export, and IS NULL would find only one of them."""
    columns = [column for table in metadata.tables.values() for column in table.columns if column.nullable]
    kinds = {str(column): column.type for column in columns}
    optional = {name: kind.none_as_null for name, kind in kinds.items() if isinstance(kind, JSON)}
    assert optional == dict.fromkeys(optional, True)
    assert "selection_results.stability" in optional
