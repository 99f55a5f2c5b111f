"""httpx2 alone: the body in bytes, read by nobody."""

from benchmarks.peers.bare_httpx import BareHttpx

PEER = BareHttpx("httpx2")
