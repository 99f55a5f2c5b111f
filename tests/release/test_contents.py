"""A wheel or sdist that is not right is refused, and every fault in it is named."""

import io
import tarfile

import pytest


@pytest.fixture
def faults(tree):
    """Break the wheel, and say what is found."""
    from wheelcheck.contents import wheel_faults

    def run(change=lambda files: None, *, record=True):
        tree.repack(change, record=record)
        found = wheel_faults(tree.project(), tree.wheel)
        assert all(each.startswith("invented_client-1.2.3-py3-none-any.whl: ") for each in found)
        return [each.partition(": ")[2] for each in found]

    return run


def test_a_wheel_as_it_is_built_is_right(faults):
    assert faults() == []


def test_a_missing_type_marker_is_refused(faults):
    assert faults(lambda files: files.pop("invented_core/py.typed")) == [
        "invented_core/py.typed: missing: type checkers would ignore the types of invented_core",
        "invented_core/py.typed: in the tree, but not in the wheel",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("custom/secret.py", "custom/secret.py: belongs to none of the packages invented, invented_core"),
        ("tests/test_it.py", "tests/test_it.py: belongs to none of the packages invented, invented_core"),
        ("invented/tests/test_it.py", "invented/tests/test_it.py: must not be published"),
        ("invented/__pycache__/x.py", "invented/__pycache__/x.py: must not be published"),
        ("invented/conftest.py", "invented/conftest.py: must not be published"),
        ("invented/a.txt", "invented/a.txt: neither Python nor named in pyproject.toml (force-include)"),
        ("stray.pth", "stray.pth: belongs to none of the packages invented, invented_core"),
        ("invented/stray.py", "invented/stray.py: in the wheel, but not in the tree"),
    ],
)  # fmt: skip
def test_a_stray_file_is_refused(faults, name, expected):
    assert expected in faults(lambda files: files.update({name: b"x = 1\n"}))


def test_a_module_that_is_missing_or_not_what_stands_in_the_tree_is_refused(faults):
    def change(files):
        del files["invented/__main__.py"]
        del files["invented_core/__init__.py"]
        files["invented/__init__.py"] = b"import os\n"
        files["invented/spec.json"] = b"[]\n"

    assert faults(change) == [
        "invented_core: missing, or no package",
        "invented/__init__.py: not what stands in the tree",
        "invented/__main__.py: in the tree, but not in the wheel",
        "invented_core/__init__.py: in the tree, but not in the wheel",
        "invented/spec.json: not what stands in the tree",
    ]


def test_a_record_that_does_not_fit_is_refused(faults):
    def change(files):
        record = files["invented_client-1.2.3.dist-info/RECORD"].decode().splitlines()
        record = [line for line in record if not line.startswith("invented/__main__.py")]
        record = [line.replace("sha256=", "sha256=x") if "spec.json" in line else line for line in record]
        files["invented_client-1.2.3.dist-info/RECORD"] = "\n".join([*record, "gone.py,sha256=x,1"]).encode()

    assert faults(change, record=False) == [
        "gone.py: in RECORD, but not in the wheel",
        "invented/__main__.py: not in RECORD",
        "invented/spec.json: not what RECORD says",
    ]


def test_a_wheel_without_a_record_is_refused(faults):
    name = "invented_client-1.2.3.dist-info/RECORD"
    assert faults(lambda files: files.pop(name)) == [f"{name}: missing"]


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_name_that_stands_twice_is_refused(tree):
    import zipfile

    from wheelcheck.contents import wheel_faults

    with zipfile.ZipFile(tree.wheel, "a") as archive:
        archive.writestr("invented/__init__.py", '"""Invented."""\n')
    assert any(
        "invented/__init__.py: stands in the archive twice" in each
        for each in wheel_faults(tree.project(), tree.wheel)
    )


def test_an_sdist_as_it_is_built_is_right(tree):
    from wheelcheck.contents import sdist_faults

    assert sdist_faults(tree.project(), tree.sdist) == []


def test_an_sdist_with_secrets_links_or_without_its_readme_is_refused(tree):
    from wheelcheck.contents import sdist_faults

    with tarfile.open(tree.sdist, "w:gz") as archive:
        for name in ("pyproject.toml", "PKG-INFO", "LICENSE", "CHANGELOG.md", ".env", "a/.git/config"):
            archive.addfile(tarfile.TarInfo(f"invented_client-1.2.3/{name}"), io.BytesIO())
        link = tarfile.TarInfo("elsewhere")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hosts"
        archive.addfile(link)
    found = [each.partition(": ")[2] for each in sdist_faults(tree.project(), tree.sdist)]
    assert found == [
        "elsewhere: not below invented_client-1.2.3/",
        "elsewhere: neither a file nor a folder",
        ".env: must not be published",
        "README.md: missing",
        "a/.git/config: must not be published",
    ]
