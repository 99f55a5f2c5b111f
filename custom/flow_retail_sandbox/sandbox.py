"""The sandbox itself: its state, tokens, faults and log in one object."""

import threading
from collections.abc import Sequence
from typing import TypedDict

import orjson

from flow_retail_sandbox.admission import choose_admin_token
from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.faults import Faults
from flow_retail_sandbox.incoming import Arriving
from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.paging import DEFAULT_MAX_PAGE_SIZE
from flow_retail_sandbox.request_log import RequestLog
from flow_retail_sandbox.seed import DEFAULT_CUSTOMERS, DEFAULT_SEED, fill
from flow_retail_sandbox.state import State
from flow_retail_sandbox.tenants import DEFAULT_TENANTS, Tokens, integration_token, user_token


class SandboxOptions(TypedDict, total=False):
    """What a sandbox can be told when it is made; Sandbox says what each means."""

    tenants: Sequence[str]
    customers: int
    seed: int
    database: str
    page_base: int
    max_page_size: int
    check_answers: bool
    clock: Clock | None
    admin_token: str | None
    allowed_hosts: Sequence[str]
    receive_timeout: float


class Sandbox:
    """Everything behind the sandbox's API.

    Args:
        tenants: The tenants' UIDs.
        customers: How many customers the first tenant begins with; each other one has a tenth of that.
        seed: What the invented data depends on: the same seed and number give the same data, byte for byte.
        database: A file to keep the state in, or `:memory:`. A file that holds customers is not seeded again.
        page_base: The number of a list's first page, 0 or 1.
        max_page_size: What a larger `pageSize` is cut down to.
        check_answers: Whether every answer is checked against the document before it is sent; for the
            sandbox's own tests.
        clock: Tells the time.
        admin_token: Opens the sandbox's own endpoints, under /__sandbox__. By default that of the environment
            variable FLOW_RETAIL_SANDBOX_ADMIN_TOKEN, or else a random one.
        allowed_hosts: Host names and addresses to answer to besides loopback's, without a port.
        receive_timeout: How long a request may take to arrive, in seconds; slower senders are cut off.

    Attributes:
        faults: What goes wrong.
        tokens: Who may come in.
        requests: What was asked.
        state: The tenants' state; hold `lock` to use it from a thread other than the server's.
        arriving: The bodies that are being received.
        lock: Held while a request reads or changes the state.
        admin_token: Opens the sandbox's own endpoints.
    """

    def __init__(
        self,
        *,
        tenants: Sequence[str] = DEFAULT_TENANTS,
        customers: int = DEFAULT_CUSTOMERS,
        seed: int = DEFAULT_SEED,
        database: str = ":memory:",
        page_base: int = 0,
        max_page_size: int = DEFAULT_MAX_PAGE_SIZE,
        check_answers: bool = False,
        clock: Clock | None = None,
        admin_token: str | None = None,
        allowed_hosts: Sequence[str] = (),
        receive_timeout: float = 30.0,
    ) -> None:
        if page_base not in {0, 1} or max_page_size < 1 or customers < 0 or not tenants:
            raise ValueError(
                "a sandbox has at least one tenant, a page_base of 0 or 1, a max_page_size of at least 1,"
                " and no negative number of customers"
            )
        self.admin_token = choose_admin_token(admin_token)
        self.allowed_hosts = tuple(allowed_hosts)
        self.receive_timeout = receive_timeout
        self.page_base = page_base
        self.max_page_size = max_page_size
        self.check_answers = check_answers
        self.faults = Faults()
        self.requests = RequestLog()
        self.arriving = Arriving()
        self.lock = threading.RLock()
        clock = clock or Clock()
        self.tokens = Tokens(tenants, clock)
        self.state = State(tenants, clock, database)
        self._customers = customers
        self._seed = seed
        if self.state.is_empty():
            fill(self.state, customers=customers, seed=seed)

    @property
    def tenant(self) -> str:
        """The first tenant's UID."""
        return next(iter(self.state.tenants))

    @property
    def token(self) -> str:
        """The first tenant's integration token."""
        return integration_token(self.tenant)

    @property
    def user_token(self) -> str:
        """The first tenant's user auth token, to exchange for access tokens."""
        return user_token(self.tenant)

    def counts(self) -> dict[str, dict[str, int]]:
        """Count what each tenant has.

        Returns:
            The number of customers, contacts and groups by tenant.
        """
        with self.lock:
            return {uid: tenant.counts() for uid, tenant in self.state.tenants.items()}

    def record(self, tenant: str, kind: str, uid: str) -> Json | None:
        """Read a record past the API.

        Args:
            tenant: The tenant's UID.
            kind: "customers", "customer-contacts" or "customer-groups".
            uid: The record's UID.

        Returns:
            The record, None if there is none.
        """
        with self.lock:
            owner = self.state.tenants.get(tenant)
            if owner is None:
                return None
            collections = {
                "customers": owner.customers.records,
                "customer-contacts": owner.contacts.records,
                "customer-groups": owner.groups.records,
            }
            found = collections[kind].find(uid) if kind in collections else None
            if found is None:
                return None
            document = owner.contacts.get(uid) if kind == "customer-contacts" else found[1]
            record: Json = orjson.loads(document)
            return record

    def customer(self, uid: str) -> Json | None:
        """Read a customer of the first tenant past the API.

        Args:
            uid: The customer's UID.

        Returns:
            The customer, None if there is none.
        """
        return self.record(self.tenant, "customers", uid)

    def reset(self) -> None:
        """Go back to the data it began with; faults, requests and access tokens are forgotten too."""
        with self.lock:
            self.state.clear()
            fill(self.state, customers=self._customers, seed=self._seed)
        self.faults.clear()
        self.faults.forget()
        self.requests.clear()
        self.tokens.reset()

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self.state.close()
