"""Decompression: every coding, however it is cut into parts, up to the limit and not a byte further."""

import gzip
import random
import tracemalloc
import zlib

import pytest
from codings import CODINGS, raw_deflate

from flow_retail_core.messages import Headers
from flow_retail_core.transports.body import OversizedBodyError, UnreadableBodyError, read_body

LIMIT = 600_000
NOISE = random.Random(4).randbytes(LIMIT)
FILLINGS = {"blanks": b" " * LIMIT, "noise": NOISE, "short": b"{}", "mixed": NOISE[:1000] * 600}


async def read(content, coding, *, size=None, limit=LIMIT):
    """Read a body that comes in parts of a size."""

    async def parts():
        step = size or max(1, len(content))
        for at in range(0, len(content), step):
            yield content[at : at + step]

    return await read_body(parts(), Headers([(b"Content-Encoding", coding.encode())]), limit, 200)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("size", [None, 16_384, 1000])
async def test_a_body_of_the_limit_is_read_and_a_byte_more_is_refused(coding, filling, size):
    whole = FILLINGS[filling]
    packed = CODINGS[coding](whole)
    assert await read(packed, coding, size=size, limit=len(whole)) == whole
    with pytest.raises(OversizedBodyError):
        await read(packed, coding, size=size, limit=len(whole) - 1)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_where_a_body_is_cut_into_parts_does_not_matter(coding, size):
    whole = NOISE[:50] + b" " * 500
    assert await read(CODINGS[coding](whole), coding, size=size) == whole


@pytest.mark.parametrize("length", [2**18 - 1, 2**18, 2**18 + 1, 2**19 - 1, 2**19, 2**19 + 1])
@pytest.mark.parametrize("coding", ["gzip", "deflate "])
async def test_where_a_piece_ends_does_not_matter(length, coding):
    whole = b" " * length
    assert await read(CODINGS[coding](whole), coding) == whole


@pytest.mark.parametrize("coding", CODINGS)
async def test_an_empty_body_is_empty_whatever_its_coding(coding):
    assert await read(b"", coding) == b""


@pytest.mark.parametrize("size", [None, 1, 5])
async def test_a_gzip_body_of_several_members_is_read_whole_and_padding_is_not(size):
    members = b"".join(gzip.compress(part, mtime=0) for part in (b"[1,", b"", b" " * 300_000, b"2]"))
    whole = b"[1," + b" " * 300_000 + b"2]"
    for packed in (members, members + bytes(512)):
        assert await read(packed, "gzip", size=size) == whole
    with pytest.raises(OversizedBodyError):
        await read(members, "gzip", size=size, limit=300_000)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, raw_deflate])
async def test_a_body_that_is_cut_short_anywhere_is_unreadable(compress):
    packed = compress(NOISE[:100])
    coding = "gzip" if compress is gzip.compress else "deflate"
    for length in range(1, len(packed)):
        for size in (None, 1):
            with pytest.raises(UnreadableBodyError, match="cut short"):
                await read(packed[:length], coding, size=size)


@pytest.mark.parametrize(
    ("content", "coding"),
    [
        (b"no gzip", "gzip"),
        (b"\xff\xff\xff\xff", "deflate"),
        (gzip.compress(b"{}", mtime=0)[:-8] + b"12345678", "gzip"),
        (zlib.compress(b"{}")[:-4] + b"1234", "deflate"),
        (gzip.compress(b"{}", mtime=0), "gzip, deflate "),
        (gzip.compress(b"{}", mtime=0) + b"\x1f\x8bxxxxxxxxxxxxx", "gzip"),
    ],
)
async def test_a_body_with_a_broken_compression_is_unreadable(content, coding):
    for size in (None, 1):
        with pytest.raises(UnreadableBodyError, match="broken"):
            await read(content, coding, size=size)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "br, gzip", "chunked"])
async def test_a_coding_that_was_not_asked_for_is_unreadable(coding):
    with pytest.raises(UnreadableBodyError, match="not asked for"):
        await read(b"{}", coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate ", "gzip, deflate", "gzip, gzip, gzip"])
async def test_a_body_that_would_fill_the_memory_takes_no_more_than_the_limit_and_some(coding):
    packed = CODINGS[coding](b" " * (64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(OversizedBodyError):
            await read(packed, coding)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 << 20
