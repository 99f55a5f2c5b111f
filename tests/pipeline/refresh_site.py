"""A site that publishes pages of a reference, on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attrs import Factory, define


@define
class Answer:
    """What the site says when asked for a page.

    Attributes:
        body: What is sent.
        status: The status code.
        headers: Besides Content-Length.
        length: The Content-Length; by default the true one, `None` to leave it out.
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = Factory(lambda: {"Content-Type": "text/markdown; charset=utf-8"})
    length: int | None = -1


@define
class Site:
    """The site: its address, what it answers, and what it was asked for."""

    url: str
    answers: dict[str, Answer] = Factory(dict)
    asked: list[str] = Factory(list)

    def publish(self, name: str, text: str | bytes) -> None:
        self.answers[f"/{name}.md"] = Answer(text if isinstance(text, bytes) else text.encode())


@contextmanager
def serving() -> Iterator[Site]:
    """Serve on a free port of the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.path)
            answer = site.answers.get(self.path, Answer(b"no such page", 404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.length is not None:
                length = len(answer.body) if answer.length < 0 else answer.length
                self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            # Whoever has seen enough of a page hangs up.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
