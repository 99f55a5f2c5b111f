"""How requests reach the API; the only room that knows httpx, httpx2, httpcore, aiohttp and ssl.

Import `Transport` and `TransportFailure` for the protocol, `open_transport` to choose an implementation.
"""
