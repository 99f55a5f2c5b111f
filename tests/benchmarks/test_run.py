"""Whether the benchmarks run at all; no figure is held against anything here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.children import ROOT, module_command
from benchmarks.results import Run

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = module_command("benchmarks.__main__", "--here", "--quick", "--out", str(folder), *arguments)
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=100
    )


def results_in(folder: Path) -> Any:
    return json.loads((folder / report.RESULTS).read_text())["pythons"][MINOR]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("benchmarks")
    return run(
        folder, "--only", "decode,encode,memory,first_call,batch_memory", "--batch-items", "1000"
    ), folder


def test_a_run_without_peers_measures_ours_and_says_who_is_missing(ran):
    done, folder = ran
    assert done.returncode in {0, 1}, done.stderr
    stored = results_in(folder)
    assert stored["rounds"]["decode"]["time"]["flow_retail"][0] > 0
    assert stored["rounds"]["batch_memory"]["rate"]["flow_retail"][0] > 0
    assert "peer_stock" in stored["failed"]["decode"]["stock"]
    assert f"openapi-python-client (stock) (decode), Python {MINOR}: ModuleNotFoundError" in done.stdout


def test_a_goal_whose_reference_is_missing_counts_as_not_reached(ran):
    done, folder = ran
    assert results_in(folder)["goals"][0] == {
        "title": "Decode: time",
        "unit": "× stock",  # noqa: RUF001  # the sign that readers see
        "bound": 0.37,
        "at_least": False,
        "median": None,
        "verdict": "not measured",
    }
    assert done.returncode == 1


def test_what_is_stored_gives_the_same_page_again(ran):
    _, folder = ran
    stored = Run.from_dict(json.loads((folder / report.RESULTS).read_text()))
    page = (folder / "README.md").read_text()
    assert report.as_markdown(stored) in page
    report.write(stored, folder)
    assert (folder / "README.md").read_text() == page


def test_nothing_stored_names_this_machine(ran):
    _, folder = ran
    text = (folder / report.RESULTS).read_text() + (folder / "README.md").read_text()
    assert os.uname().nodename not in text
    assert str(Path(sys.executable).parent) not in text
    assert str(ROOT) not in text


def test_an_unknown_measure_is_refused_with_those_that_there_are(tmp_path: Path):
    done = run(tmp_path, "--only", "speed")
    assert done.returncode == 2
    assert "no measure is named speed; there are decode, " in done.stderr
