"""What goes to standard output: UTF-8 whatever the locale, and one sentence if nobody reads it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Spawn = Callable[..., "subprocess.Popen[Any]"]
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
EXPORT = ("export", "customer-groups", "--out", "-")


@pytest.mark.parametrize(
    ("arguments", "encoding"),
    [
        (EXPORT, "ascii"),
        (EXPORT, "utf-16"),
        (("search", "customers", "", "-o", "ndjson"), "cp1252"),
        (("get", "customer-groups", "group-vip", "-o", "json"), "latin-1"),
    ],
)
def test_records_are_utf_8_whatever_the_locale(
    spawn: Spawn, sandbox: Any, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], encoding: str
) -> None:
    for name, value in {**ASCII, "PYTHONIOENCODING": encoding}.items():
        monkeypatch.setenv(name, value)
    stdout, stderr = spawn(*arguments, text=False).communicate()
    assert stderr == b""
    text = stdout.decode()
    assert any(ord(character) > 127 for character in text)
    assert all(json.loads(line) for line in text.splitlines())


def test_a_table_is_shown_in_any_locale(spawn: Spawn, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ASCII.items():
        monkeypatch.setenv(name, value)
    process = spawn("get", "customer-groups", "group-staff")
    stdout = process.communicate()[0]
    assert process.returncode == 0
    assert "group-staff" in stdout


COMMANDS = [
    EXPORT,
    ("search", "customers", ""),
    ("get", "customers", "customer-00001", "-o", "json"),
    ("doctor",),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("how", ["closed", "pipe", "full"])
def test_what_can_t_be_written_to_is_one_sentence(sandbox: Any, arguments: tuple[str, ...], how: str) -> None:
    """Closed from the start, a pipe that nobody reads, a full disk."""
    if how == "full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    command = [sys.executable, "-m", "flow_retail_cli", *arguments]
    if how == "pipe":
        ours, theirs = os.pipe()
        os.close(ours)
        ended = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
        os.close(theirs)
    else:
        redirect = ">&-" if how == "closed" else ">/dev/full"
        ended = subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {redirect}', "sh", *command],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert "Error: Standard output can't be written to: " in ended.stderr
    assert ended.stderr.count("Error:") == 1
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
