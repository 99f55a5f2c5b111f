"""The guide's commands do what it says."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from terminal import Run

GUIDE = Path(__file__).parents[2] / "docs" / "command-line.md"


def test_every_command_of_the_guide_runs(run: Run, sandbox: Any) -> None:
    pytest.importorskip("pyarrow.parquet")
    text = GUIDE.read_text(encoding="utf-8")
    (people,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    Path("people.csv").write_text(people, encoding="utf-8")
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    assert len(commands) == 10
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "flow-retail"
        run(*arguments)
    assert sandbox.sandbox.customer("kari-1")["customerGroupUids"] == ["group-vip"]
    assert sandbox.sandbox.customer("ola-1")["credit"]["limit"] == 50000


def test_the_guide_lists_the_exit_codes() -> None:
    from flow_retail_cli.errors import ExitCode

    listed = re.findall(r"^\| ([0-9, ]+) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    codes = {int(code) for cell in listed for code in cell.split(",")}
    assert codes == {int(code) for code in ExitCode}
