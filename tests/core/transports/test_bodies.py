"""Bodies of responses: compressed, too large, cut short, and heads of any length."""

import gzip
import tracemalloc
import zlib

import pytest
from codings import CODINGS
from scripted_server import Server

from flow_retail_core.errors import APIConnectionError, APIStatusError, DecodeError

pytestmark = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)


FRAMINGS = ["length", "chunks", "bytes", "end"]


def response(content, coding="", framing="length", status=200):
    """A response with a body in one of the codings, whose end is marked in one of the ways."""
    head = [f"HTTP/1.1 {status} Whatever", "Content-Type: application/json"]
    if coding:
        head.append(f"Content-Encoding: {coding.strip()}")
    if framing == "length":
        head.append(f"Content-Length: {len(content)}")
    elif framing != "end":
        head.append("Transfer-Encoding: chunked")
    size = {"chunks": 16_384, "bytes": 1}.get(framing, max(1, len(content)))
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    if framing in {"chunks", "bytes"}:
        parts = [b"%x\r\n%s\r\n" % (len(part), part) for part in parts] + [b"0\r\n\r\n"]
    whole = "\r\n".join([*head, "", ""]).encode() + b"".join(parts)
    return Server.raw(whole, then="close" if framing == "end" else "stay")


# -- Compression -----------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("framing", FRAMINGS)
async def test_a_body_in_any_coding_that_is_accepted_is_read(coding, framing, server, over, get):
    content = b'{"name": "Kari", "numbers": [%s]}' % b",".join(b"%d" % number for number in range(100))
    server.script = [response(CODINGS[coding](content), coding, framing)]
    received = await over().send(get, ("c-1",))
    assert (received.content, received.attempts) == (content, 1)


async def test_a_compressed_body_of_nothing_is_nothing(server, over, delete):
    server.script = [response(b"", "gzip"), server.raw(b"HTTP/1.1 204 No\r\nContent-Encoding: gzip\r\n\r\n")]
    flow = over()
    for _ in range(2):
        assert (await flow.send(delete, ("c-1",))).content == b""


BROKEN = {
    "no gzip": (b"no gzip", "gzip"),
    "gzip cut short": (gzip.compress(b'{"a": 1}', mtime=0)[:-9], "gzip"),
    "gzip without its checksum": (gzip.compress(b'{"a": 1}', mtime=0)[:-8], "gzip"),
    "gzip with another checksum": (gzip.compress(b'{"a": 1}', mtime=0)[:-8] + b"12345678", "gzip"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
async def test_a_broken_compression_is_retried_like_a_lost_connection(
    case, framing, server, over, get, create
):
    content, coding = BROKEN[case]
    server.script = [response(content, coding, framing)]
    flow = over()
    assert (await flow.send(get, ("c-1",))).attempts == 2
    server.script = [response(content, coding, framing, status=201)]
    with pytest.raises(APIConnectionError, match="compress") as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_a_coding_that_was_not_asked_for_is_named(server, over, create):
    server.script = [response(zlib.compress(b"{}"), "deflate")]
    with pytest.raises(APIConnectionError, match="compressed in a way that was not asked for"):
        await over().send(create, content=b"{}")


# -- Limits ----------------------------------------------------------------------------------------

LIMIT = 100_000


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("framing", ["length", "chunks", "end"])
async def test_a_body_of_the_limit_is_read_and_a_byte_more_is_refused(coding, framing, server, over, get):
    whole = b" " * (LIMIT - 2) + b"{}"
    flow = over(max_response_bytes=LIMIT)
    server.script = [response(CODINGS[coding](whole), coding, framing)]
    assert (await flow.send(get, ("c-1",))).content == whole
    server.script = [response(CODINGS[coding](b" " + whole), coding, framing)]
    with pytest.raises(DecodeError, match=rf"max_response_bytes \({LIMIT} bytes\)") as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.operation, caught.value.attempts) == ("customers.get", 1)
    assert caught.value.may_have_been_processed is True
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_the_limit_holds_for_errors_as_well_and_none_is_retried(status, server, over, get):
    server.default = response(b" " * (LIMIT + 1), status=status)
    with pytest.raises(DecodeError, match="max_response_bytes"):
        await over(max_response_bytes=LIMIT).send(get, ("c-1",))
    assert len(server.seen) == 1


async def test_a_compressed_body_that_would_fill_the_memory_does_not(server, over, get):
    bomb = response(gzip.compress(b" " * (64 << 20)), "gzip")
    server.script = [server.reply(200, {}), bomb]
    flow = over(max_response_bytes=1 << 20)
    await flow.send(get, ("c-1",))
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match="max_response_bytes"):
            await flow.send(get, ("c-1",))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 << 20


@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_the_connection_of_a_body_that_was_refused_serves_no_other_call(framing, server, over, get):
    flow = over(max_response_bytes=1000)
    server.script = [response(b"x" * 5_000_000, framing=framing)]
    with pytest.raises(DecodeError):
        await flow.send(get, ("c-1",))
    await server.until(lambda: not server.open)
    assert (await flow.send(get, ("c-1",))).json() == {}
    assert server.connections == 2


async def test_a_body_that_never_ends_is_left_at_the_limit(server, over, get):
    async def endless(_seen, _reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"2710\r\n" + b" " * 10_000 + b"\r\n")
            await writer.drain()

    server.script = [endless]
    with pytest.raises(DecodeError, match="max_response_bytes"):
        await over(max_response_bytes=LIMIT).send(get, ("c-1",))
    await server.until(lambda: not server.open)


