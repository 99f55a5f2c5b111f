"""A real Spark and a sandbox in a process of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent
# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(_HERE))

from sandbox_process import ADMIN_TOKEN, CUSTOMERS, TENANT, TOKEN, SandboxProcess  # noqa: E402  # found by the line above


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    java = os.environ.get("JAVA_HOME") or shutil.which("java")
    for item in items:
        if _HERE not in item.path.parents:
            continue
        item.add_marker("spark")
        # Seconds; a job reads and writes 100,000 customers under faults on two cores.
        item.add_marker(pytest.mark.timeout(900))
        if java is None:
            item.add_marker(
                pytest.mark.skip(reason="Spark needs Java 17 or newer: install a JRE, or set JAVA_HOME")
            )


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    command = [sys.executable, "-m", "flow_retail_sandbox", "--port", "0", "--customers", str(CUSTOMERS)]
    environment = {**os.environ, "FLOW_RETAIL_SANDBOX_ADMIN_TOKEN": ADMIN_TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        sandbox = SandboxProcess(process.stdout.readline().strip())
        yield sandbox
        sandbox.close()
        process.terminate()


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.calm()
    running_sandbox.forget_requests()
    return running_sandbox


@pytest.fixture
def fresh_sandbox(sandbox: SandboxProcess) -> SandboxProcess:
    """With the data that it began with, which takes seconds to make."""
    sandbox.reset()
    return sandbox


@pytest.fixture
def start_spark(
    tmp_path: Path, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Start Spark, as many tasks at a time as the master says, with a log of all that its UI would show."""
    from pyspark.sql import SparkSession

    from flow_retail_spark import FlowRetailDataSource

    for name, value in {
        "PYSPARK_PYTHON": sys.executable,
        # Driver and executors talk to each other over loopback, whatever the machine's own address.
        "SPARK_LOCAL_IP": "127.0.0.1",
        "FLOW_RETAIL_TOKEN": TOKEN,
        "FLOW_RETAIL_TENANT": TENANT,
        "FLOW_RETAIL_BASE_URL": sandbox.base_url,
    }.items():
        monkeypatch.setenv(name, value)
    events = tmp_path / "events"
    events.mkdir()
    started: list[Any] = []

    def start(master: str, **settings: str) -> Any:
        builder = (
            SparkSession.builder.master(master)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.warehouse.dir", str(tmp_path / "warehouse"))
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.eventLog.enabled", "true")
            .config("spark.eventLog.dir", events.as_uri())
            .config("spark.eventLog.compress", "false")
            .config("spark.executorEnv.FLOW_RETAIL_TOKEN", TOKEN)
        )
        for name, value in settings.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        spark.dataSource.register(FlowRetailDataSource)
        started.append(spark)
        return spark

    yield start
    for spark in started:
        spark.stop()
