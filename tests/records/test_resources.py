"""Which resources there are is read from the client's operations, whatever pages it was generated from."""

from typing import Any, ClassVar, Literal, get_origin, get_type_hints

import pytest
from attrs import evolve
from part_models import Level, NamePage, Part, PartPage, PartSearch

from flow_retail_client import FlowRetail, Operation, Pager
from flow_retail_client import resources as client_resources
from flow_retail_core.batch.spec import BatchSpec
from flow_retail_core.deprecation import deprecated, deprecated_keywords
from flow_retail_core.models.decoders import ANYTHING, STRING, EnumDecoder, ListDecoder, ModelDecoder
from flow_retail_core.resource import Resource
from flow_retail_records import resources as module
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.resources import (
    ResourceType,
    describe_resource,
    find,
    find_list,
    lists,
    possible,
    resource_types,
)

_SPEC = BatchSpec(operation="parts.batch", models={"upsert": Part}, uid="part_uid", uid_key="partUid")
_NO_OBJECTS = [ANYTHING, STRING, EnumDecoder(Level), ListDecoder(ModelDecoder(Part))]


def operation(**what: Any) -> Operation[Any]:
    """An operation of the parts of a page to be."""
    return Operation("parts.any", what.pop("method", "GET"), "/tenants/{tenantUid}/parts", **what)


def paged(**what: Any) -> Operation[Any]:
    """One that returns a page of them."""
    return operation(paged=True, **{"returns": PartPage, **what})


def resource_type_with(**operations: Operation[Any]) -> ResourceType:
    """The description of a resource that has these methods."""

    def method(self: Resource) -> None:
        """A method without arguments."""

    members = {"OPERATIONS": operations, **dict.fromkeys(operations, method)}
    return describe_resource("spare_parts", type("Parts", (Resource,), members))


class TestTheClient:
    def test_every_resource_is_found_in_the_order_of_the_client(self) -> None:
        hints = {
            name: get_type_hints(member.func)
            for name, member in vars(FlowRetail).items()
            if hasattr(member, "func")
        }
        attributes = [name for name, hint in hints.items() if issubclass(hint["return"], Resource)]
        assert [resource_type.attribute for resource_type in resource_types().values()] == attributes
        assert [resource_type.name for resource_type in resource_types().values()] == list(resource_types())
        assert "customer-contacts" in resource_types()

    def test_what_a_resource_can_do_is_found(self) -> None:
        customers, groups = resource_types()["customers"], resource_types()["customer-groups"]
        assert customers.methods["get"].operation.arguments == ("customer_uid",)
        assert customers.search is not None
        assert customers.writing is not None
        assert customers.writing.batch
        assert groups.search is None
        assert groups.writing is not None
        assert not groups.writing.batch

    def test_every_paged_method_without_a_body_is_a_list_and_no_other_paged_one(self) -> None:
        """Found by the annotations, which the rule itself does not read."""
        for resource_type in resource_types().values():
            resource = getattr(client_resources, FlowRetail.RESOURCES[resource_type.attribute])
            hints = {
                name: get_type_hints(method)
                for name, method in vars(resource).items()
                if callable(method) and not name.startswith("_")
            }
            expected = [
                name
                for name, hint in hints.items()
                if get_origin(hint.get("return")) is Pager and "body" not in hint
            ]
            paged = [name for name, listing in resource_type.lists.items() if listing.operation.paged]
            assert paged == expected

    def test_the_lists_that_there_are_today_are_there(self) -> None:
        assert lists().keys() >= {
            "customers",
            "customer-contacts",
            "customer-contacts.list-customers",
            "customer-contacts.list-for-customer",
            "customer-groups",
            "customer-groups.list-customers",
        }

    def test_a_list_knows_its_operation_its_records_and_their_key(self) -> None:
        listing = lists()["customer-groups.list-customers"]
        assert listing.operation.name == "customer_groups.list_customers"
        assert listing.operation.path_parameters == ("customerGroupUid",)
        assert listing.record.__name__ == "Customer"
        assert (listing.key, listing.key_name) == ("customer_uid", "customerUid")
        assert listing.required == ("customer_group_uid",)

    def test_the_arguments_of_a_list_are_known_by_the_spec_s_names(self) -> None:
        sorting = {"sort_by": "sortBy", "sort_direction": "sortDirection"}
        assert lists()["customers"].operation.query == {
            "customer_external_id": "customerExternalId",
            **sorting,
        }
        contacts = lists()["customer-contacts.list-for-customer"]
        assert contacts.options == tuple(sorting)
        assert contacts.operation.query == sorting

    def test_what_is_searched_for_is_no_option_of_the_search(self) -> None:
        search = resource_types()["customers"].search
        assert search is not None
        assert search.operation.name == "customers.search"
        assert search.options == ("sort_by", "sort_direction")

    def test_every_list_can_be_called_with_what_is_known_of_it(self) -> None:
        flow = FlowRetail(tenant="acme", token="t")
        for listing in lists().values():
            arguments = dict.fromkeys((*listing.required, *listing.options), "x")
            arguments |= {name: choices[0] for name, choices in listing.choices.items()}
            arguments |= {name: [arguments[name]] for name in listing.several & arguments.keys()}
            assert isinstance(listing.pager(flow, arguments, page_size=1, prefetch=2), Pager)

    def test_a_resource_type_is_hashable(self) -> None:
        assert len({*resource_types().values(), *resource_types().values()}) == len(resource_types())


