"""An error code says something only as a whole, never by a word somewhere in it."""

import pytest

from flow_retail_core.batch.error_codes import is_ambiguous, is_transient, says_absent, says_other_absent


@pytest.mark.parametrize(
    ("code", "transient"),
    [
        ("429", True),
        ("HTTP_429", True),
        ("TOO_MANY_REQUESTS", True),
        ("TooManyRequests", True),
        ("rateLimited", True),
        ("RATE-LIMIT", True),
        ("THROTTLED", True),
        ("temporarily.unavailable", True),
        ("SERVICE_UNAVAILABLE", True),
        ("LOCK_WAIT", True),
        ("ROW_LOCKED", True),
        ("DEADLOCK", True),
        ("Timeout", True),
        ("timedOut", True),
        ("SERVER_BUSY", True),
        ("TRY_AGAIN_LATER", True),
        ("RATE_LIMIT_EXCEEDED", True),
        ("TENANT_RATE_LIMIT", True),
        ("RateLimitExceededException", True),
        ("503_SERVICE_UNAVAILABLE", True),
        ("504", True),
        ("PAYMENT_PROVIDER_TIMEOUT", True),
        ("RETRY_LATER", True),
        ("CUSTOMER_BLOCKED", False),
        ("CONTRACT_LOCKED", False),
        ("LOCKED_FIELD", False),
        ("RETRY_NOT_ALLOWED", False),
        ("DO_NOT_RETRY", False),
        ("RETRY_COUNT_EXCEEDED", False),
        ("TIMEOUT_SETTING_INVALID", False),
        ("INVALID_TIMEOUT", False),
        ("TOO_MANY_CONTACTS", False),
        ("TEMPORARY_ADDRESS_INVALID", False),
        ("PRODUCT_UNAVAILABLE", False),
        ("INVALID_RATE_LIMIT", False),
        ("RATE_LIMIT_SETTING_INVALID", False),
        ("CUSTOMER_429_INVALID", False),
        ("42900", False),
        ("429-17", False),
        ("HTTP_" * 100_000, False),
        ("SEPARATE_ADDRESS", False),
        ("INVALID_RATE", False),
        ("1429", False),
        ("INVALID", False),
        ("", False),
        (None, False),
    ],
)
def test_which_codes_are_transient(code: str | None, transient: bool) -> None:
    assert is_transient(code) is transient


@pytest.mark.parametrize(
    ("code", "ambiguous"),
    [
        *((code, True) for code in ("408", "HTTP_504", "502", "Timeout", "LOCK_TIMEOUT", "timed out")),
        *((code, False) for code in ("429", "503", "TIMEOUT_SETTING_INVALID", "NO_TIMEOUT", "5040", None)),
    ],
)
def test_only_a_server_that_gave_up_waiting_leaves_an_item_open(code: str | None, ambiguous: bool) -> None:
    assert is_ambiguous(code) is ambiguous


@pytest.mark.parametrize(
    "code",
    [
        "NotFoundError",
        "NOT_FOUND",
        "not-found",
        "notFoundException",
        "CUSTOMER_NOT_FOUND",
        "customer.not.found",
        "CUSTOMER_UID_NOT_FOUND",
        "ITEM_NOT_FOUND",
        "RESOURCE_GONE",
        "ALREADY_DELETED",
        "CUSTOMER_DOES_NOT_EXIST",
        "NO_SUCH_CUSTOMER",
        "404",
        "HTTP_404",
        "404_NOT_FOUND",
        "410",
    ],
)
def test_a_code_that_as_a_whole_says_not_found_says_that_the_item_is_absent(code: str) -> None:
    assert says_absent(code, "customerUid")
    assert not says_other_absent(code, "customerUid")


@pytest.mark.parametrize(
    "code",
    [
        "CANNOT_BE_DELETED",
        "NOT_DELETED",
        "DELETED",
        "UNKNOWN_ERROR",
        "UNKNOWN",
        "MISSING_PERMISSION",
        "RELATION_MISSING",
        "MUST_NOT_EXIST",
        "E404",
        "4041",
        "PARENT_NOT_FOUND",
        "CUSTOMER_PARENT_NOT_FOUND",
        "CUSTOMER_GROUP_NOT_FOUND",
        "GROUP_NOT_FOUND",
        "TENANT_NOT_FOUND",
        "CUSTOMER_NOT_FOUND_IN_STORE",
        "É_NOT_FOUND",
        None,
    ],
)
def test_a_code_that_merely_holds_such_words_does_not(code: str | None) -> None:
    assert not says_absent(code, "customerUid")
    assert says_other_absent(code, "customerUid") is ("NOT_FOUND" in (code or ""))
