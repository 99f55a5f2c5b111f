import copy
import pickle

import pytest

from flow_retail_core import errors
from flow_retail_core.errors import APIStatusError, BatchError, DecodeError, FlowRetailError, error_class

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, FlowRetailError)
]

EXAMPLES = [
    errors.APIConnectionError("customers.get: refused", operation="customers.get", attempts=4),
    errors.APITimeoutError("slow", operation="customers.get", attempts=1, may_have_been_processed=True),
    errors.DeadlineExceededError("late", operation="customers.get", attempts=2),
    errors.TokenError("no token"),
    DecodeError(path="$.items[3]", reason="null", operation="customers.list", attempts=1),
    BatchError("2 of 3 failed", result=["anything"], operation="customers.batch"),
    errors.RateLimitError(
        status_code=429, code="SLOW", message="Slow down", log_id="l-1", retry_after=3.5, body=b"{}",
        operation="customers.get", attempts=2, may_have_been_processed=True,
    ),
    APIStatusError(status_code=418),
]  # fmt: skip


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_survives_pickling_with_all_its_attributes(error, protocol):
    error.add_note("seen in production")
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is type(error)
    assert (str(back), back.args, vars(back)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_copying(error):
    for back in (copy.copy(error), copy.deepcopy(error)):
        assert type(back) is type(error)
        assert (str(back), vars(back)) == (str(error), vars(error))


@pytest.mark.parametrize("cls", CLASSES)
def test_every_class_is_drawn_in_the_tree(cls):
    assert cls.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"), (401, "AuthenticationError"), (403, "PermissionDeniedError"),
        (404, "NotFoundError"), (409, "ConflictError"), (422, "UnprocessableEntityError"),
        (429, "RateLimitError"), (500, "InternalServerError"), (503, "InternalServerError"),
        (599, "InternalServerError"), (302, "APIStatusError"), (418, "APIStatusError"),
        (408, "APIStatusError"),
    ],
)  # fmt: skip
def test_each_status_has_its_class(status, name):
    assert error_class(status).__name__ == name


def test_the_text_names_operation_status_code_message_and_log_id():
    error = errors.NotFoundError(
        status_code=404, code="NO_CUSTOMER", message="No such customer", log_id="l-7",
        operation="customers.get",
        attempts=2, body=b"Kari Nordmann",
    )  # fmt: skip
    assert str(error) == "customers.get: 404 NO_CUSTOMER: No such customer (logId l-7, 2 attempts)"
    assert repr(error) == f"<NotFoundError {error}>"
    assert "Kari" not in repr(error)


def test_the_text_of_an_error_page_is_just_the_status():
    assert str(errors.InternalServerError(status_code=502, operation="customers.get")) == "customers.get: 502"
    assert str(errors.RateLimitError(status_code=429, retry_after=2.5)) == "request: 429 (retry after 2.5 s)"


def test_a_long_or_multiline_message_is_clipped_to_one_line():
    text = str(APIStatusError(status_code=400, message="first\nsecond\x1b[0m" + "x" * 10_000))
    assert "\n" not in text
    assert "\x1b" not in text
    assert len(text) < 400


def test_a_decode_error_composes_its_text_or_takes_one():
    error = DecodeError(path="$.items", reason="null", operation="customers.list")
    assert str(error) == "customers.list: the response can't be read: $.items is null"
    assert error.may_have_been_processed
    assert str(DecodeError("odd", path="$.x")) == "odd"
