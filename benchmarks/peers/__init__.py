"""The peers: who they are, and what is measured of them. One module each; only a worker imports those."""

from dataclasses import dataclass

OURS = "flow_retail"
OURS_ON_AIOHTTP = "flow_retail_aiohttp"
OURS_AT_ONCE = "flow_retail_at_once"
OURS_ON_HTTPX_AT_ONCE = "flow_retail_httpx_at_once"
STOCK = "stock"
ORJSON = "orjson_dicts"
HTTPX = "bare_httpx"
HTTPX2 = "bare_httpx2"
AIOHTTP = "bare_aiohttp"


@dataclass(frozen=True)
class Peer:
    """One peer.

    Attributes:
        name: The name of its module in this package.
        title: What readers see.
        measures: What is measured of it.
        imports: The statement that a program begins with; "" where import is not measured.
        versions: The distributions whose versions are told.
    """

    name: str
    title: str
    measures: frozenset[str]
    imports: str = ""
    versions: tuple[str, ...] = ()


_CODEC = frozenset({"decode", "memory", "encode"})
_CALLER = frozenset({"calls", "import"})

PEERS = (
    Peer(
        OURS,
        "flow-retail-client",
        _CODEC | _CALLER | {"first_call", "pages", "page_memory", "batch", "batch_memory"},
        "from flow_retail_client import FlowRetail",
        ("flow-retail-client", "attrs", "orjson", "httpx"),
    ),
    Peer(
        OURS_ON_AIOHTTP,
        "flow-retail-client[aiohttp]",
        frozenset({"calls"}),
        versions=("flow-retail-client", "aiohttp"),
    ),
    Peer(
        "flow_retail_httpx2",
        "flow-retail-client[httpx2]",
        frozenset({"calls"}),
        versions=("flow-retail-client", "httpx2"),
    ),
    Peer(OURS_AT_ONCE, "flow-retail-client, response at once", frozenset({"calls"})),
    Peer(OURS_ON_HTTPX_AT_ONCE, "flow-retail-client, httpx response at once", frozenset({"calls"})),
    Peer(
        STOCK,
        "openapi-python-client (stock)",
        _CODEC | _CALLER | {"pages"},
        "from peer_stock import AuthenticatedClient; from peer_stock.api.customers import customers_get",
        ("openapi-python-client", "attrs", "httpx"),
    ),
    Peer(
        "openapi_generator",
        "OpenAPI Generator (python, httpx)",
        _CODEC | _CALLER,
        "from peer_openapi_generator import ApiClient, Configuration, CustomersApi",
        ("openapi-generator-cli", "pydantic", "httpx"),
    ),
    Peer(
        "pyopenapi_gen",
        "pyopenapi-gen (cattrs)",
        _CODEC | _CALLER,
        "from peer_pyopenapi_gen import APIClient",
        ("pyopenapi-gen", "cattrs", "httpx"),
    ),
    Peer(
        "pydantic_models",
        "pydantic, models alone",
        _CODEC,
        versions=("pydantic", "datamodel-code-generator"),
    ),
    Peer(
        "msgspec_structs",
        "msgspec, structs alone",
        _CODEC,
        versions=("msgspec", "datamodel-code-generator"),
    ),
    Peer(ORJSON, "orjson, dicts alone", _CODEC, versions=("orjson",)),
    Peer("openai", "openai-python", _CALLER, "from openai import AsyncOpenAI", ("openai", "httpx")),
    Peer(
        "elasticsearch",
        "elasticsearch-py",
        _CALLER,
        "from elasticsearch import AsyncElasticsearch",
        ("elasticsearch", "aiohttp"),
    ),
    Peer(HTTPX, "httpx, bare", _CALLER, "import httpx", ("httpx",)),
    Peer(HTTPX2, "httpx2, bare", _CALLER, "import httpx2", ("httpx2",)),
    Peer(
        "httpx_on_aiohttp",
        "httpx on aiohttp, bare",
        frozenset({"calls"}),
        versions=("httpx", "httpx-aiohttp", "aiohttp"),
    ),
    Peer(AIOHTTP, "aiohttp, bare", _CALLER, "import aiohttp", ("aiohttp",)),
    Peer("bare_pyreqwest", "pyreqwest, bare", _CALLER, "import pyreqwest.client", ("pyreqwest",)),
)
BY_NAME = {peer.name: peer for peer in PEERS}
