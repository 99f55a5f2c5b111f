"""What frameworks and readers find at run time: annotations that resolve, and a `dir` of what users call."""

import inspect
import typing

import pytest

import flow_retail_client
from flow_retail_client import FlowRetail
from flow_retail_core.client import Client
from flow_retail_core.resource import Resource

FLOW = FlowRetail(tenant="acme", token="tok")
RESOURCES = [getattr(FLOW, name) for name in dir(FLOW) if isinstance(getattr(FLOW, name), Resource)]
METHODS = [
    getattr(type(resource), name)
    for resource in RESOURCES
    for name in dir(type(resource))
    if not name.startswith("_") and callable(getattr(type(resource), name))
]
CALLABLES = [
    FlowRetail.__init__,
    FlowRetail.with_options,
    FlowRetail.request,
    FlowRetail.aclose,
    *METHODS,
]


def test_there_are_resources_and_methods_to_look_at():
    assert len(RESOURCES) >= 3
    assert len(METHODS) >= 37


@pytest.mark.parametrize("function", CALLABLES, ids=lambda function: function.__qualname__)
def test_every_annotation_of_a_method_resolves(function):
    hints = typing.get_type_hints(function)
    assert not [hint for hint in hints.values() if isinstance(hint, str | typing.ForwardRef)]
    signature = inspect.signature(function, eval_str=True)
    assert not [
        name
        for name, parameter in signature.parameters.items()
        if name != "self" and parameter.annotation is inspect.Parameter.empty
    ]


@pytest.mark.parametrize("cls", [FlowRetail, Client, *map(type, RESOURCES)], ids=lambda cls: cls.__name__)
def test_every_annotation_of_a_class_resolves(cls):
    typing.get_type_hints(cls)


@pytest.mark.parametrize("name", flow_retail_client.__all__)
def test_every_annotation_of_a_public_name_resolves(name):
    value = getattr(flow_retail_client, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        typing.get_type_hints(value)
        inspect.signature(value, eval_str=True)


def test_dir_lists_what_users_call_and_nothing_else():
    assert dir(FLOW) == sorted(
        [
            "aclose",
            "base_url",
            *FlowRetail.RESOURCES,
            "request",
            "schema_drift",
            "tenant",
            "with_options",
        ]
    )


def test_dir_of_a_copy_is_that_of_its_original():
    assert dir(FLOW.with_options(strict=True)) == dir(FLOW)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: type(resource).__name__)
def test_a_resource_is_made_once_and_says_whose_it_is(resource):
    again = next(one for one in (getattr(FLOW, name) for name in dir(FLOW)) if type(one) is type(resource))
    assert again is resource
    assert "tenant='acme'" in repr(resource)
    assert "tok" not in repr(resource)
