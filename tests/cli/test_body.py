"""Bodies and records of other shapes than those of the product: lists, files, texts."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from flow_retail_cli.body import read_body
from flow_retail_cli.command_options import OutputFormat
from flow_retail_cli.errors import CommandError
from flow_retail_cli.record_command import RecordOptions, _show
from flow_retail_client import Operation
from flow_retail_client.models import CustomerGroup
from flow_retail_core.models.decoders import ListDecoder, ModelDecoder
from flow_retail_records.resources import resource_types

GROUP = {"createdAt": "2026-01-01T00:00:00+00:00", "customerGroupUid": "g", "name": "G"}


def operation(body: Any, **more: Any) -> Operation[Any]:
    return Operation("parts.create", "POST", "/tenants/{tenantUid}/parts", body=body, **more)


def test_a_list_is_read_from_a_file_alone() -> None:
    groups = operation(ListDecoder(ModelDecoder(CustomerGroup)))
    Path("groups.json").write_text(json.dumps([GROUP]))
    with pytest.raises(CommandError, match="takes no single fields"):
        read_body(groups, Path("groups.json"), ["name=x"])
    Path("groups.json").write_text(json.dumps([7]))
    with pytest.raises(CommandError, match=r"does not take this body: \$\[0\] is not an object"):
        read_body(groups, Path("groups.json"), [])
    names = operation(ListDecoder(ModelDecoder(CustomerGroup)))
    Path("groups.json").write_text("[]")
    assert read_body(names, Path("groups.json"), []) == []


def test_what_takes_no_body_is_given_none() -> None:
    assert read_body(operation(None), None, []) is None
    with pytest.raises(CommandError, match="takes no fields"):
        read_body(operation(None), None, ["name=x"])


def test_a_file_is_left_to_the_client_to_read_while_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    image = operation(bytes, body_type="image/png")
    Path("a.png").write_bytes(b"PNG")
    assert read_body(image, Path("a.png"), []) == Path("a.png")
    with pytest.raises(CommandError, match=r"b\.png can't be read: No such file"):
        read_body(image, Path("b.png"), [])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    assert read_body(image, Path("-"), []).read() == b"piped"
    with pytest.raises(CommandError, match="takes image/png, and no single fields"):
        read_body(image, None, ["name=x"])
    with pytest.raises(CommandError, match="multipart/form-data") as caught:
        read_body(operation(CustomerGroup, body_type="multipart/form-data"), Path("a.png"), [])
    assert "Python client" in caught.value.remedy


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (b"%PDF", "%PDF"),
        ("a text", '"a text"\n'),
        ([], "[]\n"),
        ([CustomerGroup.from_dict(GROUP)], f"[{json.dumps(GROUP, separators=(',', ':'))}]\n"),
    ],
)
def test_whatever_a_method_returns_is_shown(
    capsysbinary: pytest.CaptureFixture[bytes], found: Any, shown: str
) -> None:
    groups = resource_types()["customer-groups"]
    _show(found, groups, RecordOptions(OutputFormat.JSON, None, []))
    assert capsysbinary.readouterr().out.decode() == shown
