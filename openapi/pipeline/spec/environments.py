"""The environments of the client: the servers that the reference names."""

import re
from typing import Any

from pipeline.errors import PipelineError


def environments(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The published servers, named by the last word of their descriptions."""
    found: dict[str, str] = {}
    for position, server in enumerate(document["servers"]):
        url = str(server["url"])
        words = re.findall(r"[a-z][a-z0-9]*", str(server.get("description", "")).lower())
        name = words[-1] if words else "production" if position == 0 else f"server{position}"
        if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?", url) or "/.." in url:
            raise PipelineError(
                f"openapi.json: #/servers/{position}: {url!a} is not an https address that a client could "
                "trust. Correct it in openapi/overlay.yaml."
            )
        if name in found:
            raise PipelineError(
                f"openapi.json: #/servers/{position}: a second environment would be named {name!a}. "
                "Give it another description in openapi/overlay.yaml."
            )
        found[name] = url.rstrip("/")
    return list(found.items())
