"""Options: read whatever their case, and named where they are wrong."""

from pathlib import Path

import pytest

from flow_retail_spark.options import OptionError, SourceOptions


def test_names_are_compared_without_their_case() -> None:
    options = SourceOptions({"PAGE_Size": "7", "ResOURCE": "customers"}, "read")
    assert options.whole("page_size", 1) == 7
    assert options.needed("resource", "") == "customers"
    options.check_all_taken()


def test_what_is_not_given_or_empty_is_none_or_the_default() -> None:
    options = SourceOptions({"report_path": "", "page_size": "", "rate": "", "mode": ""}, "read")
    assert options.text("resource") is None
    assert options.folder("report_path") is None
    assert options.whole("page_size", 200) == 200
    assert options.number("rate") is None
    assert options.choice("mode", "report", "fail") == "report"


def test_what_must_be_given_is_named_with_what_to_write() -> None:
    with pytest.raises(OptionError, match=r"^option resource is missing: name a list$"):
        SourceOptions({}, "read").needed("resource", "name a list")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "1e3", " 5"])
def test_a_value_that_is_no_whole_number_is_named_with_its_option(value: str) -> None:
    with pytest.raises(OptionError, match=r"^option page_size must be a whole number of at least 1"):
        SourceOptions({"page_size": value}, "read").whole("page_size", 1)


@pytest.mark.parametrize("value", ["0", "-0.5", "inf", "nan", "fast"])
def test_a_value_that_is_no_number_above_0_is_named_with_its_option(value: str) -> None:
    with pytest.raises(OptionError, match=rf"^option rate must be a number above 0, not '{value}'$"):
        SourceOptions({"rate": value}, "read").number("rate")


def test_numbers_and_words_are_taken() -> None:
    options = SourceOptions({"rate": "0.5", "on_drift": "FAIL"}, "read")
    assert options.number("rate") == 0.5
    assert options.choice("on_drift", "report", "fail") == "fail"


def test_a_word_that_is_none_of_the_choices_is_named_with_them() -> None:
    with pytest.raises(OptionError, match=r"^option on_drift must be one of report, fail, not 'explode'$"):
        SourceOptions({"on_drift": "explode"}, "read").choice("on_drift", "report", "fail")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("page_sise", r"did you mean page_size\?"),
        ("Page-Size", r"did you mean page_size\?"),
        ("customerexternalid", r"did you mean customer_external_id\?"),
        ("zzz", "there are: page_size, customer_external_id"),
    ],
)
def test_an_unknown_option_is_named_with_the_nearest(written: str, hint: str) -> None:
    options = SourceOptions({written: "1"}, "read")
    options.text("page_size")
    options.text("customer_external_id")
    with pytest.raises(OptionError, match=f"^option {written.lower()} is unknown to a read; {hint}$"):
        options.check_all_taken()


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "Token",
        "auth_token",
        "accessToken",
        "flow-retail.token",
        "user_auth_token",
        "Authorization",
        "password",
        "client_secret",
        "clientSecret",
        "api_key",
        "apiKey",
        "bearer",
    ],
)
def test_secrets_are_refused_without_being_shown(name: str) -> None:
    with pytest.raises(OptionError) as caught:
        SourceOptions({name: "sesame-open"}, "read")
    assert name.lower() in str(caught.value)
    assert "FLOW_RETAIL_TOKEN" in str(caught.value)
    assert "token_file" in str(caught.value)
    assert "sesame" not in repr(caught.value)


def test_the_file_of_a_token_is_no_secret() -> None:
    assert SourceOptions({"token_file": "/run/token"}, "read").text("token_file") == "/run/token"


class TestFolders:
    def test_a_folder_is_made_of_a_path(self, tmp_path: Path) -> None:
        folder = SourceOptions({"report_path": str(tmp_path)}, "read").folder("report_path")
        assert folder is not None
        assert folder.uri == str(tmp_path)

    def test_a_store_that_arrow_does_not_know_is_named_with_its_option(self) -> None:
        with pytest.raises(
            OptionError, match=r"^option report_path: nostore://bucket/x can't be opened \(.*URI of"
        ):
            SourceOptions({"report_path": "nostore://bucket/x"}, "read").folder("report_path")

    def test_a_password_in_a_uri_is_refused_without_being_shown(self) -> None:
        with pytest.raises(OptionError, match="option rejects_path: secrets do not belong") as caught:
            SourceOptions({"rejects_path": "s3://key:sesame@bucket/x"}, "write").folder("rejects_path")
        assert "sesame" not in repr(caught.value)
