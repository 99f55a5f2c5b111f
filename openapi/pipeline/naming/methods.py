"""Which resource and method each operation becomes, by rule from method, path and tag: `customers.list`."""

import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from pipeline.document.operations import operations, title_of
from pipeline.errors import refuse
from pipeline.naming.classes import LONGEST
from pipeline.naming.reserved import hiding, of_client
from pipeline.naming.routes import PLACES, Route, Step, routes
from pipeline.naming.words import is_plural, many_of, one_of, words

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*_?")

_VERBS = {"put": "update", "patch": "update", "delete": "remove", "head": "head", "options": "options"}

_KEPT = frozenset({"batch", "search"})
"""Tails that are actions whatever the method is."""

_ADDING = frozenset({"add", "create", "register"})

_DOING = _ADDING | {"get", "issue", "request", "send", "set", "upload"}
"""What a POST does to a noun at its end, where its summary says so: `Upload an avatar`."""


def is_method_name(text: str) -> bool:
    """Whether a text can be the resource and the method of an operation."""
    resource, _, method = text.partition(".")
    return all(_NAME.fullmatch(part) is not None and len(part) <= LONGEST for part in (resource, method))


def method_names(
    document: Mapping[str, Any], *, recorded: Mapping[str, str], exceptions: Mapping[str, str]
) -> dict[str, str]:
    """Name the operations of a document: `<resource>.<method>`, per `METHOD /path`."""
    found = routes(document)
    names = {
        route.title: name
        for route in found
        if (name := exceptions.get(route.title, recorded.get(route.title)))
    }
    homes = _published_resources(found, names)
    wishes = {route.title: _wishes(route, found, homes) for route in found if route.title not in names}
    waiting: dict[str, list[Route]] = defaultdict(list)
    for route in found:
        if route.title in wishes:
            waiting[next(wishes[route.title])].append(route)
    taken = set(names.values())
    for wanted, (first, *others) in waiting.items():
        # The shorter path keeps the name; where none is shorter, each says where.
        length = first.path.count("/")
        alone = all(other.path == first.path or other.path.count("/") > length for other in others)
        if alone and wanted not in taken:
            names[first.title] = wanted
    taken = {*names.values(), *waiting}
    for route in found:
        if route.title not in names:
            names[route.title] = next(name for name in wishes[route.title] if name not in taken)
            taken.add(names[route.title])
    _check(names, recorded, exceptions)
    return names


def schema_name(name: str, *, sent: bool) -> str:
    """What to call a body or a response without a name of its own: `TillClose`, `Languages`."""
    resource, method = (part.strip("_").split("_") for part in name.split("."))
    verb, *rest = method
    if verb not in _DOING | {"delete", "list", "patch", "remove", "update"}:
        verb, rest = "", method
    noun = many_of(resource) if verb == "list" and not rest and not sent else one_of(resource)
    return "".join(word.capitalize() for word in (*noun, *rest, verb if sent and verb != "get" else ""))


def name_operations(
    document: dict[str, Any], *, recorded: Mapping[str, str], exceptions: Mapping[str, str]
) -> dict[str, str]:
    """Make the name of each operation its id, and its resource its only tag, in place; return the names."""
    names = method_names(document, recorded=recorded, exceptions=exceptions)
    descriptions = {str(tag["name"]): tag.get("description") for tag in document.get("tags", [])}
    used: dict[str, Any] = {}
    for path, method, operation in operations(document):
        name = names[title_of(path, method)]
        resource = name.partition(".")[0]
        used.setdefault(resource, None)
        for tag in map(str, operation.get("tags", [])):
            # What is said of a tag is true of the resource that it names.
            if one_of(words(tag)) == one_of(resource.split("_")):
                used[resource] = used[resource] or descriptions.get(tag)
        operation |= {"operationId": name, "tags": [resource]}
    document["tags"] = [
        {"name": resource} | ({"description": description} if description else {})
        for resource, description in used.items()
    ]
    return names


def _check(names: Mapping[str, str], recorded: Mapping[str, str], exceptions: Mapping[str, str]) -> None:
    problems = [
        f"{title} is no operation; remove its entry, or correct it."
        for title in exceptions
        if title not in names
    ]
    by_name: dict[str, list[str]] = defaultdict(list)
    for title, name in names.items():
        by_name[name].append(title)
        if not is_method_name(name):
            problems.append(f"{title}: {name[:80]!a} can't be a resource and a method; choose another name.")
    for name, titles in by_name.items():
        if len(titles) > 1:
            known = [title for title in titles if recorded.get(title) == name and title not in exceptions]
            others = [title for title in titles if title not in known] or titles
            problems.append(
                f"{' and '.join(titles)} would both be the method {name}: give {others[0]} another name."
            )
    refuse("names of methods can't stand; see generator-config.yaml: method_overrides:", problems)


