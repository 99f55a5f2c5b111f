"""Models with cattrs, by its own strategy."""

from attrs import define
from cattrs import Converter
from cattrs.strategies import use_class_methods
from read_models import customer

from flow_retail_client.models import Customer, CustomerCreate


@define
class Order:
    customer: Customer
    others: list[CustomerCreate]


def test_cattrs_reads_and_writes_models_by_their_class_methods():
    converter = Converter()
    use_class_methods(converter, "from_dict", "to_dict")
    data = {"customer": customer(new=1, customerType="ROBOT"), "others": [{"customerType": "PERSON"}]}
    order = converter.structure(data, Order)
    assert order.customer == Customer.from_dict(data["customer"])
    assert order.others == [CustomerCreate(customer_type="PERSON")]
    assert converter.unstructure(order) == data
    assert converter.unstructure(order.customer) == data["customer"]
