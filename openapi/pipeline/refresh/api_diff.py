"""What changed in the Python API: griffe's breaking changes, and what griffe does not look at.

Griffe compares names and signatures. It does not compare annotations, and does not know that the fields of a
model are what its constructor takes.
"""

from collections.abc import Collection, Iterator, Mapping

import griffe

from pipeline.refresh.api_members import Api, Field, Method, subject_of
from pipeline.refresh.changes import Change, Impact

SENT = "sent"
RETURNED = "returned"

_WORDS = {
    griffe.BreakageKind.OBJECT_REMOVED: "removed",
    griffe.BreakageKind.OBJECT_CHANGED_KIND: "is something else now",
    griffe.BreakageKind.CLASS_REMOVED_BASE: "lost a base class",
    griffe.BreakageKind.RETURN_CHANGED_TYPE: "returns something else now",
}


def python_changes(old: Api, new: Api, directions: Mapping[str, Collection[str]]) -> list[Change]:
    """Compare two states of the API."""
    if old.package is None or new.package is None:
        return []
    found = [
        *_breakages(old.package, new.package),
        *_methods(old.methods, new.methods),
        *_classes(old, new, directions),
    ]
    return list(dict.fromkeys(found))


def _breakages(old: griffe.Module, new: griffe.Module) -> Iterator[Change]:
    for breakage in griffe.find_breaking_changes(old, new):
        subject = subject_of(breakage.obj.path)
        # A module goes with the class in it, which is reported for itself.
        if subject is None:
            continue
        text = _WORDS.get(breakage.kind)
        if text is not None:
            yield Change(Impact.BREAKING, subject, text)
            continue
        parameter = breakage.old_value or breakage.new_value
        text = breakage.kind.value[:1].lower() + breakage.kind.value[1:]
        yield Change(Impact.BREAKING, subject, f"{text}: {{}}", (str(parameter.name),))


def _methods(old: Mapping[str, Method], new: Mapping[str, Method]) -> Iterator[Change]:
    for subject, method in new.items():
        before = old.get(subject)
        if before is None:
            yield Change(Impact.ADDED, subject, "new")
            continue
        for name, parameter in method.parameters.items():
            known = before.parameters.get(name)
            if known is None:
                # One that is required is reported by griffe.
                if parameter.value is not None:
                    yield Change(Impact.ADDED, subject, "new optional parameter {}", (name,))
            elif set(known.types) != set(parameter.types):
                wider = set(known.types) <= set(parameter.types)
                yield Change(
                    Impact.CHANGED if wider else Impact.BREAKING,
                    subject,
                    "parameter {} takes {}, took {}",
                    (name, _union(parameter), _union(known)),
                )
        if before.returns != method.returns:
            yield Change(
                Impact.BREAKING, subject, "returns {}, returned {}", (method.returns, before.returns)
            )


def _classes(old: Api, new: Api, directions: Mapping[str, Collection[str]]) -> Iterator[Change]:
    for subject, fields in new.classes.items():
        before = old.classes.get(subject)
        enum = subject in new.enums
        if before is None:
            yield Change(Impact.ADDED, subject, "new enum" if enum else "new model")
            continue
        # Of a class that no operation reaches either may be true.
        ways = directions.get(subject.removeprefix("models.")) or {SENT, RETURNED}
        for name, field in fields.items():
            known = before.get(name)
            if enum:
                yield from _member(f"{subject}.{name}", known, field)
            elif known is None:
                yield _new_field(f"{subject}.{name}", field, ways)
            elif set(known.types) != set(field.types):
                yield _changed_field(f"{subject}.{name}", known, field, ways)


def _member(subject: str, old: Field | None, new: Field) -> Iterator[Change]:
    if old is None:
        yield Change(Impact.ADDED, subject, "new value {}", (str(new.value),))
    elif old.value != new.value:
        yield Change(Impact.BREAKING, subject, "the value is {}, was {}", (str(new.value), str(old.value)))


def _new_field(subject: str, field: Field, ways: Collection[str]) -> Change:
    if field.value is not None:
        return Change(Impact.ADDED, subject, "new optional field, {}", (_union(field),))
    impact = Impact.BREAKING if SENT in ways else Impact.ADDED
    return Change(impact, subject, "new required field, {}", (_union(field),))


def _changed_field(subject: str, old: Field, new: Field, ways: Collection[str]) -> Change:
    gone, come = set(old.types) - set(new.types), set(new.types) - set(old.types)
    # Who reads must know of every type that can come; who writes may give every type that could be given.
    breaking = (RETURNED in ways and come) or (SENT in ways and gone)
    impact = Impact.BREAKING if breaking else Impact.CHANGED
    if gone == {"Unset"} and not come:
        return Change(impact, subject, "is required now")
    if come == {"Unset"} and not gone:
        return Change(impact, subject, "is optional now: it may be UNSET")
    if come == {"None"} and not gone:
        return Change(impact, subject, "may be None now")
    return Change(impact, subject, "is {}, was {}", (_union(new), _union(old)))


def _union(field: Field) -> str:
    return " | ".join(kind for kind in field.types if kind != "Unset")
