"""Folders by path and by URI: whole files or none, and nothing open in a pickle."""

import pickle
from pathlib import Path

import pytest
from tables import travelled

from flow_retail_spark.storage import Folder


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Folder("reports")
    folder.check()
    assert folder.uri == str(tmp_path / "reports")
    monkeypatch.chdir("/")
    folder.write("a.json", b"{}")
    assert (tmp_path / "reports" / "a.json").read_bytes() == b"{}"


@pytest.mark.parametrize("scheme", ["file://", "file:", ""])
def test_a_path_and_a_uri_of_it_are_the_same_folder(tmp_path: Path, scheme: str) -> None:
    Folder(f"{scheme}{tmp_path}/deep/er").write("a", b"1")
    assert Folder(str(tmp_path / "deep" / "er")).read("a") == b"1"


@pytest.mark.parametrize("odd", ["a b", "ø", "C:x", "50%20"])
def test_a_path_is_taken_as_it_is_written(tmp_path: Path, odd: str) -> None:
    Folder(str(tmp_path / odd)).write("a", b"1")
    assert (tmp_path / odd / "a").read_bytes() == b"1"


@pytest.mark.parametrize("location", ["nostore://bucket/x", "nostore:/x"])
def test_an_unknown_store_is_named_and_not_taken_for_a_path(location: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^{location} can't be opened \(.*\); use a path that all machines share"
    ):
        Folder(location).check()


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    with pytest.raises(TypeError):
        folder.write("a.json", "not bytes")
    assert not (tmp_path / "a.json").exists()
    assert all(name.startswith("_") for name in folder.names())

    folder.write("b.json", b"1")
    folder.write("b.json", b"2")
    assert folder.read("b.json") == b"2"
    assert [name for name in folder.names() if not name.startswith("_")] == ["b.json"]


def test_two_attempts_that_write_the_same_file_do_not_meet_in_a_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(str(tmp_path))
    rename = folder.rename

    def late(name: str, new: str) -> None:
        monkeypatch.setattr(folder, "rename", rename)
        folder.write("a", b"of the other")
        rename(name, new)

    monkeypatch.setattr(folder, "rename", late)
    folder.write("a", b"of the one")
    assert folder.names() == ["a"]
    assert folder.read("a") == b"of the one"


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert Folder(str(tmp_path / "none")).names() == []


def test_files_that_are_there_are_discarded_and_others_left(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    folder.write("a", b"")
    folder.write("b", b"")
    folder.discard("a", "never")
    folder.discard()
    assert folder.names() == ["b"]


def test_it_travels_though_it_is_open(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    folder.write("a", b"1")
    for arrived in (travelled(folder), pickle.loads(pickle.dumps(folder))):
        assert arrived.read("a") == b"1"
    assert repr(folder) == f"Folder('{tmp_path}')"
