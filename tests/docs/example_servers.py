"""The servers that pages name besides the sandbox: a proxy, and the sandbox behind TLS."""

import contextlib
import shutil
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import trustme

PROXY = "proxy.example.com:3128"
TLS = "https://flow.example.com/v2"
MUTUAL_TLS = "https://mtls.example.com/v2"


class _Relay(socketserver.ThreadingTCPServer):
    """Passes one request a connection on to the sandbox, as a proxy or as a gateway with TLS.

    Args:
        target: Host and port of the sandbox.
        context: The gateway's TLS context; None for a proxy, which asks for a password.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, target: tuple[str, int], context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = target
        self.context = context

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:
        if self.context is not None:
            request = self.context.wrap_socket(request, server_side=True)
        # Closed here, as wrapping has detached it from the one that the server closes.
        with request:
            super().finish_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the example that broke the connection gets the error."""


class _Connection(socketserver.StreamRequestHandler):
    server: _Relay

    def handle(self) -> None:
        lines = list(iter(self.rfile.readline, b"\r\n"))
        if not lines or lines == [b""]:
            return
        method, url, version = lines[0].split()
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in lines[1:])
        }
        if self.server.context is None and b"proxy-authorization" not in fields:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        parts = urlsplit(url.decode())
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        kept = [line for line in lines[1:] if not line.lower().startswith((b"proxy-", b"connection:"))]
        head = [b"%s %s %s\r\n" % (method, path.encode(), version), *kept, b"Connection: close\r\n\r\n"]
        with socket.create_connection(self.server.target) as sandbox:
            sandbox.sendall(b"".join(head) + self.rfile.read(int(fields.get(b"content-length", b"0"))))
            shutil.copyfileobj(sandbox.makefile("rb"), self.wfile)


@contextlib.contextmanager
def _serving(relay: _Relay) -> Iterator[int]:
    with relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield relay.server_address[1]
        finally:
            relay.shutdown()
            thread.join()


@contextlib.contextmanager
def servers(text: str, sandbox_url: str, folder: Path) -> Iterator[dict[str, str]]:
    """Start the servers that a page names.

    Args:
        text: The page.
        sandbox_url: The base URL of the sandbox, which they pass requests on to.
        folder: Where the certificates that the page names are written.

    Yields:
        What to read instead of the names of servers on the page.
    """
    url = urlsplit(sandbox_url)
    target = (str(url.hostname), int(url.port or 80))
    found: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        if PROXY in text:
            found[PROXY] = f"127.0.0.1:{stack.enter_context(_serving(_Relay(target)))}"
        if TLS in text or MUTUAL_TLS in text:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(folder / "company-ca.pem")
            client = authority.issue_cert("service@example.com")
            client.cert_chain_pems[0].write_to_path(folder / "client.pem")
            client.private_key_pem.write_to_path(folder / "client.key")
            for name, mode in ((TLS, ssl.CERT_NONE), (MUTUAL_TLS, ssl.CERT_REQUIRED)):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                authority.issue_cert("localhost").configure_cert(context)
                authority.configure_trust(context)
                context.verify_mode = mode
                port = stack.enter_context(_serving(_Relay(target, context)))
                found[name] = f"https://localhost:{port}{url.path}"
        yield found
