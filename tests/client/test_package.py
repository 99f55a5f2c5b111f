"""The package as it is installed: public names, what importing it costs, what it stands on."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

import flow_retail_client
from flow_retail_client import models


def run(program: str, *flags: str) -> str:
    """Run a program in a fresh interpreter, outside the repository."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *flags, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(sys.prefix),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_tested_is_the_installed_wheel():
    repository = Path(__file__).parents[2]
    for package in (
        "flow_retail_cli",
        "flow_retail_client",
        "flow_retail_core",
        "flow_retail_pytest",
        "flow_retail_records",
        "flow_retail_sandbox",
        "flow_retail_spark",
    ):
        # Found, not imported: an extra that a package needs may not be installed.
        found = run(f"from importlib.util import find_spec; print(find_spec('{package}').origin)").strip()
        assert Path(found).is_relative_to(sys.prefix)
        assert not Path(found).is_relative_to(repository / "custom")
    assert Path(flow_retail_client.__file__).is_relative_to(sys.prefix)


def test_nothing_named_custom_is_installed():
    files = importlib.metadata.files("flow-retail-client") or []
    top = {
        file.parts[0] for file in files if not file.parts[0].startswith((".", "_")) and ".." not in file.parts
    }
    assert {name for name in top if ".dist-info" not in name} == {
        "flow_retail_cli",
        "flow_retail_client",
        "flow_retail_core",
        "flow_retail_pytest",
        "flow_retail_records",
        "flow_retail_sandbox",
        "flow_retail_spark",
    }


def test_the_client_needs_its_four_dependencies_and_nothing_else():
    program = """
import json, sys
sys.modules["opentelemetry"] = None  # as without the extra `otel`
from flow_retail_client import FlowRetail
from flow_retail_client.models import Customer
FlowRetail(tenant='acme', token='t')
import importlib.metadata as metadata
owners = metadata.packages_distributions()
del sys.modules["opentelemetry"]
tops = {name.partition('.')[0] for name in sys.modules}
print(json.dumps(sorted({owner for top in tops for owner in owners.get(top, ())})))
"""
    loaded = {name.lower().replace("_", "-") for name in json.loads(run(program))}
    needed = {"httpx", "attrs", "python-dateutil", "orjson"}
    of_those = {"anyio", "certifi", "h11", "httpcore", "idna", "six", "typing-extensions", "pyyaml"}
    # httpx itself imports these where they happen to be installed.
    of_site = {"setuptools"}  # a .pth file of its own
    of_httpx = {"click", "rich", "pygments", "markdown-it-py", "mdurl", "h2", "hpack", "hyperframe"}
    assert needed <= loaded
    assert loaded <= needed | of_those | of_httpx | of_site | {"flow-retail-client"}


def test_models_are_listed_without_being_imported_and_unknown_names_are_refused():
    assert set(models.__all__) <= set(dir(models))
    assert models.Customer is models.Customer
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = models.Nonsense


def test_every_model_can_be_imported():
    for name in models.__all__:
        assert getattr(models, name).__name__ == name


def test_the_public_names_are_these():
    assert sorted(flow_retail_client.__all__, key=str) == sorted(
        [
            "APIConnectionError",
            "APIStatusError",
            "APITimeoutError",
            "AccountTokenProvider",
            "AsyncFile",
            "AuthenticationError",
            "BadRequestError",
            "BatchError",
            "BatchInput",
            "BatchOutcome",
            "BatchProgress",
            "BatchResult",
            "BatchStream",
            "BodyStream",
            "CapturedResponse",
            "ConflictError",
            "ConnectionStats",
            "DeadlineExceededError",
            "DecodeError",
            "Deviation",
            "Environment",
            "FileSource",
            "FlowRetail",
            "FlowRetailError",
            "Headers",
            "Hooks",
            "HttpClient",
            "InternalServerError",
            "ListChanges",
            "Model",
            "NotFoundError",
            "Operation",
            "Page",
            "Pager",
            "ParameterValue",
            "PermissionDeniedError",
            "RateLimitError",
            "Request",
            "RequestEvent",
            "Response",
            "ResponseEvent",
            "Retry",
            "RetryEvent",
            "SchemaDrift",
            "SendWithToken",
            "Timeout",
            "TokenError",
            "TokenProvider",
            "TokenSource",
            "Transport",
            "TransportFailure",
            "TransportOption",
            "UNSET",
            "UnprocessableEntityError",
            "Upload",
            "Unset",
            "__version__",
            "capture_responses",
            "models",
        ]
    )
    for name in flow_retail_client.__all__:
        assert getattr(flow_retail_client, name) is not None


def test_every_generated_file_says_so_in_line_one():
    for file in Path(flow_retail_client.__file__).parent.rglob("*.py"):
        first = file.read_text(encoding="utf-8").split("\n", 1)[0]
        assert first.startswith("# Generated by `make generate`"), file.name


def test_the_demo_does_the_main_job():
    demo = Path(__file__).parents[2] / "examples" / "demo.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(demo)],
        capture_output=True,
        text=True,
        check=False,
        cwd=sys.prefix,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("refused: item") == 7
    assert "5,000 of 5,000 customers" in done.stdout
    assert "993 succeeded, 7 refused, 0 unknown" in done.stdout
    assert "the duplicate is gone" in done.stdout
    for reason in ("503", "429"):
        assert reason in done.stdout.partition("retried: ")[2]
    assert len(done.stdout.splitlines()) < 60
