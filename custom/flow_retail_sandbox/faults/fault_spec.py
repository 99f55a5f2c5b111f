"""Faults written as text or JSON, for the command line and the admin endpoint.

Text holds entries separated by semicolons or line ends:

    503*2@customers.list,retry_after=1; reset_after@customers.batch; latency*always,seconds=0.2
    script=503|ok|reset_before@customers.list
    random=503|429|truncate_body,seed=7,rate=0.05

An entry is a kind or an HTTP status, then `*COUNT` (1 unless told, or `always`), `@OPERATION` and
`,OPTION=VALUE`.
JSON is an object or a list of objects with the same names: `{"kind": "status", "status": 503, "count": 2,
"operation": "customers.list"}`, `{"script": ["503", null, {"kind": "reset_before"}]}`,
`{"random": ["503"], "seed": 7, "rate": 0.05}`.

Kinds, and their options with what they are unless told:

    status           status=503 retry_after= code=      the API's own error
    html_error       status=502 retry_after=            a proxy's error page
    empty_error      status=502 retry_after=            an error without a body
    not_json         -                                  200 with text that is no JSON
    latency          seconds=0.1                        a response that takes longer
    reset_before     -                                  a reset instead of a response; nothing was done
    reset_after      -                                  a reset instead of a response; all was done
    truncate_body    part=0.5                           a response that ends too early
    unknown_enum     item=0 field= value=SANDBOX_UNKNOWN  a value that the document does not know
    unexpected_null  item=0 field=                      null where the document promises a value
    missing_field    item=0 field=                      a field less than the document promises
    page_size_clamp  size=10                            smaller pages than were asked for
    page_base        base=1                             pages numbered from 0 or 1
    records_added    records=1                          new records between two pages
    records_removed  records=1 where=start uids=        records deleted between two pages
    batch_refusal    items=1 uids= code=REFUSED shape= unmatched=no miscount=0
                                                        a 207, keyed as documented or as told

Every one takes `after=N`: it lets that many requests of its operation pass first, counted from when it was
planned, whatever becomes of them: `503*2; 500,after=2` are two 503 and then a 500. `retry_after` is in
seconds, or `date:SECONDS` for an HTTP date as far ahead. In text, uids are separated by `|`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from flow_retail_sandbox.faults.plan import Fault, Faults
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object

_ENTRY = re.compile(
    r"(?P<what>[^*@,]+)(?:\*(?P<count>\w+))?(?:@(?P<operation>[^,]+))?(?P<options>(?:,[^,=]+=[^,]*)*)"
)
_WHOLE = frozenset(
    {"count", "after", "status", "item", "size", "base", "records", "items", "miscount", "seed"}
)
_DECIMAL = frozenset({"seconds", "part", "rate"})
_LISTS = frozenset({"uids"})
_SWITCHES = frozenset({"unmatched"})
_TEXTS = frozenset({"operation", "kind", "field", "value", "where", "code", "shape", "retry_after"})
_LONGEST_TEXT = 1_000
_OPTIONAL = frozenset({"operation", "status", "retry_after", "field", "code", "shape"})

_RETRY_AFTER = re.compile(r"date:-?[0-9]+(\.[0-9]+)?|(?!date:)[!-~ ]*")
_RANGES: dict[str, Callable[[Any], bool]] = {
    "count": lambda count: count is None or count >= 1,
    "after": lambda after: after >= 0,
    "status": lambda status: 400 <= status <= 599,
    "retry_after": lambda wait: _RETRY_AFTER.fullmatch(str(wait)) is not None,
    "seconds": lambda seconds: 0 <= seconds < 3600,
    "rate": lambda rate: 0 <= rate <= 1,
    "part": lambda part: 0 <= part < 1,
    "item": lambda item: item >= 0,
    "size": lambda size: size >= 1,
    "base": lambda base: base in {0, 1},
    "records": lambda records: 1 <= records <= 10_000,
    "items": lambda items: items >= 0,
    "where": lambda where: where in {"start", "end"},
    "shape": lambda shape: shape in {"customer", "product", "price"},
}


def add_faults(faults: Faults, given: str | Json | list[Any]) -> None:
    """Add what a text or JSON describes.

    Args:
        faults: Where to add it.
        given: The description; text that begins with a brace or a bracket is JSON.

    Raises:
        ValueError: If it cannot be understood; nothing is added then.
    """
    if isinstance(given, str):
        text = given.strip()
        entries: Any = _json(text) if text[:1] in {"{", "["} else [_read(e) for e in _entries(text)]
    else:
        entries = given
    if is_object(entries):
        entries = [entries]
    if not is_list(entries):
        raise ValueError("faults are an object, or a list of them")  # the caller catches one kind
    planned = [_plan(entry) for entry in entries]
    for _, what, options in planned:
        for operation in (
            options.get("operation"),
            *(fault.operation for fault in what if fault is not None),
        ):
            faults.check(operation)
    for how, what, options in planned:
        if how == "script":
            faults.script(what, **options)
        elif how == "random":
            faults.random([fault for fault in what if fault is not None], **options)
        else:
            faults.add(*(fault for fault in what if fault is not None))


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the faults begin like JSON but are not: {error}") from None


def _entries(text: str) -> list[str]:
    return [entry for line in text.splitlines() for entry in line.split(";") if entry.strip()]


def _plan(entry: Any) -> tuple[str, Sequence[Fault | None], Json]:
    """Check one entry and say what is to be done with it."""
    if not is_object(entry):
        return "single", [_fault(entry)], {}
    given: Json = {str(key): value for key, value in entry.items()}
    for how, allowed in (("script", {"operation"}), ("random", {"operation", "seed", "rate"})):
        if how in given:
            steps = given.pop(how)
            if not is_list(steps) or set(given) - allowed:
                raise ValueError(
                    f"{how} wants a list of faults, and besides it only {', '.join(sorted(allowed))}"
                )
            options = _checked(given)
            if how == "random":
                options = {"seed": 0, "rate": 0.1, **options}
            return how, [_fault(step) for step in steps], options
    return "single", [_fault(given)], {}


def _fault(given: Any) -> Fault | None:
    if given is None or given in ("ok", "pass"):
        return None
    if isinstance(given, str):
        given = {"kind": given}
    if not is_object(given):
        raise ValueError("a fault is a kind, or an object with a kind")  # as above
    kind = str(given.get("kind", ""))
    if kind.isdigit():
        given = {**given, "kind": "status", "status": int(kind)}
    options = _checked(given)
    return Fault(str(options.pop("kind", "")), **options)


def _checked(options: Json) -> Json:
    """Refuse values that would make a fault fail when it is to happen."""
    given = {name: value for name, value in options.items() if value is not None or name not in _OPTIONAL}
    checked = {name: _typed(name, value) for name, value in given.items()}
    for name, good in _RANGES.items():
        if name in checked and not good(checked[name]):
            raise ValueError(f"a fault cannot have {name}={checked[name]!r}")
    return checked


def _typed(name: str, value: Any) -> Any:
    if name == "count" and value in (None, "always"):
        return None
    if (name in _WHOLE or name == "retry_after") and type(value) is int:
        return value
    if name in _DECIMAL and type(value) in {int, float}:
        return float(value)
    if name in _LISTS and is_list(value):
        return tuple(str(part) for part in value)
    if name in _SWITCHES and isinstance(value, bool):
        return value
    if name in _TEXTS and isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        return value
    raise ValueError(f"faults have no {name}={value!r}")


def _read(entry: str) -> Json:
    """Read one entry of the text form into its JSON form."""
    match = _ENTRY.fullmatch(entry.strip())
    if match is None:
        raise ValueError(f"cannot read the fault {entry.strip()!r}")
    given: Json = {}
    for option in filter(None, match["options"].split(",")):
        name, _, value = option.partition("=")
        given[name.strip()] = _value(name.strip(), value.strip())
    if match["operation"]:
        given["operation"] = match["operation"].strip()
    if match["count"]:
        given["count"] = _value("count", match["count"])
    how, _, steps = match["what"].partition("=")
    if steps:
        return {how.strip(): [step.strip() for step in steps.split("|")], **given}
    return {"kind": how.strip(), **given}


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return text.split("|")
    if name in _SWITCHES:
        return text.lower() in {"1", "true", "yes"}
    if text == "always" or (name == "retry_after" and not text.isdigit()):
        return text
    try:
        return (
            float(text)
            if name in _DECIMAL
            else int(text)
            if name in _WHOLE or name == "retry_after"
            else text
        )
    except ValueError:
        raise ValueError(f"{name} is not a number: {text!r}") from None
