"""Which resources there are is found out by asking the client, whatever pages it was generated from."""

import datetime
import inspect
from typing import Any

import pytest
from attrs import evolve
from part_models import NamePage, Part, PartPage

from flow_retail_client import FlowRetail
from flow_retail_client.models import CustomerPage, SortDirection
from flow_retail_core.batch_shape import BatchShape
from flow_retail_core.deprecation import deprecated_keywords, warning_when_called
from flow_retail_core.operation import Operation
from flow_retail_core.pagination.pager import Pager
from flow_retail_core.resource import Resource
from flow_retail_records import resources
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.resources import ResourceType, find, resource_types

_PARTS = Operation("parts.any", "GET", "/tenants/{tenantUid}/parts")
# As pages to be: their attributes are made up by no generator.
_PARTS_PAGE: Any = PartPage
_NAMES_PAGE: Any = NamePage
_NO_PAGE: Any = dict
_SHAPE = BatchShape("parts.batch", ("upsert",), {"upsert": Part}, "part_uid", "partUid")


def resource_type_of(resource: type[Resource]) -> ResourceType:
    return resources._resource_type("odd", "odd", resource(resources._Recorder()))


class TestTheClient:
    def test_every_resource_is_found_in_the_order_of_the_client(self) -> None:
        attributes = [name for name, member in vars(FlowRetail).items() if isinstance(member, property)]
        assert [resource_type.attribute for resource_type in resource_types().values()] == attributes
        assert [resource_type.name for resource_type in resource_types().values()] == list(resource_types())
        assert "customer-contacts" in resource_types()

    def test_what_a_resource_can_do_is_found(self) -> None:
        assert resource_types()["customers"].batch.shape.uid_key == "customerUid"
        assert resource_types()["customers"].get == ("customer_uid",)
        assert resource_types()["customers"].search_body.__name__ == "CustomerSearch"
        assert resource_types()["customer-groups"].search is None
        assert resource_types()["customer-groups"].batch is None

    def test_every_paged_method_without_a_body_is_a_list(self) -> None:
        """Told from the annotations, which the rule itself does not read."""
        for resource_type in resource_types().values():
            resource = vars(FlowRetail)[resource_type.attribute].fget(None)
            expected = [
                name
                for name, method in vars(type(resource)).items()
                if inspect.isfunction(method)
                and str(method.__annotations__.get("return")).startswith("Pager[")
                and "body" not in method.__annotations__
            ]
            assert list(resource_type.lists) == expected

    def test_the_lists_that_there_are_today(self) -> None:
        assert {name: list(resource_type.lists) for name, resource_type in resource_types().items()} == {
            "customers": ["list"],
            "customer-contacts": ["list", "list_for_customer"],
            "customer-groups": ["list", "list_customers"],
        }
        assert all(
            resource_type.listing is resource_type.lists["list"]
            for resource_type in resource_types().values()
        )

    def test_a_list_knows_its_operation_its_records_and_their_key(self) -> None:
        listing = resource_types()["customer-groups"].lists["list_customers"]
        assert listing.operation.name == "customer_groups.list_customers"
        assert listing.operation.parameters == ("customerGroupUid",)
        assert listing.record.__name__ == "Customer"
        assert (listing.key, listing.key_name) == ("customer_uid", "customerUid")
        assert listing.required == ("customer_group_uid",)

    def test_the_arguments_of_a_list_are_known_by_the_spec_s_names(self) -> None:
        sorting = {"sort_by": "sortBy", "sort_direction": "sortDirection"}
        assert resource_types()["customers"].lists["list"].queries == {
            "customer_external_id": "customerExternalId",
            **sorting,
        }
        contacts = resource_types()["customer-contacts"].lists["list_for_customer"]
        assert contacts.options == tuple(sorting)
        assert contacts.queries == sorting

    def test_what_is_searched_for_is_no_option_of_the_search(self) -> None:
        search = resource_types()["customers"].search
        assert search is not None
        assert search.operation.name == "customers.search"
        assert search.options == ("sort_by", "sort_direction")

    def test_every_list_can_be_called_with_what_is_known_of_it(self) -> None:
        flow = FlowRetail(tenant="acme", token="t")
        for resource_type in resource_types().values():
            for name, listing in resource_type.lists.items():
                arguments = dict.fromkeys((*listing.required, *listing.options), "x")
                assert isinstance(
                    getattr(resource_type.of(flow), name)(**arguments, page_size=1, prefetch=2), Pager
                )

    def test_a_resource_type_is_hashable(self) -> None:
        assert len({*resource_types().values(), *resource_types().values()}) == len(resource_types())


