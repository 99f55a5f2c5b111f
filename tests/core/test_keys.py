"""The parser's strings of property names are those that the generated code asks for."""

import json
import os
import subprocess
import sys
import textwrap

import orjson

from flow_retail_client import models
from flow_retail_client.property_names import PROPERTY_NAMES
from flow_retail_core.keys import share_keys
from flow_retail_core.model import Model


def test_constants_that_are_loaded_later_are_the_strings_of_the_parser():
    # In a process of its own: what these tests spell out themselves is loaded before.
    program = textwrap.dedent(
        """
        import json, orjson
        from flow_retail_client import models

        parsed = orjson.loads(orjson.dumps({field.name: 0 for field in models.Customer.json_fields()}))
        kept = {id(key) for key in parsed}
        asked = [each for each in models.Customer.read_json.__code__.co_consts if each in parsed]
        print(json.dumps([len(asked), sum(id(each) in kept for each in asked)]))
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=os.environ, check=True)
    asked, shared = json.loads(done.stdout)
    assert asked == len(models.Customer.json_fields())
    # Not all: some words are spelt in the standard library, and the parser keeps only so many.
    assert shared > 0.8 * asked


def test_the_names_of_all_models_are_there():
    names = set(PROPERTY_NAMES.split())
    every = [getattr(models, name) for name in models.__all__]
    read = {field.name for model in every if issubclass(model, Model) for field in model.json_fields()}
    assert names == {name for name in read if name.isidentifier()}
    assert "customerUid" in names


def test_sharing_again_or_nothing_changes_nothing():
    for names in ("", " \n", "customerUid customerUid", PROPERTY_NAMES):
        share_keys(names)
    assert orjson.loads(b'{"customerUid": 1}') == {"customerUid": 1}
