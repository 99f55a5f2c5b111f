"""Records that an export could not write: they are reported, and the others are written."""

from collections.abc import Iterable
from typing import Any

from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_cli.output import join_names, plural
from flow_retail_core.models.model import Model
from flow_retail_records.exact_json import encode


class Unwritten:
    """The records of one export that could not be written."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self.reasons: dict[str, str] = {}
        """Why, by the record's UID."""

    def add(self, uid: object, error: Exception) -> None:
        """Note a record."""
        name = str(uid) if isinstance(uid, str | int) else f"record {len(self.reasons) + 1} without a UID"
        # The error's text may hold values of the record.
        self.reasons[name] = type(error).__name__

    def lines(self, records: Iterable[Model]) -> list[bytes]:
        """Write records as NDJSON, and note those that can't be written."""
        lines: list[bytes] = []
        for record in records:
            try:
                lines.append(encode(_json(record)) + b"\n")
            except Exception as error:  # noqa: BLE001  # whatever a record raises costs that record alone
                self.add(getattr(record, self._key or "", None), error)
        return lines

    def check(self, *, missing: int) -> None:
        """Report an export that is not complete."""
        sentences: list[str] = []
        if missing:
            sentences.append(
                f"The list is not complete: {plural(missing, 'record')} that the server counts did not come."
            )
        if self.reasons:
            named = join_names(f"{uid} ({reason})" for uid, reason in self.reasons.items())
            sentences.append(f"{plural(len(self.reasons), 'record')} could not be written: {named}.")
        if sentences:
            raise CommandError(
                " ".join(sentences),
                "Run the same command again; if it stays so, report it.",
                code=ExitCode.SOME_FAILED,
            )


def _json(record: Any) -> Any:
    # An item that is no object is kept as it came.
    return record.to_dict() if isinstance(record, Model) else record