class TestAnyResource:
    def test_each_paged_method_is_a_list_in_the_order_of_the_class(self) -> None:
        class Parts(Resource):
            def of_shelf(self, shelf_uid: str, *, type_: str, page_number: int | None = None) -> Any:
                return self._client.paged(
                    _PARTS, (shelf_uid,), query={"type": type_}, returns=_PARTS_PAGE, page_number=page_number
                )

            def list(self, *, from_: datetime.date | None = None, prefetch_query: bool | None = None) -> Any:
                return self._client.paged(
                    operation=_PARTS,
                    query={"from": from_, "prefetch": prefetch_query},
                    returns=_PARTS_PAGE,
                    key="part_uid",
                )

        resource_type = resource_type_of(Parts)
        assert list(resource_type.lists) == ["of_shelf", "list"]
        shelf = resource_type.lists["of_shelf"]
        assert (shelf.operation, shelf.record) == (_PARTS, Part)
        assert (shelf.required, shelf.options) == (("shelf_uid", "type_"), ())
        assert shelf.queries == {"type_": "type"}
        assert (shelf.key, shelf.key_name) == (None, None)
        assert resource_type.listing is not None
        assert resource_type.listing.options == ("from_", "prefetch_query")
        assert resource_type.listing.queries == {"from_": "from", "prefetch_query": "prefetch"}
        assert resource_type.listing.key_name == "partUid"

    def test_what_is_not_paged_is_no_list(self) -> None:
        class Parts(Resource):
            colours = ("red",)

            async def list(self) -> None:
                """A list that is not paged, and no call that nobody awaits."""

            async def batch_stream(self) -> None:
                """Nor is this a batch."""

            def names(self) -> Any:
                return self._client.paged(_PARTS, returns=_NAMES_PAGE)

            def anything(self) -> Any:
                return self._client.paged(_PARTS, returns=_NO_PAGE)

            def count(self) -> int:
                return 5

            def base(self) -> str:
                return self._client.base_url

            def _hidden(self) -> Any:
                return self._client.paged(_PARTS, returns=_PARTS_PAGE)

        resource_type = resource_type_of(Parts)
        assert resource_type.lists == {}
        assert (resource_type.listing, resource_type.search, resource_type.batch, resource_type.get) == (
            None,
            None,
            None,
            None,
        )

    def test_what_takes_a_body_is_no_list_whatever_the_body_is_called(self) -> None:
        class Parts(Resource):
            def needed(self, body: Any) -> Any:
                return self._client.paged(_PARTS, body=body, returns=_PARTS_PAGE)

            def optional(self, *, wanted: Any = None, colour: str | None = None) -> Any:
                return self._client.paged(_PARTS, query={"colour": colour}, body=wanted, returns=_PARTS_PAGE)

            def written(self, wanted: Part | None = None) -> Any:
                body = None if wanted is None else wanted.to_dict()
                return self._client.paged(_PARTS, body=body, returns=_PARTS_PAGE)

        assert resource_type_of(Parts).lists == {}

    def test_the_name_in_the_query_is_found_whatever_is_made_of_the_value(self) -> None:
        class Parts(Resource):
            def list(
                self,
                since: datetime.datetime,
                *,
                direction: SortDirection | None = None,
                tags: list[str] | None = None,
                days: list[datetime.date] | None = None,
                number: int | None = None,
                exact: bool = True,
                hidden: bool = False,
            ) -> Any:
                query: dict[str, Any] = {
                    "createdSince": since.isoformat(),
                    "exact": "true" if exact else "no",
                }
                if direction is not None:
                    query["sortDirection"] = direction.value.upper()
                if tags:
                    query["tag"] = ",".join(tags)
                if days:
                    query["dayList"] = [str(day) for day in days]
                if number is not None:
                    query["partNumber"] = number + 1
                if hidden:
                    query |= {"shown": "no", "hidden": "yes"}
                return self._client.paged(_PARTS, query=query, returns=_PARTS_PAGE)

        listing = resource_type_of(Parts).listing
        assert listing is not None
        assert listing.queries == {
            "since": "createdSince",
            "direction": "sortDirection",
            "tags": "tag",
            "days": "dayList",
            "number": "partNumber",
            "exact": "exact",
        }

    def test_what_stands_in_the_path_or_a_header_has_no_name_in_the_query(self) -> None:
        class Parts(Resource):
            def list(
                self, shelf_uid: str, *, x_trace: str | None = None, page_size: int | None = None
            ) -> Any:
                return self._client.paged(
                    _PARTS,
                    (shelf_uid,),
                    query={"pageSize": page_size},
                    headers={"X-Trace": x_trace},
                    returns=_PARTS_PAGE,
                )

        listing = resource_type_of(Parts).listing
        assert listing is not None
        assert (listing.required, listing.options) == (("shelf_uid",), ("x_trace",))
        assert listing.queries == {}

    def test_deprecated_methods_warn_nobody(self) -> None:
        """Warnings are errors here."""

        class Parts(Resource):
            @warning_when_called("old")
            def list(self, *, colour: str | None = None) -> Any:
                return self._client.paged(_PARTS, query={"colour": colour}, returns=_PARTS_PAGE)

            @deprecated_keywords(colour="old")
            def others(self, *, colour: str | None = None) -> Any:
                return self._client.paged(_PARTS, query={"colour": colour}, returns=_PARTS_PAGE)

            @warning_when_called("old")
            def batch_stream(self, *, upsert: Any = ()) -> Any:
                return self._client.batch_stream(_PARTS, (), shape=_SHAPE, read=None, inputs={})

        resource_type = resource_type_of(Parts)
        assert [listing.queries for listing in resource_type.lists.values()] == [{"colour": "colour"}] * 2
        assert resource_type.batch == resources.Batch(_SHAPE, None)

    def test_a_batch_of_something_else_s_is_none(self) -> None:
        class Parts(Resource):
            def batch_stream(self, store_uid: str, *, upsert: Any = ()) -> Any:
                return self._client.batch_stream(_PARTS, (store_uid,), shape=_SHAPE, read=None, inputs={})

        assert resource_type_of(Parts).batch is None

    @pytest.mark.parametrize("annotation", ["Any", "Missing | None", "SortDirection", "CustomerUpdate", ""])
    def test_a_search_whose_body_has_no_query_is_none(self, annotation: str) -> None:
        class Parts(Resource):
            def search(self, body: Any) -> Any:
                return self._client.paged(_PARTS, body=body, returns=CustomerPage, key="customer_uid")

        Parts.search.__annotations__["body"] = annotation
        resource_type = resource_type_of(Parts)
        assert (resource_type.search, resource_type.search_body, resource_type.lists) == (None, None, {})

    def test_a_search_whose_body_must_be_given_needs_nothing_else(self) -> None:
        class Parts(Resource):
            def search(self, body: "CustomerSearch", *, limit: int | None = None) -> Any:  # type: ignore[name-defined]  # noqa: F821  # of the models
                return self._client.paged(_PARTS, query={"limit": limit}, body=body, returns=_PARTS_PAGE)

        search = resource_type_of(Parts).search
        assert search is not None
        assert (search.required, search.options) == ((), ("limit",))