def _published_resources(found: list[Route], names: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """The resource that the published operations of each collection are methods of."""
    votes: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for route in found:
        if route.title in names:
            votes[_home(route)][names[route.title].partition(".")[0]] += 1
    return {home: min(count, key=lambda name: (-count[name], name)) for home, count in votes.items()}


def _home(route: Route) -> tuple[str, ...]:
    at = route.resource.at if route.resource else -1
    return route.segments[: at + 1] or ("", *("_".join(tag) for tag in route.tags))


def _wishes(route: Route, found: list[Route], homes: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """Names for an operation, the best first, without end."""
    resource = homes.get(_home(route)) or _resource(route, found)
    resource = f"{resource}_resource" if resource in of_client() else _not_keyword(resource)
    base = _base(route)

    def name(*more: str) -> str:
        method = "_".join((*base, *more))
        return f"{resource}.{f'{method}_' if method in hiding() else _not_keyword(method)}"

    yield name()
    if route.method == "patch":
        yield f"{resource}.{'_'.join(('patch', *base[1:]))}"
    if route.version:
        yield name(route.version)
    said: list[str] = []
    for noun in route.before or ([[*route.resource.noun]] if route.resource and route.record else []):
        said += ["in" if noun[-1] in PLACES else "for", *noun]
        yield name(*said)
    if route.tenant:
        yield name("in", "tenant")
        yield name(*said, "in", "tenant")
    yield name(*said, "by", route.method)
    yield from (name(*said, str(number)) for number in count(2))


def _resource(route: Route, found: list[Route]) -> str:
    if route.resource:
        return route.resource.resource
    for tag in route.tags:
        for other in found:
            if other.resource and other.resource.is_named(tag):
                return other.resource.resource
    return (
        "_".join(route.tags[0]) if route.tags else "_".join(route.steps[0].noun if route.steps else ["api"])
    )


def _base(route: Route) -> list[str]:
    """The words of a method where nothing else has its name."""
    if not route.steps:
        return _on_records(route)
    *outer, step = route.steps
    qualifier = [word for each in outer for word in one_of([*each.noun])]
    plurals = many_of(qualifier)
    noun = [*step.noun]
    if not step.member and (noun[-1] in _KEPT or _is_action(route, step)):
        verb, *rest = _said(route)
        doing = [verb] if verb in _DOING and verb not in noun and noun[-1] in rest else []
        return [*doing, *noun, *(qualifier if outer and outer[-1].member else plurals)]
    one = [*qualifier, *one_of(noun)]
    many = [*qualifier, *noun]
    match route.method:
        case "get" if not step.member and (route.lists or step.known):
            return ["list", *many]
        case "get":
            return ["get", *(one if step.member else many)]
        case "post":
            return ["add", *(one if step.member or not route.takes_list else many)]
        case _:
            return [_VERBS.get(route.method, route.method), *(one if step.member else many)]


def _on_records(route: Route) -> list[str]:
    """The words of a method on the resource itself: on one of its records, or on all of them."""
    several = route.has_records and bool(route.resource and route.resource.several)
    match route.method:
        case "get" if route.record:
            return ["list", "for", *route.record] if route.lists else ["get"]
        case "get":
            return ["list"] if route.lists or several else ["get"]
        case "post":
            return ["search"] if route.lists and not route.record else ["create"]
        case "delete":
            return ["delete", "all"] if several and not route.record else ["delete"]
        case method:
            return [_VERBS.get(method, method)]


def _is_action(route: Route, step: Step) -> bool:
    """Whether a tail is something done: the summary begins with it, or only POST leads to it and no noun."""
    said = _said(route)
    verb, *more = step.noun
    begins = said[0] in {verb, f"{verb}s", f"{verb}es"} and said[1] not in {"", "for", "in", "of", *more}
    if begins and not step.known and not is_plural(verb):
        return True
    if route.method != "post" or step.known:
        return False
    return not (is_plural(step.noun[-1]) and (len(step.noun) == 1 or said[0] in _ADDING))


def _said(route: Route) -> list[str]:
    """The words of the summary, at least two."""
    return [*words(str(route.operation.get("summary") or "")), "", ""]


def _not_keyword(name: str) -> str:
    name = name if name[:1].isalpha() else f"op_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name
