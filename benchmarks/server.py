"""A bare HTTP server in a process of its own: fixed answers, as little work as possible.

It knows three requests of the API (one customer, a page of customers, a batch), routes by looking for bytes,
and answers whatever it is asked, so that what is measured is the client.
"""

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
from collections.abc import Generator, Sequence
from importlib import import_module
from typing import cast

from benchmarks import data
from benchmarks.children import module_command

TENANT = "acme"
CUSTOMER_UID = "customer-00000001"

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAGE_NUMBER = re.compile(rb"[?&]pageNumber=(\d+)")
_UID = b'"customerUid"'


def answer(body: bytes, headers: bytes = b"") -> bytes:
    """A whole HTTP answer: 200, and a body of JSON."""
    head = b"HTTP/1.1 200 OK\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (headers, len(body)) + body


class Answers:
    """What is answered, made once.

    Args:
        customers: How many there are.
        latency: Seconds from a request for a page to its answer.
    """

    def __init__(self, customers: int, latency: float) -> None:
        self.latency = latency
        self.one = answer(data.one_customer())
        # elasticsearch-py takes no answer that lacks it.
        self.one_for_elasticsearch = answer(data.one_customer(), b"X-Elastic-Product: Elasticsearch\r\n")
        # One more than there are, which is empty: a client that prefetches may ask for it.
        numbers = range(-(-customers // data.PAGE_SIZE) + 1)
        self.pages = [answer(data.page(number, customers)) for number in numbers]

    def page(self, head: bytes) -> bytes:
        """The page that the head of a request asks for; the first if it does not say, empty past the last."""
        number = _PAGE_NUMBER.search(head)
        return self.pages[min(int(number[1]) if number else 0, len(self.pages) - 1)]


def verdict(body: bytes) -> dict[str, object]:
    """The answer to a batch of which every item succeeded; they are counted by their uids."""
    return {
        name: {"errors": [], "success": body.count(_UID) if b'"%s":[{' % name.encode() in body else 0}
        for name in ("create", "delete", "update", "upsert")
    }


class Connection(asyncio.Protocol):
    """One connection; requests come one after the other, never pipelined."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = bytearray()
        self._expected: int | None = None
        """Bytes of the request in all, once its head is there."""
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # What a server of streams makes; uvloop's is no subclass.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, received: bytes) -> None:
        """Answer once the request is whole."""
        self._received += received
        if self._expected is None:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = bytes(self._received[:end])
            length = _LENGTH.search(self._head)
            # Of a chunked body only the one without content is understood, which clients may send with a GET.
            empty_chunk = b"\r\ntransfer-encoding: chunked" in self._head.lower()
            self._expected = end + 4 + (int(length[1]) if length else len(b"0\r\n\r\n") * empty_chunk)
        if len(self._received) < self._expected:
            return
        body = bytes(self._received[len(self._head) + 4 :])
        self._received.clear()
        self._expected = None
        self._answer(self._head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        path = head[: head.index(b" HTTP/")].partition(b" ")[2].partition(b"?")[0]
        if path.endswith(b"/customers"):
            loop = asyncio.get_running_loop()
            loop.call_later(self._answers.latency, self._write, self._answers.page(head))
        elif path.endswith(b"/customers/batch"):
            self._write(answer(json.dumps(verdict(body)).encode()))
        elif b"\r\nx-elastic-client-meta:" in head:
            self._write(self._answers.one_for_elasticsearch)
        else:
            self._write(self._answers.one)

    def _write(self, content: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(content)


@contextlib.contextmanager
def served(*, customers: int = 1, latency: float = 0.0) -> Generator[str]:
    """Run a server in a process of its own.

    Args:
        customers: How many there are.
        latency: Seconds that a page takes.

    Yields:
        Its base URL, with the version as the real one has it.
    """
    command = module_command("benchmarks.server", f"--customers={customers}", f"--latency={latency}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # asked for above
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("the server of the benchmarks did not start; its own words stand above")
            yield f"http://127.0.0.1:{port}/v2"
        finally:
            process.terminate()


async def serve(answers: Answers) -> None:
    """Listen on a free port of loopback, print it, and answer until terminated."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answers), "127.0.0.1", 0, backlog=2048
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.0)
    chosen = parser.parse_args(arguments)
    answers = Answers(chosen.customers, chosen.latency)
    try:
        loop_factory = import_module("uvloop").new_event_loop
    except ImportError:
        # Slower, but the same for every peer.
        loop_factory = None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serve(answers))


if __name__ == "__main__":
    main()
