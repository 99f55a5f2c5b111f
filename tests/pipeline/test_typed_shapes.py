"""Typed maps and choices with a discriminator, from the page to what a program reads and sends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CUSTOM = Path(__file__).resolve().parents[2] / "custom"

PREAMBLE = """
import copy, datetime, json, random
import orjson
from flow_retail_client import FlowRetail, SchemaDrift, models
from flow_retail_client.resources import things
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.decoding import decode
from flow_retail_core.models.encoding import encode

[operation] = things.ThingsResource.OPERATIONS.values()
result = operation.returns

def read(value, returns=result, strict=False):
    drift = SchemaDrift()
    content = orjson.dumps(value)
    found = decode(returns, content, operation="test", schema_drift=drift, strict=strict)
    return found, {each.path: each.kind for each in drift}

def refused(value):
    try:
        read(value, strict=True)
    except DecodeError as error:
        return error.path
"""


@pytest.fixture(scope="module")
def program(new_house, api) -> Callable[[str, Any, dict[str, Any]], Any]:
    """Generate a page of one operation that takes and returns a schema, and run a program with it."""
    houses: dict[str, Path] = {}

    def run(name: str, lines: str, schema: Any, schemas: dict[str, Any]) -> Any:
        if name not in houses:
            house = new_house(name)
            given = {"requestBody": api.content(schema), "responses": {"200": api.answer(schema)}}
            document = api.document(
                "/things", "post", api.operation("x", tags=["Thing"], **given), schemas=schemas
            )
            house.done("vendor", house.write("../page.md", api.markdown(document)))
            house.done("generate")
            houses[name] = house.root
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", f"{PREAMBLE}\n{lines}"],
            cwd=houses[name],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(CUSTOM), str(houses[name])]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


TEXT = {"type": "string"}


@pytest.fixture
def maps(program, api) -> Callable[[str], Any]:
    """A product with maps of every type of value."""

    def typed(values: Any) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": values}

    schemas = {
        "Price": api.obj(
            {"amount": {"type": "integer"}, "validFrom": {"type": "string", "format": "date"}}, "amount"
        ),
        "Tree": api.obj({"name": TEXT}, "name", additionalProperties=api.ref("Tree")),
        "Product": api.obj(
            {
                "prices": typed(api.ref("Price")),
                "tiers": typed(api.array(api.ref("Price"))),
                "stock": typed({"type": "integer"}),
                "moments": typed({"type": "string", "format": "date-time"}),
                "states": typed({"type": "string", "enum": ["ON", "OFF"]}),
                "ranks": typed({"type": "integer", "enum": [0, 1]}),
                "either": typed({"oneOf": [{"type": "integer"}, api.array(TEXT)]}),
                "tree": api.ref("Tree"),
                "anything": {"type": "object", "additionalProperties": True},
            },
            "prices",
        ),
    }  # fmt: skip
    return lambda lines: program("maps", lines, api.ref("Product"), schemas)


WHOLE = """
whole = {
    "prices": {"NOK": {"amount": 5, "validFrom": "2026-01-02"}, "a b": {"amount": 7, "more": [1]}},
    "tiers": {"x": [{"amount": 1}, {"amount": 2}], "y": []},
    "stock": {"s-1": 3}, "moments": {"m": "2026-01-02T03:04:05+00:00"},
    "states": {"a": "ON"}, "ranks": {"r": 1}, "either": {"i": 1, "l": ["x"]},
    "tree": {"name": "all", "left": {"name": "l", "leaf": {"name": "x"}}},
    "anything": {"a": [1, {}]},
}
"""


def test_the_values_of_a_map_are_of_their_type(maps) -> None:
    seen = maps(
        WHOLE
        + """
product, drift = read(whole)
extra = {name: getattr(product, name).additional_properties for name in whole}
print(json.dumps([
    drift, product.to_dict() == whole,
    json.loads(encode(product, operation="x", expected=models.Product)) == whole,
    type(extra["prices"]["NOK"]).__name__, extra["prices"]["a b"].additional_properties,
    extra["prices"]["NOK"].valid_from.isoformat(), [each.amount for each in extra["tiers"]["x"]],
    extra["stock"], extra["moments"]["m"].isoformat(), extra["states"]["a"].name,
    type(extra["ranks"]["r"]).__name__, extra["either"],
    extra["tree"]["left"].additional_properties["leaf"].name,
    product == read(whole, strict=True)[0], copy.deepcopy(product) == product,
]))
"""
    )
    assert seen == [
        {}, True, True, "Price", {"more": [1]}, "2026-01-02", [1, 2], {"s-1": 3}, "2026-01-02T03:04:05+00:00",
        "ON", "ProductRanksValue", {"i": 1, "l": ["x"]}, "x", True, True,
    ]  # fmt: skip


def test_what_deviates_in_a_map_is_kept_and_counted_with_its_path(maps) -> None:
    seen = maps(
        WHOLE
        + """