class TestFinding:
    def listed(self, resource_type: ResourceType) -> object:
        return resource_type.listing

    def batched(self, resource_type: ResourceType) -> object:
        return resource_type.batch

    @pytest.mark.parametrize("name", ["customer-contacts", "customer_contacts"])
    def test_a_resource_is_found_however_it_is_typed(self, name: str) -> None:
        assert find(name, self.listed, "exported") is resource_types()["customer-contacts"]

    @pytest.mark.parametrize(
        ("name", "problem", "remedy"),
        [
            ("robots", "There is no resource 'robots'.", "Choose one of: customers."),
            (
                "customer-groups",
                "customer-groups can't be imported: the API has no such operation.",
                "Possible: customers.",
            ),
        ],
    )
    def test_one_that_will_not_do_is_refused_with_those_that_would(
        self, name: str, problem: str, remedy: str
    ) -> None:
        with pytest.raises(UnknownResourceError) as caught:
            find(name, self.batched, "imported")
        assert (caught.value.problem, caught.value.remedy) == (problem, remedy)

    def test_where_none_will_do_it_says_so(self) -> None:
        with pytest.raises(UnknownResourceError, match=r"Choose one of: none\."):
            find("robots", lambda _: False, "painted")


def test_another_key_has_another_name_in_json() -> None:
    listing = resource_types()["customers"].listing
    assert listing is not None
    assert evolve(listing, key="display_name").key_name == "displayName"
    assert evolve(listing, key="robot").key_name is None
