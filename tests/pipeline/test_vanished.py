"""Actions of the overlay for operations that are gone go with them, and every other line stays."""

import pytest

from pipeline.errors import PipelineError
from pipeline.refresh.vanished import without_actions

OVERLAY = """overlay: 1.0.0
actions:
  - target: $.paths['/a'].get
    description: One.
    update: { operationId: a.get }
  - {target: "$.paths['/b'].get", description: Two., update: {operationId: b.get}}

  # The third.
  - target: $.paths["/c"]['post'].responses['200']
    description: |
      Three,
      in lines.
    remove: true
  - target: $.components.schemas.Thing
    description: Four.
    update:
      required:
        - name
"""


@pytest.mark.parametrize(
    ("vanished", "gone", "left"),
    [
        ([], 0, 4),
        ([("/a", "get")], 1, 3),
        ([("/b", "get"), ("/c", "post")], 2, 2),
        ([("/a", "post"), ("/b", "put")], 0, 4),
    ],
)
def test_actions_for_vanished_operations_go_and_every_other_line_stays(vanished, gone, left):
    text, dropped = without_actions(OVERLAY, vanished)
    assert len(dropped) == gone
    assert text.count("description:") == left
    kept = [line for line in OVERLAY.splitlines() if line in text.splitlines()]
    assert text.splitlines() == kept
    assert "  # The third." in text


def test_an_overlay_may_end_up_without_actions():
    text, dropped = without_actions(OVERLAY.partition("  - {target")[0], [("/a", "get")])
    assert text == "overlay: 1.0.0\nactions: []\n"
    assert dropped == ["$.paths['/a'].get"]


def test_a_removal_that_would_leave_no_yaml_is_left_to_people():
    text = OVERLAY.replace("update: { operationId: a.get }\n", "update: { operationId: a.get }  # {\n")
    assert without_actions(text, [("/a", "get")])[0].count("description:") == 3
    anchored = OVERLAY.replace("{ operationId: a.get }", "&a { operationId: a.get }")
    anchored = anchored.replace("update: {operationId: b.get}", "update: *a")
    with pytest.raises(PipelineError, match="Take them out by hand"):
        without_actions(anchored, [("/a", "get")])


def test_actions_that_share_a_line_are_left_to_people():
    text = (
        "overlay: 1.0.0\nactions: [{target: \"$.paths['/a'].get\", description: A, remove: true}, "
        "{target: $.info, description: B, remove: true}]\n"
    )
    with pytest.raises(PipelineError, match=r"Take them out by hand.*paths\['/a'\]\.get"):
        without_actions(text, [("/a", "get")])