found = []
for name, value in {
    "prices": {"NOK": {"amount": "x"}, "SEK": None}, "tiers": {"x": [{"amount": 1}, {}], "y": 1},
    "stock": {"s": True}, "moments": {"m": "never"}, "states": {"a": "NEW"}, "ranks": {"r": 7},
    "either": {"i": 1.5}, "tree": {"name": "all", "left": {"leaf": {"name": 1}}},
}.items():
    data = whole | {name: value}
    for _ in range(12):  # field by field, and compiled
        product, drift = read(data)
    found.append([drift, product.to_dict() == data, refused(data)])
print(json.dumps(found))
"""
    )
    assert seen == [
        [{"$.prices.NOK.amount": "not an integer", "$.prices.SEK": "null"}, True, "$.prices.NOK.amount"],
        [{"$.tiers.x[*].amount": "missing", "$.tiers.y": "not an array"}, True, "$.tiers.x[1].amount"],
        [{"$.stock.s": "not an integer"}, True, "$.stock.s"],
        [{"$.moments.m": "not a date-time"}, True, "$.moments.m"],
        [{"$.states.a": "an unknown enum value"}, True, "$.states.a"],
        [{"$.ranks.r": "an unknown enum value"}, True, "$.ranks.r"],
        [{"$.either.i": "of no kind that the spec lists"}, True, "$.either.i"],
        [
            {"$.tree.left.name": "missing", "$.tree.left.leaf.name": "not a string"},
            True,
            "$.tree.left.name",
        ],
    ]


def test_a_map_is_checked_before_it_is_sent(maps) -> None:
    seen = maps("""
def sent(extra):
    body = models.Product(prices=models.ProductPrices(additional_properties=extra))
    try:
        return encode(body, operation="x", expected=models.Product).decode()
    except (TypeError, ValueError) as error:
        return str(error)

print(json.dumps([sent({"NOK": models.Price(amount=5)}), sent({"NOK": {"amount": 5}})]))
""")
    assert seen[0] == '{"prices":{"NOK":{"amount":5}}}'
    assert seen[1].startswith("x: body.prices.NOK must be a Price, not dict: make one with Price(...)")


@pytest.fixture
def choices(program, api) -> Callable[[str], Any]:
    """A drawing of shapes that a property tells apart."""
    by = {"propertyName": "kind"}
    schemas = {
        # Whatever is a Dot is a Circle, too, but for the discriminator.
        "Dot": api.obj({"kind": TEXT, "x": {"type": "integer"}}, "kind"),
        "Circle": api.obj({"kind": TEXT, "x": {"type": "integer"}, "r": {"type": "integer"}}, "kind"),
        "Group": api.obj({"kind": TEXT, "members": api.array(api.ref("Shape"))}, "kind"),
        "Shape": {
            "oneOf": [api.ref("Dot"), api.ref("Circle"), api.ref("Group")],
            "discriminator": {
                **by,
                "mapping": {"dot": "#/components/schemas/Dot", "round": "Circle", "all": "Group"},
            },
        },
        "Cat": api.obj({"kind": TEXT, "lives": {"type": "integer"}}, "kind"),
        "Dog": api.obj({"kind": TEXT, "lives": {"type": "integer"}}, "kind"),
        "Drawing": api.obj(
            {
                "one": api.ref("Shape"),
                "many": api.array(api.ref("Shape")),
                "perhaps": {"oneOf": [api.ref("Cat"), api.ref("Dog")], "discriminator": by, "nullable": True},
                "named": {"type": "object", "additionalProperties": api.ref("Shape")},
                "plain": {"anyOf": [api.ref("Dot"), TEXT]},
            },
            "one",
        ),
    }
    return lambda lines: program("choices", lines, api.array(api.ref("Drawing")), schemas)


def test_a_discriminator_says_the_class(choices) -> None:
    seen = choices("""
whole = {
    "one": {"kind": "round", "x": 1},
    "many": [{"kind": "dot"}, {"kind": "Circle"}, {"kind": "all", "members": [{"kind": "round"}]}],
    "perhaps": {"kind": "Dog", "lives": 1}, "named": {"a": {"kind": "round"}}, "plain": "x",
}
for _ in range(12):
    [drawing], drift = read([whole])
