"""Metadata that is not what pyproject.toml and the changelog say is refused."""

import pytest

INFO = "invented_client-1.2.3.dist-info"


@pytest.fixture
def faults(tree):
    from wheelcheck.metadata import metadata_faults

    def run(change=lambda files: None):
        tree.repack(change)
        return [each.partition(": ")[2] for each in metadata_faults(tree.project(), tree.wheel)]

    return run


def _edit(name, old, new):
    def change(files):
        text = files[f"{INFO}/{name}"].decode()
        assert old in text
        files[f"{INFO}/{name}"] = text.replace(old, new).encode()

    return change


def test_metadata_as_they_are_built_are_right(faults):
    assert faults() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("METADATA", "Version: 1.2.3", "Version: 1.2.4", "METADATA: Version is '1.2.4', not '1.2.3'"),
        ("METADATA", ">=3.11\n", ">=3.9\n", "METADATA: Requires-Python is '>=3.9', not '>=3.11'"),
        ("METADATA", "attrs>=24.1", "attrs>=23.1", "METADATA: attrs>=23.1 stands in METADATA only"),
        ("METADATA", "attrs>=24.1", "attrs>=23.1", "METADATA: attrs>=24.1 stands in pyproject.toml only"),
        (
            "METADATA",
            "Provides-Extra: extra",
            "Provides-Extra: other",
            "METADATA: Provides-Extra is not extra",
        ),
        ("entry_points.txt", "invented.__main__:main", "gone:main", "entry_points.txt: {"),
    ],
)
def test_metadata_that_say_something_else_are_refused(faults, name, old, new, expected):
    assert any(each.startswith(expected) for each in faults(_edit(name, old, new)))


def test_a_wheel_without_metadata_is_refused(faults):
    assert faults(lambda files: files.pop(f"{INFO}/METADATA")) == ["METADATA is missing"]


def test_a_command_without_its_module_is_refused(faults):
    (fault,) = faults(lambda files: files.pop("invented/__main__.py"))
    assert fault == "entry_points.txt: invented: there is no module invented.__main__"


def test_a_requirement_without_a_lower_bound_is_refused(tree, faults):
    tree.replace("pyproject.toml", '"attrs>=24.1"', '"attrs<30"')
    assert any("attrs<30 has no lower bound" in each for each in faults())


def test_a_version_that_the_changelog_does_not_know_is_refused(tree, faults):
    tree.replace("CHANGELOG.md", "## 1.2.3", "## 1.2.30")
    assert faults() == ["CHANGELOG.md: there is no section `## 1.2.3`"]


def test_the_tools_of_the_trade_are_asked(tree):
    from wheelcheck.build import Built
    from wheelcheck.metadata import tool_faults

    assert tool_faults(tree.project(), Built(tree.sdist, tree.wheel)) == []
    tree.replace("pyproject.toml", 'license = "Apache-2.0"', "license = 5")
    tree.repack(lambda files: files.update({"invented/__init__.pyc": b"", f"{INFO}/METADATA": b"Name: x\n"}))
    found = tool_faults(tree.project(), Built(tree.sdist, tree.wheel))
    assert [each.partition(":")[0] for each in found] == [
        "check-wheel-contents",
        "twine",
        "validate-pyproject",
    ]
