"""Faults written as text or JSON, for the command line and the admin endpoint.

Text holds entries separated by semicolons or line ends:

    503*2@customers.list,retry_after=1; reset_after@customers.batch; latency*always,seconds=0.2
    script=503|ok|reset_before@customers.list
    random=503|429|truncate_body,seed=7,rate=0.05

An entry is a type or an HTTP status, then `*COUNT` (1 by default, or `always`), `@OPERATION` and
`,OPTION=VALUE`.
JSON is an object or a list of objects with the same names: `{"type": "status", "status": 503, "count": 2,
"operation": "customers.list"}`, `{"script": ["503", null, {"type": "reset_before"}]}`,
`{"random": ["503"], "seed": 7, "rate": 0.05}`.

Types, and their options with their defaults:

    status           status=503 retry_after= code=      the API's own error
    html_error       status=502 retry_after=            a proxy's error page
    empty_error      status=502 retry_after=            an error without a body
    not_json         -                                  200 with text that is no JSON
    latency          seconds=0.1                        a response that takes longer
    reset_before     -                                  a reset instead of a response; nothing was done
    reset_after      -                                  a reset instead of a response; all was done
    truncate_body    part=0.5                           a response that ends too early
    unknown_enum     item=0 field= value=SANDBOX_UNKNOWN  a value that the document does not know
    unexpected_null  item=0 field=                      null where the document requires a value
    missing_field    item=0 field=                      a field less than the document requires
    page_size_clamp  size=10                            smaller pages than were asked for
    page_base        base=1                             pages numbered from 0 or 1
    records_added    records=1                          new records between two pages
    records_removed  records=1 where=start uids=        records deleted between two pages
    batch_refusal    items=1 uids= code=REFUSED shape= unmatched=no miscount=0
                                                        a 207, keyed as documented or by shape

Every one takes `after=N`: it lets that many requests of its operation pass first, counted from when it was
planned, whatever becomes of them: `503*2; 500,after=2` are two 503 and then a 500. `retry_after` is in
seconds, or `date:SECONDS` for an HTTP date as far ahead. In text, uids are separated by `|`.
"""

import re
from typing import Any

import orjson

from flow_retail_sandbox.faults.fault import OPTIONS, Fault
from flow_retail_sandbox.faults.plan import Faults, FaultSequence
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object

_GOES_WELL = (None, "ok", "pass")
_SEQUENCES: dict[str, Json] = {
    "script": {"operation": None},
    "random": {"operation": None, "seed": 0, "rate": 0.1},
}
"""The options of a sequence, with their defaults."""


def add_faults(faults: Faults, given: str | Json | list[Any]) -> None:
    """Add what a text or JSON describes.

    Args:
        faults: Where to add it.
        given: The description; text that begins with a brace or a bracket is JSON.

    Raises:
        ValueError: If it cannot be understood; nothing is added then.
    """
    entries: Any = given
    if isinstance(given, str):
        text = given.strip()
        if text[:1] in {"{", "["}:
            entries = _json(text)
        else:
            entries = [_entry(entry.strip()) for entry in re.split(r"[;\r\n]", text) if entry.strip()]
    if is_object(entries):
        entries = [entries]
    if not is_list(entries):
        raise ValueError("faults are an object, or a list of them")  # the caller catches one type
    faults.add(*map(_plan, entries))


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the faults begin like JSON but are not: {error}") from None


def _plan(entry: Any) -> Fault | FaultSequence:
    """Read one entry of the JSON form."""
    for how, defaults in _SEQUENCES.items():
        if is_object(entry) and how in entry:
            options = {str(name): value for name, value in entry.items() if name != how}
            if not is_list(entry[how]) or options.keys() - defaults.keys():
                besides = ", ".join(defaults)
                raise ValueError(f"{how} wants a list of faults, and besides it only {besides}")
            steps = [None if step in _GOES_WELL else _fault(step) for step in entry[how]]
            return FaultSequence(steps, **{**defaults, **options})
    return _fault(entry)


def _fault(given: Any) -> Fault:
    if isinstance(given, str):
        given = {"type": given}
    if not is_object(given):
        raise ValueError("a fault is a type, or an object with a type")  # the caller catches one type
    options = {str(name): value for name, value in given.items()}
    fault_type = options.pop("type", "")
    if isinstance(fault_type, str) and fault_type.isdigit():
        options["status"], fault_type = int(fault_type), "status"
    if options.get("count") == "always":
        options["count"] = None
    return Fault(fault_type, **options)


def _entry(entry: str) -> Json:
    """Read one entry of the text form into its JSON form."""
    head, *options = entry.split(",")
    head, at, operation = head.partition("@")
    what, star, count = head.partition("*")
    how, _, steps = map(str.strip, what.partition("="))
    given: Json = {how: [step.strip() for step in steps.split("|")]} if steps else {"type": how}
    for option in options:
        name, equals, value = map(str.strip, option.partition("="))
        if not equals:
            raise ValueError(f"cannot read {option!r} in the fault {entry!r}: an option is NAME=VALUE")
        given[name] = _value(name, value)
    if at:
        given["operation"] = operation.strip()
    if star:
        given["count"] = count if count == "always" else _value("count", count)
    return given


def _value(name: str, text: str) -> Any:
    """Read an option's text as the type that its schema names."""
    types = OPTIONS.get(name, {}).get("type", "string")
    if types == "array":
        return text.split("|")
    if types == "boolean":
        return text.lower() in {"1", "true", "yes"}
    if "string" in types and not ("integer" in types and text.isdigit()):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text  # which the schema refuses
