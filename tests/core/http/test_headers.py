"""The headers of a client: its own User-Agent, those of the option `headers`, those of one call."""

import pytest
from fake_transport import FakeTransport

from flow_retail_core.unset import UNSET

everywhere = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)


@everywhere
async def test_headers_of_the_client_are_sent_with_every_request(server, over, get, create):
    flow = over(headers={"X-Store": "s-1", "X-Trace": "t"})
    server.script = [server.reply(503)]
    await flow.send(get, ("c-1",))
    await flow.send(create, content=b"{}")
    await flow.request("GET", "/x")
    assert [(seen.headers["x-store"], seen.headers["x-trace"]) for seen in server.seen] == [("s-1", "t")] * 4


@everywhere
async def test_headers_of_a_copy_stand_instead_of_the_clients_and_the_client_keeps_its_own(server, over, get):
    flow = over(headers={"X-Store": "s-1", "X-Trace": "t"})
    for client in (flow.with_options(headers={"X-Store": "s-2"}), flow.with_options(headers={}), flow):
        await client.send(get, ("c-1",))
    shown = [{name: seen.headers.get(name) for name in ("x-store", "x-trace")} for seen in server.seen]
    assert shown == [
        {"x-store": "s-2", "x-trace": None},
        {"x-store": None, "x-trace": None},
        {"x-store": "s-1", "x-trace": "t"},
    ]


@everywhere
async def test_a_header_of_one_call_stands_instead_of_the_clients_in_whatever_case(server, over, get):
    flow = over(headers={"X-Store": "s-1", "X-Trace": "t"}, locale="nb-NO")
    await flow.send(get, ("c-1",), headers={"x-STORE": "s-2", "Accept-Language": "sv"})
    await flow.send(get, ("c-1",), headers={"X-Store": None, "X-Trace": UNSET})
    first, second = (seen.headers for seen in server.seen)
    assert (first["x-store"], first["x-trace"], first["accept-language"]) == ("s-2", "t", "sv")
    assert (second["x-store"], second["x-trace"], second["accept-language"]) == ("s-1", "t", "nb-NO")


async def test_no_header_is_sent_twice(server, make_client):
    transport = FakeTransport()
    flow = make_client(
        transport=transport, headers={"user-agent": "app/1", "ACCEPT-language": "sv"}, locale="nb-NO"
    )
    await flow.request("POST", "/x", headers={"X-One": 1, "x-two": ["a", "b"]}, json={})
    lines = transport.requests[0].header_lines()
    names = [name.lower() for name, _ in lines]
    assert sorted(names) == sorted(set(names))
    assert (b"x-two", b"a,b") in lines
    assert (b"ACCEPT-language", b"sv") in lines


@everywhere
async def test_a_user_agent_stands_before_that_of_this_package(server, over, get):
    flow = over(headers={"User-Agent": "shop-sync/2.1 (+https://example.com)"})
    await flow.send(get, ("c-1",))
    await over().send(get, ("c-1",))
    own = server.seen[1].headers["user-agent"]
    assert own.startswith("flow-retail-client/")
    assert server.seen[0].headers["user-agent"] == f"shop-sync/2.1 (+https://example.com) {own}"


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"Authorization": "Bearer x"}, "can't be set"), ({"host": "evil.example"}, "can't be set"),
        ({"Content-Length": "5"}, "can't be set"), ({"Transfer-Encoding": "chunked"}, "can't be set"),
        ({"Connection": "close"}, "can't be set"), ({"Accept-Encoding": "br"}, "can't be set"),
        ({"Content-Type": "text/plain"}, "can't be set"), ({"X Y": "z"}, "can't be set"),
        ({"X-Y": "a\r\nAuthorization: b"}, "printable ASCII"), ({"X-Y": "blå"}, "printable ASCII"),
        ({"User-Agent": "a\nb"}, "printable ASCII"),
    ],
)  # fmt: skip
async def test_a_header_that_can_not_be_set_is_refused_where_it_is_made(
    headers, problem, server, make_client
):
    flow = make_client()
    for mistake in (
        lambda: make_client(headers=headers),
        lambda: flow.with_options(headers=headers),
    ):
        with pytest.raises(ValueError, match=problem):
            mistake()
    with pytest.raises(ValueError, match=problem):
        await flow.request("GET", "/x", headers=headers)
    assert server.seen == []


async def test_headers_of_the_client_show_in_no_repr(make_client, server):
    flow = make_client(headers={"X-Api-Key": "s3cret"})
    assert "s3cret" not in repr(flow) + repr(vars(flow)) + repr(flow.things)
