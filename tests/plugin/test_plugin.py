"""The plugin as pytest finds it: in projects without a conftest, with every runner, without the extra."""

import json
import os
import sys
from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

USES = """
    import asyncio
    import gc

    import pytest

    async def total(flow):
        return (await flow.customers.list(page_size=5)).total_count

    def test_plain(flow_retail):
        assert asyncio.run(total(flow_retail)) == 250

    def teardown_module():
        gc.collect()
"""
STRICT = """
    @pytest.mark.asyncio
    async def test_awaits(flow_retail):
        assert await total(flow_retail) == 250

    @pytest.mark.asyncio(loop_scope="module")
    async def test_awaits_on_the_modules_loop(flow_retail):
        assert await total(flow_retail) == 250

    @pytest.mark.asyncio(loop_scope="module")
    async def test_awaits_on_the_modules_loop_again(flow_retail):
        assert await total(flow_retail) == 250
"""
AUTO = """
    async def test_awaits(flow_retail):
        assert await total(flow_retail) == 250

    @pytest.fixture
    async def first(flow_retail):
        return await flow_retail.customers.get("customer-00001")

    async def test_awaits_in_a_fixture_too(first, flow_retail):
        assert await flow_retail.customers.get("customer-00001") == first
"""
ANYIO = """
    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.mark.anyio
    async def test_awaits(flow_retail):
        assert await total(flow_retail) == 250
"""


def run(pytester, *plugins: str, options: tuple[str, ...] = ()):
    """Run the project's tests in a process of their own, with these plugins and no others."""
    enabled = [part for plugin in ("flow_retail_pytest", *plugins) for part in ("-p", plugin)]
    return pytester.runpytest_subprocess(
        "--disable-plugin-autoload", *enabled, "--strict-markers", "-W", "error", *options
    )


def test_pytest_finds_the_plugin_by_its_entry_point():
    (found,) = [entry for entry in entry_points(group="pytest11") if entry.name == "flow_retail_pytest"]
    assert found.value == "flow_retail_pytest"


def test_a_project_needs_no_conftest(pytester):
    pytester.makepyfile(USES)
    pytester.runpytest_subprocess("-p", "no:asyncio", "-W", "error").assert_outcomes(passed=1)


def test_the_marker_is_registered(pytester):
    assert (
        "@pytest.mark.flow_retail_sandbox(customers=..." in run(pytester, options=("--markers",)).stdout.str()
    )


@pytest.mark.parametrize(
    ("tests", "plugins", "options", "passed"),
    [
        ("", (), (), 1),
        (STRICT, ("pytest_asyncio.plugin",), ("-o", "asyncio_mode=strict"), 4),
        (AUTO, ("pytest_asyncio.plugin",), ("-o", "asyncio_mode=auto"), 3),
        (ANYIO, ("anyio",), (), 2),
    ],
    ids=["asyncio.run", "strict", "auto", "anyio"],
)
def test_the_client_works_with_every_runner_and_leaves_nothing_open(
    pytester, tests, plugins, options, passed
):
    pytester.makepyfile(USES + tests)
    if "pytest_asyncio.plugin" in plugins:
        options = (*options, "-o", "asyncio_default_fixture_loop_scope=function")
    run(pytester, *plugins, options=options).assert_outcomes(passed=passed)


def test_a_warning_about_what_is_left_open_would_be_noticed(pytester):
    pytester.makepyfile(
        USES
        + """
    def test_unclosed(flow_retail_sandbox):
        from flow_retail_client import FlowRetail
        flow = FlowRetail(tenant="acme", token="t", base_url=flow_retail_sandbox.base_url)
        with pytest.raises(Exception, match="401"):
            asyncio.run(total(flow))
        del flow
        gc.collect()
    """
    )
    assert run(pytester).ret == pytest.ExitCode.TESTS_FAILED


