"""Files and folders are replaced whole: all of them, or none, and nothing is left lying about."""

import errno
import shutil
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.text.files import differences, read_tree, replace_atomically


def _snapshot(folder: Path) -> dict[str, str | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def old(tmp_path):
    """A folder and a file that are there, and what is to stand in their places and in two new ones."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package/stale.py").write_text("old")
    (tmp_path / "spec.json").write_text("old")
    return {
        tmp_path / "package": {"a.py": "new", "models/b.py": "new"},
        tmp_path / "spec.json": "new\r\n",
        tmp_path / "deep/er/names.json": "new",
        tmp_path / "more": {},
    }


NEW = {
    "deep": None,
    "deep/er": None,
    "deep/er/names.json": "new",
    "more": None,
    "package": None,
    "package/a.py": "new",
    "package/models": None,
    "package/models/b.py": "new",
    "spec.json": "new\n",
}


def test_what_was_there_is_gone_and_what_is_to_be_is_there(tmp_path, old) -> None:
    replace_atomically(old)
    assert _snapshot(tmp_path) == NEW
    assert (tmp_path / "spec.json").read_bytes() == b"new\r\n"


def test_read_is_what_was_written_byte_for_byte(tmp_path) -> None:
    folder = tmp_path / "folder"
    tree = {"a": "\r\n\ufeff", "b/c": "\udcff"}
    replace_atomically({folder: tree})
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/x.pyc").write_text("x")
    assert read_tree(folder) == tree
    assert (folder / "b/c").read_bytes() == b"\xff"
    assert read_tree(tmp_path / "missing") == {}


def test_trees_are_compared_both_ways() -> None:
    assert differences({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"}) == [
        "different: b",
        "missing: c",
        "stale: d",
    ]


def _failing(monkeypatch, name, fails):
    """Make a method of paths fail at the calls that `fails` picks: a full disk, a lost right."""
    original = getattr(Path, name)
    calls = iter(range(1000))

    def method(self, *arguments, **named):
        # The generator's own folders are not what is looked at.
        if "laid-out" not in str(self) and fails(next(calls), self):
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return original(self, *arguments, **named)

    monkeypatch.setattr(Path, name, method)


@pytest.mark.parametrize(
    ("name", "at"),
    [
        *(("rename", at) for at in range(6)),
        *(("write_bytes", at) for at in range(4)),
        ("mkdir", 0),
        ("mkdir", 5),
    ],
)
def test_whichever_step_fails_everything_is_as_it_was(tmp_path, old, monkeypatch, name, at) -> None:
    before = _snapshot(tmp_path)
    _failing(monkeypatch, name, lambda call, _: call == at)
    with pytest.raises(OSError, match="No space left on device"):
        replace_atomically(old)
    assert _snapshot(tmp_path) == before


def test_an_interruption_is_taken_back_too(tmp_path, old, monkeypatch) -> None:
    before = _snapshot(tmp_path)
    original = Path.rename

    def rename(self, target):
        if target == tmp_path / "more":
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        replace_atomically(old)
    assert _snapshot(tmp_path) == before


def test_if_a_step_can_not_be_taken_back_nothing_is_lost_and_the_place_is_told(
    tmp_path, old, monkeypatch
) -> None:
    _failing(monkeypatch, "rename", lambda call, _: call >= 1)
    with pytest.raises(PipelineError, match="files could not be put back") as caught:
        replace_atomically(old)
    line = str(caught.value).splitlines()[1]
    assert "package: No space left on device; what it was is in " in line
    kept = Path(line.partition(" is in ")[2].removesuffix(". Move it back."))
    assert _snapshot(kept) == {"stale.py": "old"}


def test_a_folder_that_another_filled_meanwhile_is_left(tmp_path, monkeypatch) -> None:
    place = tmp_path / "deep/file"
    original = Path.rename

    def rename(self, target):
        (tmp_path / "deep/other").write_text("of another program")
        if target == place:
            raise OSError(errno.EACCES, "Permission denied")
        return original(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="Permission denied"):
        replace_atomically({place: "new"})
    assert _snapshot(tmp_path) == {"deep": None, "deep/other": "of another program"}


@pytest.mark.parametrize("at", range(6))
def test_a_failing_generation_loses_nothing(fourth, tmp_path, monkeypatch, at) -> None:
    root = tmp_path / "house"
    shutil.copytree(fourth.root, root)
    house = type(fourth)(root)
    for file in ("openapi/names.json", "openapi/openapi.json", "flow_retail_client/client.py"):
        house.write(file, '{"classes": {}, "inline": {}, "methods": {}}')
    _failing(monkeypatch, "rename", lambda call, _: call == at)
    error = house.refused("generate")
    assert error.rstrip().endswith("No space left on device. Nothing was changed.")


def test_a_failing_vendoring_loses_nothing(fourth, api, tmp_path, monkeypatch) -> None:
    root = tmp_path / "house"
    shutil.copytree(fourth.root, root)
    house = type(fourth)(root)
    pages = [
        house.write(f"../{name}.md", api.markdown(*api.PAGES[name][:1])) for name in ("stores", "products")
    ]
    # Two folders, and the record that loses the names of what is gone: out with the old, in with the new.
    for at in range(6):
        with monkeypatch.context() as patch:
            _failing(patch, "rename", lambda call, _, at=at: call == at)
            assert "Nothing was changed." in house.refused("vendor", *pages)
