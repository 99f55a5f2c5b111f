"""The formats of `--output`, known without importing what writes them."""

from enum import StrEnum


class OutputFormat(StrEnum):
    """How records are written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
