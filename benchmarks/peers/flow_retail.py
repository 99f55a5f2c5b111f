"""This project's client, as its wheel has it."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from benchmarks import data
from benchmarks.peers.peer import Get
from benchmarks.server import TENANT, verdict
from flow_retail_client import FlowRetail, models
from flow_retail_core.models.decoding import decode
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.schema_drift import SchemaDrift


class OurClient:
    """See `Codec`, `Caller`, `PageReader`, `Batcher`."""

    def decode(self, page: bytes) -> object:
        """Read a page as a call does, with drift counted."""
        return decode(models.CustomerPage, page, operation="customers.list", schema_drift=SchemaDrift())

    def body(self, items: Sequence[dict[str, Any]]) -> models.CustomerBatchInput:
        """Make a batch."""
        return models.CustomerBatchInput(upsert=[models.CustomerCreate.from_dict(item) for item in items])

    def encode(self, body: models.CustomerBatchInput) -> bytes:
        """Write it as a call does."""
        return encode(body, operation="customers.batch")

    def item(self, index: int) -> models.CustomerCreate:
        """Make one item of a batch, as a program does that has a row of a table."""
        return models.CustomerCreate(
            customer_type=models.CustomerType.B2B,
            customer_uid=f"customer-{index:08d}",
            company_name="Eksempel Sport AS",
            external_id=f"crm-{index:09d}",
            firstname="Kari",
            lastname="Eksempel",
            address=f"Eksempelveien {index % 200}",
            postal_code=f"{index % 10_000:04d}",
            city="Tromsø",
            country_code="NO",
            email=f"customer.{index}@example.com",
            mobile=f"+47{90_000_000 + index % 9_999_999}",
            origin="WEBSHOP",
            loyalty_id=f"loyalty-{index:09d}",
            payment_terms=14,
            pricelist_uid=f"pricelist-{index % 100:02d}",
            default_store_uid=f"store-{index % 100:02d}",
            credit=models.CustomerCreditInput(limit=500 * (index % 200)),
            account_manager=models.AccountManagerInput(tenant_user_uid=f"user-{index % 1000:04d}"),
            ehf=models.CustomerEhfInput(enabled=True, address=f"0192:{index:09d}"),
            customer_group_uids=[f"group-{index % 100:02d}"],
            consents=[
                models.CustomerCreateConsent(consent_uid="consent-newsletter", status=True, source="WEBSHOP")
            ],
            internal_note="Wants to be called before a delivery.",
        )

    async def upsert(
        self, base_url: str, items: Iterable[models.CustomerCreate], *, wired: bool = True
    ) -> int:
        """Upsert items from a stream, and count those that succeeded."""
        count = 0
        async with (
            self._open(base_url) if wired else self._open_without_sockets() as flow,
            flow.customers.batch_stream(upsert=items) as outcomes,
        ):
            async for outcome in outcomes:
                count += outcome.status == "succeeded"
        return count

    async def read_all(self, base_url: str, pages: int, prefetch: int) -> int:
        """Read all pages; the server tells how many there are."""
        del pages
        count = 0
        async with self._open(base_url) as flow:
            async for _ in flow.customers.list(page_size=data.PAGE_SIZE, prefetch=prefetch):
                count += 1
        return count

    @asynccontextmanager
    async def connected(self, base_url: str) -> AsyncGenerator[Get]:
        """Open a client."""
        async with self._open(base_url) as flow:
            yield flow.customers.get

    def _open(self, base_url: str) -> FlowRetail:
        return FlowRetail(tenant=TENANT, token="bench", base_url=base_url)

    def _open_without_sockets(self) -> FlowRetail:
        return FlowRetail(
            tenant=TENANT,
            token="bench",
            base_url="http://127.0.0.1",
            transport=httpx.MockTransport(lambda request: httpx.Response(200, json=verdict(request.content))),
        )


PEER = OurClient()
