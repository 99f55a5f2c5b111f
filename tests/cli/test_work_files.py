"""Files beside the user's own: nothing is written through a link, and nothing special is replaced."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terminal import IMPORT, Run, uids, write_people

from flow_retail_cli import work_files
from flow_retail_cli.errors import CommandError

VICTIM = Path("victim")

PLANTED: dict[str, Callable[[Path], None]] = {
    "a symbolic link": lambda path: path.symlink_to(VICTIM),
    "a hard link": lambda path: path.hardlink_to(VICTIM),
    "a FIFO": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
}


@pytest.fixture(autouse=True)
def victim() -> Any:
    VICTIM.write_text("precious")
    yield
    assert VICTIM.read_text() == "precious"


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("ending", ["part", "new", "checkpoint", "checkpoint.new"])
@pytest.mark.parametrize("restart", [[], ["--restart"]], ids=["", "restart"])
def test_an_export_writes_through_nothing_that_was_planted(
    run: Run, sandbox: Any, planted: str, ending: str, restart: list[str]
) -> None:
    path = Path(f"a.csv.{ending}")
    PLANTED[planted](path)
    ended = run("export", "customers", "--out", "a.csv", *restart, code=2)
    assert f"a.csv.{ending} is a" in ended.stderr
    assert planted in ended.stderr
    assert "Remove it" in ended.stderr
    assert sandbox.sandbox.requests.count() == 0
    assert os.path.lexists(path)
    assert not Path("a.csv").exists()


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("ending", ["checkpoint", "checkpoint.new", "rejects.csv", "unknown.csv"])
def test_an_import_writes_through_nothing_that_was_planted(
    run: Run, sandbox: Any, planted: str, ending: str
) -> None:
    write_people("a.csv", 3)
    path = Path(f"a.csv.{ending}")
    PLANTED[planted](path)
    ended = run(*IMPORT, "a.csv", "--mode", "upsert", code=2)
    assert f"a.csv.{ending} is a" in ended.stderr
    assert planted in ended.stderr
    assert sandbox.sandbox.requests.count() == 0


def test_a_link_that_leads_nowhere_makes_no_file(run: Run, sandbox: Any) -> None:
    Path("a.csv.part").symlink_to("made")
    run("export", "customers", "--out", "a.csv", code=2)
    assert not Path("made").exists()


def test_what_a_crash_left_is_replaced(run: Run, sandbox: Any) -> None:
    for ending in ("part", "new", "checkpoint.new"):
        Path(f"a.csv.{ending}").write_text("half a line")
    run("export", "customers", "--out", "a.csv")
    assert len(Path("a.csv").read_text().splitlines()) == 61
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "victim"]


def test_a_link_at_the_output_is_replaced_and_what_it_names_stays(run: Run, sandbox: Any) -> None:
    Path("a.ndjson").symlink_to(VICTIM)
    run("export", "customers", "--out", "a.ndjson")
    assert not Path("a.ndjson").is_symlink()
    assert len(uids("a.ndjson")) == 60


def test_a_fifo_as_output_is_not_replaced(run: Run, sandbox: Any) -> None:
    os.mkfifo("a.ndjson")
    Path("b.ndjson").symlink_to("a.ndjson")
    for name in ("a.ndjson", "b.ndjson"):
        ended = run("export", "customers", "--out", name, code=2)
        assert f"{name} can't be written: it is a FIFO" in ended.stderr
        assert "--out - writes NDJSON to standard output" in ended.stderr
    assert stat.S_ISFIFO(Path("a.ndjson").stat().st_mode)


@pytest.mark.parametrize(
    ("path", "expected"), [("/dev/null", "it is a device"), ("folder.csv", "it is a folder")]
)
def test_what_is_no_file_is_not_replaced(run: Run, sandbox: Any, path: str, expected: str) -> None:
    Path("folder.csv").mkdir()
    assert expected in run("export", "customers", "--out", path, code=2).stderr
    assert sandbox.sandbox.requests.count() == 0


def test_the_name_of_standard_output_is_standard_output(run: Run, sandbox: Any) -> None:
    assert len(run("export", "customer-groups", "--out", "/dev/stdout").stdout.splitlines()) > 1


def test_what_is_exchanged_after_the_check_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_files, "check_work_files", lambda *_: None)
    for name in ("created", "opened"):
        Path(name).symlink_to(VICTIM)
    with work_files.create(Path("created")) as file:
        file.write(b"new")
    assert Path("created").read_bytes() == b"new"
    with pytest.raises(OSError, match="opened"):
        work_files.open_or_create(Path("opened"))
    Path("second").hardlink_to(VICTIM)
    with pytest.raises(CommandError, match="hard link"):
        work_files.reopen(Path("second"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_not_written_to(run: Run, sandbox: Any) -> None:
    Path("a.csv.part").touch()
    os.chown("a.csv.part", 12345, 12345)
    ended = run("export", "customers", "--out", "a.csv", code=2)
    assert "a.csv.part is a file of another user" in ended.stderr


def test_work_files_have_the_usual_rights() -> None:
    before = os.umask(0o027)
    try:
        work_files.create(Path("a")).close()
        work_files.open_or_create(Path("b")).close()
    finally:
        os.umask(before)
    assert {stat.S_IMODE(Path(name).stat().st_mode) for name in "ab"} == {0o640}


@pytest.mark.parametrize(
    "state",
    [
        '{"format":1}',
        '{"format":1,"resource":"customers","items":"many"}',
        '{"format":2}',
        "[]",
        "[" * 100_000,
        "\x00",
    ],
)
@pytest.mark.parametrize("command", [("export", "customers", "--out"), (*IMPORT, "--mode", "upsert")])
def test_a_checkpoint_that_is_none_is_reported(
    run: Run, sandbox: Any, state: str, command: tuple[str, ...]
) -> None:
    write_people("a.csv", 3)
    Path("a.csv.checkpoint").write_text(state)
    ended = run(*command, "a.csv", code=2)
    assert "--restart" in ended.stderr
    run(*command, "a.csv", "--restart")
    assert not Path("a.csv.checkpoint").exists()


@pytest.mark.parametrize(
    "changed",
    [{"resolved": 5}, {"resolved": [[1]]}, {"counts": []}, {"reached": "x"}, {"files": {"failed": None}}],
    ids=str,
)
def test_a_checkpoint_of_an_import_that_was_damaged_is_reported(
    run: Run, sandbox: Any, changed: dict[str, Any]
) -> None:
    import orjson

    from flow_retail_sandbox import Fault

    write_people("a.csv", 30)
    sandbox.faults.add(Fault("status", status=403, operation="customers.batch", after=1, count=None))
    run(*IMPORT, "a.csv", "--mode", "upsert", "--chunk-size", "10", "--concurrency", "1", code=1)
    sandbox.faults.clear()
    state = orjson.loads(Path("a.csv.checkpoint").read_bytes())
    Path("a.csv.checkpoint").write_bytes(orjson.dumps({**state, **changed}))
    assert "is not a checkpoint" in run(*IMPORT, "a.csv", "--mode", "upsert", code=2).stderr


def test_a_file_of_rejects_that_was_shortened_gets_no_gap(run: Run, sandbox: Any) -> None:
    from flow_retail_sandbox import Fault

    Path("a.csv").write_text("customerUid;customerType\na-1;ROBOT\na-2;PERSON\na-3;PERSON\na-4;ROBOT\n")
    sandbox.faults.add(Fault("status", status=403, operation="customers.batch", after=1, count=None))
    arguments = (
        *IMPORT,
        "a.csv",
        "--mode",
        "upsert",
        "--chunk-size",
        "1",
        "--concurrency",
        "1",
    )
    assert "Ask for a token with the permission" in run(*arguments, code=1).stderr
    sandbox.faults.clear()
    os.truncate("a.csv.rejects.csv", 20)
    run(*arguments, code=1)
    assert b"\0" not in Path("a.csv.rejects.csv").read_bytes()


def test_an_import_of_what_is_no_file_is_refused(run: Run, sandbox: Any) -> None:
    os.mkfifo("a.csv")
    Path("b.csv").mkdir()
    assert "a.csv is a FIFO" in run(*IMPORT, "a.csv", "--mode", "upsert", code=2).stderr
    assert "b.csv is a folder" in run(*IMPORT, "b.csv", "--mode", "upsert", code=2).stderr