def test_a_fixture_of_the_project_says_what_all_its_sandboxes_are_like(pytester):
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def flow_retail_sandbox_options():
            return {"customers": 5, "max_page_size": 2}
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def test_all(flow_retail_sandbox):
            assert flow_retail_sandbox.sandbox.counts()["acme"]["customers"] == 5

        @pytest.mark.flow_retail_sandbox(customers=1)
        def test_one(flow_retail_sandbox):
            assert flow_retail_sandbox.sandbox.counts()["acme"]["customers"] == 1
            assert flow_retail_sandbox.sandbox.max_page_size == 2
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_the_client_follows_a_sandbox_that_the_project_runs_itself(pytester):
    pytester.makepyfile(
        USES.replace("250", "20")
        + """
    from flow_retail_sandbox import run_sandbox

    @pytest.fixture(scope="module")
    def flow_retail_sandbox():
        with run_sandbox(customers=20) as sandbox:
            yield sandbox
    """
    )
    run(pytester).assert_outcomes(passed=1)


HEAVY = {
    "flow_retail_client", "flow_retail_core", "flow_retail_sandbox", "starlette", "uvicorn", "jsonschema_rs",
    "httpx", "httpcore", "orjson", "attrs", "attr", "sqlite3", "asyncio", "anyio",
}  # fmt: skip


def test_a_project_that_does_not_use_the_plugin_pays_nothing_for_it(pytester):
    pytester.makepyfile(
        """
        import json
        import sys
        from pathlib import Path

        def test_nothing():
            Path("loaded.json").write_text(json.dumps(sorted(sys.modules)))
        """
    )
    without = pytester.runpytest_subprocess("--disable-plugin-autoload")
    without.assert_outcomes(passed=1)
    bare = set(json.loads((pytester.path / "loaded.json").read_text()))
    run(pytester).assert_outcomes(passed=1)
    loaded = set(json.loads((pytester.path / "loaded.json").read_text()))
    assert not HEAVY & loaded
    assert loaded - bare <= {"flow_retail_pytest"}


def test_without_the_extra_only_a_test_that_asks_for_the_sandbox_fails_and_is_told_the_remedy(
    pytester, monkeypatch
):
    # Beside the project, as a plugin that takes the extra's packages away before anything can import them.
    pytester.makepyfile(
        no_extra="""
        import sys

        sys.modules.update(dict.fromkeys(("starlette", "uvicorn", "jsonschema_rs")))
        """
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(pytester.path), os.environ.get("PYTHONPATH", ""))))
    pytester.makepyfile(
        """
        def test_other():
            pass

        def test_sandbox(flow_retail_sandbox):
            pass

        def test_client(flow_retail):
            pass
        """
    )
    result = run(pytester, "no_extra")
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(['*is not installed: pip install "flow-retail-client?sandbox?"'])
    assert "Traceback" not in result.stdout.str()


@pytest.fixture
def inner(pytester):
    """Run tests in this process, so that what is taken away here is gone there."""
    return lambda: pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:timeout"
    )


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("starlette.types", "*the sandbox needs starlette, which is not installed: pip install *"),
        ("flow_retail_sandbox.server.app", "*ModuleNotFoundError: *flow_retail_sandbox.server.app*"),
    ],
)
def test_a_package_that_is_missing_is_named_and_a_module_of_our_own_is_an_error(
    pytester, inner, monkeypatch, missing, message
):
    for module in [name for name in sys.modules if name.partition(".")[0] == "flow_retail_sandbox"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    pytester.makepyfile("def test_sandbox(flow_retail_sandbox): pass")
    inner().stdout.fnmatch_lines([message])


def test_a_marker_without_names_is_refused(pytester, inner):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.flow_retail_sandbox(50)
        def test_sandbox(flow_retail_sandbox):
            pass
        """
    )
    inner().stdout.fnmatch_lines(["@pytest.mark.flow_retail_sandbox takes keyword arguments*"])
