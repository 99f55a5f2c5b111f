"""Lists by name, and their arguments."""

import pytest

from flow_retail_records.resources import lists
from flow_retail_spark.lists import find_list, read_arguments
from flow_retail_spark.options import OptionError, SourceOptions


@pytest.mark.parametrize("name", ["customer_groups.list_customers", "customer-groups.list-customers"])
def test_dashes_stand_for_underscores(name: str) -> None:
    assert find_list(name).operation.name == "customer_groups.list_customers"


def test_a_name_that_does_not_exist_is_reported_with_those_that_do() -> None:
    with pytest.raises(OptionError, match=r"^option resource: There is no resource 'robots'\. ") as caught:
        find_list("robots")
    assert f"Choose one of: {', '.join(lists())}." in str(caught.value)


def test_arguments_are_options_of_their_names() -> None:
    given = SourceOptions({"Customer_Uid": "c-1", "sort_by": "createdAt", "page_size": "5"}, "read")
    arguments = read_arguments(find_list("customer_contacts.list_for_customer"), given)
    assert arguments == {"customer_uid": "c-1", "sort_by": "createdAt"}


def test_an_argument_that_the_list_needs_is_reported() -> None:
    with pytest.raises(
        OptionError, match=r"^option customer_uid is missing: .*list_for_customer lists what belongs"
    ):
        read_arguments(find_list("customer_contacts.list_for_customer"), SourceOptions({}, "read"))
