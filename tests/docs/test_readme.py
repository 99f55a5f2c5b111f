"""What the README says besides its blocks of code, which test_examples runs."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from example_pages import ROOT
from markdown_it import MarkdownIt

from flow_retail_client import FlowRetail, models, resources
from flow_retail_sandbox import run_sandbox

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def targets() -> Iterator[str]:
    """Where the README's links and pictures lead."""
    for token in MarkdownIt("commonmark").parse(README):
        for child in token.children or []:
            if child.type in {"link_open", "image"}:
                yield str(child.attrs.get("href") or child.attrs["src"])


async def test_the_calls_named_in_passing_work():
    calls = re.findall(r"`(?:await )?(flow\.[^`]*\([^`]*\))`", README)
    assert calls
    with run_sandbox(customers=20) as sandbox:
        async with FlowRetail(tenant=sandbox.tenant, token=sandbox.token, base_url=sandbox.base_url) as flow:
            await flow.customers.create(
                models.CustomerCreate(customer_type=models.CustomerType.PERSON, customer_uid="c-1")
            )
            for call in calls:
                if "stores" in call:
                    continue  # an endpoint that the sandbox lacks, too
                await eval(call, {"flow": flow, "CustomerUpdate": models.CustomerUpdate})


def test_the_table_of_operations_is_complete():
    for name, methods in re.findall(r"^\| `flow\.(\w+)` \| (.*?) \|$", README, re.MULTILINE):
        resource = getattr(resources, FlowRetail.RESOURCES[name])
        assert re.findall(r"`(\w+)`", methods) == list(resource.OPERATIONS)


def test_every_link_works_on_a_package_index():
    assert [target for target in targets() if not target.startswith("https://")] == []


def test_every_link_to_the_repository_leads_to_a_file_of_it():
    repository = PROJECT["urls"]["Repository"]
    pages = {f"{repository}/issues", *re.findall(rf"{repository}/actions/[\w/.-]+", README)}
    for target in (*targets(), *PROJECT["urls"].values()):
        found = re.fullmatch(rf"{repository}/(?:blob|tree|raw)/main/(.+)", target)
        if found:
            assert (ROOT / found[1]).exists(), target
        else:
            assert not target.startswith("https://github.com/") or target in {repository, *pages}


def test_a_package_index_renders_it_whole():
    pytest.importorskip("comrak", reason="needs readme-renderer[md]")
    from readme_renderer.markdown import render

    html = render(README)
    assert html is not None
    for heading in re.findall(r"^## (.+)$", README, re.MULTILINE):
        assert heading in html
