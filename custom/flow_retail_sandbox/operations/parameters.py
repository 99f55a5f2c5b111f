"""The parameters of an operation's path and query, held to the document."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.collections import TENANT
from flow_retail_sandbox.spec.document import Parameter, Spec, SpecOperation
from flow_retail_sandbox.spec.validators import LARGEST_INTEGER, LONGEST_UID, Validators, first_error
from flow_retail_sandbox.store.filters import PAGING

_UID = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_UID}}}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WRONG = object()


class Parameters:
    """The parameters of one operation; the tenant and the page are looked at elsewhere."""

    def __init__(self, operation: SpecOperation, spec: Spec, validators: Validators) -> None:
        query = [one for one in operation.parameters if one.location == "query" and one.name not in PAGING]
        self._path = [
            (one.name, _path_check(spec, one))
            for one in operation.parameters
            if one.location == "path" and one.name != TENANT
        ]
        self._query = [(one, _query_check(spec, one, validators)) for one in query]
        self._lists = {one.name for one in query if spec.type_of(one.schema) == "array"}

    def check(self, path: Mapping[str, str], query: Mapping[str, list[str]]) -> None:
        """Refuse parameters that are not as documented."""
        for name, is_good in self._path:
            if not is_good(path[name]):
                raise ApiError("INVALID_PARAMETER", place=name)
        for parameter, fits in self._query:
            texts = query.get(parameter.name)
            if parameter.required if texts is None else not fits(texts):
                raise ApiError("INVALID_PARAMETER", place=parameter.name)

    def joined(self, query: Mapping[str, list[str]]) -> dict[str, str]:
        """Make one text of each parameter: of several the last, of a list all with commas between them."""
        return {name: ",".join(texts) if name in self._lists else texts[-1] for name, texts in query.items()}


def _path_check(spec: Spec, parameter: Parameter) -> Callable[[str], bool]:
    schema = spec.resolve(parameter.schema)
    if "enum" in schema:
        return frozenset(map(str, schema["enum"])).__contains__
    if spec.type_of(schema) == "integer":
        return lambda text: text.isascii() and text.isdigit() and int(text) <= LARGEST_INTEGER
    if parameter.name.endswith("Uid") or "pattern" in schema:
        return lambda text: _UID.fullmatch(text) is not None
    return lambda text: "\x00" not in text


def _query_check(spec: Spec, parameter: Parameter, validators: Validators) -> Callable[[list[str]], bool]:
    validator = validators.sent(parameter.schema)
    item_type = spec.type_of(spec.resolve(parameter.schema).get("items", {}))
    value_type = spec.type_of(parameter.schema)

    def fits(texts: list[str]) -> bool:
        if value_type == "array":
            parts = [part for text in texts for part in text.split(",")] if texts != [""] else []
            values = [_value(item_type, part) for part in parts]
            return _WRONG not in values and first_error(validator, values) is None
        value = _value(value_type, texts[-1])
        return value is not _WRONG and first_error(validator, value) is None

    return fits


def _value(value_type: str, text: str) -> Any:
    """Read a text as the JSON value that it stands for."""
    if value_type == "boolean":
        return {"true": True, "false": False}.get(text, _WRONG)
    if value_type in {"integer", "number"}:
        if _NUMBER.fullmatch(text) is None or len(text) > 30:
            return _WRONG
        return int(text) if text.lstrip("-").isdigit() else float(text)
    return text
