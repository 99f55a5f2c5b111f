"""Decompression: however a body is cut into parts, up to the limit and not a byte further."""

import gzip
import random
import tracemalloc

import pytest
from codings import CODINGS

from flow_retail_core.messages import Headers
from flow_retail_core.transports.body import BodyError, read_body

LIMIT = 600_000
NOISE = random.Random(4).randbytes(LIMIT)
FILLINGS = {"blanks": b" " * LIMIT, "noise": NOISE, "short": b"{}", "mixed": NOISE[:1000] * 600}


async def read(content, coding, *, size=None, limit=LIMIT):
    """Read a body that comes in parts of a size."""

    async def parts():
        step = size or max(1, len(content))
        for at in range(0, len(content), step):
            yield content[at : at + step]

    return await read_body(parts(), Headers([(b"Content-Encoding", coding.encode())]), 200, limit)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("size", [None, 16_384, 1000])
async def test_a_body_of_the_limit_is_read_and_a_byte_more_is_refused(coding, filling, size):
    whole = FILLINGS[filling]
    packed = CODINGS[coding](whole)
    assert await read(packed, coding, size=size, limit=len(whole)) == whole
    with pytest.raises(BodyError, match="max_response_bytes") as caught:
        await read(packed, coding, size=size, limit=len(whole) - 1)
    assert caught.value.failure.oversized


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_where_a_body_is_cut_into_parts_does_not_matter(coding, size):
    whole = NOISE[:50] + b" " * 500
    assert await read(CODINGS[coding](whole), coding, size=size) == whole


@pytest.mark.parametrize("length", [2**16 - 1, 2**16, 2**16 + 1, 2**17 - 1, 2**17, 2**17 + 1])
@pytest.mark.parametrize("filling", ["blanks", "noise"])
async def test_where_a_piece_ends_does_not_matter(length, filling):
    whole = FILLINGS[filling][:length]
    assert await read(gzip.compress(whole), "gzip") == whole


@pytest.mark.parametrize("coding", CODINGS)
async def test_an_empty_body_is_empty_whatever_its_coding(coding):
    assert await read(b"", coding) == b""


@pytest.mark.parametrize("size", [None, 1, 5])
async def test_a_gzip_body_of_several_members_is_read_whole_and_padding_is_not(size):
    members = b"".join(gzip.compress(part, mtime=0) for part in (b"[1,", b"", b" " * 300_000, b"2]"))
    whole = b"[1," + b" " * 300_000 + b"2]"
    for packed in (members, members + bytes(512)):
        assert await read(packed, "gzip", size=size) == whole
    with pytest.raises(BodyError, match="max_response_bytes"):
        await read(members, "gzip", size=size, limit=300_000)


async def test_a_body_of_many_members_is_read():
    packed = gzip.compress(b"", mtime=0) * 50_000 + gzip.compress(NOISE[:1000], mtime=0)
    assert await read(packed, "gzip") == NOISE[:1000]


async def test_a_body_that_is_cut_short_anywhere_is_unreadable():
    packed = gzip.compress(NOISE[:100])
    for length in range(1, len(packed)):
        for size in (None, 1):
            with pytest.raises(BodyError, match="cut short"):
                await read(packed[:length], "gzip", size=size)


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b"{}", mtime=0)[:-8] + b"12345678",
        gzip.compress(b"{}", mtime=0) + b"\x1f\x8bxxxxxxxxxxxxx",
    ],
)
@pytest.mark.parametrize("size", [None, 1])
async def test_a_body_with_a_broken_compression_is_unreadable(content, size):
    with pytest.raises(BodyError, match="broken"):
        await read(content, "gzip", size=size)


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br"])
async def test_a_coding_that_was_not_asked_for_is_unreadable(coding):
    with pytest.raises(BodyError, match="not asked for"):
        await read(b"{}", coding)


async def test_a_body_that_would_fill_the_memory_takes_no_more_than_the_limit_and_some():
    packed = gzip.compress(b" " * (64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(BodyError, match="max_response_bytes"):
            await read(packed, "gzip")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 << 20
