"""What changed in the Python API: griffe's breaking changes, and what griffe does not look at.

Griffe compares names and signatures. It does not compare annotations, and does not know that the fields of a
model are what its constructor takes.
"""

from collections.abc import Collection, Iterator, Mapping

import griffe

from pipeline.refresh.api_members import Api, Field, subject_of
from pipeline.refresh.changes import Change, Impact

SENT = "sent"
RETURNED = "returned"

_WORDS = {
    griffe.BreakageKind.OBJECT_REMOVED: "removed",
    griffe.BreakageKind.OBJECT_CHANGED_KIND: "is something else now",
    griffe.BreakageKind.CLASS_REMOVED_BASE: "lost a base class",
    griffe.BreakageKind.RETURN_CHANGED_TYPE: "returns something else now",
}

_TYPES_CHANGED = {
    (("Unset",), ()): "is required now",
    ((), ("Unset",)): "is optional now: it may be UNSET",
    ((), ("None",)): "may be None now",
}
"""What it means that these types of a field are gone, and those new."""


def python_changes(old: Api, new: Api, directions: Mapping[str, Collection[str]]) -> list[Change]:
    """Compare two states of the API."""
    found = [*_breakages(old.package, new.package)]
    # Models are imported on first use, so that griffe does not see which of them are public.
    for subject, owner in old.owners.items():
        if owner.kind != "method" and subject not in new.owners:
            found.append(Change(Impact.BREAKING, subject, "removed"))
    for subject, owner in new.owners.items():
        before = old.owners.get(subject)
        if before is None:
            found.append(Change(Impact.ADDED, subject, f"new {owner.kind}"))
            continue
        if before.returns != owner.returns:
            values = (owner.returns, before.returns)
            found.append(Change(Impact.BREAKING, subject, "returns {}, returned {}", values))
        # Of a class that no operation reaches either may be true.
        ways = directions.get(subject.removeprefix("models.")) or {SENT, RETURNED}
        for name, field in owner.fields.items():
            known = before.fields.get(name)
            if owner.kind == "method":
                found += _parameter(subject, name, known, field)
            elif owner.kind == "enum":
                found += _member(f"{subject}.{name}", known, field)
            else:
                found += _field(f"{subject}.{name}", known, field, ways)
    return list(dict.fromkeys(found))


def _breakages(old: griffe.Module, new: griffe.Module) -> Iterator[Change]:
    for breakage in griffe.find_breaking_changes(old, new):
        subject = subject_of(breakage.obj.path)
        # A module goes with the class in it, which is reported for itself, as a resource of the client is.
        if subject is None:
            continue
        if breakage.kind in _WORDS:
            yield Change(Impact.BREAKING, subject, _WORDS[breakage.kind])
        else:
            name = str((breakage.old_value or breakage.new_value).name)
            text = f"{breakage.kind.value[:1].lower()}{breakage.kind.value[1:]}: {{}}"
            yield Change(Impact.BREAKING, subject, text, (name,))


def _parameter(subject: str, name: str, old: Field | None, new: Field) -> Iterator[Change]:
    if old is None:
        # One that is required is reported by griffe.
        if new.value is not None:
            yield Change(Impact.ADDED, subject, "new optional parameter {}", (name,))
    elif set(old.types) != set(new.types):
        impact = Impact.CHANGED if set(old.types) < set(new.types) else Impact.BREAKING
        values = (name, _union(new), _union(old))
        yield Change(impact, subject, "parameter {} takes {}, took {}", values)


def _member(subject: str, old: Field | None, new: Field) -> Iterator[Change]:
    if old is None:
        yield Change(Impact.ADDED, subject, "new value {}", (str(new.value),))
    elif old.value != new.value:
        yield Change(Impact.BREAKING, subject, "the value is {}, was {}", (str(new.value), str(old.value)))


def _field(subject: str, old: Field | None, new: Field, ways: Collection[str]) -> Iterator[Change]:
    if old is None:
        required = "required" if new.value is None else "optional"
        impact = Impact.BREAKING if required == "required" and SENT in ways else Impact.ADDED
        yield Change(impact, subject, f"new {required} field, {{}}", (_union(new),))
    elif set(old.types) != set(new.types):
        gone, come = set(old.types) - set(new.types), set(new.types) - set(old.types)
        # Who reads must know of every type that can come; who writes may give every type that could be given.
        breaking = (RETURNED in ways and come) or (SENT in ways and gone)
        impact = Impact.BREAKING if breaking else Impact.CHANGED
        text = _TYPES_CHANGED.get((tuple(gone), tuple(come)), "is {}, was {}")
        yield Change(impact, subject, text, (_union(new), _union(old)))


def _union(field: Field) -> str:
    return " | ".join(kind for kind in field.types if kind != "Unset")
