"""The formats in which records and rows come in and go out, by their media types."""

from collections.abc import Mapping
from typing import Literal

Format = Literal["ndjson", "json", "csv"]
CSV, JSON, NDJSON = "text/csv", "application/json", "application/x-ndjson"
# By their names, which are also how the names of files end.
MEDIA_TYPES: Mapping[Format, str] = {"ndjson": NDJSON, "json": JSON, "csv": CSV}
