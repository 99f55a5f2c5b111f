"""The commands, as people and CI run them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pipeline import __main__ as commands
from pipeline.errors import refuse
from pipeline.generate.package import Generator

PIPELINE = Path(__file__).resolve().parents[2] / "openapi"


def _run(house, *arguments, seed="0"):
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "--root", str(house.root), *arguments],
        env={
            **os.environ,
            "PYTHONPATH": str(PIPELINE),
            "PYTHONHASHSEED": seed,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(fourth, tmp_path):
    """The generated invented pages, to change."""
    shutil.copytree(fourth.root, tmp_path / "house")
    return type(fourth)(tmp_path / "house")


def test_two_processes_with_different_hash_seeds_write_the_same_bytes(copy, fourth) -> None:
    for path in ("flow_retail_client", "openapi/openapi.json"):
        place = copy.root / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    done = _run(copy, "generate", seed="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "flow_retail_client/: 51 files\n"
    assert _run(copy, "check", seed="4242").returncode == 0
    assert copy.snapshot() == fourth.snapshot()


def test_a_refusal_is_one_line_and_exit_code_1(copy, tmp_path) -> None:
    page = copy.write("../page.md", "# Nothing")
    done = _run(copy, "vendor", str(page))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: page.md: no operation: the page holds no ```json block. "
        "Give a page of the API reference, as Markdown.\n"
    )


def test_generating_twice_changes_nothing_and_takes_less_than_a_minute(real) -> None:
    before = real.snapshot()
    begin = time.monotonic()
    assert real.done("generate").out.startswith("flow_retail_client/: ")
    assert time.monotonic() - begin < 60
    assert real.snapshot() == before


def test_check_finds_every_difference_both_ways(copy) -> None:
    copy.done("check")
    copy.write("flow_retail_client/client.py", copy.text("client.py").replace("\n", "\r\n"))
    copy.write("flow_retail_client/models/stale.py", b"\xff")
    (copy.root / "flow_retail_client/models/error.py").unlink()
    (copy.root / "openapi/openapi.json").unlink()
    copy.write("openapi/names.json", (copy.root / "openapi/names.json").read_text() + "\n")
    assert copy.refused("check").splitlines() == [
        "error: what is committed is not what the spec gives; run make generate:",
        "  different: flow_retail_client/client.py",
        "  missing: flow_retail_client/models/error.py",
        "  stale: flow_retail_client/models/stale.py",
        "  different: openapi/names.json",
        "  missing: openapi/openapi.json",
    ]


def test_check_finds_a_page_that_was_vendored_and_not_generated(copy, api) -> None:
    copy.vendor("stores", api.markdown(*api.STORES[1:]))
    error = copy.refused("check")
    assert "  stale: flow_retail_client/resources/shelves.py" in error
    assert "  stale: flow_retail_client/models/shelf.py" in error


def test_generating_removes_what_is_stale(copy, api) -> None:
    copy.vendor("stores", api.markdown(*api.STORES[1:]))
    copy.done("generate")
    assert not (copy.root / "flow_retail_client/models/shelf.py").exists()


def test_no_temporary_folder_is_left_behind(copy, api, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    copy.done("generate")
    copy.done("check")
    copy.write("openapi/templates/client.py.jinja", "{{ nothing.at.all }}")
    assert "the generator failed on it: UndefinedError" in copy.refused("generate")
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not list(copy.root.rglob(".*"))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("def broken(:\n", "openapi/templates: the generated code does not parse: "),
        (
            "def twice(a, a): ...\n",
            "openapi/templates: the generated client.py is no Python: duplicate argument",
        ),
    ],
)
def test_a_template_that_makes_no_python_is_named(copy, template, expected) -> None:
    copy.write("openapi/templates/client.py.jinja", template)
    assert expected in copy.refused("generate")


def test_a_fault_of_ours_is_shown_whole_and_not_as_one_of_the_input(copy, monkeypatch, capsys) -> None:
    monkeypatch.setattr(Generator, "package", lambda _: 1 / 0)
    assert commands.main(["--root", str(copy.root), "generate"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("Traceback (most recent call last):")
    assert error.endswith(
        "error: an error of the pipeline itself (ZeroDivisionError), see above. Nothing was changed.\n"
    )


def test_a_folder_that_can_not_be_written_is_named(house, api) -> None:
    house.write("openapi/fragments", "a file in the place of the folder")
    page = house.write("../stores.md", api.markdown(*api.STORES))
    error = house.refused("vendor", page)
    assert "openapi/fragments" in error
    assert "Nothing was changed." in error


def test_an_error_sends_no_control_characters_to_a_terminal(house, api) -> None:
    page = house.write("../page.md", api.markdown(api.document("/a", "get", {"\x1b[2J": 1, "responses": {}})))
    error = house.refused("vendor", page)
    assert "\\x1b[2J" in error
    assert "\x1b" not in error


def test_an_unknown_command_is_a_usage_error(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.main(["nonsense"])
    assert caught.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_a_refusal_without_faults_is_none() -> None:
    refuse("nothing to say:", [])
