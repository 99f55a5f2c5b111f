"""The package as a program meets it."""

import subprocess
import sys

import pytest

import flow_retail_spark


def test_the_public_names_are_these() -> None:
    assert sorted(flow_retail_spark.__all__) == flow_retail_spark.__all__
    assert all(hasattr(flow_retail_spark, name) for name in flow_retail_spark.__all__)


@pytest.mark.parametrize("missing", ["pyspark", "pyarrow", "anyio"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; import flow_retail_spark"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"needs the package {missing}: install flow-retail-client[spark]" in done.stderr
