"""A small web service about customers: it awaits the SDK, and tells its own callers what went wrong.

Settings come from the environment: `FLOW_RETAIL_TENANT`, `FLOW_RETAIL_TOKEN`, and `FLOW_RETAIL_BASE_URL` if
it is to talk to a sandbox. Any ASGI server runs it: `uvicorn --factory customer_service:create_app`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from flow_retail_client import (
    APIStatusError,
    BadRequestError,
    BatchOutcome,
    ConflictError,
    DeadlineExceededError,
    FlowRetail,
    FlowRetailError,
    NotFoundError,
    Page,
    UnprocessableEntityError,
)
from flow_retail_client.models import (
    Customer,
    CustomerCreate,
    CustomerSearch,
    CustomerType,
)

LONGEST_WAIT = 10.0
"""Seconds that a caller may ask us to take for one request."""

Uid = Annotated[str, Field(pattern="^[A-Za-z0-9-_]+$", max_length=100)]


class NewPerson(BaseModel):
    """A person as our callers send it."""

    uid: Uid
    first_name: str
    last_name: str
    email: str = ""

    def to_flow(self) -> CustomerCreate:
        """Write it as the API takes it."""
        return CustomerCreate(
            customer_type=CustomerType.PERSON,
            customer_uid=self.uid,
            firstname=self.first_name,
            lastname=self.last_name,
            email=self.email,
        )


class CustomerView(BaseModel):
    """A customer as our callers see it."""

    uid: str
    name: str
    email: str
    kind: str

    @classmethod
    def of(cls, customer: Customer) -> "CustomerView":
        """Take over what our callers may see."""
        return cls(
            uid=customer.customer_uid,
            name=customer.display_name,
            email=customer.email,
            kind=customer.customer_type.value,
        )


class CustomerList(BaseModel):
    """One page of customers."""

    customers: list[CustomerView]
    total: int | None
    page: int | None

    @classmethod
    def of(cls, page: Page[Customer]) -> "CustomerList":
        """Take over a page."""
        return cls(
            customers=[CustomerView.of(customer) for customer in page.items],
            total=page.total_count,
            page=page.page_number,
        )


class Rejected(BaseModel):
    """A person that was not stored, or of whom it is not known."""

    index: int
    uid: str | None
    code: str | None
    message: str | None

    @classmethod
    def of(cls, outcome: BatchOutcome[Any]) -> "Rejected":
        """Take over an outcome."""
        return cls(index=outcome.index, uid=outcome.uid, code=outcome.error_code, message=outcome.message)


class BulkReport(BaseModel):
    """What became of each person: stored, failed, or unknown."""

    stored: int
    failed: list[Rejected]
    unknown: list[Rejected]


def deadline(
    x_timeout: Annotated[float, Header(gt=0, le=LONGEST_WAIT, description="Seconds")] = 5.0,
) -> float:
    """How long this request may take, in seconds, as its caller says."""
    return x_timeout


def client(request: Request, seconds: Annotated[float, Depends(deadline)]) -> FlowRetail:
    """The service's client, with the deadline of this request; it shares the connections."""
    shared: FlowRetail = request.app.state.flow
    return shared.with_options(deadline=seconds)


Flow = Annotated[FlowRetail, Depends(client)]
PageSize = Annotated[int, Query(ge=1, le=200)]


def answer_for(error: FlowRetailError) -> JSONResponse:
    """Choose the answer to an error: the caller's own fault, or that of what stands behind us."""
    body = {"code": type(error).__name__, "message": str(error)}
    if isinstance(error, APIStatusError):
        body = {
            "code": error.code or body["code"],
            "message": error.message or "",
            "log_id": error.log_id or "",
        }
    if isinstance(error, NotFoundError | ConflictError):
        return JSONResponse(body, error.status_code)
    if isinstance(error, BadRequestError | UnprocessableEntityError):
        return JSONResponse(body, status.HTTP_422_UNPROCESSABLE_CONTENT)
    if isinstance(error, DeadlineExceededError):
        return JSONResponse(body, status.HTTP_504_GATEWAY_TIMEOUT)
    # Refused tokens and exhausted retries are nothing that the caller could mend, but it may come again.
    wait = getattr(error, "retry_after", None) or 1
    return JSONResponse(
        body, status.HTTP_503_SERVICE_UNAVAILABLE, headers={"retry-after": str(max(1, round(wait)))}
    )


def create_app(flow: FlowRetail | None = None) -> FastAPI:
    """Make the service.

    Args:
        flow: The client to use, which the service closes when it stops; None makes one from the environment.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with flow or FlowRetail() as app.state.flow:
            yield

    app = FastAPI(title="Customers", lifespan=lifespan)

    @app.exception_handler(FlowRetailError)
    async def tell(_: Request, error: FlowRetailError) -> JSONResponse:
        return answer_for(error)

    @app.exception_handler(TimeoutError)
    async def tell_timeout(_: Request, __: TimeoutError) -> JSONResponse:
        return answer_for(DeadlineExceededError("the request took too long"))

    @app.get("/customers")
    async def list_customers(
        flow: Flow, page_size: PageSize = 50, page: Annotated[int | None, Query(ge=0)] = None
    ) -> CustomerList:
        return CustomerList.of(await flow.customers.list(page_size=page_size, page_number=page))

    @app.get("/customers/search")
    async def search_customers(flow: Flow, query: str, page_size: PageSize = 50) -> CustomerList:
        return CustomerList.of(await flow.customers.search(CustomerSearch(query=query), page_size=page_size))

    @app.get("/customers/{uid}")
    async def get_customer(flow: Flow, uid: Uid) -> CustomerView:
        return CustomerView.of(await flow.customers.get(uid))

    @app.post("/customers", status_code=status.HTTP_201_CREATED)
    async def create_customer(flow: Flow, person: NewPerson) -> CustomerView:
        return CustomerView.of(await flow.customers.create(person.to_flow()))

    @app.put("/customers")
    async def put_customers(
        flow: Flow,
        people: list[NewPerson],
        seconds: Annotated[float, Depends(deadline)],
        response: Response,
    ) -> BulkReport:
        # A client's deadline bounds each request of a batch; this bounds the batch.
        async with asyncio.timeout(seconds):
            result = await flow.customers.batch(upsert=[person.to_flow() for person in people])
        if result.failed or result.unknown:
            response.status_code = status.HTTP_207_MULTI_STATUS
        return BulkReport(
            stored=len(result.succeeded),
            failed=[Rejected.of(outcome) for outcome in result.failed],
            unknown=[Rejected.of(outcome) for outcome in result.unknown],
        )

    return app