group = drawing.many[2]
print(json.dumps([
    drift, drawing.to_dict() == whole,
    json.loads(encode([drawing], operation="x", expected=result)) == [whole],
    [type(each).__name__ for each in (drawing.one, *drawing.many, *group.members, drawing.perhaps)],
    type(drawing.named.additional_properties["a"]).__name__, read([whole], strict=True)[0] == [drawing],
    read([whole | {"perhaps": None}])[1],
]))
""")
    assert seen == [
        {}, True, True, ["Circle", "Dot", "Circle", "Group", "Circle", "Dog"], "Circle", True, {},
    ]  # fmt: skip


def test_what_a_discriminator_does_not_know_is_kept_as_it_came_and_counted(choices) -> None:
    seen = choices("""
found = []
for name, value in [
    ("one", {"kind": "new", "y": [1]}), ("one", {"x": 1}), ("one", {"kind": None}),
    ("one", {"kind": ["dot"]}), ("one", {"kind": "round", "x": "y"}), ("one", "x"),
    ("many", [{"kind": "dot"}, {"kind": "new"}]), ("perhaps", {"kind": "Cow"}),
    ("named", {"a": {"kind": "new"}}), ("many", [{"kind": "all", "members": [{"kind": 1}]}]),
]:
    data = {"one": {"kind": "dot"}} | {name: value}
    for _ in range(12):
        [drawing], drift = read([data])
    sent = json.loads(encode([drawing], operation="x"))
    found.append([drift, drawing.to_dict() == data, sent == [data], refused([data])])
print(json.dumps(found))
""")
    unknown = "an unknown discriminator value"
    assert [each[0] for each in seen] == [
        {"$[*].one.kind": unknown},
        {"$[*].one.kind": "missing"},
        {"$[*].one.kind": unknown},
        {"$[*].one.kind": unknown},
        {"$[*].one.x": "not an integer"},
        {"$[*].one": "of no kind that the spec lists"},
        {"$[*].many[*].kind": unknown},
        {"$[*].perhaps.kind": unknown},
        {"$[*].named.a.kind": unknown},
        {"$[*].many[*].members[*].kind": unknown},
    ]
    assert all(each[1] and each[2] for each in seen)
    assert seen[6][3] == "$[0].many[1].kind"


def test_pydantic_reads_maps_and_choices_as_the_client_does(maps, choices) -> None:
    program = """
from pydantic import TypeAdapter, ValidationError

adapter = TypeAdapter({model})
found = adapter.validate_python(data)
adapter.json_schema()
problems = []
for value in wrong:
    try:
        adapter.validate_python(data | value)
    except ValidationError as error:
        problems.append([*error.errors()[0]["loc"]])
print(json.dumps([found == {model}.from_dict(data), adapter.validate_python(found) is found, problems]))
"""
    seen = maps(
        f"{WHOLE}\ndata = whole\n"
        "wrong = [{'prices': {'NOK': {'amount': 'x'}}}, {'stock': {'s': True}}]"
        + program.replace("{model}", "models.Product")
    )
    assert seen == [True, True, [["prices", "NOK", "amount"], ["stock", "s"]]]
    seen = choices(
        "data = {'one': {'kind': 'round', 'x': 1}, 'perhaps': {'kind': 'Dog', 'lives': 1}}\n"
        "wrong = [{'one': {'kind': 'new'}}, {'one': {'kind': 'round', 'x': 'y'}}]"
        + program.replace("{model}", "models.Drawing")
    )
    assert seen == [True, True, [["one"], ["one", "round", "x"]]]


def test_whatever_stands_in_a_map_or_a_choice_is_written_back(maps, choices) -> None:
    spoil = """
odd = [None, True, 0, 1.5, "", "new", [], [None], {}, {"kind": "round"}, {"a": 1}]

def holders(value):
    if isinstance(value, (dict, list)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holders(inner)

def changed():
    rng = random.Random(7)
    for _ in range(400):
        data = copy.deepcopy(whole)
        for _ in range(rng.randrange(1, 4)):
            holder = rng.choice([each for each in holders(data) if each])
            key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if rng.random() < 0.2:
                del holder[key]
            else:
                holder[key] = copy.deepcopy(rng.choice(odd))
            if not data:
                break
        found, drift = read([data] if is_list else data)
        found = found[0] if is_list else found
        assert found.to_dict() == data, data
        assert json.loads(encode(found, operation="x")) == data, data
        assert bool(drift) == bool(refused([data] if is_list else data)), (data, drift)
    return "held"

print(json.dumps(changed()))
"""
    assert maps(f"{WHOLE}\nis_list = False\n{spoil}") == "held"
    drawing = """
whole = {
    "one": {"kind": "round", "x": 1},
    "many": [{"kind": "dot"}, {"kind": "all", "members": [{"kind": "round"}]}],
    "perhaps": {"kind": "Dog", "lives": 1}, "named": {"a": {"kind": "round"}}, "plain": "x",
}
is_list = True
"""
    assert choices(f"{drawing}{spoil}") == "held"
