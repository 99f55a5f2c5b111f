import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_retail_core.validation import check_base_url, check_path, is_loopback


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com:8443/v2//", "https://api.example.com:8443/v2"),
        ("http://localhost:8000/v2", "http://localhost:8000/v2"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("HTTPS://API.example.com/v2", "https://API.example.com/v2"),
    ],
)
def test_a_base_url_loses_its_slashes_at_the_end(url, checked):
    assert check_base_url(url) == checked


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "is empty"), ("api.example.com", "absolute"), ("/v2", "absolute"),
        ("ftp://api.example.com", "absolute"),
        ("https://", "absolute"), ("https://:443", "absolute"), ("https://a:99999", "absolute"),
        ("https://a:0", "absolute"), ("https://[::1", "absolute"), ("https://u@a.example", "user name"),
        ("https://u:s3cret@a.example", "user name"), ("https://a.example?s3cret=1", "query"),
        ("https://a.example/?", "query"), ("https://a.example#s3cret", "fragment"),
        ("https://a.example/../v2", "segments"), ("https://a.example/v2/%2e%2e/x", "segments"),
        ("https://a.example//v2", "segments"), ("https://a.example/ v2", "spaces"),
        ("https://a.example\n", "spaces"),
        ("https://a.example\\@evil.example", "backslashes"), ("https://æ.example", "non-ASCII"),
        ("http://api.example.com", "https"), ("http://127.0.0.1.example.com", "https"),
        ("http://10.0.0.1", "https"),
        ("http://0.0.0.0", "https"), ("http://[::2]", "https"), ("http://localhost.example.com", "https"),
        ("http://0x7f.1", "https"),
    ],
)  # fmt: skip
def test_a_base_url_that_a_token_must_not_go_to_is_refused_without_showing_it(url, problem):
    with pytest.raises(ValueError, match=f"^base_url.*{problem}") as caught:
        check_base_url(url)
    assert "s3cret" not in str(caught.value)


def test_a_base_url_must_be_text():
    with pytest.raises(TypeError, match="base_url must be a str, not int"):
        check_base_url(5)


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("LOCALHOST", True), ("127.0.0.1", True), ("127.255.0.1", True), ("::1", True),
     ("128.0.0.1", False), ("::", False), ("example.com", False), ("127.1", False)],
)  # fmt: skip
def test_loopback_is_this_machine_only(host, local):
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("/tenants/{tenantUid}/stores", "/tenants/{tenantUid}/stores"), ("/a/", "/a/"),
        ("/a b/é", "/a%20b/%C3%A9"),
        ("/a%2Fb", "/a%2Fb"), ("/a:b@c", "/a:b@c"), ("/...", "/..."),
    ],
)  # fmt: skip
def test_a_path_is_percent_encoded_but_not_twice(path, checked):
    assert check_path(path) == checked


@pytest.mark.parametrize(
    "path",
    ["", "/", "stores", "https://evil.example/x", "//evil.example/x", "/a//b", "/a/../b", "/..", "/a/.",
    "/%2e%2E/b",
     "/a?b=c", "/a#b", "/a\\b", "/a\nb", "/a\x7f", "/{storeUid}", "/{tenantUid", "/a}", "/\ud800"],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(ValueError, match=r"^path"):
        check_path(path)


def test_a_path_must_be_text():
    with pytest.raises(TypeError, match="path must be a str, not NoneType"):
        check_path(None)


@given(st.text())
def test_no_text_gets_past_the_check_as_another_resource(text):
    try:
        checked = check_path(f"/tenants/acme/{text}")
    except ValueError:
        return
    assert checked.startswith("/tenants/acme/")
    assert checked.isascii()
    assert not any(step in {".", "..", ""} for step in checked.removesuffix("/").split("/")[1:])
