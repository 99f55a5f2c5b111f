"""Building gives the same bytes every time, and from the sdist the same wheel as from the tree."""

import subprocess

import pytest


def test_building_twice_gives_the_same_bytes(tree, monkeypatch):
    from wheelcheck.build import build

    first = (tree.sdist.read_bytes(), tree.wheel.read_bytes())
    for file in tree.root.rglob("*.py"):
        file.touch()
    built = build(tree.project(), tree.root / "dist")
    assert (built.sdist.read_bytes(), built.wheel.read_bytes()) == first
    assert sorted(path.name for path in (tree.root / "dist").iterdir()) == [
        "invented_client-1.2.3-py3-none-any.whl",
        "invented_client-1.2.3.tar.gz",
    ]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert build(tree.project(), tree.root / "dist").wheel.read_bytes() != first[1]


def test_files_have_the_date_of_the_commit(tree, monkeypatch):
    import zipfile

    from wheelcheck.build import build

    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Kari")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "kari@example.com")
        monkeypatch.setenv(f"GIT_{name}_DATE", "2024-02-03T04:05:06Z")
    for command in (["init", "-q"], ["add", "pyproject.toml"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", "-C", str(tree.root), *command], check=True)
    built = build(tree.project(), tree.root / "dist")
    with zipfile.ZipFile(built.wheel) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2024, 2, 3, 4, 5, 6)}


def test_an_sdist_that_lacks_what_the_wheel_is_made_of_is_refused(tree):
    from wheelcheck.build import build
    from wheelcheck.faults import WheelError

    tree.replace("pyproject.toml", '"/invented", "/source", "/data"', '"/invented/*.py", "/source", "/data"')
    with pytest.raises(
        WheelError, match=r"not the one built from the tree:\n  invented/py.typed: in one of them only"
    ):
        build(tree.project(), tree.root / "dist")


def test_a_build_that_fails_is_shown(tree):
    from wheelcheck.build import build
    from wheelcheck.faults import WheelError

    (tree.root / "README.md").unlink()
    with pytest.raises(WheelError, match=r"building the sdist failed:\n(.|\n)*README"):
        build(tree.project(), tree.root / "dist")


def test_wheels_that_differ_are_compared_by_file(tree, tmp_path):
    from wheelcheck.build import unlike

    other = tmp_path / "other.whl"
    other.write_bytes(tree.wheel.read_bytes())
    assert unlike(tree.wheel, other) == []
    tree.repack(lambda files: files.update({"invented/__init__.py": b"x = 1\n"}))
    assert "invented/__init__.py: different" in unlike(tree.wheel, other)
    tree.repack(lambda files: None)
    other.write_bytes(tree.wheel.read_bytes() + b" ")
    assert unlike(tree.wheel, other) == ["the same files, but other dates, order or rights"]


def test_a_project_that_lacks_a_part_is_refused(tree):
    from wheelcheck.faults import WheelError

    tree.replace("pyproject.toml", 'version = "1.2.3"\n', "")
    with pytest.raises(WheelError, match=r"pyproject.toml: 'version' is missing"):
        tree.project()
