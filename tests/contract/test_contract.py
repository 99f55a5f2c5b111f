"""The sandbox keeps to the document, whatever schemathesis makes up; `make contract` tries for longer."""

import json
from copy import deepcopy

import pytest
from contract_document import operations, sandbox_document
from contract_links import add_links
from contract_run import PHASES, PUBLISHED, Outcome, run_contract
from contract_settings import Extent

# A run makes some eighty requests for each operation, of which each page of the reference brings more.
pytestmark = pytest.mark.timeout(600)

SHORT = Extent(max_examples=5, max_sequences=20)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> Outcome:
    return run_contract(tmp_path_factory.mktemp("contract"), seed=1, extent=SHORT)


def test_schemathesis_finds_nothing(outcome):
    assert (outcome.failures, outcome.exit_code) == (0, 0), outcome.text
    assert set(outcome.phases.values()) == {"success"}


def test_every_operation_of_the_document_is_covered(outcome):
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert outcome.operations == [f"{method} {path}" for method, path, _ in operations(published)]
    assert outcome.not_covered == []


def test_every_phase_tries_something(outcome):
    assert set(outcome.phases) == set(PHASES)
    assert all(outcome.cases[phase] >= len(outcome.operations) for phase in PHASES), outcome.cases


def test_responses_are_followed_up(outcome):
    assert outcome.transitions >= 10


@pytest.mark.parametrize(
    "check",
    [
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
        "positive_data_acceptance", "missing_required_header", "unsupported_method",
        "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
        "object_level_authorization",
    ],
)  # fmt: skip
def test_no_check_is_left_out(outcome, check):
    assert outcome.checks[check] > len(outcome.operations)


def test_a_sandbox_that_breaks_the_document_is_found_out(tmp_path):
    spoiled = "unexpected_null*always@customers.get,field=customerUid; 500*always@customer_groups.get"
    found = run_contract(tmp_path, seed=1, extent=Extent(2, 2), phases=("examples",), faults=spoiled)
    assert found.exit_code == 1
    assert found.failures >= 2, found.text
    assert "GET /tenants/{tenantUid}/customer-groups/{customerGroupUid}" in found.not_covered
    assert "GET /tenants/{tenantUid}/customers/{customerUid}" not in found.not_covered
    assert found.phases["examples"] == "failure"
    assert "no request was made with what an earlier one had given" in found.complaints


def test_what_is_added_to_the_document_takes_nothing_back():
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    before = deepcopy(published)
    document = sandbox_document(published, "acme")
    assert published == before
    assert [known[:2] for known in operations(document)] == [known[:2] for known in operations(published)]
    for (_, _, ours), (_, _, theirs) in zip(operations(document), operations(published), strict=True):
        assert ours["responses"].keys() == theirs["responses"].keys()
        assert ours.get("requestBody") == theirs.get("requestBody")


def test_whatever_gives_a_uid_is_linked_to_whatever_takes_it():
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    added = add_links(document)
    paths = document["paths"]
    created = paths["/tenants/{tenantUid}/customers/{customerUid}/contacts"]["post"]["responses"]["200"][
        "links"
    ]
    assert created["customer_contacts.delete_for_customer"]["parameters"] == {
        "path.customerUid": "$request.path.customerUid",
        "path.customerContactUid": "$response.body#/customerContactUid",
    }
    one = paths["/tenants/{tenantUid}/customer-groups/{customerGroupUid}"]
    assert "links" not in one["get"]["responses"]["200"]  # it gives nothing that was not asked with
    linked = {
        name
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for name in response.get("links", {})
    }
    assert linked >= {
        "customers.create",
        "customers.get",
        "customer_groups.delete",
        "customer_contacts.update",
    }
    assert added >= len(linked)