async def test_the_limit_can_be_another_for_one_call(server, over, get):
    server.default = response(b"[" + b" " * 1000 + b"]")
    flow = over(max_response_bytes=100)
    with pytest.raises(DecodeError):
        await flow.send(get, ("c-1",))
    assert (await flow.with_options(max_response_bytes=1002).send(get, ("c-1",))).json() == []


# -- Cut short -------------------------------------------------------------------------------------

WHOLE = b'{"name": "K\\u00e5re \\"}{", "tags": ["a", {"b": [1.5, null, true]}], "text": "\xc3\xa9"}'


@pytest.mark.parametrize("kind", ["application/json", None])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_a_body_without_length_that_breaks_off_in_its_json_is_lost_wherever_that_is(
    kind, version, server, over, get, create
):
    head = b"HTTP/%s 200 OK\r\n" % version + (
        b"" if kind is None else b"Content-Type: %s\r\n" % kind.encode()
    )
    flow = over()
    for cut in (1, 2, 8, 9, 11, 20, 24, 30, 40, 47, 55, len(WHOLE) - 3, len(WHOLE) - 1):
        server.script = [
            server.raw(head + b"\r\n" + WHOLE[:cut], then="close"),
            server.reply(200, body=WHOLE),
        ]
        received = await flow.send(get, ("c-1",))
        assert (received.attempts, received.content) == (2, WHOLE)
        server.script = [server.raw(head + b"\r\n" + WHOLE[:cut], then="close")]
        with pytest.raises(APIConnectionError, match="connection lost before the response was") as caught:
            await flow.send(create, content=b"{}")
        assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


@pytest.mark.parametrize("content", [WHOLE, b"[]", b" {} \n", b"5", b'"text"', b"null"])
async def test_whole_json_without_length_is_a_response(content, server, over, create):
    server.script = [response(content, framing="end")]
    assert (await over().send(create, content=b"{}")).content == content


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"text/html", b'<a href="x'),
        (b"text/plain", b"[section]\na = "),
        (b"application/pdf", b"%PDF-1.7 ["),
        (b"application/json", b"<html>not JSON</html>"),
        (b"application/json", b'{"a": 1}}'),
    ],
)
async def test_what_is_no_json_or_not_merely_unfinished_is_no_lost_response(
    kind, content, server, over, create
):
    server.script = [
        server.raw(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n" % kind + content, then="close")
    ]
    received = await over().send(create, content=b"{}")
    assert (received.content, received.attempts) == (content, 1)


async def test_an_error_without_length_that_is_cut_short_keeps_its_status(server, over, create):
    server.script = [response(b'{"code": "INVALID", "mess', framing="end", status=422)]
    with pytest.raises(APIStatusError) as caught:
        await over().send(create, content=b"{}")
    assert (caught.value.status_code, caught.value.code) == (422, None)


@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_a_body_that_is_shorter_than_it_was_announced_is_lost(framing, server, over, get, create):
    flow = over()
    lost = (
        server.reply(200, {"name": "x" * 1000}, cut=200)
        if framing == "length"
        else server.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", then="close")
    )
    server.script = [lost]
    received = await flow.send(get, ("c-1",))
    assert (received.attempts, received.json()) == (2, {})
    server.script = [lost]
    with pytest.raises(APIConnectionError) as caught:
        await flow.send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


# -- Heads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [8_000, 8_190, 8_191, 20_000, 60_000, 90_000])
async def test_a_header_of_any_usual_length_is_read(length, server, over, get):
    server.script = [server.reply(200, {"a": 1}, headers={"X-Long": "x" * length, "X-Last": "y"})]
    received = await over().send(get, ("c-1",))
    assert (len(received.headers["x-long"]), received.headers["x-last"]) == (length, "y")
    assert (received.json(), received.attempts) == ({"a": 1}, 1)


@pytest.mark.parametrize("count", [100, 128, 129, 500, 2_000])
async def test_any_usual_number_of_headers_is_read(count, server, over, get):
    headers = {f"X-{number}": str(number) for number in range(count)}
    server.script = [server.reply(200, {"a": 1}, headers=headers)]
    received = await over().send(get, ("c-1",))
    assert [received.headers[f"x-{number}"] for number in (0, count - 1)] == ["0", str(count - 1)]
    assert received.attempts == 1


async def test_a_long_reason_and_long_headers_of_an_error_are_read(server, over, get):
    head = b"HTTP/1.1 409 %s\r\nSet-Cookie: %s\r\nContent-Length: 2\r\n\r\n{}" % (
        b"No " * 5000,
        b"c" * 30_000,
    )
    server.script = [server.raw(head)]
    with pytest.raises(APIStatusError) as caught:
        await over().send(get, ("c-1",))
    assert (caught.value.status_code, caught.value.attempts) == (409, 1)


async def test_a_head_that_never_ends_is_left(server, over, create):
    async def endless(_seen, _reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not writer.is_closing():
            writer.write(b"x" * 10_000)
            await writer.drain()

    server.script = [endless]
    with pytest.raises(APIConnectionError) as caught:
        await over().send(create, content=b"{}")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    await server.until(lambda: not server.open)


async def test_odd_bytes_in_headers_are_read(server, over, get):
    server.default = server.reply(200, {}, headers={"X-Name": "K\xe5re"})
    assert (await over().send(get, ("c-1",))).headers["x-name"] == "K\xe5re"


async def test_compression_is_asked_for(server, over, get):
    await over().send(get, ("c-1",))
    assert server.seen[0].headers["accept-encoding"] == "gzip"
