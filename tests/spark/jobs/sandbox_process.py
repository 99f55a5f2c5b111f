"""A sandbox in a process of its own, with a tenant large enough to be divided."""

from typing import Any

import httpx

CUSTOMERS = 100_000
TENANT = "acme"
TOKEN = "sandbox-token-acme"
ADMIN_TOKEN = "admin-of-the-spark-tests"


class SandboxProcess:
    """A sandbox in a process of its own, looked into over its admin endpoint.

    Args:
        base_url: Where it is.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._admin = httpx.Client(
            base_url=base_url.removesuffix("/v2") + "/__sandbox__/",
            headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=60,
        )

    def faults(self, spec: str) -> None:
        """Plan faults."""
        self._admin.post("faults", json={"spec": spec}).raise_for_status()

    def calm(self) -> int:
        """Take the faults away; how many there were."""
        injected = len(self._admin.get("faults").json()["injected"])
        self._admin.delete("faults", params={"injected": "true"}).raise_for_status()
        return injected

    def requests(self) -> dict[str, Any]:
        """What was asked for."""
        log: dict[str, Any] = self._admin.get("requests").json()
        return log

    def state(self) -> dict[str, int]:
        """How many records the tenant has, by type."""
        counts: dict[str, int] = self._admin.get("state").json()[TENANT]
        return counts

    def forget_requests(self) -> None:
        """Begin to count anew."""
        self._admin.delete("requests").raise_for_status()

    def reset(self) -> None:
        """Go back to the data that it began with."""
        self._admin.post("reset").raise_for_status()

    def close(self) -> None:
        """Let go of the connection."""
        self._admin.close()