class TestAnyResource:
    def test_it_is_typed_with_dashes_and_called_with_underscores(self) -> None:
        resource_type = resource_type_with()
        assert (resource_type.name, resource_type.attribute) == ("spare-parts", "spare_parts")

    def test_each_paged_method_is_a_list_in_the_order_of_the_class(self) -> None:
        of_shelf = paged(arguments=("shelf_uid",), required=("type_",), query={"type_": "type"})
        every = paged(query={"from_": "from", "prefetch_query": "prefetch"}, record_key="part_uid")
        resource_type = resource_type_with(of_shelf=of_shelf, list=every)
        assert list(resource_type.lists) == ["of_shelf", "list"]
        shelf = resource_type.lists["of_shelf"]
        assert (shelf.operation, shelf.record) == (of_shelf, Part)
        assert (shelf.required, shelf.options) == (("shelf_uid", "type_"), ())
        assert shelf.operation.query == {"type_": "type"}
        assert (shelf.key, shelf.key_name) == (None, None)
        assert resource_type.listing is not None
        assert resource_type.listing.record is Part
        assert resource_type.listing.options == ("from_", "prefetch_query")
        assert resource_type.listing.operation.query == {"from_": "from", "prefetch_query": "prefetch"}
        assert resource_type.listing.key_name == "partUid"

    def test_an_argument_that_is_an_enum_can_be_one_of_its_values(self) -> None:
        class Parts(Resource):
            OPERATIONS: ClassVar = {"list": paged(query={"level": "level", "colour": "colour"})}

            @deprecated_keywords(level="old")
            def list(
                self, *, level: Level | Literal[1, 2] | None = None, colour: str | None = None
            ) -> Any: ...

        listing = describe_resource("parts", Parts).listing
        assert listing is not None
        assert listing.choices == {"level": ("1", "2")}

    def test_what_returns_no_records_is_no_list(self) -> None:
        resource_type = resource_type_with(
            list=operation(returns=Part),
            list_names=operation(returns=ListDecoder(STRING)),
            parts=operation(returns=PartPage),
            count=operation(returns=STRING),
            remove=operation(method="DELETE"),
            batch=operation(method="POST", body=Part, returns=Part),
        )
        assert resource_type.lists == {}
        assert (resource_type.listing, resource_type.search) == (None, None)
        assert resource_type.writing is None

    @pytest.mark.parametrize("returned", [None, NamePage, Part, *_NO_OBJECTS])
    def test_what_returns_pages_of_something_else_than_objects_is_no_list(self, returned: Any) -> None:
        assert resource_type_with(list=paged(returns=returned), search=paged(returns=returned)).lists == {}

    @pytest.mark.parametrize("body", [Part, *_NO_OBJECTS])
    @pytest.mark.parametrize("body_required", [True, False])
    def test_what_takes_a_body_is_no_list_whatever_the_body_is(self, body: Any, body_required: bool) -> None:
        listed = paged(method="POST", body=body, body_required=body_required)
        assert resource_type_with(list=listed, find=listed).lists == {}

    def test_what_stands_in_the_path_or_a_header_has_no_name_in_the_query(self) -> None:
        listed = paged(arguments=("shelf_uid",), headers={"x_trace": "X-Trace"})
        listing = resource_type_with(list=listed).listing
        assert listing is not None
        assert (listing.required, listing.options) == (("shelf_uid",), ("x_trace",))
        assert listing.operation.query == {}

    def test_deprecated_methods_warn_nobody(self) -> None:
        """Warnings are errors here."""

        class Parts(Resource):
            OPERATIONS: ClassVar = {
                "list": paged(query={"colour": "colour"}),
                "others": paged(query={"colour": "colour"}),
                "batch": operation(method="POST", batch=_SPEC),
            }

            @deprecated("old")
            def list(self, *, colour: str | None = None) -> Any: ...

            @deprecated_keywords(colour="old")
            def others(self, *, colour: str | None = None) -> Any: ...

            @deprecated("old")
            def batch(self, *, upsert: Any = ()) -> Any: ...

        resource_type = describe_resource("parts", Parts)
        assert [listing.operation.query for listing in resource_type.lists.values()] == [
            {"colour": "colour"}
        ] * 2
        assert resource_type.writing is not None
        assert resource_type.writing.spec == _SPEC

    @pytest.mark.parametrize(
        ("returned", "items"), [(ListDecoder(ModelDecoder(Part)), None), (PartPage, "items")]
    )
    def test_an_array_of_records_is_a_list_alone_or_in_an_object(
        self, returned: Any, items: str | None
    ) -> None:
        listing = resource_type_with(list=operation(returns=returned)).listing
        assert listing is not None
        assert (listing.record, listing.items) == (Part, items)

    def test_a_batch_of_something_else_s_writes_no_rows(self) -> None:
        batch = operation(method="POST", arguments=("store_uid",), batch=_SPEC)
        assert resource_type_with(batch=batch).writing is None

    def test_a_record_is_got_by_the_arguments_of_its_path(self) -> None:
        got = operation(
            arguments=("shelf_uid", "part_uid"),
            query={"colour": "colour", "level": "level"},
            required=("colour",),
            returns=Part,
        )
        method = resource_type_with(get=got).methods["get"]
        assert method.operation.arguments == ("shelf_uid", "part_uid")
        assert method.required == ("shelf_uid", "part_uid", "colour")
        assert method.options == ("level",)

    @pytest.mark.parametrize("body", [None, Part, *_NO_OBJECTS])
    def test_a_search_whose_body_has_no_query_is_none(self, body: Any) -> None:
        resource_type = resource_type_with(search=paged(method="POST", body=body))
        assert resource_type.search is None
        assert list(resource_type.lists) == ([] if body else ["search"])

    @pytest.mark.parametrize("body_required", [True, False])
    def test_a_search_needs_nothing_but_its_body(self, body_required: bool) -> None:
        found = paged(method="POST", query={"limit": "limit"}, body=PartSearch, body_required=body_required)
        resource_type = resource_type_with(search=found)
        assert resource_type.search is not None
        assert (resource_type.search.required, resource_type.search.options) == ((), ("limit",))


