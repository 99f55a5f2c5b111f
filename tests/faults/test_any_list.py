"""However pages are cut, numbered, lost, and however the list moves: no survivor is skipped or doubled."""

from collections.abc import Iterator
from typing import Any

import pytest
from fault_proxy import FaultProxy, run_proxy
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from people import by_uid

from flow_retail_client import FlowRetail, FlowRetailError, Retry
from flow_retail_client.models import SortDirection
from flow_retail_sandbox import Fault, RunningSandbox, run_sandbox

CUSTOMERS = 24
EXISTING = [f"customer-{number:05}" for number in range(1, CUSTOMERS + 1)]
LIST = "customers.list"

pinned = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

BROKEN = st.sampled_from(
    [None, None, "reset_before", "close_before", "reset_after", "cut_reset", "cut_close", "close_idle"]
)
FAILING = st.sampled_from([None, None, "status", "reset_after", "truncate_body", "html_error"])


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[RunningSandbox, FaultProxy]]:
    with run_sandbox(tenants=["acme"], customers=CUSTOMERS) as sandbox, run_proxy(sandbox.base_url) as proxy:
        yield sandbox, proxy


@st.composite
def settings_of_a_list(draw: Any) -> dict[str, Any]:
    return {
        "base": draw(st.sampled_from([0, 1])),
        "clamp": draw(st.sampled_from([500, 500, 7, 4])),
        "page_size": draw(st.sampled_from([None, *range(1, 9)])),
        "prefetch": draw(st.sampled_from([1, 1, 1, *range(2, 9)])),
        # By age, new records come at the end or at the start; by uid, before all that are there.
        "sort_by": draw(st.sampled_from([None, "createdAt", "customerUid"])),
        "direction": draw(st.sampled_from([SortDirection.ASC, SortDirection.DESC])),
    }


def come(draw: Any) -> Fault:
    return Fault("records_added", records=draw(st.integers(1, 9)))


def go(draw: Any) -> Fault:
    if draw(st.booleans()):
        return Fault(
            "records_removed", records=draw(st.integers(1, 4)), where=draw(st.sampled_from(["start", "end"]))
        )
    uids = draw(st.lists(st.sampled_from(EXISTING), unique=True, min_size=1, max_size=6))
    return Fault("records_removed", uids=tuple(uids))


@st.composite
def movements(draw: Any, options: dict[str, Any]) -> dict[str, Any]:
    """What comes and goes, a step for each request, and what is lost on its way.

    The promise is for lists where between two pages records only come or only go. So a list that does both
    is read page by page, and no answer of it gets lost: else a page that nobody saw lies between the two.
    """
    kinds = ["comes", "goes", "comes and goes"]
    kind = draw(st.sampled_from(kinds if options["prefetch"] == 1 else kinds[:2]))
    steps: list[Fault | None] = []
    for _ in range(draw(st.integers(0, 12))):
        step = None
        chosen = draw(st.sampled_from(["", "comes", "goes", "goes"]))
        if chosen and chosen in kind:
            step = come(draw) if chosen == "comes" else go(draw)
        steps.append(step)
    lossy = kind != "comes and goes"
    failing = draw(st.lists(FAILING, max_size=8))
    return {
        "steps": steps,
        "failing": [kind and Fault(kind) for kind in failing] if lossy else [],
        "broken": draw(st.lists(BROKEN, max_size=10)) if lossy else [],
    }


@st.composite
def cases(draw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A list and how it moves."""
    options = draw(settings_of_a_list())
    return options, draw(movements(options))


def client(running: Any, *, attempts: int = 20) -> FlowRetail:
    sandbox, proxy = running
    retry = Retry(max_retries=attempts - 1, base_delay=0.0005, max_delay=0.001)
    return FlowRetail(tenant=sandbox.tenant, token=sandbox.token, base_url=proxy.base_url, retry=retry)


def prepare(running: Any, options: dict[str, Any], movement: dict[str, Any]) -> dict[str, Any]:
    """Set the server up anew; gives the arguments of the list."""
    sandbox, proxy = running
    sandbox.sandbox.reset()
    proxy.clear()
    sandbox.sandbox.page_base = options["base"]
    sandbox.sandbox.max_page_size = options["clamp"]
    proxy.script(*movement["broken"])
    sandbox.faults.script(movement["steps"], operation=LIST)
    sandbox.faults.script(movement["failing"], operation=LIST)
    return {
        "page_size": options["page_size"],
        "prefetch": options["prefetch"],
        "sort_by": options["sort_by"],
        "sort_direction": options["direction"],
    }


@pinned
@given(case=cases())
async def test_every_record_that_stays_is_given_exactly_once(running: Any, case: Any):
    options, movement = case
    arguments = prepare(running, options, movement)
    sandbox, proxy = running
    before = by_uid(sandbox)
    async with client(running) as flow:
        pager = flow.customers.list(**arguments)
        uids = [one.customer_uid async for one in pager]
    proxy.wait(lambda proxy: proxy.open == 0)
    after = by_uid(sandbox)
    event(f"healed: {bool(pager.changes.reread_pages)}")
    event(f"unverified: {bool(pager.changes.unverified_boundaries)}")
    assert len(uids) == len(set(uids))
    assert set(uids) <= before.keys() | after.keys() | {uid for uid in uids if uid.startswith("arrived-")}
    missing = (before.keys() & after.keys()) - set(uids)
    assert not missing
    assert not pager.changes.missing_records


@pinned
@given(case=cases(), size=st.integers(1, 6), after=st.integers(1, 6))
async def test_a_page_size_that_changes_under_way_skips_and_doubles_nothing(
    running: Any, case: Any, size: int, after: int
):
    options, movement = case
    arguments = prepare(running, options, {**movement, "steps": []})
    sandbox, _ = running
    sandbox.faults.add(Fault("page_size_clamp", size=size, after=after, count=None, operation=LIST))
    async with client(running) as flow:
        uids = [one.customer_uid async for one in flow.customers.list(**arguments)]
    assert sorted(uids) == EXISTING


@pinned
@given(case=cases())
async def test_what_broke_off_and_is_resumed_gives_each_record_of_a_list_that_stays_once(
    running: Any, case: Any
):
    options, movement = case
    arguments = prepare(running, options, {**movement, "steps": []})
    uids: list[str] = []
    page_number = None
    async with client(running, attempts=1) as flow:
        while True:
            # As its documentation says: with the page size that the server made of ours.
            try:
                async for page in flow.customers.list(**arguments, page_number=page_number).pages():
                    uids += [one.customer_uid for one in page.items]
            except FlowRetailError as error:
                page_number = error.page_number if error.page_number is not None else page_number
            else:
                break
    assert sorted(uids) == EXISTING


async def test_a_page_that_newcomers_pushed_on_after_others_had_gone_is_no_repetition(running: Any):
    options = {"base": 0, "clamp": 4, "page_size": 4, "prefetch": 1, "sort_by": "createdAt"}
    steps = [None, Fault("records_removed", records=4), Fault("records_added", records=4)]
    arguments = prepare(
        running,
        {**options, "direction": SortDirection.DESC},
        {"steps": steps, "failing": [], "broken": []},
    )
    async with client(running) as flow:
        pager = flow.customers.list(**arguments)
        uids = [one.customer_uid async for one in pager]
    # The four oldest went, so the first page was read again; by then it had moved to where the second was.
    assert len(uids) == len(set(uids))
    assert set(uids) >= set(EXISTING[4:])
    assert pager.changes.reread_pages
