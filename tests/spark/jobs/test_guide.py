"""The page docs/spark.md does what it says, on a real Spark."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox_process import CUSTOMERS, SandboxProcess

PAGE = Path(__file__).parents[3] / "docs" / "spark.md"
BLOCK = re.compile(r"```python no-run\n(.*?)```", re.DOTALL)


def test_the_examples_of_the_page_run_one_after_the_other(
    start_spark: Callable[..., Any],
    fresh_sandbox: SandboxProcess,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 6
    names = {"spark": start_spark("local[2,4]")}
    for block in blocks:
        # A relative path is one of the folder that the driver's JVM was started in, once for all these tests.
        code = re.sub(r'"(reports|rejects)"', lambda found: repr(str(tmp_path / found[1])), block)
        exec(compile(code, str(PAGE), "exec"), names)
    shown = capfd.readouterr().out
    assert "|companies|" in shown.replace(" ", "")
    assert f"{CUSTOMERS} {CUSTOMERS} True" in shown
    assert f"{CUSTOMERS} {CUSTOMERS} 0 0" in shown
    assert names["once"].count() == fresh_sandbox.state()["customers"]
    assert names["names"].columns == ["customerUid", "displayName"]
