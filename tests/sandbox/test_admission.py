"""Who comes in: tokens, tenants, languages; and how everybody else is told."""

import pytest

from flow_retail_sandbox.errors import PROBLEMS, preferred_language


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Basic sandbox-token-acme", "sandbox-token-acme"],
)
def test_without_a_good_token_the_response_is_401(api, authorization):
    response = api("GET", "/customers", headers={"authorization": authorization})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "UNAUTHORIZED"


def test_the_scheme_is_read_regardless_of_case(api):
    api.ok("GET", "/customers", headers={"authorization": "bearer sandbox-token-acme"})


def test_another_tenants_token_is_forbidden(api):
    headers = {"authorization": "Bearer sandbox-token-nordlys"}
    assert api.refused(403, "GET", "/customers", headers=headers)["code"] == "FORBIDDEN"


def test_an_unknown_tenant_is_not_found(api, sandbox):
    api.url = f"{sandbox.base_url}/tenants/nobody"
    assert api.refused(404, "GET", "/customers")["code"] == "TENANT_NOT_FOUND"


def test_a_token_is_checked_before_anything_else(api):
    api.refused(401, "GET", "/customers/nope", headers={"authorization": ""})
    api.refused(401, "POST", "/customers", {"customerType": 1}, headers={"authorization": ""})


@pytest.fixture
def exchange(api):
    def call(token="sandbox-user-acme", status=200):
        response = api("POST", "/account", headers={"authorization": f"Bearer {token}"})
        assert response.status_code == status
        return response.json()

    return call


def using(token: dict) -> dict[str, str]:
    return {"authorization": f"Bearer {token['accessToken']}"}


def test_a_user_auth_token_is_exchanged_for_an_access_token_that_opens_the_tenant(api, exchange):
    granted = exchange()
    assert granted["expiresIn"] == 3600
    api.ok("GET", "/customers", headers=using(granted))
    assert exchange()["accessToken"] != granted["accessToken"]


def test_only_a_user_auth_token_is_exchanged_and_it_opens_nothing_else(api, exchange):
    exchange("sandbox-token-acme", 401)
    exchange("sandbox-user-nordlys", 403)
    api.refused(401, "GET", "/customers", headers={"authorization": "Bearer sandbox-user-acme"})


def test_access_tokens_expire(api, exchange, sandbox):
    granted = exchange()
    assert sandbox.sandbox.tokens.expire() == 1
    problem = api.refused(401, "GET", "/customers", headers=using(granted))
    assert problem["code"] == "TOKEN_EXPIRED"
    sandbox.sandbox.tokens.access_token_seconds = 0
    assert api.refused(401, "GET", "/customers", headers=using(exchange()))["code"] == "TOKEN_EXPIRED"


def test_access_tokens_are_revoked_by_tenant(api, exchange, sandbox):
    granted = exchange()
    assert sandbox.sandbox.tokens.revoke("nordlys") == 0
    api.ok("GET", "/customers", headers=using(granted))
    assert sandbox.sandbox.tokens.revoke("acme") == 1
    api.refused(401, "GET", "/customers", headers=using(granted))


def test_messages_are_in_the_language_asked_for(api):
    norwegian = api("GET", "/customers/nope", headers={"accept-language": "nb-NO,en;q=0.5"})
    assert norwegian.json()["message"] == "Kunde nope finnes ikke"
    assert norwegian.headers["content-language"] == "nb"
    english = api("GET", "/customers/nope", headers={"accept-language": "en"})
    assert english.json()["message"] == "Customer nope does not exist"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"), ("*", "en"), ("nb", "nb"), ("no", "nb"), ("nn-NO", "nb"), ("de, nb;q=0.1", "nb"),
        ("nb;q=0.2, en;q=0.8", "en"), ("nb;q=x", "en"), ("nb;q=0", "en"), (",;,", "en"),
    ],
)  # fmt: skip
def test_the_preferred_language_is_found(header, language):
    assert preferred_language(header) == language


def test_every_problem_of_the_api_has_a_text_in_both_languages_with_the_same_details():
    from string import Formatter

    def details(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    in_english = {name for name, problem in PROBLEMS.items() if not problem.nb}
    assert in_english == {  # what the sandbox says for itself, whatever language is asked for
        "INVALID_FAULT", "MALFORMED_REQUEST", "INVALID_HOST", "ADMIN_TOKEN_REQUIRED", "CROSS_SITE_REQUEST",
        "REQUEST_TIMEOUT", "HOST_NOT_ALLOWED", "HEADERS_TOO_LARGE",
    }  # fmt: skip
    for name, problem in PROBLEMS.items():
        assert name in in_english or details(problem.en) == details(problem.nb)
        assert 400 <= problem.status <= 599


def test_every_error_has_a_log_id_of_its_own(api):
    ids = {api.refused(404, "GET", "/customers/nope")["logId"] for _ in range(3)}
    assert len(ids) == 3
