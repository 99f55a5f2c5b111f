"""The parameters of an operation's path and query, held to the document."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.collections import TENANT
from flow_retail_sandbox.spec.document import Parameter, Spec, SpecOperation
from flow_retail_sandbox.spec.validators import LONGEST_STRING, Validators
from flow_retail_sandbox.store.filters import PAGING


class Parameters:
    """The parameters of one operation; the tenant and the page are looked at elsewhere."""

    def __init__(self, operation: SpecOperation, spec: Spec, validators: Validators) -> None:
        self._checks = [
            (one, _check(spec, one, validators))
            for one in operation.parameters
            if one.location in {"path", "query"} and one.name not in {TENANT, *PAGING}
        ]
        self._lists = {one.name for one, _ in self._checks if spec.type_of(one.schema) == "array"}

    def check(self, path: Mapping[str, str], query: Mapping[str, list[str]]) -> None:
        """Refuse parameters that are not as documented."""
        for parameter, fits in self._checks:
            of_path = parameter.location == "path"
            texts = [path[parameter.name]] if of_path else query.get(parameter.name)
            if parameter.required if texts is None else not fits(texts):
                raise ApiError("INVALID_PARAMETER", place=parameter.name)

    def joined(self, query: Mapping[str, list[str]]) -> dict[str, str]:
        """Make one text of each parameter: of several the last, of a list all with commas between them."""
        return {name: ",".join(texts) if name in self._lists else texts[-1] for name, texts in query.items()}


def _check(spec: Spec, parameter: Parameter, validators: Validators) -> Callable[[list[str]], bool]:
    schema: dict[str, Any] = spec.resolve(parameter.schema)
    if parameter.location == "path":
        # What identifies a record: no negative number, a UID even where no pattern says so, no NUL in others.
        pattern = "^[A-Za-z0-9_-]+$" if parameter.name.endswith("Uid") else "^[^\\x00]*$"
        longest = {} if parameter.name.endswith("Uid") else {"maxLength": LONGEST_STRING}
        schema = {"type": "string", "minimum": 0, "pattern": pattern, **longest, **schema}
    validator = validators.sent(schema)
    value_type, item_type = spec.type_of(schema), spec.type_of(schema.get("items", {}))

    def fits(texts: list[str]) -> bool:
        if value_type != "array":
            return validator.is_valid(_value(value_type, texts[-1]))
        parts = [] if texts == [""] else ",".join(texts).split(",")
        return validator.is_valid([_value(item_type, part) for part in parts])

    return fits


def _value(value_type: str, text: str) -> Any:
    """Read a text as the JSON value that it stands for; one that stands for none is of no other type."""
    if value_type in {"boolean", "integer", "number"} and text == text.strip():
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
    return text
