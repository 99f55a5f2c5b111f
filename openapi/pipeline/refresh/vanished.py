"""What an operation that vanished from the reference leaves behind in the overlay."""

import re
from collections.abc import Collection
from typing import Any

import yaml

from pipeline.errors import PipelineError

_TARGET = re.compile(
    r"""\$\.paths\[(?P<quote>['"])(?P<path>.+?)(?P=quote)\](?:\.(?P<dot>\w+)|\[['"](?P<key>\w+)['"]\])"""
)


def without_actions(text: str, vanished: Collection[tuple[str, str]]) -> tuple[str, list[str]]:
    """Take the actions out that are for operations which are gone; every other line stays as it is."""
    document = yaml.safe_load(text)
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101  # for type checkers: it was read as an overlay before
    actions = next(value for key, value in root.value if key.value == "actions")
    lines = text.splitlines(keepends=True)
    gone: list[str] = []
    kept: list[dict[str, Any]] = []
    for node, action in reversed(list(zip(actions.value, document["actions"], strict=True))):
        if _operation(action["target"]) in vanished:
            del lines[node.start_mark.line : _last_line(node) + 1]
            gone.append(action["target"])
        else:
            kept.insert(0, action)
    if gone and not kept:
        # A list without items is written differently.
        start = actions.start_mark.line
        lines[start - 1 : start] = [lines[start - 1].replace("actions:", "actions: []", 1)]
    result = "".join(lines)
    try:
        same = yaml.safe_load(result) == {**document, "actions": kept}
    except yaml.YAMLError:
        same = False
    if not same:
        raise PipelineError(
            "overlay.yaml: actions for operations that vanished can't be taken out by line. Take them out by "
            "hand, each action beginning on a line of its own: " + ", ".join(gone[::-1])
        )
    return result, gone[::-1]


def _operation(target: str) -> tuple[str, str] | None:
    match = _TARGET.match(target)
    return (match["path"], match["dot"] or match["key"]) if match else None


def _last_line(node: yaml.Node) -> int:
    """The line that a node ends on: its end mark is where the next one begins."""
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        return node.end_mark.line - 1
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return node.end_mark.line
    return _last_line(node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1])
