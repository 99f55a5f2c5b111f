"""The sandbox itself: its state, tokens, faults and log in one object."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from flow_retail_sandbox.admin.request_log import RequestLog
from flow_retail_sandbox.clock import Clock
from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.faults.plan import Faults
from flow_retail_sandbox.plugins import RULES
from flow_retail_sandbox.plugins.seed import DEFAULT_CUSTOMERS, DEFAULT_SEED, fill
from flow_retail_sandbox.server.admission import check_admin_token, default_admin_token
from flow_retail_sandbox.server.request import BodyReader
from flow_retail_sandbox.server.tokens import DEFAULT_TENANTS, Tokens, integration_token, user_token
from flow_retail_sandbox.spec.collections import read_model
from flow_retail_sandbox.spec.document import load_spec, operation_names, read_spec
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.spec.validators import Validators
from flow_retail_sandbox.store.paging import DEFAULT_MAX_PAGE_SIZE
from flow_retail_sandbox.store.state import State
from flow_retail_sandbox.store.table import Table


class SandboxOptions(TypedDict, total=False):
    """How a sandbox can be made; Sandbox says what each means."""

    tenants: Sequence[str]
    customers: int
    seed: int
    database: str
    snapshot: str
    document: Mapping[str, Any] | None
    page_base: int
    max_page_size: int
    clock: Clock
    admin_token: str
    allowed_hosts: Sequence[str]
    receive_timeout: float


@dataclass(kw_only=True, eq=False, repr=False)
class Sandbox:
    """Everything behind the sandbox's API.

    Args:
        tenants: The tenants' UIDs.
        customers: How many customers the first tenant begins with, and ten times as many as of each other
            collection; each other tenant has a tenth of that.
        seed: What the invented data depends on: the same seed and number give the same data, byte for byte.
        database: A file to keep the state in, or `:memory:`. A file that holds records is not seeded again.
        snapshot: A file that `save` wrote, to begin with in place of invented data.
        document: The OpenAPI document to serve; None for the one that the client was generated from.
        page_base: The number of a list's first page, 0 or 1.
        max_page_size: What a larger `pageSize` is cut down to.
        clock: The source of time.
        admin_token: Opens the sandbox's own endpoints, under /__sandbox__. By default that of the environment
            variable FLOW_RETAIL_SANDBOX_ADMIN_TOKEN, or else a random one.
        allowed_hosts: Host names and addresses to serve besides loopback's, without a port.
        receive_timeout: How long a request may take to arrive, in seconds; slower senders are cut off.

    Attributes:
        tenant: The first tenant's UID.
        token: The first tenant's integration token.
        user_token: The first tenant's user auth token, to exchange for access tokens.
        faults: What goes wrong.
        tokens: Who may come in.
        requests: What was asked.
        state: The tenants' state; hold `lock` to use it from a thread other than the server's.
        lock: Held while a request reads or changes the state.
        bodies: Reads the bodies of requests.
    """

    tenants: Sequence[str] = DEFAULT_TENANTS
    customers: int = DEFAULT_CUSTOMERS
    seed: int = DEFAULT_SEED
    database: str = ":memory:"
    snapshot: str = ""
    document: Mapping[str, Any] | None = None
    page_base: int = 0
    max_page_size: int = DEFAULT_MAX_PAGE_SIZE
    clock: Clock = field(default_factory=Clock)
    admin_token: str = field(default_factory=default_admin_token)
    allowed_hosts: Sequence[str] = ()
    receive_timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.page_base not in {0, 1} or self.max_page_size < 1 or self.customers < 0 or not self.tenants:
            raise ValueError(
                "a sandbox has at least one tenant, a page_base of 0 or 1, a max_page_size of at least 1,"
                " and no negative number of customers"
            )
        check_admin_token(self.admin_token)
        self.tenant = self.tenants[0]
        self.token, self.user_token = integration_token(self.tenant), user_token(self.tenant)
        self.requests = RequestLog()
        self.bodies = BodyReader()
        self.lock = threading.RLock()
        self.tokens = Tokens(self.tenants, self.clock)
        spec = load_spec() if self.document is None else read_spec(dict(self.document))
        self.faults = Faults(operation_names(spec))
        validators = Validators(spec)
        self.state = State(read_model(spec), validators, self.tenants, self.clock, RULES, self.database)
        try:
            if self.state.is_empty():
                self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        if self.snapshot:
            self.state.restore(self.snapshot)
        else:
            fill(self.state, customers=self.customers, seed=self.seed)

    def counts(self) -> dict[str, dict[str, int]]:
        """Count what each tenant has.

        Returns:
            The number of records by tenant and collection; a collection is named as in the API's paths, such
            as `customer-groups` or `stores/tills`. What all tenants share is counted for each.
        """
        with self.lock:
            shared = {name: len(table.records) for name, table in self.state.shared.tables.items()}
            return {
                uid: shared | {name: len(table.records) for name, table in store.tables.items()}
                for uid, store in self.state.tenants.items()
            }

    def records(self, collection: str, *, tenant: str | None = None) -> list[Json]:
        """Read all records of a collection past the API.

        Args:
            collection: Its name in the API's paths, such as `customers`.
            tenant: The tenant's UID; None for the first.

        Returns:
            The records, in the order of their creation.

        Raises:
            ValueError: If there is no such tenant or collection.
        """
        with self.lock:
            table = self._table(collection, tenant)
            return [stored.read() for stored in table.records.stored(table.records.ids())]

    def record(self, tenant: str, collection: str, uid: str) -> Json | None:
        """Read a record past the API.

        Args:
            tenant: The tenant's UID.
            collection: Its name in the API's paths, such as `customer-contacts` or `stores/tills`.
            uid: The record's UID, after that of its owner and a slash if it is below one.

        Returns:
            The record, None if there is none.
        """
        with self.lock:
            try:
                found = self._table(collection, tenant).records.find(uid)
            except ValueError:
                return None
            return None if found is None else found.read()

    def customer(self, uid: str) -> Json | None:
        """Read a customer of the first tenant past the API.

        Args:
            uid: The customer's UID.

        Returns:
            The customer, None if there is none.
        """
        return self.record(self.tenant, "customers", uid)

    def load(
        self, collection: str, records: Iterable[Mapping[str, Any]], *, tenant: str | None = None
    ) -> list[str]:
        """Add records of your own, such as an export of a real tenant; all of them or none.

        Values that the document does not know are left out, and values that a new record would get are kept.
        What a record is connected with, such as a customer's contacts, is made if it is missing.

        Args:
            collection: Its name in the API's paths, such as `customers`.
            records: The records, as the API returns or takes them.
            tenant: The tenant's UID; None for the first.

        Returns:
            The UIDs of the new records.

        Raises:
            ValueError: If there is no such tenant or collection, or a record cannot be added; it says which.
        """
        with self.lock, self.state.transaction():
            table = self._table(collection, tenant)
            added: list[str] = []
            for number, record in enumerate(records, 1):
                if not is_object(record):
                    raise ValueError(f"record {number} is no JSON object")
                owners = table.collection.owners
                missing = [name for name in owners if not record.get(name)]
                if missing:
                    raise ValueError(f"record {number} of {collection} needs {missing[0]}")
                owner = "/".join(str(record[name]) for name in owners)
                try:
                    added.append(table.create(record, owner, whole=True).uid.rpartition("/")[2])
                except ApiError as error:
                    raise ValueError(f"record {number}: {error.message('en')}") from None
                except (TypeError, KeyError, AttributeError):
                    raise ValueError(f"record {number} is not as the document says") from None
            return added

    def delete(self, collection: str, uid: str, *, tenant: str | None = None) -> None:
        """Delete a record past the API.

        Args:
            collection: Its name in the API's paths, such as `customers`.
            uid: The record's UID, after that of its owner and a slash if it is below one.
            tenant: The tenant's UID; None for the first.

        Raises:
            ValueError: If there is no such tenant, collection or record.
        """
        with self.lock, self.state.transaction():
            owner, _, own = uid.rpartition("/")
            try:
                self._table(collection, tenant).delete(own, owner)
            except ApiError as error:
                raise ValueError(error.message("en")) from None

    def _table(self, collection: str, tenant: str | None) -> Table:
        store = self.state.tenants.get(self.tenant if tenant is None else tenant)
        if store is None:
            raise ValueError(f"no tenant is called {tenant!r}; there are {', '.join(self.state.tenants)}")
        found = store.tables.get(collection) or self.state.shared.tables.get(collection)
        if found is None:
            known = ", ".join(sorted(self.state.model.collections))
            raise ValueError(f"no collection is called {collection!r}; there are {known}")
        return found

    def save(self, path: str) -> None:
        """Write a snapshot of everything that is stored, for `snapshot` to begin with.

        Args:
            path: A file that does not exist yet.

        Raises:
            sqlite3.Error: If the file exists or cannot be written.
        """
        with self.lock:
            self.state.save(path)

    def reset(self) -> None:
        """Go back to the data it began with; faults, requests and access tokens are forgotten too."""
        with self.lock:
            self.state.clear()
            self._begin()
        self.faults.clear()
        self.faults.forget()
        self.requests.clear()
        self.tokens.reset()

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self.state.close()
