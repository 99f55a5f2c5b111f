"""What holds for each model of the client: it is a declaration, and JSON goes through it unchanged."""

import inspect
import json
import logging
import os
import re
import subprocess
import sys
import traceback
import typing
from pathlib import Path
from random import Random
from typing import Any

import attrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiled_json import dated, example, spoil

import flow_retail_client
from flow_retail_client import models
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.decoders import ModelDecoder
from flow_retail_core.models.decoding import decode
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_core.models.schema_drift import SchemaDrift
from flow_retail_core.unset import UNSET

EVERY: list[Any] = [getattr(models, name) for name in models.__all__]
MODELS = [each for each in EVERY if issubclass(each, Model)]
PACKAGE = Path(flow_retail_client.__file__).parent


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Without the log of thousands of deviations."""
    log = logging.getLogger("flow_retail_client")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)


def sorted_json(value: Any) -> bytes:
    return orjson.dumps(dated(value), option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize("model", MODELS)
def test_json_goes_through_every_model_unchanged_whatever_is_broken_in_it(model):
    @given(st.randoms(use_true_random=False), st.integers(0, 3))
    @settings(max_examples=25, derandomize=True, deadline=None, database=None)
    def holds(random: Random, times: int) -> None:
        data = example(ModelDecoder(model), random)
        spoil(data, random, times)
        drift = SchemaDrift()
        read = decode(model, orjson.dumps(data), operation="test.read", schema_drift=drift)
        assert sorted_json(read.to_dict()) == sorted_json(data)
        assert sorted_json(orjson.loads(encode(read, operation="test.write"))) == sorted_json(data)
        assert sorted_json(orjson.loads(read.to_json())) == sorted_json(data)
        assert model.from_dict(data) == read
        if drift:
            with pytest.raises(DecodeError):
                model.from_dict_strict(data)
        else:
            assert model.from_dict_strict(data) == read

    holds()


@pytest.mark.parametrize("model", MODELS)
def test_the_types_of_every_field_resolve_at_run_time(model):
    hints = typing.get_type_hints(model)
    attrs.resolve_types(model)
    inspect.signature(model, eval_str=True)
    assert {*hints} >= {field.name for field in attrs.fields(model)}
    required = {field.attribute for field in fields_of(model) if field.required}
    assert required == {field.name for field in attrs.fields(model) if field.default is attrs.NOTHING}


def test_a_traceback_shows_the_compiled_source():
    models.CustomerGroup.__codec__().compiled("decode")
    with pytest.raises(KeyError) as caught:
        ModelDecoder(models.CustomerGroup).decode({}, None)
    frames = traceback.extract_tb(caught.value.__traceback__)
    lines = [frame.line for frame in frames if "decode CustomerGroup" in frame.filename]
    assert any(re.fullmatch(r"self\.\w+ = data\['\w+'\]", line or "") for line in lines)


def test_the_compiled_source_asks_for_the_very_strings_that_the_parser_makes():
    # In a process of its own: what these tests spell out themselves is there before.
    program = """
import json, orjson
from flow_retail_client import models
from flow_retail_core.models.fields import fields_of

names = {field.name for field in fields_of(models.Customer) if not field.name.islower()}
constants = models.Customer.__codec__().compiled("decode").__code__.co_consts
parsed = {id(key) for key in orjson.loads(orjson.dumps(dict.fromkeys(names)))}
asked = [each for each in constants if each in names]
print(json.dumps([len(names), len(asked), sum(id(each) in parsed for each in asked)]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=os.environ, check=True)
    names, asked, shared = json.loads(done.stdout)
    assert asked == names
    # Not all: some words are spelt in the standard library, and the parser keeps only so many.
    assert shared > 0.8 * asked


def test_the_generated_package_reads_like_declarations():
    files = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    operations = sum(text.count(" = Operation(") for text in files.values())
    assert operations >= 37
    assert sum(len(text.splitlines()) for text in files.values()) <= 7_000 * operations / 37
    for path, text in files.items():
        if path.parent.name == "models" and path.name != "__init__.py":
            assert not re.search(r"# noqa|type: ignore|\bdef \b|` in JSON", text), path
    longest = max(len(fields_of(model)) for model in MODELS)
    lines = files[PACKAGE / "models" / "order_item.py"].splitlines()
    assert len(fields_of(models.OrderItem)) == longest
    assert len(lines) <= 140


def test_a_field_that_is_not_given_is_unset():
    for model in MODELS:
        for field in attrs.fields(model):
            if field.name != "additional_properties":
                assert field.default in (attrs.NOTHING, UNSET)


def test_threads_that_begin_at_once_read_the_same():
    """Each may have an event loop of its own, and models that hold each other are compiled together."""
    program = """
import sys, threading
from flow_retail_client import models

sys.setswitchinterval(1e-6)
data = {"items": [{"customerUid": "c"}], "contacts": [{}], "handling": {}}
read, barrier = [], threading.Barrier(8)

def run():
    barrier.wait()
    for model in (models.OrderItem, models.Order, models.Customer, models.CustomerPage):
        read.append(model.from_dict(data).to_dict())

threads = [threading.Thread(target=run) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(read) == 32 and all(each == read[0] for each in read), len(read)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr.decode()
