"""The workflows: pinned, with no more rights than they need, and no text from outside in a shell."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))


def _read(file):
    return YAML(typ="safe").load(file)


def _steps(file):
    for job in _read(file)["jobs"].values():
        yield from job["steps"]


def test_the_workflows_are_there():
    assert {file.stem for file in FILES} >= {"ci", "regenerate", "release"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit_with_their_version_beside(file):
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", file.read_text(), re.MULTILINE)
    assert used
    for each in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rights_are_given_job_by_job(file):
    workflow = _read(file)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert "timeout-minutes" in job


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_expression_is_written_into_a_script(file):
    for step in _steps(file):
        assert "${{" not in step.get("run", "")


def test_the_job_that_reads_pages_may_write_nothing():
    jobs = _read(REPOSITORY / ".github/workflows/regenerate.yml")["jobs"]
    assert jobs["refresh"]["permissions"] == {"contents": "read"}
    # And the one that may write runs nothing of the repository.
    assert not any("make" in step.get("run", "") for step in jobs["propose"]["steps"])


def test_a_refresh_may_change_what_is_generated_and_nothing_else():
    jobs = _read(REPOSITORY / ".github/workflows/regenerate.yml")["jobs"]
    (script,) = [step["run"] for step in jobs["propose"]["steps"] if "allowed=" in step.get("run", "")]
    allowed = re.compile(re.search(r"allowed='(.*)'", script)[1])
    for path in (
        "flow_retail_client/models/customer.py",
        "openapi/fragments/customer/order.txt",
        "openapi/openapi.json",
        "openapi/names.json",
    ):
        assert allowed.search(path), path
    for path in (
        ".github/workflows/ci.yml",
        "Makefile",
        "custom/flow_retail_core/auth.py",
        "openapi/pipeline/refresh/update.py",
        "openapi/overlay.yaml",
        "openapi/templates/client.py.jinja",
        "openapi/openapi.json.py",
        "x/flow_retail_client/models/customer.py",
    ):
        assert not allowed.search(path), path


def test_every_supported_python_is_tested():
    import tomllib

    classifiers = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["classifiers"]
    supported = [each.rpartition(" ")[2] for each in classifiers if re.search(r":: 3\.\d+$", each)]
    jobs = _read(REPOSITORY / ".github/workflows/ci.yml")["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == supported
    for name in ("ci", "release"):
        text = (REPOSITORY / f".github/workflows/{name}.yml").read_text()
        assert f'PYTHONS="{" ".join(supported)}"' in text