class TestFinding:
    @pytest.mark.parametrize("name", ["customer-contacts", "customer_contacts"])
    def test_a_resource_is_found_however_it_is_typed(self, name: str) -> None:
        assert find(name, "get") is resource_types()["customer-contacts"]
        assert find_list(name, "export") is resource_types()["customer-contacts"].listing

    @pytest.mark.parametrize(
        ("command", "name", "problem"),
        [
            ("search", "robots", "There is no resource 'robots'. Choose one of: customers, "),
            ("list", "robots", "There is no resource 'robots'. Choose one of: "),
            (
                "search",
                "customer-groups",
                "customer-groups can't be searched: the API has no such operation.",
            ),
        ],
    )
    def test_one_that_will_not_do_is_refused_with_those_that_would(
        self, command: str, name: str, problem: str
    ) -> None:
        with pytest.raises(UnknownResourceError) as caught:
            (find_list if command == "list" else find)(name, command)
        assert problem in str(caught.value)
        assert f": {', '.join(possible(command))}." in caught.value.remedy

    def test_where_none_will_do_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "resource_types", dict)
        with pytest.raises(UnknownResourceError, match=r"Choose one of: none\."):
            find("robots", "get")


def test_another_key_has_another_name_in_json() -> None:
    listing = lists()["customers"]

    def key_name(key: str) -> str | None:
        return evolve(listing, operation=evolve(listing.operation, record_key=key)).key_name

    assert key_name("display_name") == "displayName"
    assert key_name("robot") is None
