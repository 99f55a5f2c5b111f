"""What was measured, and on what: versions and machine, without anything that names a host or a person."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path


def machine() -> dict[str, str]:
    """The machine that runs this."""
    return {"cpu": _cpu(), "cores": str(os.cpu_count()), "os": _system()}


def python() -> str:
    """The interpreter that runs this."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def versions(distributions: Sequence[str]) -> dict[str, str]:
    """The versions of those of the distributions that are installed here."""
    found: dict[str, str] = {}
    for name in distributions:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = f"{platform.system()} {platform.release()}"
    return f"{name}, {platform.machine()}"


if __name__ == "__main__":
    print(json.dumps({"python": python(), "versions": versions(sys.argv[1:])}))
