"""What the guide says beyond its commands, which tests/docs runs."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "command-line.md"


def test_the_guide_lists_the_exit_codes() -> None:
    from flow_retail_cli.errors import ExitCode

    listed = re.findall(r"^\| ([0-9, ]+) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    codes = {int(code) for cell in listed for code in cell.split(",")}
    assert codes == {int(code) for code in ExitCode}
