"""Lists by name: every paged method of the client, by rule."""

import pytest

from flow_retail_records.resources import resource_types
from flow_retail_spark.lists import find_list, lists
from flow_retail_spark.options import OptionError, SourceOptions


def test_every_list_of_the_client_has_a_name() -> None:
    assert len(lists()) == sum(len(resource_type.lists) for resource_type in resource_types().values())
    assert {"customers", "customer_contacts", "customer_groups", "customer_groups.list_customers"} <= set(
        lists()
    )


@pytest.mark.parametrize("name", ["customer_groups.list_customers", "customer-groups.list-customers"])
def test_dashes_stand_for_underscores(name: str) -> None:
    assert find_list(name).listing.operation.name == "customer_groups.list_customers"


def test_a_name_that_does_not_exist_is_reported_with_those_that_do() -> None:
    with pytest.raises(
        OptionError, match=r"^option resource: there is no list 'robots'; there are: customers, "
    ):
        find_list("robots")


def test_arguments_are_options_of_their_names() -> None:
    given = SourceOptions({"Customer_Uid": "c-1", "sort_by": "createdAt", "page_size": "5"}, "read")
    arguments = find_list("customer_contacts.list_for_customer").arguments(given)
    assert arguments == {"customer_uid": "c-1", "sort_by": "createdAt"}


def test_an_argument_that_the_list_needs_is_reported() -> None:
    with pytest.raises(
        OptionError, match=r"^option customer_uid is missing: .*list_for_customer lists what belongs"
    ):
        find_list("customer_contacts.list_for_customer").arguments(SourceOptions({}, "read"))
